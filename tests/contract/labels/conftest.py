"""The label store on SQLite and on a PostgreSQL server that is started for the tests."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from models.annotation import Annotation, Answer, SkipReason
from models.certificate import Certificate, CertificateInputs
from models.class_list import ClassChange, ClassDraft, kept
from models.cycle import Claim
from models.image import Image, SourceEntry
from models.label import ClassLabel, LabelValue, TaskType
from models.person import Person, Role
from models.prelabel import ModelVersion, Prelabel
from models.project import Project, ProjectSettings, label_classes
from models.record import now
from models.round import LeasedItem, Round, RoundKind
from tenfold.store import Store, open_store, tallies
from tenfold.store.engine import Database
from tenfold.store.finals import row_contribution
from tenfold.store.tables import images, metadata, quarantine, sources
from tests import postgresql


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a server of our own on a free port; yield its URL without a database."""
    with postgresql.running() as url:
        yield url


KINDS = (
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres),
)


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'labels.db'}"
    return postgresql.empty_database(request.getfixturevalue("postgres"), "labels")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite with the newest schema: migrations run once, not for every test."""
    file = tmp_path_factory.mktemp("migrated") / "labels.db"
    open_store(f"sqlite:///{file}", lease_seconds=300).close()
    return file


@pytest.fixture(scope="session")
def migrated_database(postgres: str) -> str:
    """Name of the same on PostgreSQL."""
    open_store(postgresql.empty_database(postgres, "migrated"), lease_seconds=300).close()
    return "migrated"


Copy = Callable[[str], str]


@pytest.fixture(params=KINDS)
def copy_of_migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Copy:
    """Give the URL of a fresh database under a name, with the newest schema and no rows."""
    if request.param == "sqlite":
        file: Path = request.getfixturevalue("migrated_file")
        return lambda name: f"sqlite:///{shutil.copy(file, tmp_path / f'{name}.db')}"
    server: str = request.getfixturevalue("postgres")
    template: str = request.getfixturevalue("migrated_database")
    return lambda name: postgresql.copied_database(server, name, template)


@pytest.fixture
def url(copy_of_migrated: Copy) -> str:
    """A fresh database with the newest schema."""
    return copy_of_migrated("labels")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(Database(url), lease_seconds=300)
    yield opened
    opened.close()


def sha(i: int | str) -> str:
    return hashlib.sha256(str(i).encode()).hexdigest()


def image(i: int | str) -> Image:
    return Image(
        sha256=sha(i),
        width=100,
        height=80,
        size=1000,
        media_type="image/png",
        blob=f"images/{sha(i)}.png",
        columns={"place": f"p{i}"},
    )


def cat(name: str = "cat") -> ClassLabel:
    return ClassLabel(label=name)


@dataclass
class World:
    """A project with images and people, and shorthand for what happens to it."""

    store: Store
    project: Project
    claim: Claim
    shas: list[str]
    people: dict[str, Person] = field(default_factory=dict)
    keys: "count[int]" = field(default_factory=lambda: count(1))

    def sha(self, i: int | str) -> str:
        return sha(i)

    def image(self, i: int | str) -> Image:
        return image(i)

    def settings(self, name: str, **options: object) -> ProjectSettings:
        return settings(name, **options)

    def classes(self, *names: str, **options: object) -> ClassChange:
        """Change the classes to these, by their names."""
        return self.change(kept(label_classes(list(names))), **options)

    def change(self, drafts: Sequence[ClassDraft], **options: object) -> ClassChange:
        made: ClassChange = self.store.classes.change(
            self.project.id,
            drafts,
            by="eva",
            **options,  # type: ignore[arg-type]
        )
        self.project = self.store.projects.by_id(self.project.id)
        return made

    def recount(self) -> dict[str, int]:
        """Count all that the tallies count, from the rows themselves."""
        return recount(self.store, self.project.id)

    def tallies(self) -> dict[str, int]:
        with self.store.database.read() as connection:
            counted = tallies.read(connection, self.project.id)
        return {name: n for name, n in counted.items() if n}

    def person(self, name: str = "ann", role: Role = Role.LABELER) -> Person:
        return self.store.people.ensure(name, role)

    def add(self, *ids: int | str) -> list[str]:
        found = [image(i) for i in ids]
        entries = {
            one.sha256: [SourceEntry(path=f"{i}.png", mark="m1", columns=one.columns)]
            for i, one in zip(ids, found, strict=True)
        }
        self.store.images.add(self.claim, found, entries, [])
        return [one.sha256 for one in found]

    def open(self, shas: Sequence[str], **options: object) -> Round:
        chosen: dict[str, object] = {"key": f"round {next(self.keys)}", **options}
        kind = chosen.pop("kind", RoundKind.MANUAL)
        return self.store.rounds.open(self.claim, kind, shas, **chosen)  # type: ignore[arg-type]

    def audit(self, model: str, n: int, **options: object) -> Round:
        chosen: dict[str, object] = {
            "key": f"audit {next(self.keys)}",
            "seed": 7,
            "pool": self.shas,
            **options,
        }
        return self.store.rounds.open_audit(self.claim, model, n, **chosen)  # type: ignore[arg-type]

    def lease(self, name: str = "ann", n: int = 1, **options: object) -> list[LeasedItem]:
        return self.store.labeling.lease(
            self.project.id,
            self.person(name).id,
            n,
            **options,  # type: ignore[arg-type]
        )

    def answer(
        self,
        round_id: str,
        sha256: str,
        word: str | SkipReason | LabelValue = "cat",
        name: str = "ann",
        **options: object,
    ) -> Annotation:
        skip = word if isinstance(word, SkipReason) else None
        value = cat(word) if isinstance(word, str) and skip is None else word
        chosen: dict[str, object] = {
            "key": f"answer-{next(self.keys):06d}",
            "round_id": round_id,
            "sha256": sha256,
            "value": None if skip else value,
            "skip": skip,
            "seconds": 2.0,
            **options,
        }
        return self.store.labeling.submit(self.person(name).id, Answer.model_validate(chosen))

    def answer_all(self, round_id: str, word: str = "cat", name: str = "ann") -> int:
        done = 0
        while items := self.lease(name, 20, round_id=round_id):
            for item in items:
                self.answer(round_id, item.sha256, word, name)
                done += 1
        return done

    def model(self, number: int = 1, label: str = "cat", shas: Sequence[str] = ()) -> str:
        model_id = f"{self.project.id}-m{number}"
        self.store.models.add(
            self.claim,
            ModelVersion(
                id=model_id,
                project_id=self.project.id,
                cycle_id=self.claim.cycle_id,
                number=number,
                task=self.project.task,
                classes=self.project.class_names,
                snapshot_id="s",
                trained_on=1,
                blob="b",
                created_at=now(),
            ),
        )
        self.store.models.add_prelabels(
            self.claim,
            model_id,
            [
                Prelabel(sha256=one, value=cat(label), confidence=0.9 - i / 1000)
                for i, one in enumerate(shas or self.shas)
            ],
        )
        return model_id

    def certificate(self, model: str, round_id: str, name: str = "c1") -> Certificate:
        return Certificate(
            id=name,
            project_id=self.project.id,
            cycle_id=self.claim.cycle_id,
            round_id=round_id,
            inputs=CertificateInputs(
                images=20,
                pool=20,
                error=0.05,
                confidence=0.95,
                wrong_allowed=1,
                audited=3,
                errors_tolerated=0,
                audit_errors=0,
                seed=1,
                model_version=model,
                snapshot_id="s",
            ),
            accepted=1,
            by_people=1,
            statement="at most 5 % wrong",
            pool_sha256=sha("pool"),
            created_at=now(),
        )

    def by_state(self) -> dict[str, int]:
        found = self.store.progress.of(self.project).by_state
        return {state: n for state, n in found.items() if n}

    def final(self, sha256: str) -> tuple[str | None, str | None]:
        view = self.store.images.view(self.project.id, sha256)
        assert view is not None
        value = view.value
        return (
            value.label if isinstance(value, ClassLabel) else None,
            view.by.value if view.by else None,
        )


def recount(store: Store, project_id: str) -> dict[str, int]:
    with store.database.read() as connection:
        counts: Counter[str] = Counter()
        for row in connection.execute(
            select(images).where(images.c.project_id == project_id, images.c.gone.is_(False))
        ):
            counts.update(row_contribution(row))
        counts["paths"] = len(
            connection.execute(
                select(sources.c.path).where(
                    sources.c.project_id == project_id, sources.c.gone.is_(False)
                )
            ).all()
        )
        counts["quarantined"] = len(
            connection.execute(
                select(quarantine.c.path).where(quarantine.c.project_id == project_id)
            ).all()
        )
    return {name: n for name, n in counts.items() if n}


def settings(name: str = "animals", **options: object) -> ProjectSettings:
    return ProjectSettings.model_validate(
        {
            "name": name,
            "task": TaskType.CLASSIFICATION,
            "source": "/photos",
            "classes": label_classes(["cat", "dog", "cow"]),
            **options,
        }
    )


def new_world(store: Store) -> World:
    """A project with twenty images in its first dataset version."""
    project = store.projects.create(settings())
    claim = store.cycles.claim(store.cycles.ensure(project.id).id, "run-1")
    made = World(store, project, claim, [])
    made.shas = sorted(made.add(*range(20)))
    store.datasets.next_version(claim)
    return made


@pytest.fixture
def world(store: Store) -> World:
    """The project that a test begins with."""
    return new_world(store)


@pytest.fixture
def make_world(copy_of_migrated: Copy) -> Iterator[Callable[[], World]]:
    """Make the same project again and again, in a second database that is emptied each time."""
    opened = Store(Database(copy_of_migrated("second")), lease_seconds=300)

    def make() -> World:
        with opened.database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        return new_world(opened)

    yield make
    opened.close()
