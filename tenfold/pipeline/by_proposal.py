"""Rounds in which proposals are checked: like ones side by side."""

from collections.abc import Sequence

from models.label import ClassLabel, LabelSet, LabelValue
from tenfold.pipeline.context import Context
from tenfold.pipeline.prospects import View

Key = tuple[tuple[int, ...], float]


def by_proposal(ctx: Context, view: View, shas: Sequence[str]) -> list[str]:
    """Put images with the same proposal side by side, so that a glance checks many of them.

    Args:
        ctx: stores.
        view: with the model that proposes.
        shas: the images of a round, in the order in which they are worth a look.

    Returns:
        The classes in the project's order, in each the likeliest errors first; images with shapes,
        of which hardly two are the same, by likely error alone. What has no proposal comes last.
    """
    if view.model is None:
        return list(shas)
    wanted, keys = set(shas), dict[str, Key]()
    places = {name: place for place, name in enumerate(view.project.class_names)}
    for prelabel in ctx.store.models.prelabels(view.model.id):
        if prelabel.sha256 in wanted:
            proposed = _places(view.project.today(prelabel.value), places)
            keys[prelabel.sha256] = (proposed, prelabel.confidence)
    last: Key = ((len(places) + 1,), 0.0)
    return sorted(shas, key=lambda sha: keys.get(sha, last))


def _places(value: LabelValue, places: dict[str, int]) -> tuple[int, ...]:
    """Return the places of the proposed classes in the project's list; of shapes nothing."""
    names: Sequence[str] = ()
    if isinstance(value, ClassLabel):
        names = (value.label,)
    elif isinstance(value, LabelSet):
        names = value.labels
    return tuple(sorted(places.get(name, len(places)) for name in names))
