"""What labelers do: take images, answer, take an answer back, correct."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update

from models.annotation import Annotation, AnnotationKind, Answer, SkipReason
from models.label import LabelValue
from models.record import now as this_moment
from models.round import ItemState, LeasedItem, Round, RoundKind, RoundState
from tenfold.errors import NotFoundError
from tenfold.store import answers, corrections, drafts, first_words, leases
from tenfold.store.annotation_rows import annotation_of, by_key, with_person
from tenfold.store.engine import Database
from tenfold.store.erased import ERASED
from tenfold.store.finals import recompute
from tenfold.store.newest import held_blind, image_of, project_of, round_of
from tenfold.store.older_lists import hear
from tenfold.store.people import active_person
from tenfold.store.review_requests import returned_to
from tenfold.store.rows import to_annotation, to_round
from tenfold.store.scenes import Scene, scene_of
from tenfold.store.tables import annotations, items, rounds, undone
from tenfold.store.tallies import count_labeler


@dataclass
class Taken:
    """Images that a person holds now."""

    items: list[LeasedItem] = field(default_factory=list)
    round: Round | None = None
    """Of the first of them that an open round asks for."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """Leases that were begun anew."""

    images: int
    """How many of the images the person still held."""
    until: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an answer."""

    annotation: Annotation
    new: bool
    """Whether its key was not sent before."""
    completed: bool
    """Whether the round has all its answers and waits for what comes next."""


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
        """Hand images to a labeler, as `take` does; return only the images."""
        return self.take(project_id, person_id, count, round_id, now).items

    def take(
        self,
        project_id: str,
        person_id: int,
        count: int = 1,
        round_id: str | None = None,
        now: datetime | None = None,
    ) -> Taken:
        """Hand images to a labeler; what they held before is given back first.

        What a reviewer sent back to them comes before all rounds.

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
        taken = Taken()
        alone_at = [f"person {person_id}"]
        with self._db.write(project_id, shared=True, alone_at=alone_at) as connection:
            wanted = leases.wanted_of(connection, project_id, person_id)
            leases.give_back(connection, project_id, person_id)
            if wanted.sent_back:
                back = returned_to(connection, wanted.project, person_id, count, hold.until)
                taken.items += [item for item in back if round_id in (None, item.round_id)]
            for row in wanted.rounds:
                more = count - len(taken.items)
                if more <= 0:
                    break
                if round_id in (None, row.id):
                    shas = leases.take(connection, row, hold, more)
                    if shas:
                        taken.round = taken.round or to_round(row)
                        taken.items += leases.show(connection, row, hold, shas)
        return taken

    def renew(
        self,
        project_id: str,
        person_id: int,
        shas: Sequence[str],
        now: datetime | None = None,
    ) -> Renewed:
        """Hold leased images longer."""
        until = (now or this_moment()) + self._lease
        alone_at = [f"person {person_id}"]
        with self._db.write(project_id, shared=True, alone_at=alone_at) as connection:
            held = connection.execute(
                update(items)
                .where(
                    items.c.person_id == person_id,
                    items.c.project_id == project_id,
                    items.c.leased_until.is_not(None),
                    items.c.sha256.in_(shas),
                )
                .values(leased_until=until)
            ).rowcount
        return Renewed(held, until)

    def release(
        self,
        project_id: str,
        person_id: int,
        shas: Sequence[str] | None = None,
        until: datetime | None = None,
    ) -> int:
        """Give leased images back, all or these; return how many there were.

        Args:
            project_id: the project.
            person_id: who holds them.
            shas: which; None: all.
            until: the end of the latest lease that the person's page knew of: what was leased
                anew since stays theirs; None: whatever they hold.
        """
        # The next page's lease may come at the same time, and changes the same rows.
        alone_at = [f"person {person_id}"]
        with self._db.write(project_id, shared=True, alone_at=alone_at) as connection:
            return leases.give_back(connection, project_id, person_id, shas, until)

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
        return self.keep(project_id, person_id, answer, now).annotation

    def keep(
        self, project_id: str, person_id: int, answer: Answer, now: datetime | None = None
    ) -> Kept:
        """Keep an answer to an image of a project, as `submit` does.

        Raises:
            NotFoundError: the project has no such round.
        """
        alone_at = [f"person {person_id}", f"image {answer.sha256}"]
        with self._db.write(project_id, shared=True, alone_at=alone_at) as connection:
            scene = scene_of(connection, person_id, answer)
            if scene.before is not None:
                said = annotation_of(connection, scene.before)
                return Kept(said, new=False, completed=scene.round.state == RoundState.ANSWERED)
            if scene.project.id != project_id:
                raise NotFoundError(f"The project has no round {answer.round_id}.")
            return _keep(connection, scene, person_id, answer, now or this_moment())

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
            erased = image_of(connection, row.project_id, there.sha256).state == ERASED
            if erased or there.round_id is None or _closed(connection, there.round_id):
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


def _keep(
    connection: Connection, scene: Scene, person_id: int, answer: Answer, moment: datetime
) -> Kept:
    heard = hear(scene.project, answer)
    answer = heard.answer
    value = answers.normal(scene.project, answer.sha256, scene.size, answer.value, heard.gone)
    to = answers.place(connection, scene, person_id, answer.sha256, moment)
    if not heard.counts:
        to = replace(to, item=None, second_opinion=True)
    shown = answers.shown_to(connection, scene.round, person_id, answer.sha256)
    checked = answer.model_copy(update={"value": value})
    given = answers.Given(person_id, checked, to, shown, moment)
    if first_words.is_first(connection, scene, to):
        added, completed = first_words.keep(connection, scene, given)
    else:
        added, completed = answers.keep(connection, scene.project, given)
    if scene.drafted:
        drafts.forget(connection, scene.project.id, person_id, answer.sha256)
    return Kept(to_annotation(added, scene.person), new=True, completed=completed)


def _closed(connection: Connection, round_id: str) -> bool:
    return bool(round_of(connection, round_id).state == RoundState.CLOSED)
