"""Make a set out of folders named by class: `python benchmarks/class_folders.py FOLDER OUT`.

Every image below FOLDER takes the name of the folder it lies in as its class, or with `--level 2`
that of the second folder below FOLDER (`--under train test` where only some folders count). OUT
gets each different image once, 400 pixels at most, in an order drawn by chance, and the labels.csv
that `benchmarks/human_share.py` reads.
"""

import argparse
import hashlib
import random
from collections.abc import Iterator
from pathlib import Path, PurePath

from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from benchmarks.labeled_set import write_set

LARGEST = (400, 400)
ENDINGS = {".jpg", ".jpeg", ".png"}
SEED = 7


def class_of(path: PurePath, level: int | None) -> str | None:
    """Return the class of an image by its path below the folder; None where there is none.

    Args:
        path: such as train/Fruit/Apple/1.jpg.
        level: which folder names it, 1 being the first; None: the last.
    """
    folders = path.parts[:-1]
    if not folders or (level is not None and level > len(folders)):
        return None
    return folders[-1 if level is None else level - 1]


def gather(folder: Path, under: list[str], level: int | None) -> list[tuple[Path, str]]:
    """Return the images and their classes, each content once, in an order drawn by chance."""
    known: set[bytes] = set()
    found: list[tuple[Path, str]] = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix.lower() not in ENDINGS or (under and inside.parts[0] not in under):
            continue
        label = class_of(inside, level)
        content = hashlib.sha256(path.read_bytes()).digest()
        if label is not None and content not in known:
            known.add(content)
            found.append((path, label))
    random.Random(SEED).shuffle(found)
    return found


def small(found: list[tuple[Path, str]]) -> Iterator[tuple[Image.Image, str]]:
    """Yield the images, no larger than `LARGEST`, and their classes; broken ones are left out."""
    for path, label in tqdm(found, unit="image"):
        try:
            with Image.open(path) as opened:
                picture = opened.convert("RGB")
        except (OSError, UnidentifiedImageError) as error:
            print(f"{path} is left out: {error}")
            continue
        picture.thumbnail(LARGEST)
        yield picture, label


def main() -> None:
    """Write the set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--under", nargs="*", default=[], help="first folders that count")
    parser.add_argument("--level", type=int, help="which folder names the class (the last)")
    parser.add_argument("--draw", type=int, help="so many images, drawn by chance (all)")
    options = parser.parse_args()
    found = gather(options.folder, options.under, options.level)
    if not found:
        parser.error(f"{options.folder} has no image in a folder that names its class")
    written = write_set(options.out, small(found[: options.draw]), 90)
    print(f"{written} images in {options.out}")


if __name__ == "__main__":
    main()
