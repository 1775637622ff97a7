"""`MLTable`: the file that says which JSON lines beside it are a data set."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tenfold.errors import FormatError


def lines_files(path: Path) -> list[Path]:
    """Return the JSON lines that an `MLTable` (or the folder that it lies in) names.

    Raises:
        FormatError: it isn't an MLTable of JSON lines, or names files that aren't there.
    """
    table = path / "MLTable" if path.is_dir() else path
    if table.name != "MLTable":
        return [table]
    try:
        content = yaml.safe_load(table.read_text(encoding="utf-8"))
        entries = content["paths"]
        files = [file for entry in entries for file in _named(table.parent, entry)]
    except (yaml.YAMLError, TypeError, KeyError, UnicodeDecodeError) as error:
        raise FormatError(f"{table}: not an MLTable of JSON lines ({error}).") from None
    if not files:
        raise FormatError(f"{table}: it names no file of JSON lines that is here: {entries}.")
    return files


def _named(folder: Path, entry: dict[str, Any]) -> Iterator[Path]:
    """Yield the files of one entry: `file`, `pattern` or `folder`, beside the MLTable."""
    if "file" in entry:
        file = folder / str(entry["file"])
        if not file.is_file():
            raise FormatError(f"{folder / 'MLTable'}: there is no file {file}.")
        yield file
    elif "pattern" in entry:
        yield from sorted(file for file in folder.glob(str(entry["pattern"])) if file.is_file())
    elif "folder" in entry:
        yield from sorted((folder / str(entry["folder"])).glob("*.jsonl"))
