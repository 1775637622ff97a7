"""Where a label is likely wrong: people and model disagree, or near-duplicates differ."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from models.near_duplicate import NearPair
from models.project import Project
from tenfold.store import ImageFilter, ImagePage, ImageView, Store
from tenfold.task_types import task_kind

SHOWN = 24
LOOKED_AT = 20_000
"""Images that are compared at most, so that the page answers at once."""
BY_PEOPLE = ("manual", "reviewed", "audited", "imported")
PAGE = 500


@dataclass(frozen=True, slots=True)
class Contradicted:
    """Labels of people that the newest model would give otherwise, its surest first."""

    images: list[ImageView]
    looked_at: int | None
    """Labels that were compared, where there were too many; None: all were."""


def disagreements(store: Store, project: Project, most: int = SHOWN) -> Contradicted:
    """Return images whose label isn't what the model proposes."""
    found: list[ImageView] = []
    left = LOOKED_AT
    for page in _disagreeing(store, project):
        found = heapq.nlargest(most, [*found, *page.images], key=lambda view: view.confidence or 0)
        left -= page.looked_at
        if left <= 0:
            return Contradicted(found, LOOKED_AT - left)
    return Contradicted(found, None)


def _disagreeing(store: Store, project: Project) -> Iterator[ImagePage]:
    for state in BY_PEOPLE:
        yield from store.images.stretches(project.id, ImageFilter(state=state, disagrees=True))


@dataclass(frozen=True, slots=True)
class Twins:
    """Two images that show nearly the same and are labeled differently."""

    one: ImageView
    other: ImageView
    similarity: float


def differing_twins(
    store: Store, project: Project, pairs: Sequence[NearPair], most: int = SHOWN
) -> list[Twins]:
    """Return near-duplicates with different labels, the most alike first.

    What may not be shown of an image now, as in an open audit, isn't compared.
    """
    return list(islice(_differing(store, project, pairs), most))


def _differing(store: Store, project: Project, pairs: Sequence[NearPair]) -> Iterator[Twins]:
    agrees = task_kind(project.task).agrees
    for start in range(0, min(len(pairs), LOOKED_AT), PAGE):
        part = pairs[start : start + PAGE]
        shas = {sha for pair in part for sha in (pair.one, pair.other)}
        views = {view.image.sha256: view for view in store.images.views(project.id, sorted(shas))}
        for pair in part:
            one, other = views.get(pair.one), views.get(pair.other)
            if one is None or other is None or one.value is None or other.value is None:
                continue
            if not agrees(one.value, other.value):
                yield Twins(one, other, pair.similarity)
