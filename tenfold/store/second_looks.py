"""Second looks: people's tags that a model contradicts, asked about once more."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, case, exists, select

from models.annotation import FinalKind
from models.cycle import Claim
from models.round import Doubt, RoundKind
from tenfold.errors import ConflictError
from tenfold.store.membership import of_cycle
from tenfold.store.newest import walk_is_open
from tenfold.store.openings import CHUNK, Opening, open_round, opened_before
from tenfold.store.rows import SECOND_LOOK, AnyRow, to_value
from tenfold.store.tables import annotations, images, items, rounds, walk_commits


def open_second_look(
    connection: Connection,
    claim: Claim,
    doubts: Sequence[Doubt],
    *,
    model_version: str,
    needs_approval: bool,
    reason: str,
    fewest: int,
) -> AnyRow | None:
    """Open the cycle's second look; None where it had one, or too little is left to ask about.

    Raises:
        ConflictError: a walk goes on.
    """
    if opened_before(connection, claim.cycle_id, SECOND_LOOK) is not None:
        return None
    if walk_is_open(connection, claim.project_id):
        raise ConflictError(
            "A walk goes on: until it is closed, what a model says is shown to nobody.",
            "Deliver the walk first.",
        )
    kept = _still_doubtful(connection, claim, doubts)
    if len(kept) < fewest:
        return None
    opening = Opening(
        project_id=claim.project_id,
        cycle_id=claim.cycle_id,
        key=SECOND_LOOK,
        kind=RoundKind.REVIEW,
        model_version=model_version,
        needs_approval=needs_approval,
        reason=reason.format(n=len(kept)),
        params={"doubts": [doubt.model_dump(mode="json") for doubt in kept]},
    )
    return open_round(connection, opening, [doubt.sha256 for doubt in kept])


def _still_doubtful(connection: Connection, claim: Claim, doubts: Sequence[Doubt]) -> list[Doubt]:
    """Keep tags that stand as they were judged, that nobody has looked at again or audited."""
    shas = [doubt.sha256 for doubt in doubts]
    standing: dict[str, str] = {}
    for start in range(0, len(shas), CHUNK):
        query = _one_word(connection, claim).where(images.c.sha256.in_(shas[start : start + CHUNK]))
        standing.update((sha, value) for sha, value in connection.execute(query))
    return [doubt for doubt in doubts if to_value(standing.get(doubt.sha256)) == doubt.tagged]


def _one_word(connection: Connection, claim: Claim) -> Select[Any]:
    """Select images whose label is one person's tag, never audited, committed or asked again."""
    return select(images.c.sha256, images.c.final_value).where(
        of_cycle(connection, claim.project_id, claim.cycle_id),
        images.c.final_by == FinalKind.PERSON,
        ~exists().where(
            items.c.project_id == images.c.project_id,
            items.c.sha256 == images.c.sha256,
            items.c.round_id == rounds.c.id,
            (rounds.c.kind == RoundKind.AUDIT) | (rounds.c.key == SECOND_LOOK),
        ),
        ~exists().where(
            walk_commits.c.project_id == images.c.project_id,
            walk_commits.c.sha256 == images.c.sha256,
        ),
    )


def doubts_of(round_row: AnyRow) -> dict[str, Doubt]:
    """Return what a second look is about, by the images' hashes; of another round nothing."""
    if round_row.key != SECOND_LOOK:
        return {}
    found = json.loads(round_row.params)["doubts"]
    return {one["sha256"]: Doubt.model_validate(one) for one in found}


def own_last(person_id: int | BindParameter[int]) -> ColumnElement[int]:
    """Order the images that a person has tagged behind those of others."""
    own = exists().where(
        annotations.c.project_id == items.c.project_id,
        annotations.c.sha256 == items.c.sha256,
        annotations.c.person_id == person_id,
    )
    return case((own, 1), else_=0)
