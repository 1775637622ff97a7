"""Elements of the arrays of one large JSON object, one at a time, in constant memory."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from tenfold.errors import FormatError

EMPTY = object()
"""Stands for the element of an array that has none, so that its key is seen."""

_CHUNK = 1 << 16
_SPACE = " \t\r\n"


class _Cursor:
    """A window on the text, moving forward."""

    def __init__(self, file: Path, stream: TextIO) -> None:
        self._file = file
        self._stream = stream
        self._decoder = json.JSONDecoder()
        self._text = ""
        self._at = 0
        self._line = 1
        self._counted = 0
        self._ended = False

    def where(self) -> str:
        self._count_lines()
        return f"{self._file}:{self._line}"

    def _count_lines(self) -> None:
        """Count the line ends that were passed since the last count."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at

    def _more(self) -> bool:
        """Take in a further piece; the pieces grow, so that a long element stays cheap."""
        if self._ended:
            return False
        self._count_lines()
        rest = self._text[self._at :]
        piece = self._stream.read(max(_CHUNK, len(rest)))
        self._ended = not piece
        self._text, self._at, self._counted = rest + piece, 0, 0
        return bool(piece)

    def peek(self) -> str:
        """Return the next sign that isn't white space; nothing at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def take(self, allowed: str) -> str:
        sign = self.peek()
        if not sign or sign not in allowed:
            found = repr(sign) if sign else "the end of the file"
            raise FormatError(
                f"{self.where()}: expected one of {' '.join(allowed)}, found {found}."
            )
        self._at += 1
        return sign

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                raise FormatError(f"{self.where()}: {error.msg}.") from None
            # A number at the very edge of the window may go on behind it.
            if end == len(self._text) and self._more():
                continue
            self._at = end
            return value


def first_sign(file: Path) -> str:
    """Return the first sign of a JSON file that isn't white space: `{` or `[`."""
    with file.open(encoding="utf-8-sig", errors="replace") as stream:
        return _Cursor(file, stream).peek()


def items(file: Path) -> Iterator[tuple[Any, str]]:
    """Yield each element of a file that is one JSON array, with its `file:line`.

    Raises:
        FormatError: not a JSON array, with the line.
    """
    try:
        with file.open(encoding="utf-8-sig") as stream:
            for _, item, where in _array(_Cursor(file, stream), ""):
                if item is not EMPTY:
                    yield item, where
    except UnicodeDecodeError as error:
        raise FormatError(f"{file}: not UTF-8 text ({error.reason}).") from None


def elements(file: Path) -> Iterator[tuple[str, Any, str]]:
    """Yield key, element and `file:line` for each element of each array of the top object.

    A value that isn't an array is yielded itself under its key, `EMPTY` for an empty array.

    Raises:
        FormatError: not a JSON object, with the line.
    """
    try:
        with file.open(encoding="utf-8-sig") as stream:
            yield from _elements(_Cursor(file, stream))
    except UnicodeDecodeError as error:
        raise FormatError(f"{file}: not UTF-8 text ({error.reason}).") from None


def _elements(cursor: _Cursor) -> Iterator[tuple[str, Any, str]]:
    cursor.take("{")
    if cursor.peek() == "}":
        return
    while True:
        key = str(cursor.value())
        cursor.take(":")
        if cursor.peek() == "[":
            yield from _array(cursor, key)
        else:
            where = cursor.where()
            yield key, cursor.value(), where
        if cursor.take(",}") == "}":
            return


def _array(cursor: _Cursor, key: str) -> Iterator[tuple[str, Any, str]]:
    cursor.take("[")
    if cursor.peek() == "]":
        cursor.take("]")
        yield key, EMPTY, cursor.where()
        return
    while True:
        cursor.peek()
        where = cursor.where()
        yield key, cursor.value(), where
        if cursor.take(",]") == "]":
            return
