"""Labels files: CSV, JSON lines, COCO, Pascal VOC and YOLO, in and out."""

from tenfold.formats.answers import Answers, read_answers
from tenfold.formats.reading import READERS, detect, read
from tenfold.formats.recognition import sniff
from tenfold.formats.records import ExportRow, LabeledPath
from tenfold.formats.writing import HOLDS, write

__all__ = [
    "HOLDS",
    "READERS",
    "Answers",
    "ExportRow",
    "LabeledPath",
    "detect",
    "read",
    "read_answers",
    "sniff",
    "write",
]
