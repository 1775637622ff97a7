"""Walks: committing labels, tossing the coins, asking people, and delivering.

The sealed seed never leaves this package while a walk is open, and no coin is looked at before
its label is committed.
"""

from collections.abc import Sequence

from models.certificate import WalkCertificate
from models.cycle import Claim
from models.round import Round
from models.walk import Walk, WalkCommit, WalkState
from tenfold.errors import ConflictError
from tenfold.learning.walk.ladder import Ladder
from tenfold.store import walk_parts
from tenfold.store.committing import Row, committable
from tenfold.store.delivering import images_delivered
from tenfold.store.engine import Database
from tenfold.store.walk_account import WalkAccount, account_of, state_of
from tenfold.store.walk_opening import open_walk
from tenfold.store.walk_parts import Asking
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
        with self._db.read() as connection:
            n_images = images_delivered(connection, claim.project_id, claim.cycle_id)
        with self._db.claimed(claim) as connection:
            before = walk_of_cycle(connection, claim.cycle_id)
            if before is not None:
                return to_walk(before)
            open_walk(connection, claim, ladder, n_images)
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
        """Commit labels in their order, and toss the coins once all of them are.

        Written part by part, so that people's answers come between. Under the same key it is done
        once; what was killed on the way goes on where it stopped. The images leave the backlogs.

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
        asking = Asking(key, needs_approval=needs_approval, reason=reason)
        return walk_parts.commit(self._db, claim, walk_id, rows, asking)

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
        asking = Asking(key, needs_approval=needs_approval, reason=reason)
        return walk_parts.ask(self._db, claim, walk_id, asking)

    def state(self, walk_id: str) -> WalkState:
        """Return where a walk stands."""
        with self._db.read() as connection:
            row = walk_row(connection, walk_id)
            return state_of(connection, row, resolved(connection, row))

    def asked_last(self, walk_id: str) -> bool:
        """Whether people were asked about the last chunk that was committed."""
        with self._db.read() as connection:
            return walk_parts.asked_last(connection, walk_id)

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

        Labels are accepted part by part, so that people's answers come between; they are shown
        to nobody until the certificate is there, which is written last. What was killed on the
        way goes on where it stopped; a second time it returns the certificate that is there.

        Raises:
            RoundNotFinishedError: people's answers are missing.
            ConflictError: labels can still be committed, or the certificate says something else
                than what the walk comes to now.
        """
        return walk_parts.deliver(self._db, claim, certificate)
