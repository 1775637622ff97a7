"""Where a project stands, from counts that are kept as it goes on."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from models.certificate import Certificate, WalkCertificate, any_certificate
from models.project import Project
from models.record import now
from models.report import LabelerProgress, Progress, WalkProgress
from models.round import Round, RoundState
from tenfold.store import tallies
from tenfold.store.engine import Database
from tenfold.store.erasing import erased_of
from tenfold.store.images import counts_of
from tenfold.store.rows import to_round, to_step
from tenfold.store.tables import (
    certificates,
    cycles,
    labeler_counts,
    people,
    rounds,
    steps,
    walk_chunks,
    walks,
)

STATES = (
    "manual",
    "reviewed",
    "audited",
    "imported",
    "accepted",
    "pre-labeled",
    "skipped",
    "unlabeled",
)
"""States of an image; together they are all images."""


class ProgressReports:
    """What the dashboard and `tenfold status` show."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, project: Project) -> Progress:
        """Return where a project stands now."""
        with self._db.read() as connection:
            counted = tallies.read(connection, project.id)
            cycle_id = connection.scalar(
                select(cycles.c.id)
                .where(cycles.c.project_id == project.id)
                .order_by(cycles.c.number.desc())
                .limit(1)
            )
            opened = _rounds(connection, cycle_id)
            labelers = _labelers(connection, project.id)
            certificate = _certificate(connection, cycle_id)
            walk = _walk(connection, cycle_id)
            erased = _erased(connection, project.id, cycle_id) if certificate else 0
            done = connection.execute(
                select(steps).where(steps.c.cycle_id == cycle_id).order_by(steps.c.position)
            ).all()
        images = counts_of(counted)
        current = next((r for r in opened if not r.backlog and _is_open(r)), None)
        return Progress(
            project=project.name,
            images=images.images,
            quarantined=images.quarantined,
            duplicates=images.duplicates,
            by_state={state: counted[f"state:{state}"] for state in STATES},
            by_class=_by_class(counted, project),
            open_round=current,
            backlog=sum(r.missing for r in opened if r.backlog and _is_open(r)),
            rounds=tuple(opened),
            steps=tuple(to_step(row) for row in done),
            labelers=labelers,
            certificate=certificate,
            claim=_claim(certificate, erased),
            walk=walk,
            minutes_left=_minutes_left(current, labelers),
            at=now(),
        )

    def labelers(self, project_id: str) -> tuple[LabelerProgress, ...]:
        """Return what each person did, by name."""
        with self._db.read() as connection:
            return _labelers(connection, project_id)


def _claim(certificate: Certificate | WalkCertificate | None, erased: int) -> str:
    if certificate is None:
        return ""
    were = "1 image was" if erased == 1 else f"{erased} images were"
    more = f" {were} erased for good since it was measured." if erased else ""
    return f"{certificate.statement}{more}"


def _erased(connection: Connection, project_id: str, cycle_id: str | None) -> int:
    version = connection.scalar(select(cycles.c.dataset_version).where(cycles.c.id == cycle_id))
    return erased_of(connection, project_id, version)


def _walk(connection: Connection, cycle_id: str | None) -> WalkProgress | None:
    """Return how far the walk of a cycle is, if one goes on; counts that don't grow with it."""
    row = connection.execute(
        select(walks.c.id, walks.c.images).where(
            walks.c.cycle_id == cycle_id, walks.c.closed_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return None
    sizes = select(func.sum(walk_chunks.c.size)).where(walk_chunks.c.walk_id == row.id)
    answers = select(func.sum(rounds.c.answered)).where(rounds.c.walk_id == row.id)
    return WalkProgress(
        images=row.images,
        committed=connection.scalar(sizes) or 0,
        audited=connection.scalar(answers) or 0,
    )


def _is_open(opened: Round) -> bool:
    return opened.state is not RoundState.CLOSED


def _rounds(connection: Connection, cycle_id: str | None) -> list[Round]:
    query = select(rounds).where(rounds.c.cycle_id == cycle_id).order_by(rounds.c.number)
    return [to_round(row) for row in connection.execute(query)]


def _labelers(connection: Connection, project_id: str) -> tuple[LabelerProgress, ...]:
    query = (
        select(labeler_counts, people.c.name)
        .join(people, people.c.id == labeler_counts.c.person_id)
        .where(labeler_counts.c.project_id == project_id, labeler_counts.c.answers > 0)
        .order_by(people.c.name)
    )
    return tuple(
        LabelerProgress(
            person=row.name,
            answers=row.answers,
            seconds_each=max(row.seconds, 0.0) / row.answers,
            skipped=row.skipped,
            reviewed=row.reviewed,
            corrected=row.corrected,
        )
        for row in connection.execute(query)
    )


def _certificate(
    connection: Connection, cycle_id: str | None
) -> Certificate | WalkCertificate | None:
    record = connection.scalar(
        select(certificates.c.record)
        .where(certificates.c.cycle_id == cycle_id)
        .order_by(certificates.c.position.desc())
        .limit(1)
    )
    return None if record is None else any_certificate.validate_json(record)


def _by_class(counted: Counter[str], project: Project) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(lambda: {"people": 0, "machine": 0})
    for name in project.class_names:
        found[name]["people"] = counted[f"people:{name}"]
        found[name]["machine"] = counted[f"machine:{name}"]
    return dict(found)


def _minutes_left(current: Round | None, labelers: Sequence[LabelerProgress]) -> float | None:
    """Estimate people's work on the open round from the seconds an answer took so far."""
    answers = sum(labeler.answers for labeler in labelers)
    seconds = sum(labeler.answers * labeler.seconds_each for labeler in labelers)
    if current is None or answers == 0 or seconds == 0.0:
        return None
    return current.missing * seconds / answers / 60
