"""Rounds: opening, approving and closing them, and what was answered."""

import json
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from models.annotation import Annotation
from models.cycle import Claim
from models.record import now
from models.round import Approval, ApprovedVia, Doubt, Round, RoundKind, RoundState
from tenfold.errors import ConflictError, RoundNotFinishedError
from tenfold.store.audits import ClassDraw, audit_opening, draw_each, draw_one
from tenfold.store.backlogs import withdraw
from tenfold.store.class_counts import people_by_class
from tenfold.store.engine import Database
from tenfold.store.newest import round_of, walk_is_open
from tenfold.store.openings import (
    Opening,
    frozen_pool,
    open_backlog,
    open_round,
    opened_before,
    still_wanted,
)
from tenfold.store.round_answers import answers_of
from tenfold.store.rows import AnyRow, to_approval, to_round
from tenfold.store.second_looks import open_second_look
from tenfold.store.tables import approvals, rounds
from tenfold.store.walk_rows import note_verdicts


class Rounds:
    """The rounds of all cycles."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def open(
        self,
        claim: Claim,
        kind: RoundKind,
        shas: Sequence[str],
        *,
        key: str,
        model_version: str | None = None,
        seed: int = 0,
        needs_approval: bool = True,
        reason: str = "",
        overlap: int = 1,
        backlog: Sequence[str] | None = None,
        groups: str | None = None,
    ) -> Round:
        """Open a round; under the same key of the cycle it is the same round.

        Images that a person has labeled meanwhile are left out; those in a backlog leave it.

        Args:
            claim: the right to write.
            kind: manual or review; an audit is drawn by `open_audit`.
            shas: the images in the order in which they are to be handed out.
            key: what the round is known by within the cycle.
            model_version: whose pre-labels are checked.
            seed: of the choice, kept for the record.
            needs_approval: whether it waits for a person to let the pipeline go on.
            reason: why these images.
            overlap: how many people answer each image.
            backlog: opened with it: images worth a tag once the round leaves nothing to do.
            groups: name of the blob that says which of the images look alike.

        Raises:
            ConflictError: an audit, or a review while a walk goes on.
        """
        if kind is RoundKind.AUDIT:
            raise ConflictError("An audit is drawn by the store.", "Use open_audit.")
        opening = Opening(
            project_id=claim.project_id,
            cycle_id=claim.cycle_id,
            key=key,
            kind=kind,
            model_version=model_version,
            seed=seed,
            needs_approval=needs_approval,
            reason=reason,
            overlap=overlap,
            params={"groups": groups} if groups else {},
        )
        with self._db.claimed(claim) as connection:
            before = opened_before(connection, claim.cycle_id, key)
            if before is not None:
                return to_round(before)
            if kind is RoundKind.REVIEW and walk_is_open(connection, claim.project_id):
                raise ConflictError(
                    "A walk goes on: until it is closed, its proposals are shown to nobody.",
                    "Deliver the walk first.",
                )
            wanted = still_wanted(connection, claim.project_id, shas)
            opened = open_round(connection, opening, wanted)
            if backlog is not None:
                open_backlog(
                    connection, claim.project_id, claim.cycle_id, f"backlog with {key}", backlog
                )
            return to_round(opened)

    def open_audit(
        self,
        claim: Claim,
        model_version: str,
        n: int,
        *,
        key: str,
        pool: Sequence[str],
        seed: int | None = None,
        reason: str = "",
        overlap: int = 1,
    ) -> Round:
        """Freeze the pool and draw the audit from it, in one transaction.

        The pool is what has no human word on it at this moment among `pool`; n images are drawn
        uniformly without replacement from its sorted hashes, and asked in random order.

        Args:
            claim: the right to write.
            model_version: the frozen model version that is measured.
            n: images to draw; the whole pool where it is smaller.
            key: what the round is known by within the cycle.
            pool: hashes that may be drawn.
            seed: of the draw; None: one that nobody can know before.
            reason: why now.
            overlap: how many people answer each image, blind.

        Raises:
            ConflictError: the cycle is certified by a walk, or had an audit already.
        """
        with self._db.claimed(claim) as connection:
            opening = audit_opening(claim, key, model_version, seed, reason, overlap)
            return to_round(draw_one(connection, opening, pool, n))

    def open_class_audits(
        self,
        claim: Claim,
        model_version: str,
        draws: Sequence[ClassDraw],
        *,
        key: str,
        pool: Sequence[str],
        seed: int | None = None,
        reason: str = "",
        overlap: int = 1,
    ) -> Round:
        """Freeze the pools of all classes and draw an audit of each, in one transaction.

        People's labels of each class are counted in it, too; K_c is fixed before the draw. All
        images are asked in one round, in random order.

        Args:
            claim: the right to write.
            model_version: the frozen model version that is measured.
            draws: of each class, its pool, and how large the audit and the delivery should be.
            key: what the round is known by within the cycle.
            pool: hashes of all images that may be drawn, those of no class included.
            seed: of the draws; None: one that nobody can know before.
            reason: why now.
            overlap: how many people answer each image, blind.

        Raises:
            ConflictError: the cycle is certified by a walk, or had an audit already; or an image
                is in the pools of two classes.
        """
        with self._db.claimed(claim) as connection:
            opening = audit_opening(claim, key, model_version, seed, reason, overlap)
            return to_round(draw_each(connection, opening, pool, draws))

    def open_second_look(
        self,
        claim: Claim,
        doubts: Sequence[Doubt],
        *,
        model_version: str,
        needs_approval: bool,
        reason: str,
        fewest: int,
    ) -> Round | None:
        """Ask people once more about tags that a model contradicts; once a cycle.

        Tags that were changed, audited, committed in a walk, given by several people or asked
        about before are left out. Until an answer replaces it, the tag stands.

        Args:
            claim: the right to write.
            doubts: in the order in which they are to be handed out.
            model_version: whose opinion is shown.
            needs_approval: whether it waits for a person to let the pipeline go on.
            reason: why; `{n}` in it becomes the number of tags.
            fewest: of fewer tags nobody is asked.

        Raises:
            ConflictError: a walk goes on.
        """
        with self._db.claimed(claim) as connection:
            opened = open_second_look(
                connection,
                claim,
                doubts,
                model_version=model_version,
                needs_approval=needs_approval,
                reason=reason,
                fewest=fewest,
            )
            return None if opened is None else to_round(opened)

    def people_by_class(self, claim: Claim) -> dict[str, int]:
        """Count people's labels of each class among the images that the cycle delivers."""
        with self._db.read() as connection:
            return people_by_class(connection, claim.project_id, claim.cycle_id)

    def frozen_pool(self, round_id: str) -> list[str]:
        """Return the sorted hashes that an audit was drawn from."""
        with self._db.read() as connection:
            return frozen_pool(connection, round_id)

    def current(self, cycle_id: str) -> Round | None:
        """Return the round that the cycle waits for: not closed, no backlog."""
        query = (
            select(rounds)
            .where(
                rounds.c.cycle_id == cycle_id,
                rounds.c.state != RoundState.CLOSED,
                rounds.c.backlog.is_(False),
            )
            .order_by(rounds.c.number)
            .limit(1)
        )
        with self._db.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else to_round(row)

    def get(self, round_id: str) -> Round:
        """Return a round.

        Raises:
            NotFoundError: no such round.
        """
        with self._db.read() as connection:
            return to_round(round_of(connection, round_id))

    def approve(
        self,
        round_id: str,
        by: str,
        via: ApprovedVia,
        note: str = "",
        *,
        rest: Literal["refuse", "return"] = "refuse",
        next_backlog: Sequence[str] = (),
    ) -> Approval:
        """Close a round and let the pipeline go on; the first approval stands.

        Args:
            round_id: the round.
            by: name of the person.
            via: by which way they approved.
            note: what they had to say.
            rest: what happens to images without an answer; those of an audit can't be returned.
            next_backlog: opened in the same transaction, so that nobody waits for the machine.

        Raises:
            RoundNotFinishedError: answers are missing, and how many.
        """
        with self._db.read() as connection:
            project_id = round_of(connection, round_id).project_id
        with self._db.write(project_id) as connection:
            before = _approval(connection, round_id)
            if before is not None:
                return before
            row = round_of(connection, round_id)
            missing = row.size - row.answered
            if missing > 0:
                _refuse_unless_returned(row, missing, rest)
            returned = withdraw(connection, round_id) if missing > 0 else 0
            return _close(
                connection,
                row,
                Approval(round_id=round_id, by=by, via=via, note=note, returned=returned, at=now()),
                next_backlog,
            )

    def settle(self, round_id: str) -> Round:
        """Close a round that is answered and waits for no approval; return how it stands."""
        with self._db.read() as connection:
            project_id = round_of(connection, round_id).project_id
        with self._db.write(project_id) as connection:
            row = round_of(connection, round_id)
            if row.state == RoundState.ANSWERED and not row.needs_approval:
                approval = Approval(round_id=round_id, by="tenfold", via=ApprovedVia.RULE, at=now())
                _close(connection, row, approval, ())
            return to_round(round_of(connection, round_id))

    def approval(self, round_id: str) -> Approval | None:
        """Return who let the pipeline go on after a round."""
        with self._db.read() as connection:
            return _approval(connection, round_id)

    def next_ask(self, round_id: str) -> int:
        """Count one more asking for the round's approval, and return the count."""
        with self._db.write() as connection:
            asks: int = connection.execute(
                update(rounds)
                .where(rounds.c.id == round_id)
                .values(asks=rounds.c.asks + 1)
                .returning(rounds.c.asks)
            ).scalar_one()
            return asks

    def params(self, round_id: str) -> dict[str, Any]:
        """Return what was frozen with a round; of an audit `images` (N), `pool` (N′) and `seed`.

        Of an audit also `error` and `confidence`, the promise that it was drawn for; where each
        class is certified for itself, `classes`: a `ClassAudit` of each.
        """
        with self._db.read() as connection:
            found: dict[str, Any] = json.loads(round_of(connection, round_id).params)
        return found

    def answers(self, round_id: str) -> list[Annotation]:
        """Return for each answered image the answer that counts, in the round's order.

        Where several people answered, the first of those that most agree with; none has a
        majority: the first. Late answers and later corrections are not among them, so that
        those of an audit are frozen.
        """
        with self._db.read() as connection:
            return answers_of(connection, round_of(connection, round_id))

    def list(self, cycle_id: str) -> list[Round]:
        """Return the rounds of a cycle, backlogs among them, oldest first."""
        query = select(rounds).where(rounds.c.cycle_id == cycle_id).order_by(rounds.c.number)
        with self._db.read() as connection:
            return [to_round(row) for row in connection.execute(query)]


def _approval(connection: Connection, round_id: str) -> Approval | None:
    row = connection.execute(
        select(approvals).where(approvals.c.round_id == round_id)
    ).one_or_none()
    return None if row is None else to_approval(row)


def _refuse_unless_returned(row: AnyRow, missing: int, rest: str) -> None:
    if row.kind == RoundKind.AUDIT:
        raise RoundNotFinishedError(
            f"{missing} answers of the audit are missing: it counts only when it is whole.",
            missing,
            "Answer them; skip what can't be labeled.",
        )
    if rest != "return":
        raise RoundNotFinishedError(
            f"{missing} of {row.size} answers of round {row.number} are missing.",
            missing,
            "Answer them, or send these images back to the pool.",
        )


def _close(
    connection: Connection, row: AnyRow, approval: Approval, next_backlog: Sequence[str]
) -> Approval:
    connection.execute(insert(approvals).values(**approval.model_dump()))
    if row.walk_id is not None:
        note_verdicts(connection, row)
    connection.execute(
        update(rounds)
        .where(rounds.c.id == row.id)
        .values(state=RoundState.CLOSED, closed_at=approval.at)
    )
    if next_backlog:
        open_backlog(
            connection, row.project_id, row.cycle_id, f"backlog after {row.id}", next_backlog
        )
    return approval
