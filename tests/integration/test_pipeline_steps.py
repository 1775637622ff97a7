"""The steps in their order, in one process: real stores, real learning, no Prefect."""

import csv
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from models.annotation import Answer, FinalKind
from models.certificate import Certificate, WalkCertificate
from models.cycle import Claim
from models.job import job_adapter
from models.label import ClassLabel, TaskType
from models.person import Role
from models.project import FinishMode, Project, ProjectSettings, label_classes
from models.report import RunReport
from models.round import ApprovedVia, RoundKind
from tenfold.compute import compute_job, job_report_blob
from tenfold.errors import StaleClaimError
from tenfold.learning.jobs import run_job
from tenfold.learning.walk import coins
from tenfold.learning.walk.verify import verify_walk
from tenfold.pipeline import complete, ingest, jobs, register, rounds, upload
from tenfold.pipeline.certify import close_round
from tenfold.pipeline.context import Context, make_context
from tenfold.pipeline.groups import read_groups
from tenfold.pipeline.noted import read_near_duplicates, read_plan
from tenfold.pipeline.recompute import certified, recompute
from tenfold.pipeline.report import build_report
from tenfold.settings import Settings
from tenfold.store import faults
from tenfold.task_types import task_kind

pytestmark = pytest.mark.usefixtures("_remembered")

SHAPES = ("circle", "square")


def draw(path: Path, shape: str, rng: random.Random) -> None:
    picture = Image.new("RGB", (160, 120), tuple(rng.randrange(40, 200) for _ in range(3)))
    pen = ImageDraw.Draw(picture)
    x, y, side = rng.randrange(10, 70), rng.randrange(5, 40), rng.randrange(50, 75)
    color = tuple(rng.randrange(200, 256) for _ in range(3))
    where = (x, y, x + side, y + side)
    pen.ellipse(where, fill=color) if shape == "circle" else pen.rectangle(where, fill=color)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, quality=90)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rng = random.Random(1)
    for number in range(120):
        shape = SHAPES[number % 2]
        draw(tmp_path / "source" / f"{shape}-{number:03d}.jpg", shape, rng)
    (tmp_path / "source" / "notes.jpg").write_text("no image")
    return tmp_path / "source"


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    context = make_context(Settings(home=tmp_path / "home", threads=1, views=1))
    yield context
    context.store.close()


def make_project(ctx: Context, source: Path, **changes: object) -> Project:
    settings = {
        "name": "shapes",
        "task": TaskType.CLASSIFICATION,
        "source": str(source),
        "classes": label_classes(list(SHAPES)),
        "keep_busy": False,
        "error": 0.1,
        **changes,
    }
    return ctx.store.projects.create(ProjectSettings.model_validate(settings))


def claim_cycle(ctx: Context, project: Project, run: str) -> Claim:
    return ctx.store.cycles.claim(ctx.store.cycles.ensure(project.id).id, run)


def silent(done: int, total: int) -> None:
    del done, total


def run_here(ctx: Context, job: str | None) -> bool:
    if job is None:
        return False
    report = run_job(job_adapter.validate_json(ctx.blobs.get(job)), ctx.blobs, silent)
    ctx.blobs.put(job_report_blob(job), report.model_dump_json().encode())
    return True


def prepare(ctx: Context, claim: Claim) -> None:
    ingest.ingest(ctx, claim, silent)
    upload.upload(ctx, claim, silent)
    register.register(ctx, claim)
    embed(ctx, claim)


def embed(ctx: Context, claim: Claim) -> None:
    job = jobs.embed_job(ctx, claim)
    if run_here(ctx, job):
        jobs.take_in_embed(ctx, claim, str(job))


def learn(ctx: Context, claim: Claim) -> None:
    for asked in ctx.store.rounds.list(claim.cycle_id)[-1:]:
        close_round(ctx, claim, asked.id)
    embed(ctx, claim)
    job = jobs.train_job(ctx, claim)
    if run_here(ctx, job):
        jobs.take_in_model(ctx, claim, str(job))
    job = jobs.prelabel_job(ctx, claim)
    if run_here(ctx, job):
        jobs.take_in_prelabels(ctx, claim, str(job), silent)


def answer_all(ctx: Context, project: Project, round_id: str) -> None:
    ada = ctx.store.people.ensure("ada", Role.ADMIN)
    while items := ctx.store.labeling.lease(project.id, ada.id, 20):
        for item in items:
            shape = ClassLabel(label=item.path.split("/")[-1].split("-")[0])
            ctx.store.labeling.submit(
                ada.id,
                Answer(
                    key=f"{round_id}-{item.sha256[:20]}",
                    round_id=item.round_id,
                    sha256=item.sha256,
                    value=shape,
                ),
            )
    asked = ctx.store.rounds.get(round_id)
    if asked.needs_approval:
        ctx.store.rounds.approve(round_id, "ada", ApprovedVia.CLI)
    else:
        ctx.store.rounds.settle(round_id)


def work_through(ctx: Context, project: Project, claim: Claim) -> RunReport:
    prepare(ctx, claim)
    learn(ctx, claim)
    while (round_id := rounds.open_next_round(ctx, claim)) is not None:
        answer_all(ctx, project, round_id)
        learn(ctx, claim)
    return complete.complete(ctx, claim)


def wrong_labels(ctx: Context, project: Project) -> int:
    by_path = {i.sha256: i.paths[0] for i in ctx.store.images.iterate(project.id)}
    finals = ctx.store.snapshots.final_labels(project.id)
    return sum(
        not by_path[final.sha256].startswith(final.value.label)
        for final in finals
        if isinstance(final.value, ClassLabel)
    )


def test_a_project_is_certified_by_one_look(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source, certificate="look")
    report = work_through(ctx, project, claim_cycle(ctx, project, "run-1"))
    assert (report.images, report.quarantined) == (120, 1)
    assert isinstance(report.certificate, Certificate)
    assert report.human.share < 0.9
    assert report.accepted + report.human.manual + report.human.audit + report.human.review == 120
    assert wrong_labels(ctx, project) <= report.certificate.inputs.wrong_allowed
    assert "95 % sure" in report.claim


def test_a_project_is_certified_in_each_class(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source, each_class=True, error=0.2, confidence=0.8)
    assert project.certificate == "look"
    claim = claim_cycle(ctx, project, "run-1")
    report = work_through(ctx, project, claim)
    certificate = report.certificate
    assert isinstance(certificate, Certificate)
    assert [one.label for one in certificate.classes] == list(SHAPES)
    assert certificate.accepted == sum(one.accepted for one in certificate.classes) > 0
    assert "In each class at most 20 %" in certificate.statement
    assert report.claim.startswith("In each class at most 20 %")
    plan = read_plan(ctx.blobs, project.id)
    assert plan is not None
    assert plan.each_class
    assert plan.foreseen is not None
    wrong = wrong_by_class(ctx, project)
    assert all(wrong[one.label] <= one.wrong_allowed for one in certificate.classes)
    assert recompute(ctx, certified(ctx, project.name)).problems == ()


def wrong_by_class(ctx: Context, project: Project) -> Counter[str]:
    """Count wrong labels by the class that they were delivered as."""
    by_path = {i.sha256: i.paths[0] for i in ctx.store.images.iterate(project.id)}
    finals = ctx.store.snapshots.final_labels(project.id)
    return Counter(
        final.value.label
        for final in finals
        if isinstance(final.value, ClassLabel)
        and not by_path[final.sha256].startswith(final.value.label)
    )


def test_a_project_is_certified_by_a_walk(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    report = work_through(ctx, project, claim)
    certificate = report.certificate
    assert isinstance(certificate, WalkCertificate)
    inputs = certificate.inputs
    assert (inputs.images, inputs.wrong_allowed) == (120, 12)
    assert report.accepted == certificate.accepted > 0
    assert report.human.audit == inputs.audited
    assert report.human.share < 0.7
    assert report.accepted + report.human.manual + report.human.audit + report.human.review == 120
    assert wrong_labels(ctx, project) <= inputs.wrong_allowed
    assert "95 % sure" in report.claim
    log = ctx.store.walks.commits(certificate.id)
    assert verify_walk(certificate, log, task_kind(project.task).agrees) == []


def test_what_a_project_will_cost_is_told_and_then_what_it_came_to(
    ctx: Context, source: Path
) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    round_id = rounds.open_next_round(ctx, claim)
    first = read_plan(ctx.blobs, project.id)
    assert first is not None
    assert (first.offers[0].error, first.offers[0].looks) == (0.1, None)
    assert [offer.wrong_allowed for offer in first.offers] == [12, 6, 2, 1]
    assert round_id is not None
    answer_all(ctx, project, round_id)
    learn(ctx, claim)
    rounds.open_next_round(ctx, claim)
    priced = read_plan(ctx.blobs, project.id)
    assert priced is not None
    looks = [offer.looks or 0 for offer in priced.offers]
    assert priced.looked < looks[0] <= looks[1] <= looks[2] <= looks[3] <= 120
    assert priced.foreseen == looks[0]
    assert all(offer.least <= (offer.looks or 0) for offer in priced.offers)
    report = work_through(ctx, project, claim)
    final = read_plan(ctx.blobs, project.id)
    assert final is not None
    assert final.finished
    assert final.looked == 120 - report.accepted
    assert final.foreseen == priced.foreseen


WITHOUT_TORCH = """
import sys
from pathlib import Path
from models.job import job_adapter
from tenfold.blobs import open_blobs
from tenfold.learning.jobs import run_job
from tenfold.settings import Settings

blobs = open_blobs(Settings(home=Path(sys.argv[1])))
done = run_job(job_adapter.validate_json(blobs.get(sys.argv[2])), blobs, lambda *_: None)
assert (done.device, "torch" in sys.modules) == ("cpu", False), done
"""


def test_heads_on_features_do_without_torch(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    answer_all(ctx, project, str(rounds.open_next_round(ctx, claim)))
    [asked] = ctx.store.rounds.list(claim.cycle_id)
    close_round(ctx, claim, asked.id)
    home = str(ctx.settings.home)
    job = str(jobs.train_job(ctx, claim))
    subprocess.run([sys.executable, "-c", WITHOUT_TORCH, home, job], check=True)
    run_here(ctx, job)
    jobs.take_in_model(ctx, claim, job)
    job = str(jobs.prelabel_job(ctx, claim))
    subprocess.run([sys.executable, "-c", WITHOUT_TORCH, home, job], check=True)


def test_steps_done_again_change_nothing(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    near = read_near_duplicates(ctx.blobs, project.id)
    assert near is not None
    assert near.compared == ctx.store.images.count(project.id)
    first = rounds.open_next_round(ctx, claim)
    again = claim_cycle(ctx, project, "run-1")
    prepare(ctx, again)
    learn(ctx, again)
    assert read_near_duplicates(ctx.blobs, project.id) == near
    assert rounds.open_next_round(ctx, again) == first
    assert ctx.store.datasets.latest(project.id).number == 1
    assert [step.name for step in ctx.store.cycles.steps(again.cycle_id)].count("embed") == 1


def test_how_far_a_job_is_stands_with_its_step(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    ingest.ingest(ctx, claim, silent)
    upload.upload(ctx, claim, silent)
    register.register(ctx, claim)
    job = jobs.embed_job(ctx, claim)
    assert job is not None
    assert jobs.note_progress(ctx, claim, job, None) is None
    reported: list[tuple[int, int]] = []
    compute_job(job, ctx.blobs, ctx.settings, lambda *at: reported.append(at))
    told = jobs.note_progress(ctx, claim, job, None)
    assert told is not None
    assert (told.done, told.total) in reported  # one a few seconds, the first at once
    assert stands(ctx, claim, "embed") == (told.done, told.total)
    assert jobs.note_progress(ctx, claim, job, told) == told
    jobs.take_in_embed(ctx, claim, job)
    images = ctx.store.images.count(project.id)
    assert stands(ctx, claim, "embed") == (images, images)


def stands(ctx: Context, claim: Claim, name: str) -> tuple[int, int]:
    [step] = [each for each in ctx.store.cycles.steps(claim.cycle_id) if each.name == name]
    return step.done, step.total


def test_an_execution_that_was_replaced_can_write_no_more(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source)
    orphan = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim_cycle(ctx, project, "run-2"))
    with pytest.raises(StaleClaimError):
        rounds.open_next_round(ctx, orphan)


def test_new_images_make_a_new_cycle_and_lost_ones_are_recorded(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source, finish=FinishMode.MANUAL)
    work_through(ctx, project, claim_cycle(ctx, project, "run-1"))
    lost = min(source.glob("circle-*.jpg"))
    lost.unlink()
    rng = random.Random(2)
    for number in range(200, 206):
        draw(source / "more" / f"square-{number}.jpg", "square", rng)
    claim = claim_cycle(ctx, project, "run-2")
    prepare(ctx, claim)
    asked = ctx.store.rounds.get(str(rounds.open_next_round(ctx, claim)))
    assert asked.size == 6
    assert ctx.store.images.count(project.id, 1) == 120
    assert ctx.store.images.count(project.id, 2) == 125
    assert ctx.deliverable(claim) == 6


def test_labels_of_a_manifest_are_taken_over(ctx: Context, source: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "labels.csv"
    with manifest.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["path", "label", "camera"])
        for path in sorted(source.glob("*-*.jpg"))[:40]:
            rows.writerow([f"source/{path.name}", path.name.split("-")[0], "left"])
    project = make_project(ctx, manifest)
    report = ingest.ingest(ctx, claim_cycle(ctx, project, "run-1"), silent)
    assert (report.images, report.imported) == (40, 40)
    image = next(ctx.store.images.iterate(project.id))
    assert image.columns == {"camera": "left"}
    finals = list(ctx.store.snapshots.final_labels(project.id))
    assert {final.by for final in finals} == {FinalKind.IMPORTED}


def test_the_report_knows_every_round_and_is_kept(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source, finish=FinishMode.REVIEW)
    claim = claim_cycle(ctx, project, "run-1")
    report = work_through(ctx, project, claim)
    kinds = [r.kind for r in report.rounds]
    assert kinds[0] == RoundKind.MANUAL
    assert set(kinds[1:]) == {RoundKind.REVIEW}
    assert report.human.share == 1.0
    assert "checked by a person" in report.claim
    kept = json.loads(ctx.blobs.get(f"projects/{project.id}/reports/c0001/report.json"))
    assert kept["claim"] == report.claim
    rebuilt = build_report(ctx, project, claim.cycle_id)
    assert rebuilt.rounds == report.rounds


class KilledError(Exception):
    pass


def killed_at_every_commit(
    ctx: Context, project: Project, work: Callable[[Claim], object], moment: faults.Moment
) -> Claim:
    """Do a step again and again, killed at its first commit, its second, until it comes through."""
    for wanted in count(1):
        claim = claim_cycle(ctx, project, f"killed-{wanted}")
        reached = count(1)

        def kill(_: int, wanted: int = wanted, reached: "count[int]" = reached) -> None:
            if next(reached) == wanted:
                raise KilledError

        with faults.listening(moment, kill):
            try:
                work(claim)
            except KilledError:
                continue
        return claim
    raise AssertionError


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_walk_killed_at_every_commit_of_its_steps_commits_nothing_twice(
    ctx: Context, source: Path, moment: faults.Moment
) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    seals = set()
    while True:
        claim = killed_at_every_commit(
            ctx, project, lambda claim: rounds.open_next_round(ctx, claim), moment
        )
        round_id = rounds.open_next_round(ctx, claim)
        walk = ctx.store.walks.of(claim.cycle_id)
        seals |= {walk.seal_commitment} if walk else set()
        if round_id is None:
            break
        answer_all(ctx, project, round_id)
        closed = round_id
        claim = killed_at_every_commit(
            ctx, project, lambda claim, closed=closed: close_round(ctx, claim, closed), moment
        )
        learn(ctx, claim)
    report = complete.complete(ctx, claim)
    assert isinstance(report.certificate, WalkCertificate)
    assert len(seals) == 1
    log = ctx.store.walks.commits(report.certificate.id)
    assert len({one.sha256 for one in log}) == len(log)
    assert verify_walk(report.certificate, log, task_kind(project.task).agrees) == []
    assert wrong_labels(ctx, project) <= report.certificate.inputs.wrong_allowed


def approvals_of_walk(ctx: Context, claim: Claim) -> list[bool]:
    return [r.needs_approval for r in ctx.store.rounds.list(claim.cycle_id) if r.walk_id]


def test_one_approval_opens_the_walk_and_one_delivers(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    report = work_through(ctx, project, claim)
    waited = approvals_of_walk(ctx, claim)
    assert waited[0]
    assert not any(waited[1:-1])
    certificate = report.certificate
    assert isinstance(certificate, WalkCertificate)
    by_rule = certificate.approved_via is ApprovedVia.RULE
    assert waited[-1] or by_rule
    assert ("no approval" in certificate.statement) == by_rule
    assert (certificate.approved_by == "ada") != by_rule


def test_where_every_coin_shows_heads_people_look_at_all_and_somebody_delivers(
    ctx: Context, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coins, "coin", lambda *_: 0.0)
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    report = work_through(ctx, project, claim)
    certificate = report.certificate
    assert isinstance(certificate, WalkCertificate)
    assert approvals_of_walk(ctx, claim)[-1]
    assert (certificate.approved_by, certificate.accepted, report.accepted) == ("ada", 0, 0)
    assert certificate.inputs.audited == certificate.inputs.commits > 0
    assert report.claim.endswith("Every delivered label is a person's.")
    assert wrong_labels(ctx, project) == 0
    assert recompute(ctx, certified(ctx, project.name)).problems == ()


def test_where_no_coin_shows_heads_nobody_is_asked_and_the_certificate_says_so(
    ctx: Context, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coins, "coin", lambda *_: 1.0 - 2.0**-53)
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    report = work_through(ctx, project, claim)
    certificate = report.certificate
    assert isinstance(certificate, WalkCertificate)
    assert approvals_of_walk(ctx, claim) == []
    assert (certificate.approved_via, certificate.inputs.audited) == (ApprovedVia.RULE, 0)
    assert certificate.accepted == certificate.inputs.commits == report.accepted > 0
    assert "its delivery needed no approval, as nobody was left to ask" in certificate.statement
    assert recompute(ctx, certified(ctx, project.name)).problems == ()


def teach_nothing(ctx: Context, claim: Claim) -> None:
    """Have every pre-label say the same, as sure as can be."""
    model = ctx.store.models.latest(claim.project_id)
    if model is not None:
        wrong = [
            p.model_copy(update={"value": ClassLabel(label="circle"), "confidence": 0.999})
            for p in ctx.store.models.prelabels(model.id)
        ]
        ctx.store.models.add_prelabels(claim, model.id, wrong)


def test_a_model_that_deceives_itself_ends_the_walk_and_people_label_the_rest(
    ctx: Context, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One in twenty seals would let such a model pass: that is what 95 % sure means.
    monkeypatch.setattr(coins, "seal", lambda: "5e" * 32)
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    kinds = []
    while (round_id := rounds.open_next_round(ctx, claim)) is not None:
        kinds.append(ctx.store.rounds.get(round_id).kind)
        answer_all(ctx, project, round_id)
        learn(ctx, claim)
        teach_nothing(ctx, claim)
    report = complete.complete(ctx, claim)
    certificate = report.certificate
    assert isinstance(certificate, WalkCertificate)
    assert certificate.inputs.audit_errors == len(certificate.inputs.rates)
    assert kinds[-1] is RoundKind.REVIEW
    assert wrong_labels(ctx, project) <= certificate.inputs.wrong_allowed
    assert verify_walk(certificate, ctx.store.walks.commits(certificate.id)) == []


def until_the_walk(ctx: Context, project: Project, claim: Claim) -> str:
    """Answer what comes before the walk; return its first round."""
    prepare(ctx, claim)
    learn(ctx, claim)
    while (round_id := rounds.open_next_round(ctx, claim)) is not None:
        if ctx.store.rounds.get(round_id).walk_id:
            return round_id
        answer_all(ctx, project, round_id)
        learn(ctx, claim)
    raise AssertionError


def test_a_walk_that_has_begun_goes_on_whatever_the_project_says_by_then(
    ctx: Context, source: Path
) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    asked = until_the_walk(ctx, project, claim)
    ctx.store.projects.update(project.name, certificate="look", finish=FinishMode.REVIEW, error=0.5)
    answer_all(ctx, project, asked)
    learn(ctx, claim)
    report = work_through(ctx, project, claim)
    assert isinstance(report.certificate, WalkCertificate)
    assert report.certificate.inputs.error == 0.1


def test_nothing_is_trained_while_answers_of_the_walk_are_missing(
    ctx: Context, source: Path
) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    until_the_walk(ctx, project, claim)
    assert jobs.train_job(ctx, claim) is None
    assert jobs.prelabel_job(ctx, claim) is None


def test_what_is_committed_is_neither_tagged_nor_proposed_again(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    asked = until_the_walk(ctx, project, claim)
    walk = ctx.store.walks.of(claim.cycle_id)
    assert walk is not None
    committed = set(ctx.store.walks.state(walk.id).committed)
    assert not committed & set(ctx.remaining(claim))
    answer_all(ctx, project, asked)
    learn(ctx, claim)
    model = ctx.store.models.latest(project.id)
    assert model is not None
    newest = {p.sha256 for p in ctx.store.models.prelabels(model.id)}
    assert model.trained_on > len(ctx.store.rounds.answers(asked))
    assert not newest & committed


def test_a_manual_round_hands_out_images_that_look_alike_together(
    ctx: Context, source: Path
) -> None:
    project = make_project(ctx, source, finish=FinishMode.MANUAL)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    round_id = rounds.open_next_round(ctx, claim)
    assert round_id is not None
    groups = read_groups(ctx.blobs, ctx.store.rounds.params(round_id)["groups"])
    ada = ctx.store.people.ensure("ada", Role.ADMIN)
    items = ctx.store.labeling.lease(project.id, ada.id, 120)
    numbers = [groups.of(item.sha256) for item in items]
    assert len(numbers) == 120
    assert None not in numbers
    assert numbers == sorted(numbers), "one group after the other"
    pairs = zip(numbers, items, strict=True)
    shapes = Counter((number, item.path.split("-")[0]) for number, item in pairs)
    found = len(set(numbers))
    assert 2 <= found <= 24
    most = sum(max(n for (g, _), n in shapes.items() if g == number) for number in set(numbers))
    assert most / 120 > 0.8, "mostly of one shape"
    assert rounds.open_next_round(ctx, claim) == round_id


def test_a_review_round_hands_out_like_proposals_side_by_side_the_least_sure_first(
    ctx: Context, source: Path
) -> None:
    project = make_project(ctx, source, finish=FinishMode.REVIEW, first_round=24)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    answer_all(ctx, project, str(rounds.open_next_round(ctx, claim)))
    learn(ctx, claim)
    asked = ctx.store.rounds.get(str(rounds.open_next_round(ctx, claim)))
    assert asked.kind is RoundKind.REVIEW
    ada = ctx.store.people.ensure("ada", Role.ADMIN)
    held = ctx.store.labeling.lease(project.id, ada.id, 200)
    assert len(held) == asked.size > 10
    said = [item.prelabel.label for item in held if isinstance(item.prelabel, ClassLabel)]
    assert said == sorted(said, key=SHAPES.index)
    assert set(said) == set(SHAPES)
    for shape in SHAPES:
        sure = [i.confidence for i, label in zip(held, said, strict=True) if label == shape]
        assert sure == sorted(sure)
