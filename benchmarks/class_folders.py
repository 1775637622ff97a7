"""Make a set out of folders named by class: `python benchmarks/class_folders.py FOLDER OUT`.

Every image below FOLDER takes the name of the folder it lies in as its class, or with `--level 2`
that of the second folder below FOLDER (`--under train test` where only some folders count). OUT
gets each different image once, 400 pixels at most, in an order drawn by chance, and the labels.csv
that `benchmarks/human_share.py` reads.
"""

import argparse
import csv
import hashlib
import random
from pathlib import Path, PurePath

from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

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


def write(found: list[tuple[Path, str]], out: Path, draw: int | None) -> int:
    """Write the images and labels.csv, and return how many there are; broken ones are left out.

    Raises:
        FileExistsError: there are images already.
    """
    (out / "images").mkdir(parents=True)
    written = 0
    with (out / "labels.csv").open("w", newline="") as file:
        labels = csv.writer(file)
        labels.writerow(["path", "label"])
        for path, label in tqdm(found[:draw], unit="image"):
            try:
                with Image.open(path) as opened:
                    picture = opened.convert("RGB")
            except (OSError, UnidentifiedImageError) as error:
                print(f"{path} is left out: {error}")
                continue
            picture.thumbnail(LARGEST)
            name = f"images/{written:06d}.jpg"
            picture.save(out / name, quality=90)
            labels.writerow([name, label])
            written += 1
    return written


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
    print(f"{write(found, options.out, options.draw)} images in {options.out}")


if __name__ == "__main__":
    main()
