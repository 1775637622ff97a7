"""Projects of drawn photographs and the page's server on them, to measure in a browser."""

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image as Picture
from PIL import ImageDraw, ImageFilter

from benchmarks.made_up import add_dataset, model_version
from benchmarks.page_server import page_server
from models.cycle import Claim
from models.image import Image, SourceEntry
from models.label import LabelValue, TaskType
from models.prelabel import Prelabel
from models.project import Project, ProjectSettings, label_classes
from models.round import RoundKind
from tenfold.blobs import BlobStore, names
from tenfold.store import Store

WIDTH, HEIGHT = 1600, 1200

Propose = Callable[[int], LabelValue]
"""What a model says of the photograph of this number."""


@dataclass(frozen=True, slots=True)
class Album:
    """A project with an open round of all its photographs."""

    project: Project
    shas: tuple[str, ...]
    """The hash of each photograph, in the order in which they were given."""


def photograph(dice: random.Random) -> bytes:
    """Return a JPEG with the detail of a photograph, some 440 kB."""
    noise = Picture.effect_noise((WIDTH // 2, HEIGHT // 2), 60).resize((WIDTH, HEIGHT))
    color = Picture.new("RGB", (WIDTH, HEIGHT), tuple(dice.randrange(60, 200) for _ in range(3)))
    draw = ImageDraw.Draw(color)
    for _ in range(12):
        x, y = dice.randrange(WIDTH), dice.randrange(HEIGHT)
        size = dice.randrange(80, 400)
        fill = tuple(dice.randrange(256) for _ in range(3))
        draw.ellipse((x, y, x + size, y + size), fill=fill)
    picture = Picture.blend(color, Picture.merge("RGB", [noise] * 3), 0.3)
    out = BytesIO()
    picture.filter(ImageFilter.SMOOTH).save(out, "JPEG", quality=88)
    return out.getvalue()


def fill(
    store: Store,
    blobs: BlobStore,
    wanted: ProjectSettings,
    photographs: Sequence[bytes],
    propose: Propose | None = None,
) -> Album:
    """Make a project with an open round of all photographs: a check where a model proposes."""
    project = store.projects.create(wanted)
    claim = store.cycles.claim(store.cycles.ensure(project.id).id, "run")
    shas = [_take_in(store, blobs, claim, *each) for each in enumerate(photographs)]
    add_dataset(store, claim, len(shas), sum(map(len, photographs)))
    model = None
    if propose is not None:
        model = f"model of {project.id}"
        store.models.add(claim, model_version(project, claim).model_copy(update={"id": model}))
        said = [
            Prelabel(sha256=sha, value=propose(number), confidence=0.9)
            for number, sha in enumerate(shas)
        ]
        store.models.add_prelabels(claim, model, said)
    kind = RoundKind.REVIEW if model else RoundKind.MANUAL
    store.rounds.open(claim, kind, shas, key="round", model_version=model)
    return Album(project, tuple(shas))


def project_settings(name: str, task: TaskType, classes: Sequence[str]) -> ProjectSettings:
    """Return what a project of photographs is made with."""
    return ProjectSettings(
        name=name, task=task, source="/photographs", classes=label_classes(list(classes))
    )


def _take_in(store: Store, blobs: BlobStore, claim: Claim, number: int, raw: bytes) -> str:
    sha = hashlib.sha256(raw).hexdigest()
    blob = names.image(sha, "image/jpeg")
    blobs.put(blob, raw, media_type="image/jpeg")
    image = Image(
        sha256=sha,
        width=WIDTH,
        height=HEIGHT,
        size=len(raw),
        media_type="image/jpeg",
        blob=blob,
    )
    entry = SourceEntry(path=f"{number:04d}.jpg", mark="1")
    store.images.add(claim, [image], {sha: [entry]}, [])
    return sha


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Run the page's server in a process of its own; yield its address."""
    settings = {
        "TENFOLD_HOME": str(home),
        "PREFECT_HOME": str(home / "prefect"),
        "TENFOLD_PORT": "0",
    }
    with page_server(home, settings) as (port, _):
        yield f"http://127.0.0.1:{port}"
