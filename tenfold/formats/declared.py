"""Classes that a labels file names whether or not a label uses them."""

from pathlib import Path

from tenfold.formats.json_stream import EMPTY, elements
from tenfold.formats.yolo_reader import class_names, yaml_file


def declared_classes(path: Path, name: str) -> list[str]:
    """Return the classes that a file of a format lists, in its order; of most formats none.

    Raises:
        FormatError: the file can't be read.
    """
    if name == "yolo":
        return class_names(yaml_file(path))
    if name == "coco":
        return [
            str(item["name"])
            for key, item, _ in elements(path)
            if key == "categories"
            and item is not EMPTY
            and isinstance(item, dict)
            and "name" in item
        ]
    return []
