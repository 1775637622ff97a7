"""Make a set of images with one class each out of boxes: `python benchmarks/crops.py FOLDER OUT`.

FOLDER holds boxes.csv (columns path, label, xmin, ymin, xmax, ymax, in pixels) and the images it
names; OUT gets one JPEG a box and the labels.csv that `benchmarks/human_share.py` reads.
"""

import argparse
import csv
from itertools import groupby
from pathlib import Path

from PIL import Image
from tqdm import tqdm

LEAST_SIDE = 8
"""Pixels below which a box shows nothing."""


def cut(folder: Path, out: Path) -> int:
    """Write the crops and labels.csv, and return how many there are.

    Raises:
        FileExistsError: there are crops already.
    """
    with (folder / "boxes.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["path"])
    (out / "images").mkdir(parents=True)
    written = 0
    with (out / "labels.csv").open("w", newline="") as file:
        labels = csv.writer(file)
        labels.writerow(["path", "label"])
        pictures = [(path, list(boxes)) for path, boxes in groupby(rows, lambda row: row["path"])]
        for path, boxes in tqdm(pictures, unit="image"):
            picture = Image.open(folder / path).convert("RGB")
            for box in boxes:
                edges = [round(float(box[edge])) for edge in ("xmin", "ymin", "xmax", "ymax")]
                if min(edges[2] - edges[0], edges[3] - edges[1]) < LEAST_SIDE:
                    continue
                name = f"images/{written:06d}.jpg"
                picture.crop(tuple(edges)).save(out / name, quality=95)
                labels.writerow([name, box["label"]])
                written += 1
    return written


def main() -> None:
    """Cut the boxes out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    print(f"{cut(options.folder, options.out)} crops in {options.out}")


if __name__ == "__main__":
    main()
