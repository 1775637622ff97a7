"""How well each person agrees with the others, for pages that are drawn again and again."""

from functools import lru_cache

from models.project import Project
from models.report import Progress
from models.round import RoundState
from tenfold.store import Store


def with_others(store: Store, project: Project, progress: Progress) -> dict[str, float]:
    """Return the share of others' answers that say the same as each person's, by their name.

    It is worked out once for the rounds that are closed, and again when another closes.
    """
    closed = tuple(
        each.id for each in progress.rounds if each.overlap > 1 and each.state is RoundState.CLOSED
    )
    return dict(_found(store, project.id, project.classes_version, closed)) if closed else {}


@lru_cache(maxsize=64)
def _found(
    store: Store,
    project_id: str,
    classes_version: int,  # noqa: ARG001 -- with another list answers agree that didn't
    closed: tuple[str, ...],  # noqa: ARG001 -- what there is to compare
) -> tuple[tuple[str, float], ...]:
    found = store.agreement.summary(project_id).labelers
    return tuple((labeler.person, labeler.with_others) for labeler in found)
