"""A page on a label store in SQLite, with a project of small painted images."""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture
from PIL import ImageDraw
from playwright.sync_api import Browser, BrowserContext, expect

from benchmarks.chromium import chromium
from models.annotation import Annotation, Answer
from models.compute import ComputeTarget
from models.cycle import Claim
from models.dataset import DatasetVersion
from models.image import Image, SourceEntry
from models.label import ClassLabel, LabelValue, TaskType
from models.person import Person, Role
from models.prelabel import ModelVersion, Prelabel
from models.project import FinishMode, Project, ProjectSettings, label_classes
from models.record import now
from models.round import Round, RoundKind
from tenfold import orchestration, run_waits
from tenfold.blobs import BlobStore, names, open_blobs
from tenfold.settings import Settings
from tenfold.store import Store, open_store
from tenfold.web import runs
from tenfold.web.app import create_app
from tenfold.web.context import Web
from tenfold.web.secret import machine_token

from .browsing import Looks, Server, Visit, signed_in
from .client import Client, client_of

# The longest wait for what a page should show: a machine may be busy.
expect.set_options(timeout=60_000)

ORIGIN = "http://testserver"
WIDTH, HEIGHT = 240, 160


def painted(number: int) -> bytes:
    """Return a JPEG that no other number gives."""
    picture = Picture.new("RGB", (WIDTH, HEIGHT), (40 + 5 * number % 200, 90, 160))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((20 + number, 30, 110 + number, 120), fill=(230, 210, 40))
    draw.text((8, 8), f"image {number}", fill="white")
    out = BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


@dataclass
class Desk:
    """A project, what the pipeline may do with it, and its page."""

    store: Store
    blobs: BlobStore
    settings: Settings
    project: Project
    claim: Claim
    shas: list[str]

    def open(self, kind: RoundKind = RoundKind.MANUAL, shas: list[str] | None = None) -> Round:
        """Open a round of some images, or of all."""
        model = self.model().id if kind is RoundKind.REVIEW else None
        key = f"{kind}-{len(self.store.rounds.list(self.claim.cycle_id))}"
        chosen = self.shas if shas is None else shas
        return self.store.rounds.open(self.claim, kind, chosen, key=key, model_version=model)

    def say(
        self, name: str, values: Sequence[LabelValue], round_id: str | None = None
    ) -> list[Annotation]:
        """Let somebody answer what they are handed, in the order of the images' hashes."""
        person = self.store.people.ensure(name, Role.LABELER).id
        held = self.store.labeling.lease(self.project.id, person, len(values), round_id)
        return [
            self.store.labeling.submit(
                person,
                Answer(
                    key=f"{name}-{item.sha256[:20]}",
                    round_id=item.round_id,
                    sha256=item.sha256,
                    value=value,
                    seconds=2,
                ),
            )
            for item, value in zip(sorted(held, key=lambda one: one.sha256), values, strict=True)
        ]

    def audit(self, n: int) -> Round:
        """Train a model, pre-label everything and draw an audit."""
        model = self.model()
        return self.store.rounds.open_audit(
            self.claim, model.id, n, key="audit", seed=3, pool=self.shas
        )

    def model(
        self, value: LabelValue | None = None, metrics: dict[str, float | int | str] | None = None
    ) -> ModelVersion:
        """Store a model version that proposes the same for every image."""
        number = self.store.models.next_number(self.project.id)
        model = ModelVersion(
            id=f"model-{number}",
            project_id=self.project.id,
            cycle_id=self.claim.cycle_id,
            number=number,
            task=self.project.task,
            classes=self.project.class_names,
            snapshot_id="s",
            trained_on=2,
            blob="m",
            metrics=metrics or {},
            created_at=now(),
        )
        self.store.models.add(self.claim, model)
        proposed = value or ClassLabel(label="cat")
        self.store.models.add_prelabels(
            self.claim,
            model.id,
            [Prelabel(sha256=sha, value=proposed, confidence=0.9) for sha in self.shas],
        )
        return model


MakeDesk = Callable[..., Desk]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", port=0)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a label store with nothing in it: migrations run once, not for every test."""
    home = tmp_path_factory.mktemp("empty")
    open_store(Settings(home=home).store_url, lease_seconds=60).close()
    return home / "labels.db"


@pytest.fixture
def store(settings: Settings, empty_store: Path) -> Iterator[Store]:
    settings.home_dir.mkdir(parents=True)
    shutil.copy(empty_store, settings.home_dir)
    opened = open_store(settings.store_url, lease_seconds=60)
    yield opened
    opened.close()


def pool(name: str, *, usual: bool = False, ready: bool = True) -> ComputeTarget:
    """Return a work pool as Prefect would tell of it."""
    said = orchestration.POOL_STATES["READY" if ready else "NOT_READY"]
    return ComputeTarget(name=name, usual=usual, ready=ready, said=said)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the projects whose run was to be started or woken; no Prefect is asked."""
    names_: list[str] = []

    def work_on(name: str) -> str:
        names_.append(name)
        return "run-1"

    def answered(web: Web, name: str, round_id: str) -> None:
        if web.store.rounds.get(round_id).goes_on_by_itself:
            names_.append(name)

    monkeypatch.setattr(run_waits, "run_wait", lambda project, cycle: None)
    monkeypatch.setattr(orchestration, "job_pools", lambda usual: [pool(usual, usual=True)])
    monkeypatch.setattr(runs, "work_on", work_on)
    monkeypatch.setattr(runs, "give_up", lambda run: names_.append(f"not {run}"))
    monkeypatch.setattr(runs, "wake_if_answered", answered)
    monkeypatch.setattr(runs, "run_url", lambda run: f"http://prefect/{run}" if run else None)
    return names_


@pytest.fixture
def make_desk(settings: Settings, store: Store, woken: list[str]) -> MakeDesk:
    blobs = open_blobs(settings)

    def make(
        task: TaskType = TaskType.CLASSIFICATION,
        images: int = 6,
        name: str = "pets",
        **changes: object,
    ) -> Desk:
        fields = {
            "name": name,
            "task": task,
            "source": "/data",
            "classes": label_classes(["cat", "dog", "bird"]),
            "finish": FinishMode.CERTIFIED,
            "keep_busy": False,
            **changes,
        }
        project = store.projects.create(ProjectSettings.model_validate(fields))
        claim = store.cycles.claim(store.cycles.ensure(project.id).id, "run-0")
        shas = _take_in(store, blobs, claim, images)
        number = store.datasets.next_version(claim)
        store.datasets.add(claim, _version(project, number, images))
        return Desk(store, blobs, settings, project, claim, shas)

    return make


def _take_in(store: Store, blobs: BlobStore, claim: Claim, count: int) -> list[str]:
    """Put painted images into the project; return their hashes in order."""
    images: dict[str, Image] = {}
    entries: dict[str, list[SourceEntry]] = {}
    for number in range(count):
        raw = painted(number)
        sha = hashlib.sha256(raw).hexdigest()
        blob = names.image(sha, "image/jpeg")
        blobs.put(blob, raw, media_type="image/jpeg")
        images[sha] = Image(
            sha256=sha,
            width=WIDTH,
            height=HEIGHT,
            size=len(raw),
            media_type="image/jpeg",
            blob=blob,
        )
        entries[sha] = [SourceEntry(path=f"photos/{number:03d}.jpg", mark="1")]
    store.images.add(claim, list(images.values()), entries, [])
    return sorted(images)


def _version(project: Project, number: int, images: int) -> DatasetVersion:
    return DatasetVersion(
        id="d1",
        project_id=project.id,
        number=number,
        images=images,
        size=1,
        manifest="m",
        sha256="0" * 64,
        uri="file:///d",
        created_at=now(),
    )


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The same for all tests of this folder: what each opens in it is its own."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    """A server in this process, which is there sooner than one that a test may kill."""
    started = Server(desk)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    opened: list[tuple[BrowserContext, Server]] = []

    def make(desk: Desk, path: str, **like: Any) -> Looks:
        server = Server(desk)
        server.start()
        # A worker would answer before `page.route` does; the tests of it let it in.
        usual = {"viewport": {"width": 1280, "height": 800}, "service_workers": "block"}
        context = browser.new_context(**{**usual, **like})
        opened.append((context, server))
        looks = signed_in(context, server)
        looks.page.goto(server.address + path)
        return looks

    yield make
    for context, server in opened:
        context.close()
        server.stop()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()


@pytest.fixture
def anyone(desk: Desk) -> Iterator[Client]:
    """A client that is not signed in."""
    app = create_app(desk.settings, desk.store, desk.blobs)
    with client_of(app) as client:
        yield client


SignIn = Callable[..., Client]


@pytest.fixture
def sign_in(desk: Desk, anyone: Client) -> SignIn:
    """Return a client with somebody's personal token."""

    def make(role: Role, name: str = "") -> Client:
        person = desk.store.people.ensure(name or role.value, role)
        _, secret = desk.store.people.new_token(person.id, "test")
        return anyone.beside(authorization=f"Bearer {secret}")

    return make


@pytest.fixture
def labeler(sign_in: SignIn) -> Client:
    return sign_in(Role.LABELER)


@pytest.fixture
def reviewer(sign_in: SignIn) -> Client:
    return sign_in(Role.REVIEWER)


@pytest.fixture
def admin(sign_in: SignIn) -> Client:
    return sign_in(Role.ADMIN)


@pytest.fixture
def local_token(desk: Desk) -> str:
    return machine_token(desk.settings)


@pytest.fixture
def person(desk: Desk) -> Person:
    return desk.store.people.create("mira", Role.LABELER, "correct horse battery")
