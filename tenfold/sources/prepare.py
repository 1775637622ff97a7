"""Everything that the page and the pipeline want of an image, from one decoding."""

from dataclasses import dataclass

from models.image import Quarantined
from tenfold.settings import Settings
from tenfold.sources.decode import Probed, decode
from tenfold.sources.views import shrink, to_jpeg


@dataclass(frozen=True, slots=True)
class Prepared:
    """An image's facts and its two views."""

    probed: Probed
    thumb: bytes
    """Upright JPEG, at most `Settings.thumb_side` pixels long."""
    screen: bytes
    """Upright JPEG, at most `Settings.screen_side` pixels long."""


def prepare(data: bytes, path: str, settings: Settings) -> Prepared | Quarantined:
    """Decode an image once; return its facts and views, or why it is set aside.

    Safe in several threads; Pillow lets go of the interpreter while it decodes and scales.

    Args:
        data: all bytes of the file.
        path: where it was found; only repeated in what is set aside.
        settings: pixel limit and the sides of the views.
    """
    decoded = decode(data, path, settings.image_pixels, settings.screen_side)
    if isinstance(decoded, Quarantined):
        return decoded
    screen = shrink(decoded.picture, settings.screen_side)
    thumb = shrink(screen, settings.thumb_side)
    screen_jpeg = to_jpeg(screen)
    thumb_jpeg = screen_jpeg if thumb is screen else to_jpeg(thumb)
    return Prepared(decoded.probed, thumb=thumb_jpeg, screen=screen_jpeg)
