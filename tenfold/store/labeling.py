"""What labelers do: take images, answer, take an answer back, correct; and imported labels."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update

from models.annotation import Annotation, AnnotationKind, Answer, SkipReason
from models.cycle import Claim
from models.label import LabelValue
from models.project import ProjectState
from models.record import now as this_moment
from models.round import ItemState, LeasedItem, RoundKind, RoundState
from tenfold.store import answers, corrections, leases
from tenfold.store.annotation_rows import annotation_of, by_key, with_person
from tenfold.store.engine import Database
from tenfold.store.finals import recompute
from tenfold.store.newest import held_blind, project_of, round_of
from tenfold.store.people import active_person
from tenfold.store.rows import to_annotation
from tenfold.store.tables import annotations, items, rounds, undone
from tenfold.store.tallies import count_labeler


class Labeling:
    """Leases and annotations."""

    def __init__(self, database: Database, lease_seconds: int) -> None:
        self._db = database
        self._lease = timedelta(seconds=lease_seconds)

    def lease(
        self,
        project_id: str,
        person_id: int,
        count: int = 1,
        round_id: str | None = None,
        now: datetime | None = None,
    ) -> list[LeasedItem]:
        """Hand images to a labeler; what they held before is given back first.

        Args:
            project_id: the project; one that is paused hands out nothing.
            person_id: the labeler.
            count: how many images at most.
            round_id: only of this round; None: rounds of the pipeline, then the backlog.
            now: the moment; None: this one.

        Raises:
            ForbiddenError: the person may no longer work here.
        """
        moment = now or this_moment()
        hold = leases.Hold(person_id, moment, moment + self._lease)
        with self._db.write(project_id, shared=True) as connection:
            active_person(connection, person_id)
            self._db.lock_person(connection, person_id)
            leases.give_back(connection, project_id, person_id)
            found: list[LeasedItem] = []
            if project_of(connection, project_id).state is ProjectState.ACTIVE:
                for row in leases.open_rounds(connection, project_id, round_id):
                    wanted = count - len(found)
                    if wanted <= 0:
                        break
                    shas = leases.take(connection, row, hold, wanted)
                    if shas:
                        found += leases.show(connection, row, hold, shas)
            return found

    def renew(
        self,
        project_id: str,
        person_id: int,
        shas: Sequence[str],
        now: datetime | None = None,
    ) -> int:
        """Hold leased images longer; return how many the person still holds of them."""
        until = (now or this_moment()) + self._lease
        with self._db.write(project_id, shared=True) as connection:
            return connection.execute(
                update(items)
                .where(
                    items.c.person_id == person_id,
                    items.c.project_id == project_id,
                    items.c.leased_until.is_not(None),
                    items.c.sha256.in_(shas),
                )
                .values(leased_until=until)
            ).rowcount

    def release(self, project_id: str, person_id: int, shas: Sequence[str] | None = None) -> int:
        """Give leased images back, all or these; return how many there were."""
        with self._db.write(project_id, shared=True) as connection:
            return leases.give_back(connection, project_id, person_id, shas)

    def barred(self, round_id: str, person_id: int) -> int:
        """Count the images of an open audit that somebody else must answer.

        The person has seen what a model proposes for them.
        """
        with self._db.read() as connection:
            row = round_of(connection, round_id)
            if row.kind != RoundKind.AUDIT:
                return 0
            waiting = (
                select(func.count(func.distinct(items.c.sha256)))
                .select_from(items)
                .where(items.c.round_id == round_id, items.c.state == ItemState.WAITING)
            )
            allowed = waiting.where(*leases.blind_to(person_id))
            return (connection.scalar(waiting) or 0) - (connection.scalar(allowed) or 0)

    def submit(self, person_id: int, answer: Answer, now: datetime | None = None) -> Annotation:
        """Keep an answer; the same key again returns what was kept the first time.

        Raises:
            InvalidAnswerError: it can't be a label of this image, with the reason.
            NotFoundError: no such round.
            ForbiddenError: the person may no longer work here.
        """
        with self._db.read() as connection:
            before = by_key(connection, person_id, answer.key)
            if before is not None:
                return before
            project_id = round_of(connection, answer.round_id).project_id
        with self._db.write(project_id) as connection:
            before = by_key(connection, person_id, answer.key)
            if before is not None:
                return before
            return self._keep(connection, project_id, person_id, answer, now or this_moment())

    def _keep(
        self,
        connection: Connection,
        project_id: str,
        person_id: int,
        answer: Answer,
        moment: datetime,
    ) -> Annotation:
        active_person(connection, person_id)
        project = project_of(connection, project_id)
        row = round_of(connection, answer.round_id)
        value = answers.checked(connection, project, answer.sha256, answer.value)
        to = answers.place(connection, row, person_id, answer.sha256, moment)
        shown = answers.shown_to(connection, row, person_id, answer.sha256)
        given = answers.Given(
            person_id, answer.model_copy(update={"value": value}), to, shown, moment
        )
        added = answers.keep(connection, project, given)
        return annotation_of(connection, added)

    def undo(
        self, person_id: int, annotation_id: int, now: datetime | None = None
    ) -> Annotation | None:
        """Take one's own answer back while its round isn't closed.

        The answer is kept and marked as undone; its image is open again, held by the person.

        Returns:
            The answer that was taken back; None where it can't be: it isn't one's own, it filled
            no round, or the round is closed.
        """
        moment = now or this_moment()
        with self._db.read() as connection:
            row = connection.execute(
                select(annotations.c.project_id).where(
                    annotations.c.id == annotation_id, annotations.c.person_id == person_id
                )
            ).one_or_none()
        if row is None:
            return None
        with self._db.write(row.project_id) as connection:
            there = annotation_of(connection, annotation_id)
            if there.undone:
                return there
            if there.round_id is None or _closed(connection, there.round_id):
                return None
            self._take_back(connection, there, person_id, moment)
            return annotation_of(connection, annotation_id)

    def _take_back(
        self, connection: Connection, there: Annotation, person_id: int, moment: datetime
    ) -> None:
        connection.execute(insert(undone).values(annotation_id=there.id, at=moment))
        opened = connection.execute(
            update(items)
            .where(items.c.round_id == there.round_id, items.c.annotation_id == there.id)
            .values(
                state=ItemState.WAITING,
                annotation_id=None,
                person_id=person_id,
                leased_until=moment + self._lease,
            )
        ).rowcount
        if opened:
            connection.execute(
                update(rounds)
                .where(rounds.c.id == there.round_id)
                .values(answered=rounds.c.answered - 1, state=RoundState.OPEN, answered_at=None)
            )
        count_labeler(
            connection,
            there.project_id,
            person_id,
            answers=-1,
            skipped=-int(there.skip is not None),
            seconds=-there.seconds,
        )
        recompute(connection, project_of(connection, there.project_id), [there.sha256])

    def history(self, project_id: str, sha256: str) -> list[Annotation]:
        """Return all that was said of an image, oldest first, taken back or not.

        While the image is in an open audit, or committed in an open walk, nothing that a model
        said is among it.
        """
        query = (
            with_person()
            .where(annotations.c.project_id == project_id, annotations.c.sha256 == sha256)
            .order_by(annotations.c.id)
        )
        with self._db.read() as connection:
            found = [to_annotation(row, row.person) for row in connection.execute(query)]
            if not held_blind(connection, project_id, [sha256]):
                return found
        return [
            one.model_copy(update={"proposed": None, "model_version": None})
            for one in found
            if one.kind is not AnnotationKind.ACCEPTED
        ]

    def mine(self, project_id: str, person_id: int, limit: int = 50) -> list[Annotation]:
        """Return a person's latest answers, newest first, without those taken back."""
        query = (
            with_person()
            .where(
                annotations.c.project_id == project_id,
                annotations.c.person_id == person_id,
                undone.c.annotation_id.is_(None),
            )
            .order_by(annotations.c.id.desc())
            .limit(limit)
        )
        with self._db.read() as connection:
            return [to_annotation(row, row.person) for row in connection.execute(query)]

    def correct(
        self,
        person_id: int,
        project_id: str,
        sha256: str,
        word: LabelValue | SkipReason,
        comment: str = "",
    ) -> Annotation:
        """Label an image, or exclude it, outside a round.

        A reviewer's word is final (an adjudication); a labeler's is a correction.

        Raises:
            ConflictError: an audit that isn't approved yet, or an open walk, holds the image.
            InvalidAnswerError: it can't be a label of this image.
        """
        with self._db.write(project_id) as connection:
            person = active_person(connection, person_id)
            correction = corrections.Correction(
                project_of(connection, project_id), sha256, word, comment
            )
            return corrections.correct(connection, correction, person)

    def import_labels(self, claim: Claim, labels: Sequence[tuple[str, LabelValue]]) -> int:
        """Keep labels that the source came with; those that are there already stay.

        Returns:
            How many were new.

        Raises:
            InvalidAnswerError: one can't be a label of its image.
        """
        with self._db.claimed(claim) as connection:
            project = project_of(connection, claim.project_id)
            return corrections.import_labels(connection, project, dict(labels))


def _closed(connection: Connection, round_id: str) -> bool:
    return bool(round_of(connection, round_id).state == RoundState.CLOSED)
