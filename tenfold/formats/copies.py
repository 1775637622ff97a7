"""Copies of images beside an export, turned upright where EXIF says that they lie on their side."""

import io
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Self

from PIL import Image, ImageOps

from tenfold.blobs.port import BlobStore
from tenfold.formats.grouping import Names
from tenfold.formats.paths import safe_name
from tenfold.formats.records import ExportRow
from tenfold.formats.sinks import Sink

_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95},
}
"""How an image that was turned is written; the others keep every byte."""


class Copies:
    """Remembers in a file which images are to be copied where; copies them at the end."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._names = Names()
        self._waiting = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.close()
        self._names.close()

    def placed(self, rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
        """Yield each row with the path that its image's copy will have."""
        for row in rows:
            inside = PurePosixPath(safe_name(row.name))
            stem = self._names.take(str(inside.with_suffix("")), row.image.sha256)
            path = f"{self._folder}/{stem}{inside.suffix}"
            self._waiting.write(json.dumps([row.image.blob, row.image.orientation, path]) + "\n")
            yield replace(row, path=path, copied=True)

    def write(self, blobs: BlobStore, sink: Sink) -> Iterator[None]:
        """Copy what was placed, a step an image."""
        self._waiting.seek(0)
        for line in self._waiting:
            blob, orientation, path = json.loads(line)
            with sink.open(path) as out, blobs.open(blob) as stream:
                if orientation == 1:
                    shutil.copyfileobj(stream, out)
                else:
                    out.write(upright(stream.read()))
            yield


def upright(data: bytes) -> bytes:
    """Return an image with its EXIF rotation applied and no EXIF left, in the same file format."""
    with Image.open(io.BytesIO(data)) as image:
        turned = ImageOps.exif_transpose(image)
        out = io.BytesIO()
        name = "JPEG" if image.format == "MPO" else str(image.format)
        profile = image.info.get("icc_profile")
        turned.save(out, name, icc_profile=profile, exif=b"", **_OPTIONS.get(name, {}))
    return out.getvalue()
