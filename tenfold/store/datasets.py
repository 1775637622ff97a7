"""Dataset versions: which images are in them, and where their manifests are."""

from sqlalchemy import func, insert, select, update

from models.cycle import Claim
from models.dataset import DatasetVersion
from tenfold.errors import NotFoundError
from tenfold.store.engine import Database
from tenfold.store.tables import cycles, dataset_versions, images, projects


class Datasets:
    """The dataset versions of all projects."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def next_version(self, claim: Claim) -> int:
        """Fix the membership of the next version; the latest number where nothing changed.

        The cycle works on that version from now on, unless it has one already.
        """
        with self._db.claimed(claim) as connection:
            number: int = connection.execute(
                select(projects.c.dataset_version).where(projects.c.id == claim.project_id)
            ).scalar_one()
            own = images.c.project_id == claim.project_id
            came = connection.execute(
                update(images)
                .where(own, images.c.added_in.is_(None), images.c.gone.is_(False))
                .values(added_in=number + 1)
            ).rowcount
            went = connection.execute(
                update(images)
                .where(
                    own,
                    images.c.added_in.is_not(None),
                    images.c.gone.is_(True),
                    images.c.removed_in.is_(None),
                )
                .values(removed_in=number + 1)
            ).rowcount
            number += int(came + went > 0)
            connection.execute(
                update(projects)
                .where(projects.c.id == claim.project_id)
                .values(dataset_version=number)
            )
            connection.execute(
                update(cycles)
                .where(cycles.c.id == claim.cycle_id, cycles.c.dataset_version.is_(None))
                .values(dataset_version=number)
            )
            return number

    def add(self, claim: Claim, version: DatasetVersion) -> None:
        """Store the record of a version; one that is there stays as it is."""
        with self._db.claimed(claim) as connection:
            there = connection.scalar(
                select(func.count())
                .select_from(dataset_versions)
                .where(
                    dataset_versions.c.project_id == claim.project_id,
                    dataset_versions.c.number == version.number,
                )
            )
            if not there:
                connection.execute(
                    insert(dataset_versions).values(
                        project_id=claim.project_id,
                        number=version.number,
                        record=version.model_dump_json(),
                    )
                )

    def get(self, project_id: str, number: int) -> DatasetVersion:
        """Return a version.

        Raises:
            NotFoundError: it isn't registered.
        """
        query = select(dataset_versions.c.record).where(
            dataset_versions.c.project_id == project_id, dataset_versions.c.number == number
        )
        with self._db.read() as connection:
            record = connection.scalar(query)
        if record is None:
            raise NotFoundError(f"There is no dataset version {number}.")
        return DatasetVersion.model_validate_json(record)

    def latest(self, project_id: str) -> DatasetVersion | None:
        """Return the newest registered version."""
        query = (
            select(dataset_versions.c.record)
            .where(dataset_versions.c.project_id == project_id)
            .order_by(dataset_versions.c.number.desc())
            .limit(1)
        )
        with self._db.read() as connection:
            record = connection.scalar(query)
        return None if record is None else DatasetVersion.model_validate_json(record)
