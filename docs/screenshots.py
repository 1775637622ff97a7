"""Make the pictures in docs/images: the real page on the demo's photographs.

    python docs/screenshots.py [--to docs/images] [--data FOLDER] [--only NAME]

Projects are put into the states that are worth a look straight in the label store; what is seen
is what a labeler sees. Takes about three minutes.
"""

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from numpy.typing import NDArray
from PIL import Image as Picture

from benchmarks.chromium import chromium
from models.annotation import Answer
from models.box_reason import TAGGED_BOXES, BoxReason, NearBox, TaggedBox
from models.box_reason import pack as pack_reasons
from models.certificate import Certificate, CertificateInputs
from models.compute import ComputeTarget
from models.cycle import Claim, Cycle
from models.dataset import DatasetVersion
from models.image import Image, Quarantined, SourceEntry
from models.job import JobWait
from models.label import Box, Boxes, ClassLabel, LabelValue, TaskType
from models.near_duplicate import NearDuplicates, NearPair
from models.person import Person, Role
from models.prelabel import ModelVersion, Prelabel
from models.project import FinishMode, Project, ProjectSettings, label_classes
from models.record import now
from models.round import ApprovedVia, Doubt, Round, RoundKind
from tenfold import orchestration, run_waits
from tenfold.blobs import BlobStore, names, open_blobs
from tenfold.demo.data import DemoData, prepare
from tenfold.formats import read_answers
from tenfold.learning.precedents import Tagged, precedents_of
from tenfold.pipeline.groups import pack
from tenfold.pipeline.second_look import REASON
from tenfold.settings import Settings
from tenfold.sources.decode import probe
from tenfold.store import Store, open_store
from tenfold.web.app import create_app
from tenfold.web.link import sign_in_link

IMAGES = 300
LARGEST = 300_000
"""Bytes of a picture."""
PATIENCE = 180_000
"""Milliseconds to wait for what a picture is to show: a machine may be busy."""

INSTRUCTIONS = """\
## What counts

- The **largest** thing decides the class.
- A drawing or a toy counts as what it shows.
- Too dark or cut off? Skip it, and say why.
"""


@dataclass
class Scene:
    """A home with projects in it."""

    store: Store
    blobs: BlobStore
    dice: random.Random = field(default_factory=lambda: random.Random(1))

    def person(self, name: str, role: Role = Role.LABELER) -> Person:
        """Return somebody."""
        return self.store.people.ensure(name, role)


@dataclass
class Filled:
    """A project with its images."""

    project: Project
    claim: Claim
    truth: dict[str, LabelValue]

    @property
    def shas(self) -> list[str]:
        """All image hashes, in order."""
        return sorted(self.truth)


def fill(
    scene: Scene,
    name: str,
    task: TaskType,
    data: DemoData,
    finish: FinishMode,
    most: int = IMAGES,
) -> Filled:
    """Make a project and take so many of the images in, as the pipeline does."""
    project = scene.store.projects.create(
        ProjectSettings(
            name=name,
            task=task,
            source=f"/data/{name}",
            classes=label_classes(list(data.classes)),
            instructions=INSTRUCTIONS,
            finish=finish,
        )
    )
    cycle = scene.store.cycles.ensure(project.id)
    claim = scene.store.cycles.claim(cycle.id, "00000000-0000-0000-0000-000000000000")
    answers = read_answers(data.answers, task)
    truth: dict[str, LabelValue] = {}
    with step(scene, claim, "ingest", min(most, data.images)):
        for path in sorted(p for p in data.source.rglob("*") if p.is_file()):
            relative = path.relative_to(data.source).as_posix()
            if most == IMAGES or (answers.get(relative) and len(truth) < most):
                take_in(scene, claim, path, relative, answers, truth)
    for title in ("upload", "register", "embed"):
        with step(scene, claim, title, len(truth)):
            pass
    number = scene.store.datasets.next_version(claim)
    scene.store.datasets.add(claim, dataset_version(project, number, len(truth)))
    return Filled(project, claim, truth)


def dataset_version(project: Project, number: int, images: int) -> DatasetVersion:
    """Return the record of a registered version."""
    prefix = names.dataset(project.id, number)
    return DatasetVersion(
        id=f"d-{project.id}",
        project_id=project.id,
        number=number,
        images=images,
        size=images * 52_000,
        manifest=f"{prefix}/manifest.jsonl",
        sha256="0" * 64,
        uri=f"file:///home/you/.tenfold/blobs/{prefix}",
        created_at=now(),
    )


def take_in(
    scene: Scene,
    claim: Claim,
    path: Path,
    relative: str,
    answers: Any,
    truth: dict[str, LabelValue],
) -> None:
    """Take one file in, or set it aside."""
    raw = path.read_bytes()
    found = probe(raw, relative, 120_000_000)
    if isinstance(found, Quarantined):
        scene.store.images.add(claim, [], {}, [found])
        return
    value = answers.get(relative)
    if value is None:
        return
    blob = names.image(found.sha256, found.media_type)
    scene.blobs.put(blob, raw, media_type=found.media_type)
    image = Image(
        sha256=found.sha256,
        width=found.width,
        height=found.height,
        size=len(raw),
        media_type=found.media_type,
        orientation=found.orientation,
        blob=blob,
    )
    entry = SourceEntry(path=relative, size=len(raw), mark="1")
    scene.store.images.add(claim, [image], {image.sha256: [entry]}, [])
    truth[image.sha256] = value


@contextmanager
def step(scene: Scene, claim: Claim, name: str, total: int) -> Iterator[None]:
    """Run a step of the pipeline."""
    scene.store.cycles.begin_step(claim, name, name, total)
    yield
    scene.store.cycles.progress(claim, name, total, total)
    scene.store.cycles.finish_step(claim, name)


def answer_all(scene: Scene, filled: Filled, people: list[Person], leave: int = 0) -> None:
    """Let people answer the open round, all but a few images."""
    for turn in range(10_000):
        person = people[turn % len(people)]
        current = scene.store.rounds.current(filled.claim.cycle_id)
        if current is None or current.missing <= leave:
            return
        for item in scene.store.labeling.lease(filled.project.id, person.id, 1):
            key = f"answer-{item.round_id}-{item.sha256[:24]}"
            sent = Answer(
                key=key,
                round_id=item.round_id,
                sha256=item.sha256,
                value=filled.truth[item.sha256],
                seconds=scene.dice.uniform(1.1, 3.2),
                actions=1,
            )
            scene.store.labeling.submit(person.id, sent)
            scene.store.labeling.release(filled.project.id, person.id)


def propose(scene: Scene, filled: Filled, truth: LabelValue, sure: float) -> LabelValue:
    """Return the truth, or, where the model is not sure, now and then something else."""
    wrong = scene.dice.random() > sure
    if isinstance(truth, ClassLabel):
        label = scene.dice.choice(filled.project.class_names) if wrong else truth.label
        return ClassLabel(label=label)
    if isinstance(truth, Boxes):
        boxes = [jittered(scene, box) for box in truth.boxes]
        return Boxes(boxes=tuple(boxes[1:] if wrong and len(boxes) > 1 else boxes))
    return truth


def jittered(scene: Scene, box: Box) -> Box:
    """Return a box as a detector finds it."""
    width, height = box.xmax - box.xmin, box.ymax - box.ymin
    moved = [scene.dice.gauss(0, 0.02) for _ in range(4)]
    return Box(
        label=box.label,
        xmin=max(0.0, box.xmin + moved[0] * width),
        ymin=max(0.0, box.ymin + moved[1] * height),
        xmax=box.xmax - abs(moved[2]) * width,
        ymax=box.ymax - abs(moved[3]) * height,
        score=round(scene.dice.uniform(0.5, 0.99), 3),
    )


def train(scene: Scene, filled: Filled, tags: int, accuracy: float) -> ModelVersion:
    """Store a model version and its pre-labels for every image without a label."""
    number = scene.store.models.next_number(filled.project.id)
    model = ModelVersion(
        id=f"{filled.project.id[:8]}-m{number}",
        project_id=filled.project.id,
        cycle_id=filled.claim.cycle_id,
        number=number,
        task=filled.project.task,
        classes=filled.project.class_names,
        snapshot_id=f"s{number}",
        trained_on=tags,
        blob=f"projects/{filled.project.id}/jobs/train-{number}/out",
        metrics={"accuracy": accuracy},
        seconds=8.0,
        created_at=now(),
    )
    with step(scene, filled.claim, f"train {number}", tags):
        scene.store.models.add(filled.claim, model)
    version = scene.store.datasets.latest(filled.project.id)
    left = scene.store.images.unfinished(filled.project.id, version.number if version else 1)
    with step(scene, filled.claim, f"pre-label {number}", len(left)):
        scene.store.models.add_prelabels(filled.claim, model.id, proposals(scene, filled, left))
    return model


def proposals(scene: Scene, filled: Filled, shas: list[str]) -> list[Prelabel]:
    """Return a pre-label for each image; those of low confidence are often wrong."""
    made = []
    for sha in shas:
        sure = scene.dice.betavariate(9, 1.1)
        value = propose(scene, filled, filled.truth[sha], sure)
        made.append(Prelabel(sha256=sha, value=value, confidence=round(sure, 4)))
    return leaning(scene, filled, made)


def leaning(scene: Scene, filled: Filled, made: list[Prelabel]) -> list[Prelabel]:
    """Let proposals of classes lean on tagged images; here they are compared by their colors."""
    tags = list(scene.store.snapshots.final_labels(filled.project.id, human_only=True))
    if filled.project.task is not TaskType.CLASSIFICATION or not tags or not made:
        return made
    both = [row.sha256 for row in tags] + [each.sha256 for each in made]
    points = colors(scene, filled.project, both)
    classes = filled.project.class_names
    said = [row.value for row in tags] + [each.value for each in made]
    labels = np.array([classes.index(class_of(value)) for value in said])
    count = len(tags)
    tagged = Tagged.of(both[:count], points[:count], labels[:count])
    told = precedents_of(tagged, points[count:], labels[count:], both[count:])
    return [
        each.model_copy(update={"precedents": line}) for each, line in zip(made, told, strict=True)
    ]


def colors(scene: Scene, project: Project, shas: list[str]) -> NDArray[np.float32]:
    """Return points (N, 108) of length 1 for images: their colors, coarsely, beside the mean."""
    small = []
    for sha in shas:
        image = scene.store.images.get(project.id, sha)
        with Picture.open(BytesIO(scene.blobs.get(image.blob))) as picture:
            small.append(np.asarray(picture.convert("RGB").resize((6, 6)), np.float32).ravel())
    apart: NDArray[np.float32] = np.stack(small) - np.mean(small, axis=0)
    apart /= np.linalg.norm(apart, axis=1, keepdims=True)
    return apart


def open_manual(scene: Scene, filled: Filled, size: int, key: str, reason: str) -> Round:
    """Open a manual round of a sample."""
    pool = scene.store.images.pool(filled.project.id, 1)
    shas = scene.dice.sample(pool, size)
    return scene.store.rounds.open(filled.claim, RoundKind.MANUAL, shas, key=key, reason=reason)


FIRST = "Typical and different images, to learn the classes."
UNSURE = "About 60 images are beyond what the model can get certified; the most telling are tagged."


def first_round(scene: Scene, data: DemoData) -> Filled:
    """A project whose first round is half done."""
    filled = fill(scene, "garden-photos", TaskType.CLASSIFICATION, data, FinishMode.CERTIFIED)
    open_manual(scene, filled, 60, "round-1", FIRST)
    answer_all(scene, filled, [scene.person("Mira"), scene.person("Jonas")], leave=23)
    return filled


def look_alikes(scene: Scene, data: DemoData, each: int = 20) -> Filled:
    """A project that people tag by themselves; its groups are nearly classes."""
    filled = fill(scene, "harvest", TaskType.CLASSIFICATION, data, FinishMode.MANUAL)
    by_class: dict[str, list[str]] = {}
    for sha in filled.shas:
        value = filled.truth[sha]
        assert isinstance(value, ClassLabel)
        by_class.setdefault(value.label, []).append(sha)
    groups = [shas[:each] for shas in by_class.values()]
    groups[0][3] = groups[1].pop()
    numbers = [number for number, group in enumerate(groups) for _ in group]
    shas = [sha for group in groups for sha in group]
    name = names.groups(filled.project.id, filled.claim.cycle_id, "round-1")
    scene.blobs.put(name, pack(shas, numbers))
    scene.store.rounds.open(filled.claim, RoundKind.MANUAL, shas, key="round-1", groups=name)
    return filled


def checking(scene: Scene, data: DemoData) -> Filled:
    """A project whose proposals are checked."""
    filled = fill(scene, "nature-check", TaskType.CLASSIFICATION, data, FinishMode.REVIEW)
    first = open_manual(scene, filled, 40, "round-1", FIRST)
    answer_all(scene, filled, [scene.person("Mira")])
    scene.store.rounds.approve(first.id, "Mira", ApprovedVia.PAGE)
    model = train(scene, filled, 40, 0.83)
    pool = scene.store.images.pool(filled.project.id, 1)
    scene.store.rounds.open(
        filled.claim,
        RoundKind.REVIEW,
        pool[:120],
        key="round-2",
        model_version=model.id,
        needs_approval=False,
        reason="The model's proposals, for a person to check.",
    )
    return filled


def doubted(scene: Scene, data: DemoData, wrong: int = 6) -> Filled:
    """A project in which a person tagged a few images wrongly, and is asked once more."""
    filled = fill(scene, "roadside", TaskType.CLASSIFICATION, data, FinishMode.REVIEW)
    shas = scene.dice.sample(filled.shas, 60)
    first = scene.store.rounds.open(
        filled.claim, RoundKind.MANUAL, shas, key="round-1", reason=FIRST
    )
    right = {sha: filled.truth[sha] for sha in shas[:wrong]}
    classes = filled.project.class_names
    for sha, value in right.items():
        place = classes.index(class_of(value))
        filled.truth[sha] = ClassLabel(label=classes[(place + 1) % len(classes)])
    answer_all(scene, filled, [scene.person("Jonas")])
    scene.store.rounds.approve(first.id, "Mira", ApprovedVia.PAGE)
    tagged = {sha: filled.truth[sha] for sha in right}
    filled.truth.update(right)
    model = train(scene, filled, 60, 0.88)
    scene.store.rounds.open_second_look(
        filled.claim,
        [
            Doubt(sha256=sha, tagged=tagged[sha], likelier=right[sha], believed=0.03, sure=0.93)
            for sha in right
        ],
        model_version=model.id,
        needs_approval=False,
        reason=REASON,
        fewest=1,
    )
    return filled


def several(scene: Scene, data: DemoData) -> Filled:
    """A project of sets of classes, half done."""
    filled = fill(scene, "market-stalls", TaskType.MULTILABEL, data, FinishMode.MANUAL)
    open_manual(scene, filled, 60, "round-1", FIRST)
    answer_all(scene, filled, [scene.person("Jonas")], leave=38)
    return filled


def boxes(scene: Scene, data: DemoData) -> Filled:
    """A project whose proposed boxes are checked."""
    filled = fill(scene, "street-things", TaskType.BOXES, data, FinishMode.REVIEW)
    checked_shapes(scene, filled, 30, "Jonas", ApprovedVia.CLI, score=0.71)
    tell_reasons(scene, filled)
    return filled


def tell_reasons(scene: Scene, filled: Filled) -> None:
    """Note why each box is proposed: made up, but for the tagged boxes, which are of its class."""
    [*_, model] = scene.store.models.list(filled.project.id)
    tagged = [
        TaggedBox(sha256=row.sha256, box=box)
        for row in scene.store.snapshots.final_labels(filled.project.id)
        if isinstance(row.value, Boxes)
        for box in row.value.boxes
    ]
    lines = "".join(f"{one.model_dump_json()}\n" for one in tagged)
    scene.blobs.put(f"{model.blob}/{TAGGED_BOXES}", lines.encode())
    dice = random.Random(1)
    told = [
        each.model_copy(
            update={
                "precedents": pack_reasons(
                    [made_up_reason(dice, box, tagged, filled.project) for box in each.value.boxes]
                )
            }
        )
        for each in scene.store.models.prelabels(model.id)
        if isinstance(each.value, Boxes)
    ]
    scene.store.models.add_prelabels(filled.claim, model.id, told)


def made_up_reason(
    dice: random.Random, box: Box, tagged: list[TaggedBox], project: Project
) -> BoxReason:
    """Return a reason for a box, with tagged boxes of its class and of others."""
    near: list[NearBox] = []
    for same, highest, count in ((True, 0.94, 3), (False, 0.61, 2)):
        fit = [p for p, one in enumerate(tagged) if (one.box.label == box.label) is same]
        for step_, place in enumerate(dice.sample(fit, min(count, len(fit)))):
            near.append(NearBox(place=place, likeness=highest - 0.05 * step_, same=same))
    score = box.score or 0.7
    others = [n for n, name in enumerate(project.class_names) if name != box.label]
    return BoxReason(
        chance=min(1.0, score + 0.06),
        next_class=dice.choice(others),
        next_score=round((1 - score) / 2, 2),
        near=tuple(near),
    )


def outlined(scene: Scene, data: DemoData) -> Filled:
    """A project whose proposed outlines are checked."""
    answers = replace(data, answers=data.outlines)
    filled = fill(scene, "orchard-outlines", TaskType.POLYGONS, answers, FinishMode.REVIEW)
    return checked_shapes(scene, filled, 20, "Mira", ApprovedVia.PAGE, score=0.66)


def checked_shapes(
    scene: Scene, filled: Filled, first: int, name: str, via: ApprovedVia, *, score: float
) -> Filled:
    """Have one person tag a first round, and open the check of what a model then proposes."""
    opened = open_manual(scene, filled, first, "round-1", FIRST)
    answer_all(scene, filled, [scene.person(name)])
    scene.store.rounds.approve(opened.id, name, via)
    model = train(scene, filled, first, score)
    pool = scene.store.images.pool(filled.project.id, 1)
    scene.store.rounds.open(
        filled.claim, RoundKind.REVIEW, pool, key="round-2", model_version=model.id
    )
    return filled


def pin_examples(scene: Scene, filled: Filled) -> None:
    """Pin three images to the instructions."""
    reviewer = scene.person("Aiyana Whitehorse", Role.REVIEWER)
    notes = ("The whole thing is in view.", "Partly covered still counts.", "Too small to tell.")
    for sha, note in zip(filled.shas[3:6], notes, strict=True):
        good = note != notes[-1]
        scene.store.examples.pin(reviewer.id, filled.project.id, sha, good=good, note=note)


COMMENTS = {3: "Is the sign a thing of its own?", 7: "Only half of it is in view."}


def twice(scene: Scene, data: DemoData, images: int = 14) -> Filled:
    """A project in which two people drew the same boxes, each in their way."""
    filled = fill(scene, "gate-camera", TaskType.BOXES, data, FinishMode.REVIEW)
    rich = [sha for sha in filled.shas if 2 <= len(class_names(filled.truth[sha])) <= 5]  # noqa: PLR2004
    opened = scene.store.rounds.open(
        filled.claim, RoundKind.MANUAL, rich[:images], key="round-1", overlap=2
    )
    for name in ("Mira", "Jonas"):
        person = scene.person(name)
        for place, item in enumerate(
            scene.store.labeling.lease(filled.project.id, person.id, images)
        ):
            truth = filled.truth[item.sha256]
            sent = Answer(
                key=f"{name}-{item.sha256[:24]}",
                round_id=opened.id,
                sha256=item.sha256,
                value=truth if name == "Mira" else hasty(scene, truth),
                comment=COMMENTS.get(place, "") if name == "Jonas" else "",
                seconds=scene.dice.uniform(4, 11),
            )
            scene.store.labeling.submit(person.id, sent)
    scene.store.rounds.approve(opened.id, "Mira", ApprovedVia.PAGE)
    return filled


def class_of(value: LabelValue) -> str:
    """Return the class of an image that has one."""
    assert isinstance(value, ClassLabel)
    return value.label


def class_names(value: LabelValue) -> list[str]:
    """Return the class of each box."""
    return [box.label for box in value.boxes] if isinstance(value, Boxes) else []


def hasty(scene: Scene, truth: LabelValue) -> LabelValue:
    """Return boxes that lie a little beside the true ones, now and then one too few."""
    assert isinstance(truth, Boxes)
    drawn = [jittered(scene, box).model_copy(update={"score": None}) for box in truth.boxes]
    return Boxes(boxes=tuple(drawn[1:] if scene.dice.random() < 0.4 else drawn))  # noqa: PLR2004


def add_twins(scene: Scene, filled: Filled, pairs: int = 3) -> None:
    """Take in crops of a few images, label them otherwise, and note the pairs."""
    reviewer = scene.person("Aiyana Whitehorse", Role.REVIEWER)
    classes, found = filled.project.class_names, []
    for sha in filled.shas[10 : 10 + pairs]:
        image = scene.store.images.get(filled.project.id, sha)
        with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
            picture = Picture.open(BytesIO(scene.blobs.get(image.blob))).convert("RGB")
            width, height = picture.size
            picture.crop((width // 40, height // 40, width, height)).save(file.name, "JPEG")
            path = f"again/{Path(image.paths[0]).stem}-2.jpg"
            added: dict[str, LabelValue] = {}
            value = filled.truth[sha]
            take_in(scene, filled.claim, Path(file.name), path, {path: value}, added)
        [twin] = added
        said = value.label if isinstance(value, ClassLabel) else classes[0]
        other = classes[(classes.index(said) + 1) % len(classes)]
        for one, label in ((sha, said), (twin, other)):
            word = ClassLabel(label=label)
            scene.store.labeling.correct(reviewer.id, filled.project.id, one, word)
        found.append(NearPair(one=min(sha, twin), other=max(sha, twin), similarity=0.985))
    near = NearDuplicates(
        dataset_version=1, features="f", at_least=0.97, compared=len(filled.truth), pairs=found
    )
    name = names.near_duplicates(filled.project.id)
    scene.blobs.put(name, near.model_dump_json().encode())


def certified(scene: Scene, data: DemoData) -> Filled:
    """A project with two models, an audit and a certificate."""
    filled = fill(scene, "orchard-survey", TaskType.CLASSIFICATION, data, FinishMode.CERTIFIED)
    crew = [scene.person("Mira"), scene.person("Jonas"), scene.person("Aiyana Whitehorse")]
    for number, (size, score) in enumerate(((40, 0.74), (30, 0.86)), start=1):
        asked = open_manual(scene, filled, size, f"round-{number}", UNSURE if number > 1 else FIRST)
        answer_all(scene, filled, crew)
        scene.store.rounds.approve(asked.id, "Mira", ApprovedVia.PAGE, note="Classes are clear.")
        model = train(scene, filled, 40 + 30 * (number - 1), score)
    pool = scene.store.images.pool(filled.project.id, 1)
    audit = scene.store.rounds.open_audit(
        filled.claim,
        model.id,
        50,
        key="round-3",
        seed=7,
        pool=pool,
        reason="Drawn at random and tagged blind, to measure how often the model is wrong.",
    )
    answer_all(scene, filled, crew)
    scene.store.rounds.approve(audit.id, "Aiyana Whitehorse", ApprovedVia.PAGE)
    certify(scene, filled, audit, model)
    scene.store.rounds.open(
        filled.claim,
        RoundKind.MANUAL,
        scene.store.images.unfinished(filled.project.id, 1),
        key="round-4",
        reason="What the certificate doesn't cover.",
    )
    answer_all(scene, filled, crew, leave=21)
    return filled


def certify(scene: Scene, filled: Filled, audit: Round, model: ModelVersion) -> None:
    """Accept the surest labels under a certificate."""
    rest = scene.store.images.pool(filled.project.id, 1)
    sure = {p.sha256: p.confidence for p in scene.store.models.prelabels(model.id)}
    order = sorted(rest, key=lambda sha: -sure.get(sha, 0.0))[: int(0.8 * len(rest))]
    images = len(filled.truth)
    certificate = Certificate(
        id=f"c-{filled.project.id}",
        project_id=filled.project.id,
        cycle_id=filled.claim.cycle_id,
        round_id=audit.id,
        inputs=CertificateInputs(
            images=images,
            pool=len(rest) + audit.size,
            error=0.05,
            confidence=0.95,
            wrong_allowed=images // 20,
            audited=audit.size,
            errors_tolerated=0,
            audit_errors=0,
            seed=7,
            model_version=model.id,
            snapshot_id="s2",
        ),
        accepted=len(order),
        by_people=images - len(rest),
        least_confidence=0.61,
        statement=f"At most 5 % of the {images} labels are wrong, 95 % sure; "
        f"{images - len(rest) + len(order)} of {images} are covered so far.",
        pool_sha256="0" * 64,
        created_at=now(),
    )
    scene.store.certificates.accept(filled.claim, certificate, order)


def invite(scene: Scene, filled: Filled) -> str:
    """Invite people, one of them with a long name; return an invitation's secret."""
    people, invitations, week = scene.store.people, scene.store.invitations, timedelta(days=7)
    admin = people.set_role(scene.person("Aiyana Whitehorse").id, Role.ADMIN)
    scene.person("Bartholomew Featherstonehaugh-Cholmondeley")
    people.set_active(scene.person("Pascale").id, active=False)
    invitations.invite(admin.name, Role.LABELER, week, many=True)
    given = invitations.invite(admin.name, Role.REVIEWER, week, project_id=filled.project.id)
    return given[1]


def much_said(scene: Scene, filled: Filled) -> str:
    """Let people differ on an image that one of them tagged; return the image."""
    labeling, project = scene.store.labeling, filled.project
    sha = next(sha for sha in filled.shas if labeling.history(project.id, sha))
    truth = filled.truth[sha]
    assert isinstance(truth, ClassLabel)
    other = next(name for name in project.class_names if name != truth.label)
    for name, label, comment in (
        ("Jonas", other, "Is it not the thing behind it that counts?"),
        ("Aiyana Whitehorse", truth.label, "No: the largest thing decides."),
    ):
        word = ClassLabel(label=label)
        labeling.correct(scene.person(name).id, project.id, sha, word, comment)
    return sha


def begin(scene: Scene, data: DemoData) -> None:
    """A project without images so far, and one with a single image."""
    scene.store.projects.create(
        ProjectSettings(
            name="orchard-spring",
            task=TaskType.CLASSIFICATION,
            source="/data/orchard-spring",
            classes=label_classes(list(data.classes)),
        )
    )
    filled = fill(scene, "one-photo", TaskType.CLASSIFICATION, data, FinishMode.MANUAL, most=1)
    scene.store.rounds.open(filled.claim, RoundKind.MANUAL, filled.shas, key="round-1")


@dataclass(frozen=True)
class Shot:
    """One picture: where, how large, in which light, and what is done before."""

    name: str
    path: str
    size: tuple[int, int] = (1280, 800)
    dark: bool = False
    at_once: int = 0
    """Images on the label page; 0: as many as usual."""
    keys: tuple[str, ...] = ()
    full: bool = False
    wait: str = "main"
    """What is seen before anything is done."""
    then: str = "main"
    """What is seen when it is done."""
    signed_in: bool = True
    file: Path | None = None
    """Chosen in the page's form, whose button is then pressed."""
    fields: tuple[tuple[str, str], ...] = ()
    """What is filled in, and with what; what is filled with nothing is clicked."""


PHONE = (390, 844)

NEXT = ("#next", "")
NAMED = (
    ("[name=name]", "pears-2026"),
    NEXT,
    ("[name=source]", "/data/pears"),
    NEXT,
    ("#class-editor li:nth-child(1) input:not([type=color])", "ripe"),
    ("#class-editor li:nth-child(2) input:not([type=color])", "unripe"),
)
"""A new project up to its classes."""

SHOTS = (
    Shot("projects.png", "/projects"),
    Shot("dashboard.png", "/projects/orchard-survey", full=True),
    Shot("dashboard-dark.png", "/projects/orchard-survey", dark=True),
    Shot(
        "label-one.jpg", "/projects/garden-photos/label", wait=".stage-canvas img", keys=("1", "2")
    ),
    Shot(
        "label-several.jpg",
        "/projects/market-stalls/label",
        wait=".stage-canvas img",
        keys=("1", "4"),
    ),
    Shot(
        "label-keys.jpg",
        "/projects/street-things/label",
        wait=".shape-lines polygon",
        keys=("?",),
        then="#keys[open]",
    ),
    Shot("label-phone.jpg", "/projects/garden-photos/label", PHONE, wait=".stage-canvas img"),
    Shot(
        "label-alike.jpg",
        "/projects/harvest/label",
        wait=".stage-canvas img",
        keys=("Shift+G", "e", "4"),
        then=".gtile.answered",
    ),
    Shot(
        "label-grid.jpg",
        "/projects/nature-check/label",
        wait=".gtile",
        keys=("d", "k"),
        then=".gtile.wrong",
    ),
    Shot(
        "label-sixty.jpg",
        "/projects/nature-check/label",
        wait=".gtile",
        at_once=60,
        keys=("e", "w"),
        then=".gtile.meant",
    ),
    Shot(
        "label-boxes-grid.jpg",
        "/projects/street-things/label",
        wait=".shape-lines polygon",
        at_once=12,
        keys=("]", "d"),
        then=".gtile.wrong",
    ),
    Shot(
        "label-skip.jpg",
        "/projects/garden-photos/label",
        wait=".stage-canvas img",
        keys=("s",),
        then="#skipping[open]",
    ),
    Shot("second-look.jpg", "/projects/roadside/label", wait=".stage-canvas img"),
    Shot("label-boxes.jpg", "/projects/street-things/label", wait=".shape-lines polygon"),
    Shot(
        "label-boxes-dark.jpg",
        "/projects/street-things/label",
        dark=True,
        wait=".shape-lines polygon",
        keys=("Tab", "]"),
    ),
    Shot(
        "label-outlines.jpg",
        "/projects/orchard-outlines/label",
        wait=".shape-lines polygon",
        keys=("Tab", "e"),
    ),
    Shot(
        "label-instructions.jpg",
        "/projects/garden-photos/label",
        wait=".stage-canvas img",
        keys=("i",),
        then="#instructions[open]",
    ),
    Shot(
        "data.jpg", "/projects/orchard-survey/data", wait=".cell img[src]", keys=(" ", "ArrowRight")
    ),
    Shot(
        "data-open.jpg",
        "/projects/orchard-survey/data?disagrees=true",
        wait=".cell img[src]",
        keys=("Enter",),
        then="#stage img",
    ),
    Shot(
        "why-boxes.jpg",
        "/projects/street-things/data?state=pre-labeled",
        wait=".cell img[src]",
        keys=("w",),
        then="#why[open]",
    ),
    Shot(
        "why.jpg",
        "/projects/orchard-survey/data?state=pre-labeled",
        wait=".cell img[src]",
        keys=("w",),
        then="#why[open]",
    ),
    Shot("review.jpg", "/projects/gate-camera/review", wait=".shape-lines polygon", keys=("j",)),
    Shot("consensus.jpg", "/projects/gate-camera/consensus", wait=".sides polygon"),
    Shot("wrong.jpg", "/projects/orchard-survey/disagreements", full=True),
    Shot("export.png", "/projects/orchard-survey/export", full=True),
    Shot("new-project.png", "/new-project"),
    Shot("new-project-classes.png", "/new-project", fields=NAMED),
    Shot("new-project-finish.png", "/new-project", fields=(*NAMED, NEXT, NEXT), full=True),
    Shot("details.png", "/projects/orchard-survey/settings", full=True),
    Shot(
        "class-effect.png",
        "/projects/orchard-survey/settings",
        fields=(
            ("#class-form [name=new]", "quince"),
            ("#class-form [data-add]", ""),
            ("#class-form .primary", ""),
        ),
        then="#class-effect[open]",
    ),
    Shot("image.jpg", "/projects/orchard-survey/data/{much_said}", wait=".stage img", full=True),
    Shot("flagged.jpg", "/projects/gate-camera/flagged", wait=".tile img"),
    Shot("set-aside.png", "/projects/orchard-survey/quarantine", (1280, 560)),
    Shot("people.png", "/people", full=True),
    Shot("account.png", "/account", (1280, 560)),
    Shot("people-phone.png", "/people", PHONE),
    Shot("import.png", "/import", full=True, file=Path("labels.csv"), wait="#look"),
    Shot("sign-in.png", "/signin", (1280, 560), signed_in=False),
    Shot("invitation.png", "/join/{invitation}", (1280, 560), signed_in=False),
)

NOTHING = (Shot("projects-none.png", "/projects", (1280, 560)),)

BEGUN = (
    Shot("dashboard-none.png", "/projects/orchard-spring", full=True),
    Shot("label-none.png", "/projects/orchard-spring/label", (1280, 560)),
    Shot("dashboard-one-image.png", "/projects/one-photo", full=True),
    Shot(
        "label-finished.png",
        "/projects/one-photo/label",
        (1280, 560),
        wait=".stage-canvas img",
        keys=("1",),
        then="#finished-next > *",
    ),
)


SEEN = """
async (full) => {
  await document.fonts.ready;
  const seen = (image) => full || image.getBoundingClientRect().top < innerHeight;
  return [...document.images].filter((each) => each.src && seen(each)).every((each) => {
    each.loading = "eager";
    return each.complete;
  });
}
"""
"""Whether all images of a page, or those on the screen, are there."""


def take(browser: Any, link: str, address: str, shot: Shot, to: Path) -> None:
    """Open a page, press keys, and save what is seen."""
    width, height = shot.size
    phone = shot.size == PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=phone,
        is_mobile=phone,
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    if shot.signed_in:
        page.goto(link)
    page.goto(address)
    page.wait_for_selector(shot.wait)
    page.wait_for_function(SEEN, arg=shot.full)
    if shot.file is not None:
        look_into(page, shot.file)
    if shot.at_once:
        page.select_option("#sizes", str(shot.at_once))
    for place, text in shot.fields:
        page.fill(place, text) if text else page.click(place)
    for key in shot.keys:
        page.keyboard.press(key)
        time.sleep(0.4)
    page.wait_for_selector(shot.then)
    page.wait_for_function(SEEN, arg=shot.full)
    time.sleep(0.3)
    save(page.screenshot(full_page=shot.full), to / shot.name)
    context.close()


def look_into(page: Any, labels: Path) -> None:
    """Let the import page look into a labels file."""
    page.fill("[name=project]", "orchard-survey")
    page.set_input_files("[name=file]", labels)
    page.click("#look")
    page.locator("#found-buttons button").first.wait_for()


def save(png: bytes, path: Path) -> None:
    """Save a picture small enough for a repository: PNG with a palette, or JPEG of photographs."""
    picture = Picture.open(BytesIO(png)).convert("RGB")
    for attempt in range(4):
        out = BytesIO()
        if path.suffix == ".png":
            palette = picture.quantize(256 >> attempt, method=Picture.Quantize.MAXCOVERAGE)
            palette.save(out, "PNG", optimize=True)
        else:
            quality = 90 - 6 * attempt
            picture.save(out, "JPEG", quality=quality, subsampling=0, optimize=True)
        if out.tell() <= LARGEST:
            break
    path.write_bytes(out.getvalue())


def nothing_waits(project: Project, cycle: Cycle | None) -> JobWait | None:  # noqa: ARG001
    """Stand in for Prefect, which isn't there and isn't missed."""
    return None


def one_pool(usual: str) -> list[ComputeTarget]:
    """Stand in for it where it is asked who computes."""
    said = orchestration.POOL_STATES["READY"]
    return [ComputeTarget(name=usual, usual=True, ready=True, said=said)]


@contextmanager
def serving(settings: Settings, store: Store, blobs: BlobStore) -> Iterator[str]:
    """Serve the page on a free port; yield its address."""
    run_waits.run_wait = nothing_waits
    orchestration.job_pools = one_pool
    app = create_app(settings, store, blobs)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


Places = Mapping[str, str]
"""Parts of addresses that a shot names in braces."""
Build = Callable[[Scene, DemoData, DemoData], Places]


def build(scene: Scene, classes: DemoData, things: DemoData) -> Places:
    """Put all projects in place."""
    survey = certified(scene, classes)
    add_twins(scene, survey)
    pin_examples(scene, first_round(scene, classes))
    look_alikes(scene, classes)
    checking(scene, classes)
    several(scene, things)
    boxes(scene, things)
    twice(scene, things)
    outlined(scene, things)
    doubted(scene, classes)
    return {"invitation": invite(scene, survey), "much_said": much_said(scene, survey)}


def nothing(_scene: Scene, _classes: DemoData, _things: DemoData) -> Places:
    """Leave the store as it is when it was made."""
    return {}


def begun(scene: Scene, classes: DemoData, _things: DemoData) -> Places:
    """Put the first projects in place."""
    begin(scene, classes)
    return {}


HOMES: tuple[tuple[Build, tuple[Shot, ...]], ...] = (
    (build, SHOTS),
    (nothing, NOTHING),
    (begun, BEGUN),
)


def take_all(
    browser: Any, built: Build, shots: list[Shot], data: tuple[DemoData, DemoData], to: Path
) -> None:
    """Make a home, put projects in place and take its pictures."""
    with tempfile.TemporaryDirectory(prefix="tenfold-screenshots-") as home:
        settings = Settings(home=Path(home), port=0, lease_seconds=600)
        store, blobs = open_store(settings.store_url), open_blobs(settings)
        places = built(Scene(store, blobs), *data)
        with serving(settings, store, blobs) as address:
            link = sign_in_link(settings, address)
            for shot in shots:
                page = address + shot.path.format_map(places)
                take(browser, link, page, replace(shot, file=shot.file and data[0].answers), to)
        store.close()


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("docs/images"))
    parser.add_argument("--data", type=Path, help="where the demo's images are kept")
    parser.add_argument("--only", default="", help="pictures whose name contains this")
    chosen = parser.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tenfold-screenshots-") as folder:
        made = chosen.data or Path(folder)
        data = (
            prepare("classification", IMAGES, made, cache=chosen.data),
            prepare("boxes", 120, made, cache=chosen.data),
        )
        with chromium() as browser:
            for built, shots in HOMES:
                if wanted := [shot for shot in shots if chosen.only in shot.name]:
                    take_all(browser, built, wanted, data, chosen.to)


if __name__ == "__main__":
    main()
