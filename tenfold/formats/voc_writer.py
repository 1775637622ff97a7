"""Pascal VOC: `Annotations/NAME.xml` an image, all listed in `ImageSets/Main/trainval.txt`."""

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from xml.sax.saxutils import escape, quoteattr

from models.label import Box, Boxes, TaskType
from tenfold.errors import FormatError
from tenfold.formats.csv_writer import number
from tenfold.formats.grouping import Names
from tenfold.formats.paths import safe_name
from tenfold.formats.records import ExportRow
from tenfold.formats.sinks import Sink

IMAGES = "JPEGImages"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_END = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def write_voc(
    rows: Iterable[ExportRow], classes: Sequence[str], sink: Sink, task: TaskType
) -> Iterator[None]:
    """Write one file an image, a step an image.

    Raises:
        FormatError: a class or file name with signs that XML can't hold.
    """
    del classes, task
    with tempfile.TemporaryFile("w+", encoding="utf-8") as listed, Names() as names:
        for row in rows:
            inside = row.name.removeprefix(f"{IMAGES}/")
            plain = str(PurePosixPath(safe_name(inside)).with_suffix(""))
            stem = names.take(plain, row.image.sha256)
            with sink.open(f"Annotations/{stem}.xml") as out:
                out.write(_xml(row, inside).encode())
            listed.write(stem + "\n")
            yield
        listed.seek(0)
        with sink.open("ImageSets/Main/trainval.txt") as out:
            for line in listed:
                out.write(line.encode())


def _text(text: str) -> str:
    """Return a text for XML that is read as it is here, white space included."""
    if _NOT_XML.search(text):
        raise FormatError(
            f"{text!r} has a sign that XML can't hold.", "Rename it, or export CSV, COCO or JSONL."
        )
    return escape(text, _LINE_END)


def _attribute(text: str | None) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text or ""), _LINE_END)


def _xml(row: ExportRow, filename: str) -> str:
    image = row.image
    boxes = row.value.boxes if isinstance(row.value, Boxes) else ()
    columns = "".join(
        f"\t<column name={_attribute(name)}>{_text(_NOT_XML.sub(chr(0xFFFD), text))}</column>\n"
        for name, text in image.columns.items()
    )
    return (
        "<annotation>\n"
        f"\t<folder>{IMAGES}</folder>\n"
        f"\t<filename>{_text(filename)}</filename>\n"
        "\t<source>\n"
        "\t\t<database>tenfold</database>\n"
        f"\t\t<image sha256={_attribute(image.sha256)}>{_text(row.url)}</image>\n"
        f"{_whose(row)}"
        "\t</source>\n"
        f"\t<size>\n\t\t<width>{image.width}</width>\n\t\t<height>{image.height}</height>\n"
        "\t\t<depth>3</depth>\n\t</size>\n"
        "\t<segmented>0</segmented>\n"
        f"{columns}{''.join(map(_object, boxes))}</annotation>\n"
    )


def _whose(row: ExportRow) -> str:
    if row.by is None:
        return ""
    confidence = "" if row.confidence is None else number(row.confidence)
    return (
        f"\t\t<annotation by={_attribute(row.by)} annotator={_attribute(row.annotator)}"
        f" model_version={_attribute(row.model_version)} confidence={_attribute(confidence)}/>\n"
    )


def _object(box: Box) -> str:
    """Return one box; VOC counts pixels from 1 and its far sides are inside."""
    sides = {"xmin": box.xmin + 1, "ymin": box.ymin + 1, "xmax": box.xmax, "ymax": box.ymax}
    corners = "".join(f"\t\t\t<{side}>{number(at)}</{side}>\n" for side, at in sides.items())
    further = "\t\t<crowd>1</crowd>\n" if box.crowd else ""
    if box.score is not None:
        further += f"\t\t<score>{number(box.score)}</score>\n"
    return (
        f"\t<object>\n\t\t<name>{_text(box.label)}</name>\n"
        "\t\t<pose>Unspecified</pose>\n\t\t<truncated>0</truncated>\n"
        f"\t\t<difficult>{int(box.difficult)}</difficult>\n{further}"
        f"\t\t<bndbox>\n{corners}\t\t</bndbox>\n\t</object>\n"
    )
