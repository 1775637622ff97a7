"""How labels files name images, and which names are safe to write to."""

import hashlib
import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from PIL import Image

_DATASTORE = re.compile(r"^AmlDatastore://[^/]+/", re.IGNORECASE)
_AZUREML = re.compile(r"^azureml://.*?/datastores/[^/]+/paths/", re.IGNORECASE)
_SIDEWAYS = frozenset({5, 6, 7, 8})
_EXIF_ORIENTATION = 0x0112
_LONGEST_NAME = 200
"""Bytes of one path part; file systems end at 255, and a suffix may follow."""


def clean_path(text: str) -> str:
    """Return the path that a labels file means.

    Azure ML's `AmlDatastore://STORE/a/b.jpg` and `azureml://.../datastores/STORE/paths/a/b.jpg`
    give `a/b.jpg`; `./a/b.jpg` gives `a/b.jpg`; other URLs stay as they are.
    """
    for prefix in (_DATASTORE, _AZUREML):
        if found := prefix.match(text):
            return text[found.end() :]
    while text.startswith("./"):
        text = text[2:]
    return text


def path_of_url(url: str) -> str:
    """Return the last part of a web address as a path, or the cleaned path of anything else."""
    if url.startswith(("http://", "https://", "s3://")):
        return unquote(urlsplit(url).path).lstrip("/")
    if url.startswith("file://"):
        return unquote(urlsplit(url).path)
    return clean_path(url)


def web_address(text: object) -> str | None:
    """Return a text that is an address where an image may be had; None: it is none."""
    known = isinstance(text, str) and text.startswith(("https://", "http://", "az://"))
    return str(text) if known else None


def safe_name(path: str) -> str:
    """Return a relative path that stays inside a folder and that every file system takes.

    Two paths may give the same name; who writes files must keep them apart.
    """
    parts = [part for part in PurePosixPath(path).parts if part not in ("/", "..", ".")]
    return "/".join(_safe_part(part) for part in parts) or "image"


def _safe_part(part: str) -> str:
    clean = re.sub(r'[\x00-\x1f\x7f<>:"|?*\\]', "_", part).rstrip(" .") or "_"
    if len(clean.encode()) <= _LONGEST_NAME:
        return clean
    suffix = PurePosixPath(clean).suffix[:16]
    digest = hashlib.sha256(part.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return clean.encode()[:100].decode(errors="ignore") + digest + suffix


def local_size(folder: Path, path: str) -> tuple[int, int] | None:
    """Return width and height of the upright image at `path` in `folder`, read from its header."""
    file = folder / path
    try:
        with Image.open(file) as image:
            sideways = image.getexif().get(_EXIF_ORIENTATION) in _SIDEWAYS
            return (image.height, image.width) if sideways else (image.width, image.height)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
