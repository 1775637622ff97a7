"""Labels and pre-labels that were made elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select, update

from models.annotation import AnnotationKind
from models.cycle import Claim
from models.label import LabelValue
from models.prelabel import Prelabel
from models.project import Project
from models.record import now
from tenfold.errors import InvalidAnswerError
from tenfold.store.answers import normal
from tenfold.store.cycles import newest_of
from tenfold.store.engine import Database
from tenfold.store.erased import ERASED
from tenfold.store.finals import recompute
from tenfold.store.model_versions import insert_version, note_proposed, upsert, without_model
from tenfold.store.newest import held_blind, project_of
from tenfold.store.rows import from_value
from tenfold.store.tables import annotations, cycles, images

CHUNK = 500
"""Labels that are looked at together."""

IMPORTED = "imported"
"""The person in whose name labels come in."""

NUMBER = 0
"""Of the version that holds what was proposed elsewhere: it is no model of the project's."""

HELD = (
    "it is being answered blind in an audit, or may yet be: import again once the audit is "
    "approved, or the certificate is there"
)


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of a batch."""

    new: int = 0
    same: int = 0
    """There already, from the same import."""
    refused: dict[str, str] = field(default_factory=dict)
    """Hash → why the label can't be taken."""

    def and_also(self, other: "Brought") -> "Brought":
        """Return both together."""
        refused = {**self.refused, **other.refused}
        return Brought(self.new + other.new, self.same + other.same, refused)


class Imports:
    """What the label store takes over from other tools."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def labels(self, project_id: str, labels: Mapping[str, LabelValue], person_id: int) -> Brought:
        """Keep labels that are not there yet; a second time nothing changes.

        A label that can't be one of its image is refused, and the others are kept.

        Args:
            project_id: whose images.
            labels: hash → what is said of the image.
            person_id: in whose name.
        """
        with self._db.write(project_id) as connection:
            return _keep(connection, project_of(connection, project_id), labels, person_id)

    def from_source(
        self,
        claim: Claim,
        labels: Sequence[tuple[str, LabelValue]],
        person_id: int | None = None,
    ) -> Brought:
        """Keep labels that the source came with, as `labels` does."""
        with self._db.claimed(claim) as connection:
            project = project_of(connection, claim.project_id)
            return _keep(connection, project, dict(labels), person_id)

    def prelabels(self, project_id: str, proposed: Mapping[str, Prelabel]) -> Brought:
        """Keep what a model proposed elsewhere; a second time nothing changes.

        They are shown where the project's own models have proposed nothing yet.
        """
        done, shas = Brought(), list(proposed)
        with self._db.write(project_id) as connection:
            project = project_of(connection, project_id)
            for start in range(0, len(shas), CHUNK):
                part = [proposed[sha] for sha in shas[start : start + CHUNK]]
                done = done.and_also(_propose_part(connection, project, part))
        return done

    def version(self, project_id: str) -> str:
        """Return the id of the version that holds what was proposed elsewhere."""
        return _version_id(project_id)

    def release(self, claim: Claim) -> None:
        """Leave a cycle to whoever works on it next; nothing happens where somebody does."""
        with self._db.write() as connection:
            connection.execute(
                update(cycles)
                .where(cycles.c.id == claim.cycle_id, cycles.c.fence == claim.fence)
                .values(flow_run_id=None)
            )


def _keep(
    connection: Connection,
    project: Project,
    labels: Mapping[str, LabelValue],
    person_id: int | None,
) -> Brought:
    done, shas = Brought(), list(labels)
    for start in range(0, len(shas), CHUNK):
        part = {sha: labels[sha] for sha in shas[start : start + CHUNK]}
        done = done.and_also(_keep_part(connection, project, part, person_id))
    return done


def _keep_part(
    connection: Connection,
    project: Project,
    labels: Mapping[str, LabelValue],
    person_id: int | None,
) -> Brought:
    values, refused = _checked(connection, project, labels)
    stored = {sha: from_value(value) for sha, value in values.items()}
    there = _imported(connection, project.id, list(values))
    changed = [sha for sha in values if there.get(sha) != stored[sha]]
    held = held_blind(connection, project.id, changed)
    moment = now()
    rows = [
        {
            "project_id": project.id,
            "sha256": sha,
            "kind": AnnotationKind.IMPORT,
            "value": stored[sha],
            "person_id": person_id,
            "classes_version": project.classes_version,
            "created_at": moment,
        }
        for sha in changed
        if sha not in held
    ]
    if rows:
        connection.execute(insert(annotations), rows)
        recompute(connection, project, [str(row["sha256"]) for row in rows])
    same = len(values) - len(changed)
    return Brought(len(rows), same, {**refused, **dict.fromkeys(held, HELD)})


def _propose_part(connection: Connection, project: Project, part: Sequence[Prelabel]) -> Brought:
    values, refused = _checked(connection, project, {each.sha256: each.value for each in part})
    kept = [
        each.model_copy(update={"value": values[each.sha256]})
        for each in part
        if each.sha256 in values
    ]
    if kept:
        upsert(connection, _ensure_version(connection, project), kept)
        note_proposed(connection, project.id, [each.sha256 for each in kept])
    return Brought(new=len(kept), refused=refused)


def _checked(
    connection: Connection, project: Project, labels: Mapping[str, LabelValue]
) -> tuple[dict[str, LabelValue], dict[str, str]]:
    """Return the labels in their normal form, and why the others can't be taken."""
    sizes = {
        row.sha256: (row.width, row.height)
        for row in connection.execute(
            select(images.c.sha256, images.c.width, images.c.height).where(
                images.c.project_id == project.id,
                images.c.sha256.in_(list(labels)),
                images.c.state != ERASED,
            )
        )
    }
    values: dict[str, LabelValue] = {}
    refused: dict[str, str] = {}
    for sha, given in labels.items():
        try:
            value = normal(project, sha, sizes.get(sha), given)
        except InvalidAnswerError as error:
            refused[sha] = str(error)
        else:
            assert value is not None
            values[sha] = value
    return values, refused


def _version_id(project_id: str) -> str:
    return f"{project_id}-imported"


def _ensure_version(connection: Connection, project: Project) -> str:
    """Write the version that holds what was proposed elsewhere, where it isn't there."""
    newest = newest_of(connection, project.id)
    cycle_id = newest.id if newest else ""
    record = without_model(project, _version_id(project.id), NUMBER, cycle_id, now())
    insert_version(connection, record)
    return record.id


def _imported(
    connection: Connection, project_id: str, shas: Sequence[str]
) -> dict[str, str | None]:
    """Return the newest imported value of each image."""
    query = (
        select(annotations.c.sha256, annotations.c.value)
        .where(
            annotations.c.project_id == project_id,
            annotations.c.sha256.in_(shas),
            annotations.c.kind == AnnotationKind.IMPORT,
        )
        .order_by(annotations.c.id)
    )
    return {row.sha256: row.value for row in connection.execute(query)}
