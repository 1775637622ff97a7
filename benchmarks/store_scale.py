"""The label store as projects grow: `python benchmarks/store_scale.py [10000 …] [--postgresql]`.

A project is taken in, pre-labeled, decided upon, committed in two steps of a walk and delivered,
by the same code as in the pipeline. Meanwhile a labeler in a process of its own takes an image and
answers it ten times a second; what is measured is how long the slowest of those calls took in each
part. Each size runs in a process of its own, so that its memory is its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.made_up import MODEL, model_version, sha
from models.annotation import Answer
from models.cycle import Claim
from models.image import Image, SourceEntry
from models.label import ClassLabel, TaskType
from models.person import Role
from models.prelabel import Prelabel
from models.project import ProjectSettings, label_classes
from models.round import ApprovedVia, Round, RoundKind
from tenfold.blobs.local import LocalBlobStore
from tenfold.pipeline import walking
from tenfold.pipeline.context import Context
from tenfold.pipeline.jobs import PRELABEL_BATCH
from tenfold.pipeline.prospects import View, look, standing_of
from tenfold.registry import BlobDatasetRegistry, BlobModelRegistry
from tenfold.settings import Settings
from tenfold.store import ImageFilter, open_store

ROOT = Path(__file__).resolve().parents[1]
CLASSES = tuple(f"class {number}" for number in range(10))
RARE, ONE_IN = "rare", 50_000
"""A class that only one in so many images has."""
BATCH = 2_048
LATE = 4_000
"""Images that came after the cycle's dataset version: the labeler's."""
PAUSE = 0.1
"""Seconds that the labeler thinks."""


def label(number: int) -> ClassLabel:
    """Return what the model and everybody else says of an image."""
    return ClassLabel(label=CLASSES[number % 10] if number % ONE_IN else RARE)


class Bench:
    """A project of so many images, and how long its parts take."""

    def __init__(self, url: str, folder: Path, images: int) -> None:
        self.url, self.folder, self.images = url, folder, images
        store = open_store(url)
        blobs = LocalBlobStore(folder / "blobs")
        settings = Settings(home=folder)
        datasets, models = BlobDatasetRegistry(blobs), BlobModelRegistry(blobs)
        self.ctx = Context(store, blobs, datasets, models, settings)
        self.store = store
        self.project = store.projects.create(_settings())
        cycle = store.cycles.ensure(self.project.id)
        self.claim: Claim = store.cycles.claim(cycle.id, "bench")
        self.person = store.people.ensure("answers", Role.LABELER).id
        self.waits = folder / "waits.jsonl"

    def add(self, first: int, count: int) -> None:
        """Take images in."""
        for start in range(first, first + count, BATCH):
            found = [_image(i) for i in range(start, min(start + BATCH, first + count))]
            entries = {
                one.sha256: [SourceEntry(path=f"{one.sha256[:16]}.png", mark="m", columns={})]
                for one in found
            }
            self.store.images.add(self.claim, found, entries, [])

    def prepare(self) -> None:
        """Take everything in, and open a backlog for the labeler."""
        self.add(0, self.images)
        self.store.datasets.next_version(self.claim)
        self.add(self.images, LATE)
        first = self.store.rounds.open(
            self.claim, RoundKind.MANUAL, [sha(i) for i in range(1, 11)], key="round-1"
        )
        self._answer(first, [sha(self.images + i) for i in range(LATE)])

    def prelabel(self) -> None:
        """Take pre-labels in, as the flow does after its job."""
        model = model_version(self.project, self.claim)
        self.store.models.add(self.claim, model)
        for start in range(0, self.images, PRELABEL_BATCH):
            numbers = range(start, min(start + PRELABEL_BATCH, self.images))
            proposed = [
                Prelabel(sha256=sha(i), value=label(i), confidence=_confidence(i)) for i in numbers
            ]
            self.store.models.add_prelabels(self.claim, MODEL, proposed)

    def decide(self) -> View:
        """Find out where the cycle stands, and what pays next."""
        self.view = look(self.ctx, self.claim)
        self.standing = standing_of(self.view)
        return self.view

    def open_walk(self) -> None:
        """Open the walk."""
        if self.standing.move is None:
            raise AssertionError("labels may be committed")
        self.store.walks.open(self.claim, self.standing.move.ladder)

    def commit(self, share: float) -> Round | None:
        """Commit a share of what may be committed."""
        view, move = self.view, self.standing.move
        if view.model is None or move is None:
            raise AssertionError("labels may be committed")
        chosen = view.surest[: int(len(view.surest) * share)]
        return walking.commit(self.ctx, self.claim, view.model, chosen, move.ladder)

    def deliver(self) -> None:
        """Accept all labels, with the certificate."""
        walk = walking.open_walk(self.ctx, self.claim)
        if walk is None:
            raise AssertionError("the walk is open")
        walking.deliver(self.ctx, self.claim, walk)

    def pages(self) -> None:
        """Filter the data view by the rare class, three pages."""
        after = ""
        for _ in range(3):
            wanted = ImageFilter(label=RARE)
            found = self.store.images.page(self.project.id, wanted, after, limit=100)
            if not found:
                return
            after = found[-1].image.sha256

    def _answer(self, opened: Round, backlog: list[str]) -> None:
        for item in self.store.labeling.lease(self.project.id, self.person, 100_000, opened.id):
            self.store.labeling.submit(self.person, _answer(opened.id, item.sha256))
        self.store.rounds.approve(opened.id, "bench", ApprovedVia.RULE, next_backlog=backlog)

    def answer_walk(self, opened: Round | None) -> None:
        """Answer an audit round; people agree with all that is committed."""
        if opened is not None:
            self._answer(opened, [])

    def timed(self, part: Callable[[], object]) -> tuple[float, float]:
        """Return the seconds that a part took, and the longest that the labeler waited."""
        began = time.time()
        part()
        ended = time.time()
        time.sleep(0.3)
        lines = self.waits.read_text().splitlines() if self.waits.exists() else []
        waits = [json.loads(line) for line in lines]
        longest = max((lasted for at, lasted in waits if began <= at < ended), default=0.0)
        return ended - began, longest


def _settings() -> ProjectSettings:
    return ProjectSettings(
        name="scale",
        task=TaskType.CLASSIFICATION,
        source="/photos",
        classes=label_classes([*CLASSES, RARE]),
    )


def _image(number: int) -> Image:
    return Image(
        sha256=sha(number),
        width=640,
        height=480,
        size=100_000,
        media_type="image/jpeg",
        blob=f"images/{sha(number)[:2]}/{sha(number)}.jpg",
        columns={"camera": f"c{number % 7}"},
    )


def _confidence(number: int) -> float:
    return 0.999 - 0.3 * ((number * 7919) % 10_007) / 10_007


def _answer(round_id: str, sha256: str) -> Answer:
    number = int(sha256[16:], 16)
    return Answer(key=f"k{sha256[-20:]}", round_id=round_id, sha256=sha256, value=label(number))


def labeler(url: str, project_name: str, waits: Path) -> None:
    """Take and answer images until the process is ended; write down how long each call took."""
    store = open_store(url)
    project = store.projects.get(project_name)
    person = store.people.ensure("labeler", Role.LABELER).id
    with waits.open("w", buffering=1) as out:

        def timed(call: Callable[[], object]) -> object:
            began = time.time()
            found = call()
            out.write(json.dumps([began, time.time() - began]) + "\n")
            return found

        while True:
            found = timed(lambda: store.labeling.lease(project.id, person, 1))
            for item in found:  # type: ignore[attr-defined]
                answer = _answer(item.round_id, item.sha256)
                timed(lambda answer=answer: store.labeling.submit(person, answer))  # type: ignore[misc]
            time.sleep(PAUSE)


@contextmanager
def labeling(bench: Bench) -> Iterator[None]:
    """Let a labeler work meanwhile."""
    command = [sys.executable, __file__, "--labeler", bench.url, str(bench.waits)]
    working = subprocess.Popen(command)  # noqa: S603 -- this very file
    try:
        while not bench.waits.exists() or not bench.waits.stat().st_size:
            time.sleep(0.1)
        yield
    finally:
        working.terminate()
        working.wait()


def parts(bench: Bench) -> Iterator[tuple[str, float, float]]:
    """Yield each part's name, its seconds, and the labeler's longest wait."""
    began = time.time()
    bench.prepare()
    yield "take images in", time.time() - began, 0.0
    with labeling(bench):
        yield "take pre-labels in", *bench.timed(bench.prelabel)
        yield "decide", *bench.timed(bench.decide)
        yield "open the walk", *bench.timed(bench.open_walk)
        opened: list[Round | None] = []
        yield "commit half", *bench.timed(lambda: opened.append(bench.commit(0.5)))
        bench.answer_walk(opened[-1])
        yield "decide again", *bench.timed(bench.decide)
        yield "commit the rest", *bench.timed(lambda: opened.append(bench.commit(1.0)))
        bench.answer_walk(opened[-1])
        yield "deliver", *bench.timed(bench.deliver)
        yield "filter, rare class", *bench.timed(bench.pages)


def measure(url: str, images: int) -> None:
    """Print the rows of a size."""
    with tempfile.TemporaryDirectory(prefix="tenfold-store-") as folder:
        url = url or f"sqlite:///{folder}/labels.db"
        backend = url.split(":", 1)[0]
        for name, seconds, wait in parts(Bench(url, Path(folder), images)):
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            line = f"{backend:<10} {images:>9,} {name:<19} {seconds:>8.1f}s {wait:>8.2f}s"
            sys.stdout.write(f"{line} {memory:>6.1f} GB\n")
            sys.stdout.flush()


def _run(images: int, url: str) -> None:
    command = [sys.executable, __file__, "--one", str(images), "--url", url]
    subprocess.run(command, check=True)  # noqa: S603 -- this very file


def main() -> None:
    """Print the table, a process a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = [1_000, 10_000, 100_000]
    parser.add_argument("images", nargs="*", type=int, default=sizes)
    parser.add_argument("--postgresql", action="store_true", help="a server of our own")
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--labeler", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.labeler:
        labeler(options.labeler[0], "scale", Path(options.labeler[1]))
    if options.one:
        measure(options.url, options.one)
        return
    print("database      images part                   time  longest wait   memory")
    for images in options.images:
        if options.postgresql:
            sys.path.insert(0, str(ROOT))
            from tests import postgresql

            with postgresql.running() as server:
                _run(images, postgresql.empty_database(server, "labels"))
        else:
            _run(images, "")


if __name__ == "__main__":
    main()
