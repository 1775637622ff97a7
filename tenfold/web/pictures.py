"""Pictures: views are made once, when they are first asked for, and kept."""

import threading
from typing import Literal

from fastapi import Response

from models.image import Image
from tenfold.blobs import names
from tenfold.blobs.names import EXTENSIONS
from tenfold.errors import BlobNotFoundError
from tenfold.web.context import Web

Size = Literal["thumb", "screen", "original"]

DECODERS = threading.BoundedSemaphore(2)
"""A decoded photograph takes a hundred megabytes: only so many at a time."""


def cached(tag: str) -> dict[str, str]:
    """Return headers that let a browser keep a picture for good."""
    return {"cache-control": "private, max-age=31536000, immutable", "etag": tag}


def view(web: Web, image: Image, size: Literal["thumb", "screen"]) -> bytes:
    """Return the JPEG bytes of a view, made and stored where it is not there."""
    name = names.view(image.sha256, size)
    try:
        return web.blobs.get(name)
    except BlobNotFoundError:
        pass
    from tenfold.sources.views import make_view

    side = web.settings.thumb_side if size == "thumb" else web.settings.screen_side
    with DECODERS:
        made = make_view(web.blobs.get(image.blob), side)
    web.blobs.put(name, made, media_type="image/jpeg", replace=False)
    return made


def serve(web: Web, image: Image, size: Size, tag: str) -> Response:
    """Return the response that carries a picture."""
    if size != "original":
        return Response(view(web, image, size), media_type="image/jpeg", headers=cached(tag))
    known = image.media_type if image.media_type in EXTENSIONS else "application/octet-stream"
    return Response(web.blobs.get(image.blob), media_type=known, headers=cached(tag))
