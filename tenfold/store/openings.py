"""Opening rounds: which images, in which order, and what is frozen with them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, insert, select

from models.annotation import FinalKind
from models.record import now
from models.round import ItemState, RoundKind, RoundState
from tenfold.store.backlogs import close_backlogs, note_answered, withdraw_from_backlogs
from tenfold.store.newest import committed_now, round_of
from tenfold.store.rows import AnyRow, new_id
from tenfold.store.tables import frozen_pools, images, items, rounds

CHUNK = 500
"""Values in one IN list."""

PART = 10_000
"""Hashes in one row of a frozen pool."""

NOT_FINAL = (None, FinalKind.ACCEPTED, FinalKind.IMPORTED)
"""Final labels that a round may still ask people about."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a round is opened with."""

    project_id: str
    cycle_id: str
    key: str
    kind: RoundKind
    model_version: str | None = None
    walk_id: str | None = None
    seed: int = 0
    needs_approval: bool = True
    reason: str = ""
    overlap: int = 1
    backlog: bool = False
    params: Mapping[str, object] = field(default_factory=dict)


def opened_before(connection: Connection, cycle_id: str, key: str) -> AnyRow | None:
    """Return the round that was opened under a key of a cycle."""
    return connection.execute(
        select(rounds).where(rounds.c.cycle_id == cycle_id, rounds.c.key == key)
    ).one_or_none()


def open_round(connection: Connection, opening: Opening, shas: Sequence[str]) -> AnyRow:
    """Open a round with its items in the given order; they leave the backlogs."""
    withdraw_from_backlogs(connection, opening.cycle_id, shas)
    round_id = new_id()
    connection.execute(insert(rounds).values(_round_row(connection, opening, round_id, len(shas))))
    rows = [
        _item_row(opening, round_id, sha, place + slot * len(shas), slot)
        for slot in range(opening.overlap)
        for place, sha in enumerate(shas)
    ]
    if rows:
        connection.execute(insert(items), rows)
    note_answered(connection, round_id)
    return round_of(connection, round_id)


def _round_row(
    connection: Connection, opening: Opening, round_id: str, n_images: int
) -> dict[str, object]:
    newest = connection.scalar(
        select(func.max(rounds.c.number)).where(rounds.c.cycle_id == opening.cycle_id)
    )
    return {
        "id": round_id,
        "project_id": opening.project_id,
        "cycle_id": opening.cycle_id,
        "key": opening.key,
        "number": (newest or 0) + 1,
        "kind": opening.kind,
        "state": RoundState.OPEN,
        "backlog": opening.backlog,
        "overlap": opening.overlap,
        "size": n_images * opening.overlap,
        "answered": 0,
        "model_version": opening.model_version,
        "walk_id": opening.walk_id,
        "seed": opening.seed,
        "needs_approval": opening.needs_approval and n_images > 0,
        "reason": opening.reason,
        "params": json.dumps(dict(opening.params)),
        "asks": 0,
        "opened_at": now(),
    }


def _item_row(
    opening: Opening, round_id: str, sha256: str, position: int, slot: int
) -> dict[str, object]:
    return {
        "round_id": round_id,
        "position": position,
        "project_id": opening.project_id,
        "sha256": sha256,
        "slot": slot,
        "state": ItemState.WAITING,
    }


def still_wanted(connection: Connection, project_id: str, shas: Sequence[str]) -> list[str]:
    """Keep, in their order, images that are there and have no label of a person of the project.

    What is committed in an open walk is not asked for: its coins alone decide who is looked at.
    """
    unique = list(dict.fromkeys(shas))
    wanted: set[str] = set()
    for start in range(0, len(unique), CHUNK):
        query = select(images.c.sha256, images.c.final_by).where(
            images.c.project_id == project_id,
            images.c.sha256.in_(unique[start : start + CHUNK]),
            images.c.gone.is_(False),
            images.c.excluded.is_(False),
        )
        wanted.update(sha for sha, by in connection.execute(query) if by in NOT_FINAL)
    wanted -= committed_now(connection, project_id, unique)
    return [sha for sha in unique if sha in wanted]


def open_backlog(
    connection: Connection, project_id: str, cycle_id: str, key: str, shas: Sequence[str]
) -> None:
    """Open a backlog in place of earlier ones, without images that another round holds."""
    close_backlogs(connection, cycle_id)
    held = _in_open_rounds(connection, project_id)
    free = [sha for sha in still_wanted(connection, project_id, shas) if sha not in held]
    if free and opened_before(connection, cycle_id, key) is None:
        opening = Opening(
            project_id=project_id,
            cycle_id=cycle_id,
            key=key,
            kind=RoundKind.MANUAL,
            needs_approval=False,
            reason="Images worth a tag while the machine works.",
            backlog=True,
        )
        open_round(connection, opening, free)


def _in_open_rounds(connection: Connection, project_id: str) -> set[str]:
    query = (
        select(items.c.sha256)
        .join(rounds, rounds.c.id == items.c.round_id)
        .where(
            rounds.c.project_id == project_id,
            rounds.c.state != RoundState.CLOSED,
            items.c.state == ItemState.WAITING,
        )
    )
    return set(connection.scalars(query))


def freeze_pool(connection: Connection, round_id: str, shas: Sequence[str]) -> None:
    """Keep the hashes of a pool, 32 bytes each, in their order."""
    parts = [
        {
            "round_id": round_id,
            "part": start // PART,
            "hashes": bytes.fromhex("".join(shas[start : start + PART])),
        }
        for start in range(0, len(shas), PART)
    ]
    if parts:
        connection.execute(insert(frozen_pools), parts)


def frozen_pool(connection: Connection, round_id: str) -> list[str]:
    """Return the hashes of a frozen pool in their order."""
    query = (
        select(frozen_pools.c.hashes)
        .where(frozen_pools.c.round_id == round_id)
        .order_by(frozen_pools.c.part)
    )
    return [
        part[at : at + 32].hex()
        for part in connection.scalars(query)
        for at in range(0, len(part), 32)
    ]
