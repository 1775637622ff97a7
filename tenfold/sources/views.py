"""Upright JPEG views of images: thumbnails and screen sizes."""

from io import BytesIO

from PIL import Image

from tenfold.sources.decode import fitted, load_upright

__all__ = ["load_upright", "make_view", "shrink", "to_jpeg"]

_QUALITY = 88
_LONGEST_PROFILE = 4096


def make_view(data: bytes, side: int) -> bytes:
    """Return an upright JPEG whose longer side is at most `side` pixels.

    Args:
        data: an image that was probed before.
        side: longest side in pixels; smaller images keep their size.

    Raises:
        OSError: the bytes are no whole image.
    """
    return to_jpeg(shrink(load_upright(data, side), side))


def shrink(picture: Image.Image, side: int) -> Image.Image:
    """Return the picture no larger than side × side pixels, in its own proportions."""
    if max(picture.size) <= side:
        return picture
    size = fitted(picture.size, side)
    smaller = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    smaller.info = picture.info
    return smaller


def to_jpeg(picture: Image.Image) -> bytes:
    """Return the picture as JPEG, with its color profile where it is a small one, and no more."""
    out = BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, icc_profile=_profile(picture))
    return out.getvalue()


def _profile(picture: Image.Image) -> bytes | None:
    """Return the color profile of a camera (Display P3, Adobe RGB), never that of a printer."""
    profile = picture.info.get("icc_profile")
    if not isinstance(profile, bytes) or len(profile) > _LONGEST_PROFILE:
        return None
    return profile if profile[16:20] == b"RGB " else None
