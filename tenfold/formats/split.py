"""Training, validation and test sets: by hash, or by a column; near-duplicates stay together."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tenfold.errors import FormatError

PARTS = ("train", "validation", "test")
"""Folders of an export that is split."""

LEAST = 2
"""Numbers that shares are given by: without a test set two."""

Columns = Mapping[str, str]
Shares = tuple[float, float, float]
_DIGITS = 13


@dataclass(frozen=True, slots=True)
class Split:
    """How an export is parted: whatever belongs together lands in one part.

    Which part that is depends on the name of the group alone, so that images that are added later
    change nothing for the others.
    """

    shares: Shares
    """Of training, validation and test; they add up to 1."""
    column: str | None = None
    """Column of the manifest whose value names the group, as a patient; None: each by its hash."""
    near: Sequence[tuple[str, str]] = field(default=(), repr=False)
    """Pairs of images that show nearly the same."""

    @property
    def parts(self) -> list[str]:
        """Parts that get anything."""
        return [part for part, share in zip(PARTS, self.shares, strict=True) if share]


def read_shares(text: str) -> Shares:
    """Return the shares that a text like `80/10/10` names; two numbers mean that there is no test.

    Raises:
        FormatError: it says something else.
    """
    try:
        numbers = [float(part) for part in text.split("/")]
    except ValueError:
        numbers = []
    total = sum(numbers)
    usual = LEAST <= len(numbers) <= len(PARTS) and min(numbers, default=-1) >= 0
    if not usual or not 0 < total < float("inf") or numbers[0] == 0:
        raise FormatError(
            f"{text!r} is no split.", "Write the shares of training, validation and test: 80/10/10."
        )
    one, two, three = [number / total for number in [*numbers, 0.0][: len(PARTS)]]
    return one, two, three


class Parting:
    """Says which part each image is in. In memory are the near-duplicates alone."""

    def __init__(
        self, split: Split, columns_of: Callable[[Sequence[str]], Mapping[str, Columns]]
    ) -> None:
        """Begin.

        Args:
            split: how.
            columns_of: gives the manifest's columns of images by their hashes.
        """
        self._split = split
        self._leader: dict[str, str] = {}
        ends = sorted({sha for pair in split.near for sha in pair})
        known = columns_of(ends) if split.column and ends else {}
        names = {sha: self._name(sha, known.get(sha, {})) for sha in ends}
        for one, other in split.near:
            self._join(names[one], names[other])

    def _name(self, sha256: str, columns: Columns) -> str:
        value = columns.get(self._split.column or "", "")
        return f"{self._split.column}={value}" if value else sha256

    def _find(self, name: str) -> str:
        while (leader := self._leader.get(name, name)) != name:
            self._leader[name] = self._leader.get(leader, leader)
            name = leader
        return name

    def _join(self, one: str, other: str) -> None:
        low, high = sorted((self._find(one), self._find(other)))
        if low != high:
            self._leader[high] = low

    def part(self, sha256: str, columns: Columns) -> str:
        """Return `train`, `validation` or `test`."""
        group = self._find(self._name(sha256, columns))
        digest = hashlib.sha256(f"split {group}".encode()).hexdigest()[:_DIGITS]
        place, end = int(digest, 16) / 16**_DIGITS, 0.0
        for part, share in zip(PARTS, self._split.shares, strict=True):
            end += share
            if place < end:
                return part
        return self._split.parts[-1]


def check_column(name: str, known: Iterable[str]) -> None:
    """Refuse a column that no image has.

    Raises:
        FormatError: naming those that there are.
    """
    there = sorted(known)
    if name not in there:
        raise FormatError(
            f"The images have no column {name!r}.",
            f"They have {', '.join(there)}." if there else "They came without columns.",
        )
