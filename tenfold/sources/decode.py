"""Decode an image once: is it one, how large is it, which way is up."""

import hashlib
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import IO, BinaryIO, TypeVar

from PIL import ExifTags, Image, UnidentifiedImageError

from models.image import Quarantine, Quarantined
from tenfold.sources.color import to_rgb
from tenfold.sources.signatures import FORMATS, LONGEST_HEAD, MEDIA_TYPES, is_image, kind_of

Image.init()  # formats that are named to Image.open must be registered
Image.MAX_IMAGE_PIXELS = None  # the pixel limit of the settings is checked instead, as an error
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # odd metadata, no harm

Found = TypeVar("Found")

_LARGE_PIXELS = 40_000_000
_one_large_at_a_time = Lock()

_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns stored pixels upright, by EXIF orientation (Exif 2.32, tag 274)."""
_FIRST_ON_ITS_SIDE = 5
_TURNED_BY_PILLOW = "TIFF"  # its size is the upright one at once, its pixels are so after load


@dataclass(frozen=True, slots=True)
class Probed:
    """What is known of an image once it was decoded."""

    sha256: str
    width: int
    """Pixels of the upright image."""
    height: int
    orientation: int
    """EXIF orientation of the stored bytes, 1 to 8."""
    media_type: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """An image's facts and its pixels."""

    probed: Probed
    picture: Image.Image
    """Upright, RGB; where a target side was given perhaps already smaller than the original."""


def probe(data: bytes, path: str, max_pixels: int) -> Probed | Quarantined:
    """Decode an image fully and say what it is, or why it is set aside.

    Args:
        data: all bytes of the file.
        path: where it was found; only repeated in what is set aside.
        max_pixels: images with more are set aside before they are decoded.
    """
    decoded = decode(data, path, max_pixels)
    return decoded if isinstance(decoded, Quarantined) else decoded.probed


def decode(
    data: bytes, path: str, max_pixels: int, side: int | None = None
) -> Decoded | Quarantined:
    """Decode an image fully, once; as `probe`, with the pixels.

    Args:
        data: all bytes of the file.
        path: where it was found; only repeated in what is set aside.
        max_pixels: images with more are set aside before they are decoded.
        side: longer side in pixels that the picture needs at least; JPEGs are decoded at the
            smallest scale that suffices, which reads all bytes all the same.
    """
    return _looked_at(BytesIO(data), path, max_pixels, lambda image: _decode(data, image, side))


def flaw(stream: IO[bytes], path: str, max_pixels: int, side: int) -> Quarantined | None:
    """Decode a file fully, as `decode` does, without having it in memory as a whole.

    Args:
        stream: the file.
        path: what it is called; only repeated in what is returned.
        max_pixels: images with more are refused before they are decoded.
        side: longer side in pixels that the picture would need at least.

    Returns:
        Why ingest would set it aside; None: it would take it.
    """
    found = _looked_at(stream, path, max_pixels, lambda image: _decode_pixels(image, side))
    return found if isinstance(found, Quarantined) else None


def _looked_at(
    stream: IO[bytes], path: str, max_pixels: int, taken: Callable[[Image.Image], Found]
) -> Found | Quarantined:
    """Return what is taken from an image once it is opened, or why it is set aside."""
    stream.seek(0)
    head = stream.read(LONGEST_HEAD)
    if not head:
        return Quarantined(path=path, reason=Quarantine.EMPTY, detail="The file has no bytes.")
    if not is_image(head):
        return Quarantined(path=path, reason=Quarantine.NOT_AN_IMAGE, detail=kind_of(head))
    stream.seek(0)
    try:
        with Image.open(stream, formats=FORMATS) as image:
            pixels = image.width * image.height
            if pixels > max_pixels:
                return Quarantined(
                    path=path,
                    reason=Quarantine.TOO_LARGE,
                    detail=f"{image.width} × {image.height} pixels; at most {max_pixels:,}.",
                )
            with _one_large_at_a_time if pixels > _LARGE_PIXELS else nullcontext():
                return taken(image)
    except Exception as error:  # noqa: BLE001 hostile bytes make decoders fail in every way
        return Quarantined(path=path, reason=Quarantine.BROKEN, detail=_reason(error))


def load_upright(data: bytes, side: int | None = None) -> Image.Image:
    """Decode an image that was probed before.

    Args:
        data: all bytes of the file.
        side: longer side in pixels that is needed at least; None: the original's size.

    Returns:
        The upright image, mode RGB; the first frame of several.

    Raises:
        OSError: the bytes are no whole image.
    """
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        return _decode_pixels(image, side)[0]


def header_size(stream: BinaryIO) -> tuple[int, int] | None:
    """Return width and height of the upright image, from its header; None where that is broken."""
    try:
        with Image.open(stream, formats=FORMATS) as image:
            return _upright(image.size, _orientation(image), image.format)
    except Exception:  # noqa: BLE001 hostile bytes make decoders fail in every way
        return None


def _decode(data: bytes, image: Image.Image, side: int | None) -> Decoded:
    stored_size = image.size
    media_type = MEDIA_TYPES[image.format or ""]
    picture, orientation = _decode_pixels(image, side)
    width, height = _upright(stored_size, orientation, image.format)
    digest = hashlib.sha256(data).hexdigest()
    return Decoded(Probed(digest, width, height, orientation, media_type), picture)


def _upright(size: tuple[int, int], orientation: int, kind: str | None) -> tuple[int, int]:
    """Return width and height once the image is turned."""
    turned = orientation >= _FIRST_ON_ITS_SIDE and kind != _TURNED_BY_PILLOW
    return size[::-1] if turned else size


def _decode_pixels(image: Image.Image, side: int | None) -> tuple[Image.Image, int]:
    """Return the upright picture in RGB and the orientation of the stored pixels."""
    stored = _orientation(image) if image.format == _TURNED_BY_PILLOW else 1
    if side is not None:
        image.draft(None, fitted(image.size, side))
    image.load()
    remaining = _orientation(image)
    picture = to_rgb(image)
    if remaining in _TRANSPOSE:
        picture = picture.transpose(_TRANSPOSE[remaining])
    return picture, max(stored, remaining)


def fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return width and height in proportion, so that the longer one is at most `side` pixels."""
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 broken metadata says nothing of the pixels
        return 1
    return value if isinstance(value, int) and value in _TRANSPOSE else 1


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "The file is damaged, or of a kind that can't be decoded."
    said = str(error).strip().rstrip(".") or type(error).__name__
    return f"It is cut off or damaged: {said[0].lower()}{said[1:]}."
