"""Changes of a project's label classes while people work."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from models.project import LabelClass
from models.record import Moment, Record


class ClassDraft(LabelClass):
    """A class of the list that is to be, and which present ones become it."""

    was: tuple[str, ...] | None = None
    """Names of present classes; several are merged, none is a new class. None: the one of the
    same name, or a new one where there is none."""


Drafts = Annotated[tuple[ClassDraft, ...], Field(min_length=1)]


def kept(classes: Iterable[LabelClass]) -> tuple[ClassDraft, ...]:
    """Return drafts of classes that stay what they are by their names, or are new."""
    return tuple(ClassDraft(name=each.name, color=each.color) for each in classes)


class Afterwards(StrEnum):
    """What becomes of the labels that were given under the list before."""

    GO_ON = "go on"
    """People's labels stay. Those that were delivered unseen lose their certificate: they are
    certified anew, or people are asked."""
    PROPOSALS = "keep as proposals"
    """People are shown the old labels, and say for each whether it still holds."""
    START_OVER = "start over"
    """No label counts any more."""


class ClassEffect(Record):
    """What a change of the classes comes to, said before it is made."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: dict[str, str] = {}
    """Old name → new name, merged classes among them."""
    merged: dict[str, tuple[str, ...]] = {}
    """New name → the classes that become one."""
    recolored: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    """Open audits, walks and certificates that end with it, a sentence each."""
    choices: dict[Afterwards, str] = {}
    """What may become of the labels, and what that means here; empty where none is touched."""

    @property
    def empty(self) -> bool:
        """Whether nothing changes but, at most, the order."""
        return not (self.added or self.removed or self.renamed or self.recolored)


class ClassChange(Record):
    """A change of the classes that was made."""

    version: int
    """Of the list that it led to."""
    classes: tuple[LabelClass, ...]
    effect: ClassEffect
    afterwards: Afterwards
    restarted: bool
    """Whether a new cycle was begun for it."""
    by: str
    at: Moment
