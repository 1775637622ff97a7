"""Tagged images that a proposal leans on, packed into a few bytes an image."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from models.record import Fraction, Record

DIGITS = 16
"""Of a hash, which tell the images of a project apart."""

_ONE = rf"[0-9]{{1,3}}[=~][0-9a-f]{{{DIGITS}}}"

Packed = Annotated[str, Field(pattern=rf"^({_ONE}( {_ONE})*)?$")]
"""Precedents in a line: likeness in percent, `=` or `~`, and the beginning of the hash."""

Near = Sequence[tuple[str, float]]
"""The beginnings of hashes, and how alike their images are, in [0, 1]."""

_PARTS = re.compile(rf"([0-9]+)([=~])([0-9a-f]{{{DIGITS}}})")


class Precedent(Record):
    """A tagged image that a model was trained on."""

    start: str
    """The first digits of its hash."""
    likeness: Fraction
    """Cosine between it and the image, where the model compares them."""
    same: bool
    """Whether the model learned for it what it proposes for the image."""


def pack(same: Near, others: Near) -> Packed:
    """Return precedents as a line: those that were learned with the proposed label come first."""
    told = ((each, sign) for near, sign in ((same, "="), (others, "~")) for each in near)
    return " ".join(f"{round(100 * likeness)}{sign}{start}" for (start, likeness), sign in told)


def unpack(line: Packed) -> list[Precedent]:
    """Return the precedents of a line."""
    return [
        Precedent(start=start, likeness=int(percent) / 100, same=sign == "=")
        for percent, sign, start in _PARTS.findall(line)
    ]
