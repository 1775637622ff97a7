"""Walks: committing labels, tossing the coins, asking people, and delivering.

The sealed seed never leaves this package while a walk is open, and no coin is looked at before
its label is committed.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select, update

from models.certificate import WalkCertificate
from models.cycle import Claim
from models.round import Round, RoundKind, RoundState
from models.walk import Walk, WalkCommit, WalkState
from tenfold.errors import ConflictError
from tenfold.learning.walk.ladder import Ladder
from tenfold.store.committing import Row, append, committable
from tenfold.store.delivering import deliver_commits
from tenfold.store.engine import Database
from tenfold.store.newest import round_of
from tenfold.store.openings import Opening, open_round, opened_before
from tenfold.store.rows import AnyRow, to_round
from tenfold.store.tables import certificates, rounds, walk_chunks, walk_commits, walks
from tenfold.store.walk_account import WalkAccount, account_of, refuse_missing, state_of
from tenfold.store.walk_opening import open_walk
from tenfold.store.walk_rows import read_log, resolved, to_walk, walk_of_cycle, walk_row


class Walks:
    """The walks of all cycles, one a cycle."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, cycle_id: str) -> Walk | None:
        """Return the walk of a cycle, if it has one."""
        with self._db.read() as connection:
            row = walk_of_cycle(connection, cycle_id)
        return None if row is None else to_walk(row)

    def open(self, claim: Claim, ladder: Ladder) -> Walk:
        """Open the walk of a cycle and seal its seed; a second time it is the same walk.

        Error, confidence and overlap are those of the project at this moment.

        Args:
            claim: the right to write.
            ladder: the rates, frozen before the first coin.

        Raises:
            ConflictError: the rates don't keep the promise, or the cycle had an audit already.
        """
        with self._db.claimed(claim) as connection:
            before = walk_of_cycle(connection, claim.cycle_id)
            if before is not None:
                return to_walk(before)
            open_walk(connection, claim, ladder)
            row = walk_of_cycle(connection, claim.cycle_id)
            if row is None:
                raise AssertionError("a walk was just written")
            return to_walk(row)

    def committable(self, claim: Claim) -> list[str]:
        """Return the hashes, in order, of the images whose labels may be committed now."""
        with self._db.read() as connection:
            return committable(connection, claim.project_id, claim.cycle_id)

    def commit(
        self,
        claim: Claim,
        walk_id: str,
        rows: Sequence[Row],
        key: str,
        *,
        needs_approval: bool = True,
        reason: str = "",
    ) -> Round | None:
        """Commit labels in their order, then toss the coins; all in one transaction.

        Under the same key it is done once. The images leave the backlogs.

        Args:
            claim: the right to write.
            walk_id: the walk of the cycle.
            rows: images without a human word, their labels, and whose proposals these are.
            key: what the chunk, and the round that follows from it, are known by in the cycle.
            needs_approval: of the round.
            reason: of the round.

        Returns:
            The audit round of exactly the images whose coins ask for it; None where none does.

        Raises:
            ConflictError: an image can't be committed, or the walk has ended.
            RoundNotFinishedError: people's answers to earlier commits are missing.
        """
        with self._db.claimed(claim) as connection:
            row = _own(connection, claim, walk_id)
            before = _chunk(connection, walk_id, key)
            if before is not None:
                return _round_of_chunk(connection, before)
            _refuse_unless_open(connection, row)
            first = append(connection, claim, row, rows)
            opening = _opening(row, key, needs_approval=needs_approval, reason=reason)
            opened = _ask(connection, row, opening)
            connection.execute(
                insert(walk_chunks).values(
                    walk_id=walk_id,
                    first=first,
                    key=key,
                    size=len(rows),
                    round_id=opened.id if opened else None,
                )
            )
            return opened

    def follow_up(
        self,
        claim: Claim,
        walk_id: str,
        key: str,
        *,
        needs_approval: bool = True,
        reason: str = "",
    ) -> Round | None:
        """Ask for what became due by audit errors, once the round before is closed.

        Under the same key it is the same round; a round that is open still is returned as it is.

        Returns:
            The audit round; None where nothing is due.
        """
        with self._db.claimed(claim) as connection:
            row = _own(connection, claim, walk_id)
            before = opened_before(connection, claim.cycle_id, key) or _open_audit(connection, row)
            if before is not None:
                return to_round(before)
            opening = _opening(row, key, needs_approval=needs_approval, reason=reason)
            return _ask(connection, row, opening)

    def state(self, walk_id: str) -> WalkState:
        """Return where a walk stands."""
        with self._db.read() as connection:
            row = walk_row(connection, walk_id)
            return state_of(connection, row, resolved(connection, row))

    def asked_last(self, walk_id: str) -> bool:
        """Whether people were asked about the last chunk that was committed."""
        query = (
            select(walk_chunks.c.round_id)
            .where(walk_chunks.c.walk_id == walk_id)
            .order_by(walk_chunks.c.first.desc())
            .limit(1)
        )
        with self._db.read() as connection:
            return connection.scalar(query) is not None

    def commits(self, walk_id: str) -> list[WalkCommit]:
        """Return the log of a walk that is closed.

        Raises:
            ConflictError: it isn't; until then its labels are shown to nobody.
        """
        with self._db.read() as connection:
            if walk_row(connection, walk_id).closed_at is None:
                raise ConflictError("The log of a walk is shown once its labels are delivered.")
            return read_log(connection, walk_id)

    def account(self, walk_id: str) -> WalkAccount:
        """Return what a walk comes to, to write its certificate from; the seed stays sealed.

        Raises:
            RoundNotFinishedError: people's answers are missing.
            ConflictError: labels can still be committed.
        """
        with self._db.read() as connection:
            return account_of(connection, walk_row(connection, walk_id))

    def deliver(self, claim: Claim, certificate: WalkCertificate) -> WalkCertificate:
        """Accept what a walk delivers, close it, and keep the certificate with the seed revealed.

        All in one transaction; a second time it returns the certificate that is there.

        Raises:
            RoundNotFinishedError: people's answers are missing.
            ConflictError: labels can still be committed, or the certificate says something else
                than what the walk comes to now.
        """
        with self._db.claimed(claim) as connection:
            row = _own(connection, claim, certificate.id)
            if row.closed_at is not None:
                return _kept(connection, row.id)
            account = account_of(connection, row)
            if (certificate.inputs, certificate.accepted) != (account.inputs, account.accepted):
                raise ConflictError("The certificate says something else than the walk comes to.")
            revealed = account.inputs.model_copy(update={"seed": row.seed})
            signed = certificate.model_copy(update={"inputs": revealed})
            deliver_commits(connection, claim, signed, resolved(connection, row).delivered)
            connection.execute(
                update(walks).where(walks.c.id == row.id).values(closed_at=signed.created_at)
            )
            return signed


def _own(connection: Connection, claim: Claim, walk_id: str) -> AnyRow:
    row = walk_row(connection, walk_id)
    if row.cycle_id != claim.cycle_id:
        raise ConflictError(f"Walk {walk_id} belongs to another cycle.")
    return row


def _refuse_unless_open(connection: Connection, row: AnyRow) -> None:
    if row.closed_at is not None:
        raise ConflictError("The walk is closed: its labels are delivered.")
    found = resolved(connection, row)
    refuse_missing(found)
    if found.ended:
        raise ConflictError("The walk has ended: its last rate is used up.")
    waiting = select(rounds.c.id).where(
        rounds.c.cycle_id == row.cycle_id,
        rounds.c.state != RoundState.CLOSED,
        rounds.c.backlog.is_(False),
    )
    if connection.scalar(waiting.limit(1)) is not None:
        raise ConflictError(
            "A round of this cycle is open.", "Close it before labels are committed."
        )


def _chunk(connection: Connection, walk_id: str, key: str) -> AnyRow | None:
    return connection.execute(
        select(walk_chunks).where(walk_chunks.c.walk_id == walk_id, walk_chunks.c.key == key)
    ).one_or_none()


def _round_of_chunk(connection: Connection, chunk: AnyRow) -> Round | None:
    return to_round(round_of(connection, chunk.round_id)) if chunk.round_id else None


def _open_audit(connection: Connection, row: AnyRow) -> AnyRow | None:
    return connection.execute(
        select(rounds)
        .where(rounds.c.walk_id == row.id, rounds.c.state != RoundState.CLOSED)
        .limit(1)
    ).one_or_none()


def _opening(row: AnyRow, key: str, *, needs_approval: bool, reason: str) -> Opening:
    return Opening(
        project_id=row.project_id,
        cycle_id=row.cycle_id,
        key=key,
        kind=RoundKind.AUDIT,
        walk_id=row.id,
        needs_approval=needs_approval,
        reason=reason,
        overlap=row.overlap,
        params={"walk": row.id},
    )


def _ask(connection: Connection, row: AnyRow, opening: Opening) -> Round | None:
    """Open an audit round of what is due, in the order of the hashes, which says nothing."""
    due = sorted(resolved(connection, row).due)
    if not due:
        return None
    opened = open_round(connection, opening, due)
    for start in range(0, len(due), 500):
        connection.execute(
            update(walk_commits)
            .where(
                walk_commits.c.walk_id == row.id,
                walk_commits.c.sha256.in_(due[start : start + 500]),
            )
            .values(round_id=opened.id)
        )
    return to_round(opened)


def _kept(connection: Connection, walk_id: str) -> WalkCertificate:
    record = connection.scalar(select(certificates.c.record).where(certificates.c.id == walk_id))
    return WalkCertificate.model_validate_json(record or "")
