"""Simulated labelers: they answer from a file, through the page's HTTP interface like a browser."""

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from models.annotation import Answer, SkipReason
from models.label import Box, Boxes, ClassLabel, LabelSet, Polygons, label_value
from models.project import Project
from models.round import LeasedItem, RoundKind
from tenfold.errors import ServiceError
from tenfold.formats.answers import Answers
from tenfold.pipeline.report import SECONDS_CHECK, SECONDS_LOOK, SECONDS_SHAPE, SECONDS_TAG
from tenfold.task_types import task_kind

Value = ClassLabel | LabelSet | Boxes | Polygons

AT_ONCE = 12
"""Images that a simulated labeler asks for at a time, as a grid does."""


@dataclass
class Counts:
    """What the simulated labelers did."""

    answered: int = 0
    skipped: int = 0
    mistaken: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True)
class Behavior:
    """How a simulated labeler answers."""

    answers: Answers
    error: float = 0.0
    """Chance of an answer that is wrong on purpose."""
    seed: int = 0


class SimulatedLabeler:
    """One labeler: leases images, answers them, and again."""

    def __init__(self, page: str, token: str, project: Project, behavior: Behavior) -> None:
        self._http = httpx.Client(
            base_url=page, headers={"Authorization": f"Bearer {token}"}, timeout=60
        )
        self._project = project
        self._behavior = behavior
        self._random = random.Random(behavior.seed)
        self._kind = task_kind(project.task)

    def work(self, counts: Counts, stop: threading.Event) -> None:
        """Answer what is handed out until told to stop; wait where nothing is or nobody answers."""
        while not stop.is_set():
            try:
                answered = self.answer_batch(counts)
            except httpx.TransportError:
                answered = 0
            if not answered:
                stop.wait(0.5)

    def answer_batch(self, counts: Counts) -> int:
        """Lease a batch and answer it; return how many were answered."""
        lease = f"/api/projects/{self._project.name}/lease"
        items = self._post(lease, {"count": AT_ONCE}).json()["items"]
        for item in items:
            leased = LeasedItem.model_validate(
                {name: item[name] for name in LeasedItem.model_fields if name in item}
            )
            self._send(self._answer(leased, counts))
        return len(items)

    def _send(self, answer: Answer) -> None:
        path = f"/api/projects/{self._project.name}/answers"
        self._post(path, answer.model_dump(mode="json", exclude_none=True))

    def _post(self, path: str, body: dict[str, object]) -> httpx.Response:
        response = self._http.post(path, json=body)
        for pause in (0.5, 1, 2, 4):
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(pause)
            response = self._http.post(path, json=body)
        if response.is_error:
            raise ServiceError(f"The page refused {path}: {response.text[:300]}")
        return response

    def _answer(self, item: LeasedItem, counts: Counts) -> Answer:
        truth = self._behavior.answers.get(item.path)
        mistaken = truth is not None and self._random.random() < self._behavior.error
        with counts.lock:
            counts.answered += 1
            counts.skipped += truth is None
            counts.mistaken += mistaken
        common = {"key": uuid.uuid4().hex, "round_id": item.round_id, "sha256": item.sha256}
        if truth is None:
            return Answer(skip=SkipReason.NOT_RELEVANT, seconds=SECONDS_TAG, actions=1, **common)
        said = _err(truth, self._project.class_names, self._random) if mistaken else truth
        said = self._accept_what_fits(item, said)
        steps = self._kind.corrections(item.prelabel, said)
        return Answer(value=said, seconds=_seconds(item, said, steps), actions=steps, **common)

    def _accept_what_fits(self, item: LeasedItem, said: Value) -> Value:
        """Leave a proposal as it is where it agrees, as a person does."""
        if item.prelabel is not None and self._kind.agrees(item.prelabel, said):
            return _without_scores(item.prelabel)
        return said


def _without_scores(value: Value) -> Value:
    if isinstance(value, Boxes):
        return Boxes(boxes=tuple(box.model_copy(update={"score": None}) for box in value.boxes))
    if isinstance(value, Polygons):
        polygons = (p.model_copy(update={"score": None}) for p in value.polygons)
        return Polygons(polygons=tuple(polygons))
    return value


def _seconds(item: LeasedItem, said: Value, steps: int) -> float:
    if isinstance(said, Boxes | Polygons):
        return SECONDS_LOOK + SECONDS_SHAPE * steps
    if item.round_kind is RoundKind.REVIEW:
        return SECONDS_CHECK + SECONDS_TAG * (steps > 0)
    return SECONDS_TAG


def _err(truth: Value, classes: tuple[str, ...], rng: random.Random) -> Value:
    """Return something that is wrong."""
    match truth:
        case ClassLabel(label=label):
            return ClassLabel(label=rng.choice([c for c in classes if c != label]))
        case LabelSet(labels=labels):
            flipped = set(labels) ^ {rng.choice(classes)}
            return LabelSet(labels=tuple(flipped))
        case Boxes(boxes=boxes):
            if boxes:
                return Boxes(boxes=boxes[:-1])
            return Boxes(boxes=(Box(label=classes[0], xmin=0, ymin=0, xmax=5, ymax=5),))
        case Polygons(polygons=polygons):
            return label_value.validate_python({"kind": "polygons", "polygons": polygons[:-1]})


@dataclass(frozen=True, slots=True)
class Crew:
    """Several simulated labelers in threads of their own."""

    counts: Counts
    stop: Callable[[], None]
    failure: Callable[[], Exception | None]


def start_crew(page: str, tokens: list[str], project: Project, behavior: Behavior) -> Crew:
    """Let one labeler a token work until `stop` is called."""
    counts, stop = Counts(), threading.Event()
    failures: list[Exception] = []

    def run(number: int, token: str) -> None:
        own = Behavior(behavior.answers, behavior.error, behavior.seed + number)
        try:
            SimulatedLabeler(page, token, project, own).work(counts, stop)
        except Exception as error:  # noqa: BLE001  # told to the one who waits for the crew
            failures.append(error)

    threads = [
        threading.Thread(target=run, args=(number, token), daemon=True)
        for number, token in enumerate(tokens)
    ]
    for thread in threads:
        thread.start()

    def end() -> None:
        stop.set()
        for thread in threads:
            thread.join(timeout=30)

    return Crew(counts, end, lambda: failures[0] if failures else None)
