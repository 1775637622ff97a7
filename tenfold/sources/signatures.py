"""What a file is, by its first bytes and never by its name."""

MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
}
"""Media types by Pillow's names of formats; MPO is a JPEG with further pictures behind it."""

FORMATS = tuple(kind for kind in MEDIA_TYPES if kind != "MPO")
"""Formats to open; an MPO is opened as JPEG."""

LONGEST_HEAD = 512
"""Bytes at a file's beginning that tell what it is."""

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"GIF87a", b"GIF89a", *_TIFF_STARTS)

_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip file"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML file"),
    (b"<!DOC", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"{", "a JSON file"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL image"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"8BPS", "a Photoshop file"),
    (b"\0\0\0\x0cjP", "a JPEG 2000 image"),
)
_CONTAINERS = {
    b"heic": "a HEIC image",
    b"heix": "a HEIC image",
    b"mif1": "a HEIF image",
    b"avif": "an AVIF image",
    b"avis": "an AVIF image",
    b"qt  ": "a video",
    b"isom": "a video",
    b"mp42": "a video",
}


def is_image(data: bytes) -> bool:
    """Whether the bytes begin as JPEG, PNG, WebP, BMP, TIFF or GIF do."""
    return data.startswith(_IMAGE_STARTS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def kind_of(data: bytes) -> str:
    """Say in a sentence what a file that is no image seems to be."""
    taken = "JPEG, PNG, WebP, BMP, TIFF and GIF are taken."
    guess = _guess(data)
    return f"It seems to be {guess}; {taken}" if guess else f"Unknown content; {taken}"


def _guess(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return _CONTAINERS.get(data[8:12], "a video or a HEIF image")
    for start, name in _OTHERS:
        if data.startswith(start):
            return name
    return "a text file" if _is_text(data[:LONGEST_HEAD]) else ""


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode()
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n\ufeff" for character in text)
