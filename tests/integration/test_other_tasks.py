"""Sets of classes and boxes through the whole pipeline: real stores, and certificates that hold."""

import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from models.annotation import Answer
from models.certificate import Certificate, WalkCertificate
from models.cycle import Claim
from models.job import job_adapter
from models.label import Box, Boxes, LabelSet, LabelValue, TaskType
from models.person import Role
from models.precedent import unpack
from models.prelabel import ModelVersion, Prelabel
from models.project import FinishMode, Project, ProjectSettings, label_classes
from models.record import now
from models.report import RunReport
from models.round import ApprovedVia, RoundKind
from tenfold.compute import job_report_blob
from tenfold.learning.jobs import run_job
from tenfold.pipeline import complete, ingest, jobs, register, rounds, upload
from tenfold.pipeline.certify import close_round
from tenfold.pipeline.context import Context, make_context
from tenfold.pipeline.recompute import certified, recompute
from tenfold.pipeline.sheet import page, sheet
from tenfold.settings import Settings
from tenfold.task_types import task_kind

CLASSES = ("circle", "square")
IMAGES = 120

Truth = Mapping[str, LabelValue]
"""By the name of the image's file."""

Learn = Callable[[Context, Claim, Truth], None]


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    context = make_context(Settings(home=tmp_path / "home", threads=1))
    yield context
    context.store.close()


def silent(done: int, total: int) -> None:
    del done, total


def shapes(folder: Path, number: int, rng: random.Random) -> tuple[str, tuple[Box, ...]]:
    """Draw a circle, a square, both or none; return the file's name and what is where."""
    picture = Image.new("RGB", (160, 120), tuple(rng.randrange(60, 110) for _ in range(3)))
    pen = ImageDraw.Draw(picture)
    boxes = []
    for place, label in enumerate(CLASSES):
        if (number >> place) % 2:
            x, y, side = 5 + 78 * place, rng.randrange(5, 45), rng.randrange(50, 68)
            where = (x, y, x + side, y + side)
            draw = pen.ellipse if label == "circle" else pen.rectangle
            draw(where, fill=(250, 240, 60) if label == "circle" else (40, 60, 250))
            boxes.append(Box(label=label, xmin=x, ymin=y, xmax=x + side, ymax=y + side))
    name = f"scene-{number:03d}.png"
    picture.save(folder / name)
    return name, tuple(boxes)


@pytest.fixture
def scenes(tmp_path: Path) -> tuple[Path, dict[str, tuple[Box, ...]]]:
    folder, rng = tmp_path / "source", random.Random(2)
    folder.mkdir()
    return folder, dict(shapes(folder, number, rng) for number in range(IMAGES))


def sets(boxes: Mapping[str, tuple[Box, ...]]) -> Truth:
    return {
        name: LabelSet(labels=tuple(box.label for box in found)) for name, found in boxes.items()
    }


def make_project(ctx: Context, source: Path, task: TaskType, **changes: object) -> Project:
    settings = {
        "name": "scenes",
        "task": task,
        "source": str(source),
        "classes": label_classes(list(CLASSES)),
        "keep_busy": False,
        "error": 0.15,
        "confidence": 0.9,
        "finish": FinishMode.CERTIFIED,
        **changes,
    }
    return ctx.store.projects.create(ProjectSettings.model_validate(settings))


def run_here(ctx: Context, job: str | None) -> str | None:
    if job is not None:
        report = run_job(job_adapter.validate_json(ctx.blobs.get(job)), ctx.blobs, silent)
        ctx.blobs.put(job_report_blob(job), report.model_dump_json().encode())
    return job


def embed(ctx: Context, claim: Claim) -> None:
    if job := run_here(ctx, jobs.embed_job(ctx, claim)):
        jobs.take_in_embed(ctx, claim, job)


def learn(ctx: Context, claim: Claim, truth: Truth) -> None:
    """Train and propose as the pipeline does."""
    del truth
    if job := run_here(ctx, jobs.train_job(ctx, claim)):
        jobs.take_in_model(ctx, claim, job)
    if job := run_here(ctx, jobs.prelabel_job(ctx, claim)):
        jobs.take_in_prelabels(ctx, claim, job, silent)


def pretend(ctx: Context, claim: Claim, truth: Truth) -> None:
    """Propose what is there, but for one box in fifteen images, the least sure of all."""
    project = ctx.project(claim)
    number = len(ctx.store.models.list(project.id)) + 1
    rest = ctx.remaining(claim)
    if not rest or ctx.store.rounds.current(claim.cycle_id) is not None:
        return
    model = ModelVersion(
        id=f"{project.id}-m{number}", project_id=project.id, cycle_id=claim.cycle_id,
        number=number, task=project.task, classes=project.class_names, snapshot_id="s",
        trained_on=IMAGES - len(rest), blob="b", created_at=now(),
    )  # fmt: skip
    ctx.store.models.add(claim, model)
    named = {i.sha256: i.paths[0] for i in ctx.store.images.iterate(project.id)}
    told = [_proposal(sha, truth[named[sha]], int(named[sha][-7:-4])) for sha in rest]
    ctx.store.models.add_prelabels(claim, model.id, told)


def _proposal(sha: str, true: LabelValue, number: int) -> Prelabel:
    assert isinstance(true, Boxes)
    shifted = tuple(
        box.model_copy(update={"xmax": box.xmax - 2, "score": 0.9}) for box in true.boxes
    )
    misses = number % 15 == 3
    return Prelabel(
        sha256=sha,
        value=Boxes(boxes=shifted[1:] if misses else shifted),
        confidence=0.6 if misses else 0.985 - number / 10_000,
    )


def answer_all(ctx: Context, project: Project, round_id: str, truth: Truth) -> None:
    ada = ctx.store.people.ensure("ada", Role.ADMIN)
    while items := ctx.store.labeling.lease(project.id, ada.id, 20):
        for item in items:
            told = {
                "key": f"{round_id}-{item.sha256[:20]}",
                "round_id": item.round_id,
                "sha256": item.sha256,
                "value": truth[item.path.split("/")[-1]],
            }
            ctx.store.labeling.submit(ada.id, Answer.model_validate(told))
    if ctx.store.rounds.get(round_id).needs_approval:
        ctx.store.rounds.approve(round_id, "ada", ApprovedVia.CLI)
    else:
        ctx.store.rounds.settle(round_id)


def work_through(ctx: Context, project: Project, truth: Truth, how: Learn) -> RunReport:
    claim = ctx.store.cycles.claim(ctx.store.cycles.ensure(project.id).id, "run-1")
    ingest.ingest(ctx, claim, silent)
    upload.upload(ctx, claim, silent)
    register.register(ctx, claim)
    embed(ctx, claim)
    while (round_id := rounds.open_next_round(ctx, claim)) is not None:
        answer_all(ctx, project, round_id, truth)
        close_round(ctx, claim, round_id)
        how(ctx, claim, truth)
    return complete.complete(ctx, claim)


def wrong(ctx: Context, project: Project, truth: Truth) -> int:
    named = {i.sha256: i.paths[0] for i in ctx.store.images.iterate(project.id)}
    agrees = task_kind(project.task).agrees
    finals = list(ctx.store.snapshots.final_labels(project.id))
    assert len(finals) == len(truth)
    return sum(not agrees(final.value, truth[named[final.sha256]]) for final in finals)


@pytest.mark.parametrize("way", ["walk", "look"])
def test_sets_of_classes_are_certified(
    ctx: Context, scenes: tuple[Path, dict[str, tuple[Box, ...]]], way: str
) -> None:
    truth = sets(scenes[1])
    project = make_project(ctx, scenes[0], TaskType.MULTILABEL, certificate=way)
    report = work_through(ctx, project, truth, learn)
    proposed = ctx.store.models.prelabels(ctx.store.models.list(project.id)[-1].id)
    assert all(unpack(each.precedents) for each in proposed)
    certificate = report.certificate
    assert isinstance(certificate, WalkCertificate if way == "walk" else Certificate)
    assert certificate.accepted > 0
    assert wrong(ctx, project, truth) <= certificate.inputs.wrong_allowed
    whole = "An image is wrong when its set of labels is not exactly the person's."
    assert whole in certificate.statement
    assert whole in report.claim
    assert whole in page(sheet(ctx, project.name, verify=True)).replace("&#39;", "'")
    assert recompute(ctx, certified(ctx, project.name)).problems == ()


@pytest.mark.parametrize("way", ["walk", "look"])
@pytest.mark.parametrize(("images", "empty"), [(1, False), (2, False), (11, False), (40, True)])
def test_few_and_odd_sets_of_classes_end_with_a_true_sentence(
    ctx: Context,
    scenes: tuple[Path, dict[str, tuple[Box, ...]]],
    images: int,
    empty: bool,
    way: str,
) -> None:
    folder, boxes = scenes
    for name in list(boxes)[images:]:
        (folder / name).unlink()
        del boxes[name]
    truth = {name: LabelSet() for name in boxes} if empty else sets(boxes)
    project = make_project(ctx, folder, TaskType.MULTILABEL, certificate=way)
    report = work_through(ctx, project, truth, learn)
    assert (report.images, report.excluded) == (images, 0)
    mistakes = wrong(ctx, project, truth)
    if report.certificate is not None:
        assert recompute(ctx, certified(ctx, project.name)).problems == ()
    if report.certificate is None or not report.accepted:
        assert mistakes == 0
        assert "Every delivered label is a person's" in report.claim
        return
    assert mistakes <= report.certificate.inputs.wrong_allowed
    assert f"At most 15 % of the {images} delivered labels are wrong, 90 % sure" in report.claim


@pytest.mark.parametrize("way", ["walk", "look"])
def test_boxes_are_certified(
    ctx: Context, scenes: tuple[Path, dict[str, tuple[Box, ...]]], way: str
) -> None:
    truth = {name: Boxes(boxes=found) for name, found in scenes[1].items()}
    project = make_project(ctx, scenes[0], TaskType.BOXES, certificate=way, first_round=20)
    report = work_through(ctx, project, truth, pretend)
    certificate = report.certificate
    assert isinstance(certificate, WalkCertificate if way == "walk" else Certificate)
    assert certificate.accepted > 0
    assert RoundKind.AUDIT in {asked.kind for asked in ctx.store.rounds.list(certificate.cycle_id)}
    assert wrong(ctx, project, truth) <= certificate.inputs.wrong_allowed
    assert "one missed box makes it wrong" in certificate.statement
    assert recompute(ctx, certified(ctx, project.name)).problems == ()
