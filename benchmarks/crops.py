"""Make a set of images with one class each out of boxes: `python benchmarks/crops.py FOLDER OUT`.

FOLDER holds boxes.csv (columns path, label, xmin, ymin, xmax, ymax, in pixels) and the images it
names; OUT gets one JPEG a box and the labels.csv that `benchmarks/human_share.py` reads.
"""

import argparse
import csv
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from benchmarks.labeled_set import write_set

EDGES = ("xmin", "ymin", "xmax", "ymax")
LEAST_SIDE = 8
"""Pixels below which a box shows nothing."""


def crops(folder: Path) -> Iterator[tuple[Image.Image, str]]:
    """Yield what each box shows, and its class."""
    with (folder / "boxes.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["path"])
    pictures = [(path, list(boxes)) for path, boxes in groupby(rows, lambda row: row["path"])]
    for path, boxes in tqdm(pictures, unit="image"):
        picture = Image.open(folder / path).convert("RGB")
        for box in boxes:
            left, top, right, bottom = (round(float(box[edge])) for edge in EDGES)
            if min(right - left, bottom - top) >= LEAST_SIDE:
                yield picture.crop((left, top, right, bottom)), box["label"]


def main() -> None:
    """Cut the boxes out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    print(f"{write_set(options.out, crops(options.folder), 95)} crops in {options.out}")


if __name__ == "__main__":
    main()
