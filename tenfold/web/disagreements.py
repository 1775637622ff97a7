"""Where people and the newest model disagree: mistakes of the one or of the other."""

import heapq
from collections.abc import Iterator

from models.project import Project
from tenfold.store import ImageFilter, ImageView, Store
from tenfold.task_types import task_kind

SHOWN = 60
LOOKED_AT = 20_000
"""Images that are compared at most, so that the page answers at once."""
BY_PEOPLE = ("manual", "reviewed", "audited", "imported")
PAGE = 500


def disagreements(store: Store, project: Project, most: int = SHOWN) -> list[ImageView]:
    """Return images whose label isn't what the model proposes, the surest proposals first."""
    kind = task_kind(project.task)
    found = (
        view
        for view in _labeled(store, project)
        if view.prelabel and view.value and not kind.agrees(view.prelabel, view.value)
    )
    return heapq.nlargest(most, found, key=lambda view: view.confidence or 0.0)


def _labeled(store: Store, project: Project) -> Iterator[ImageView]:
    for state in BY_PEOPLE:
        after, seen = "", 0
        while seen < LOOKED_AT:
            page = store.images.page(project.id, ImageFilter(state=state), after, PAGE)
            yield from page
            if len(page) < PAGE:
                break
            after, seen = page[-1].image.sha256, seen + len(page)
