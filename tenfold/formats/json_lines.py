"""JSON lines: one object a line, as many as there are, in constant memory."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tenfold.errors import FormatError
from tenfold.formats.records import Reading


def json_lines(file: Path, reading: Reading) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `file:line` and object of each line; a line that is none is passed on as unread."""
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            where = f"{file}:{number}"
            try:
                row = json.loads(line.decode("utf-8-sig"))
            except ValueError as error:
                reading.unread(FormatError(f"{where}: not a JSON object ({error})."))
                continue
            if isinstance(row, dict):
                yield where, row
            else:
                reading.unread(FormatError(f"{where}: not a JSON object."))
