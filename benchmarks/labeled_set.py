"""Writing a set that `benchmarks/human_share.py` reads: numbered JPEGs and their labels.csv."""

import csv
from collections.abc import Iterable
from pathlib import Path

from PIL import Image


def write_set(out: Path, pictures: Iterable[tuple[Image.Image, str]], quality: int) -> int:
    """Write pictures and their labels as they come, and return how many there are.

    Raises:
        FileExistsError: there are images already.
    """
    (out / "images").mkdir(parents=True)
    written = 0
    with (out / "labels.csv").open("w", newline="") as file:
        labels = csv.writer(file)
        labels.writerow(["path", "label"])
        for picture, label in pictures:
            name = f"images/{written:06d}.jpg"
            picture.save(out / name, quality=quality)
            labels.writerow([name, label])
            written += 1
    return written
