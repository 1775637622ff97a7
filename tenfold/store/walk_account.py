"""Where a walk stands, and what it comes to in the end."""

from sqlalchemy import Connection, select

from models.certificate import WalkInputs
from models.record import Record
from models.walk import WalkState
from tenfold.errors import ConflictError, RoundNotFinishedError
from tenfold.learning.walk.ledger import Resolution
from tenfold.learning.walk.verify import log_sha256
from tenfold.store.committing import committable
from tenfold.store.delivering import images_delivered, to_be_accepted
from tenfold.store.rows import AnyRow
from tenfold.store.tables import walk_commits
from tenfold.store.walk_rows import read_log, resolved, to_walk


class WalkAccount(Record):
    """What a walk that is over comes to."""

    inputs: WalkInputs
    """Without the seed."""
    accepted: int
    """Labels that will be accepted: delivered ones that no person has spoken of since."""
    images: int
    """Labels that the cycle delivers as it is now, without what was left out for good."""


def refuse_missing(found: Resolution) -> None:
    """Refuse to go on while people's answers are missing.

    Raises:
        RoundNotFinishedError: how many.
    """
    if found.due:
        missing = len(found.due)
        raise RoundNotFinishedError(
            f"{missing} committed labels wait for people's answers.",
            missing,
            "Answer and close the audit round first.",
        )


def state_of(connection: Connection, row: AnyRow, found: Resolution) -> WalkState:
    """Return where a walk stands."""
    log = connection.execute(
        select(walk_commits.c.sha256, walk_commits.c.wrong)
        .where(walk_commits.c.walk_id == row.id)
        .order_by(walk_commits.c.position)
    ).all()
    rates = to_walk(row).rates
    return WalkState(
        errors=found.errors,
        rates_left=rates[found.errors :],
        committed=tuple(one.sha256 for one in log),
        due=tuple(found.due),
        audited=sum(one.wrong is not None for one in log),
        left=len(committable(connection, row.project_id, row.cycle_id)),
        ended=found.ended,
    )


def account_of(connection: Connection, row: AnyRow) -> WalkAccount:
    """Return what a walk that is over comes to; see `settle`."""
    return settle(connection, row)[0]


def settle(connection: Connection, row: AnyRow) -> tuple[WalkAccount, Resolution]:
    """Return what a walk that is over comes to, and what becomes of each commit.

    Raises:
        RoundNotFinishedError: people's answers are missing.
        ConflictError: labels can still be committed.
    """
    found = resolved(connection, row)
    refuse_missing(found)
    if not state_of(connection, row, found).over:
        raise ConflictError("The walk isn't over: labels can still be committed.")
    log, walk = read_log(connection, row.id), to_walk(row)
    inputs = WalkInputs(
        images=walk.images,
        error=walk.error,
        confidence=walk.confidence,
        wrong_allowed=walk.wrong_allowed,
        rates=walk.rates,
        commits=len(log),
        audited=sum(one.wrong is not None for one in log),
        audit_errors=found.errors,
        delivered=len(found.delivered),
        seal_commitment=walk.seal_commitment,
        log_sha256=log_sha256(log),
    )
    account = WalkAccount(
        inputs=inputs,
        accepted=to_be_accepted(connection, row, len(log) - len(found.returned)),
        images=images_delivered(connection, row.project_id, row.cycle_id),
    )
    return account, found
