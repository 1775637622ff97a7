"""Why a detector proposes a box: its chance, the next class, and tagged boxes like it.

A pre-label carries it packed into about forty bytes a box. The tagged boxes are told by their
place in a file of the model's, so that no line repeats a hash.
"""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from models.label import Box
from models.record import Fraction, Record, Sha256

TAGGED_BOXES = "tagged-boxes.jsonl"
"""Name of a model's file with the boxes that it learned, a `TaggedBox` a line."""

_PERCENT = r"[0-9]{1,3}"
_ONE = rf"{_PERCENT} (-|[0-9]+:{_PERCENT})( {_PERCENT}[=~][0-9]+)*"

PackedBoxes = Annotated[str, Field(pattern=rf"^({_ONE}(;{_ONE})*)?$")]
"""A part a box, in their order: its chance in percent; number and score of the next class, or `-`;
then tagged boxes: likeness in percent, `=` or `~`, and place in the file."""

_NEAR = re.compile(r"([0-9]+)([=~])([0-9]+)")


class TaggedBox(Record):
    """A box that a person drew and a model learned."""

    sha256: Sha256
    box: Box


class NearBox(Record):
    """A tagged box that looks like a proposed one to the model."""

    place: int
    """In the model's file, from 0."""
    likeness: Fraction
    """Cosine between the two, where the model tells the classes apart."""
    same: bool
    """Whether its class, as it was learned, is the proposed one."""


class BoxReason(Record):
    """What a model lets know of one box that it proposes."""

    chance: Fraction
    """That a person would leave it as it is."""
    next_class: int | None = None
    """Which class it would be otherwise, by its number among the model's."""
    next_score: Fraction = 0.0
    near: tuple[NearBox, ...] = ()
    """The most alike first, those of the proposed class before."""


def pack(reasons: Sequence[BoxReason]) -> PackedBoxes:
    """Return the reasons of an image's boxes as a line."""
    return ";".join(map(_packed, reasons))


def _packed(reason: BoxReason) -> str:
    other = (
        "-" if reason.next_class is None else f"{reason.next_class}:{_percent(reason.next_score)}"
    )
    near = (f"{_percent(one.likeness)}{'=' if one.same else '~'}{one.place}" for one in reason.near)
    return " ".join([f"{_percent(reason.chance)}", other, *near])


def _percent(share: float) -> int:
    return round(100 * share)


def unpack(line: PackedBoxes) -> list[BoxReason]:
    """Return the reasons of a line, a box each."""
    return [_unpacked(part) for part in line.split(";")] if line else []


def _unpacked(part: str) -> BoxReason:
    chance, other, *near = part.split(" ")
    number, _, score = other.partition(":")
    return BoxReason(
        chance=int(chance) / 100,
        next_class=int(number) if score else None,
        next_score=int(score or 0) / 100,
        near=tuple(
            NearBox(place=int(place), likeness=int(percent) / 100, same=sign == "=")
            for one in near
            for percent, sign, place in _NEAR.findall(one)
        ),
    )
