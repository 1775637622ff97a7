"""A change of a project's classes, worked out from the list that is to be."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from models.class_list import ClassDraft
from models.project import LabelClass, Project
from tenfold.errors import ConflictError


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """What becomes of each class."""

    after: tuple[LabelClass, ...]
    renamed: dict[str, str]
    """Old name → new name, where they differ."""
    merged: dict[str, tuple[str, ...]]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    recolored: tuple[str, ...]
    former: dict[str, str | None]
    """All names that classes had → what they are called now; see `Project.former_classes`."""

    @property
    def changes_meaning(self) -> bool:
        """Whether a label that was right may be wrong now, or the other way round."""
        return bool(self.added or self.removed)


def plan_change(project: Project, drafts: Sequence[ClassDraft]) -> ClassPlan:
    """Work a change out.

    Raises:
        ConflictError: a name that isn't a class now, is used twice, or meant something else.
    """
    olds = _olds(project, drafts)
    fate = {old: draft.name for draft in drafts for old in olds[draft.name]}
    added = tuple(draft.name for draft in drafts if not olds[draft.name])
    _refuse_former(project, fate, added)
    removed = tuple(name for name in project.class_names if name not in fate)
    colors = {each.name: each.color for each in project.classes}
    return ClassPlan(
        after=tuple(LabelClass(name=draft.name, color=draft.color) for draft in drafts),
        renamed={old: new for old, new in fate.items() if old != new},
        merged={draft.name: olds[draft.name] for draft in drafts if len(olds[draft.name]) > 1},
        added=added,
        removed=removed,
        recolored=tuple(d.name for d in drafts if colors.get(d.name, d.color) != d.color),
        former=_former(project, fate, removed, {draft.name for draft in drafts}),
    )


def _olds(project: Project, drafts: Sequence[ClassDraft]) -> dict[str, tuple[str, ...]]:
    """Return which present classes become each class."""
    present = set(project.class_names)
    said = {old for draft in drafts for old in draft.was or ()}
    same = present - said
    olds = {d.name: (d.name,) if d.was is None and d.name in same else d.was or () for d in drafts}
    if len(olds) != len(drafts):
        raise ConflictError("A class is named twice.", "Merge the two into one.")
    counts = Counter(old for names in olds.values() for old in names)
    if not counts.keys() <= present:
        strange = ", ".join(sorted(counts.keys() - present))
        raise ConflictError(f"There is no class {strange} now.", "Load the list of classes again.")
    twice = sorted(old for old, times in counts.items() if times > 1)
    if twice:
        raise ConflictError(f"The class {twice[0]!r} can't become two classes.")
    return olds


def _refuse_former(project: Project, fate: dict[str, str], added: Sequence[str]) -> None:
    """Refuse a name that old labels carry and mean something else by."""
    for name in (*added, *fate.values()):
        means = project.former_classes.get(name)
        back = means is not None and fate.get(means) == name
        taken = name in project.class_names and fate.get(name) != name
        if taken or (means is not None and not back):
            raise ConflictError(
                f"Labels that say {name!r} mean another class, so no other can be called so.",
                f"Choose another name{f', or rename {means!r} back' if means else ''}.",
            )


def _former(
    project: Project, fate: dict[str, str], removed: Sequence[str], now: set[str]
) -> dict[str, str | None]:
    known: dict[str, str | None] = {
        name: None if means is None or means in removed else fate.get(means, means)
        for name, means in project.former_classes.items()
    }
    known |= {old: new for old, new in fate.items() if old != new} | dict.fromkeys(removed)
    return {name: means for name, means in known.items() if name not in now}
