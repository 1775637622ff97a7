"""Does the pipeline cost people what the bench says? `python benchmarks/through_pipeline.py DATA…`.

Each seed is a whole project: real images, label store, blobs, jobs, rounds, coins and certificate,
by the functions that the flow's tasks call; only Prefect is left out, and people answer at once
from labels.csv. Beside it the rehearsal that `human_share.py` counts with, on the same features
with the same seeds. Both toss the same coins, so that people are to look at the same images.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import Image
from sqlalchemy import select

from benchmarks.human_share_methods.bench_set import BenchSet, make_set
from benchmarks.human_share_methods.data import DIGITS, read_labels
from models.annotation import Answer, FinalKind
from models.cycle import Claim
from models.job import job_adapter
from models.label import ClassLabel, TaskType
from models.person import Role
from models.project import Project, ProjectSettings, label_classes
from models.round import ApprovedVia, RoundKind
from tenfold.compute import compute_job
from tenfold.learning.features import Features, Shard, load_features, shard_bytes, shard_name
from tenfold.learning.rehearsal import coins_of, rehearse
from tenfold.learning.walk import coins
from tenfold.pipeline import complete, ingest, jobs, register, rounds, upload
from tenfold.pipeline.certify import close_round
from tenfold.pipeline.context import Context, make_context
from tenfold.settings import Settings
from tenfold.store.tables import walk_chunks

AT_ONCE = 100
"""Images that the only labeler holds."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a project came to, as shares of its images."""

    looked: float
    tagged: float
    audited: float
    wrong: float
    broken: bool
    people: frozenset[str]
    """Hashes of the images that people looked at."""
    asked: tuple[frozenset[str], ...]
    """Those of each manual round."""
    committed: tuple[frozenset[str], ...]
    """Hashes of the images whose labels were committed together, each time."""


@dataclass
class DataSet:
    """Images in a folder with known labels; features once they were taken."""

    name: str
    folder: Path
    labels: dict[str, str]
    """By path."""
    given: dict[str, Features] | None = None
    """Features by path, where no network is to look."""
    taken: tuple[list[str], Features] | None = None
    """Hashes and features (N, D) that the first project took, for the further ones."""
    truth: list[str] = field(default_factory=list)
    """Labels of these images."""


def data_set(data: str, scratch: Path) -> DataSet:
    """Return a set by its folder, or the digits as small pictures with their pixels as features."""
    if data != DIGITS:
        folder = Path(data).resolve()
        paths, labels = read_labels(folder)
        return DataSet(folder.name, folder, dict(zip(paths, labels.tolist(), strict=True)))
    from sklearn.datasets import load_digits

    found, folder = load_digits(), scratch / DIGITS
    folder.mkdir()
    labels, given = {}, {}
    for number, (pixels, label) in enumerate(zip(found.images, found.target, strict=True)):
        path = f"{number:04d}.png"
        Image.fromarray((pixels * 15).astype(np.uint8)).resize((32, 32), 0).save(folder / path)
        labels[path], given[path] = str(label), pixels.reshape(-1).astype(np.float32)
    return DataSet(DIGITS, folder, labels, given)


def silent(done: int, total: int) -> None:
    """Say nothing of how far it is."""
    del done, total


def compute(ctx: Context, job: str | None) -> bool:
    """Run a job here, if there is one."""
    if job is not None:
        compute_job(job, ctx.blobs, ctx.settings, silent)
    return job is not None


def embed(ctx: Context, claim: Claim, data: DataSet) -> None:
    """Take features, or put those there that are known."""
    images = list(ctx.store.images.iterate(claim.project_id))
    hashes = [image.sha256 for image in images]
    data.truth = [data.labels[image.paths[0]] for image in images]
    if data.given is not None and data.taken is None:
        data.taken = (hashes, np.stack([data.given[image.paths[0]] for image in images]))
    job = jobs.embed_job(ctx, claim)
    if job is None:
        return
    prefix = job_adapter.validate_json(ctx.blobs.get(job)).out
    if data.taken is not None:
        ctx.blobs.put(shard_name(prefix, 0), shard_bytes(Shard(*data.taken)))
    compute(ctx, job)
    jobs.take_in_embed(ctx, claim, job)
    if data.taken is None:
        data.taken = (hashes, load_features(ctx.blobs, prefix, hashes))


def learn(ctx: Context, claim: Claim, data: DataSet) -> None:
    """Take in the last round, train and pre-label, as `learn_from_people` of the flow does."""
    for asked in ctx.store.rounds.list(claim.cycle_id)[-1:]:
        close_round(ctx, claim, asked.id)
    embed(ctx, claim, data)
    if compute(ctx, job := jobs.train_job(ctx, claim)):
        jobs.take_in_model(ctx, claim, str(job))
    if compute(ctx, job := jobs.prelabel_job(ctx, claim)):
        jobs.take_in_prelabels(ctx, claim, str(job), silent)


def answer(ctx: Context, project: Project, round_id: str, labels: dict[str, str]) -> None:
    """Let one person tag a round, and approve it."""
    person = ctx.store.people.ensure("labeler", Role.ADMIN)
    while items := ctx.store.labeling.lease(project.id, person.id, AT_ONCE):
        for item in items:
            ctx.store.labeling.submit(
                person.id,
                Answer(
                    key=f"{item.round_id[-16:]}-{item.sha256[:20]}",
                    round_id=item.round_id,
                    sha256=item.sha256,
                    value=ClassLabel(label=labels[item.path]),
                ),
            )
    if ctx.store.rounds.get(round_id).needs_approval:
        ctx.store.rounds.approve(round_id, person.name, ApprovedVia.CLI)
    else:
        ctx.store.rounds.settle(round_id)


@contextmanager
def coins_of_a_rehearsal(data: DataSet, seed: int) -> Iterator[None]:
    """Toss the same coins as a rehearsal with this seed."""
    known: dict[str, float] = {}

    def toss(_: str, sha256: str) -> float:
        if not known:
            hashes, _features = taken(data)
            known.update(zip(hashes, coins_of(seed, len(hashes)).tolist(), strict=True))
        return known[sha256]

    with mock.patch.object(coins, "coin", toss):
        yield


def taken(data: DataSet) -> tuple[list[str], Features]:
    """Return hashes and features that the first project took."""
    if data.taken is None:
        raise AssertionError("the pipeline takes the features")
    return data.taken


def play(ctx: Context, data: DataSet, error: float, confidence: float, seed: int) -> Cost:
    """Take a project from nothing to its delivery."""
    project = ctx.store.projects.create(
        ProjectSettings(
            name=f"{data.name}-{error:g}-{seed}".replace(".", "-"),
            task=TaskType.CLASSIFICATION,
            source=str(data.folder),
            classes=label_classes(sorted(set(data.labels.values()))),
            error=error,
            confidence=confidence,
            seed=seed,
            keep_busy=False,
            second_look=False,
        )
    )
    claim = ctx.store.cycles.claim(ctx.store.cycles.ensure(project.id).id, f"run-{project.id}")
    ingest.ingest(ctx, claim, silent)
    upload.upload(ctx, claim, silent)
    register.register(ctx, claim)
    with coins_of_a_rehearsal(data, seed):
        learn(ctx, claim, data)
        while (asked := rounds.open_next_round(ctx, claim)) is not None:
            answer(ctx, project, asked, data.labels)
            learn(ctx, claim, data)
    report = complete.complete(ctx, claim)
    paths = {image.sha256: image.paths[0] for image in ctx.store.images.iterate(project.id)}
    finals = list(ctx.store.snapshots.final_labels(project.id))
    wrong = sum(row.value != ClassLabel(label=data.labels[paths[row.sha256]]) for row in finals)
    count = report.images
    allowed = report.certificate.inputs.wrong_allowed if report.certificate else 0
    return Cost(
        looked=1.0 - report.accepted / count,
        tagged=(report.human.manual + report.human.review) / count,
        audited=report.human.audit / count,
        wrong=wrong / count,
        broken=wrong > allowed,
        people=frozenset(row.sha256 for row in finals if row.by is not FinalKind.ACCEPTED),
        asked=tuple(
            frozenset(answer.sha256 for answer in ctx.store.rounds.answers(one.id))
            for one in ctx.store.rounds.list(claim.cycle_id)
            if one.kind is RoundKind.MANUAL
        ),
        committed=tuple(chunks(ctx, claim)),
    )


def chunks(ctx: Context, claim: Claim) -> Iterator[frozenset[str]]:
    """Yield the images whose labels were committed together."""
    walk = ctx.store.walks.of(claim.cycle_id)
    if walk is None:
        return
    log = [one.sha256 for one in ctx.store.walks.commits(walk.id)]
    query = select(walk_chunks.c.first, walk_chunks.c.size).order_by(walk_chunks.c.first)
    with ctx.store.database.read() as connection:
        for first, size in connection.execute(query.where(walk_chunks.c.walk_id == walk.id)):
            yield frozenset(log[first : first + size])


def rehearsed(data: DataSet, error: float, confidence: float, seed: int) -> Cost:
    """Return what the rehearsal says of the same images and features."""
    bench, (hashes, _) = _bench_set(data), taken(data)
    went = rehearse(bench.ground, bench.truth, bench.classes, error, confidence, seed)
    wrong = int((went.delivered != bench.truth).sum())
    return Cost(
        looked=went.share,
        tagged=(went.tags + went.rest) / len(bench),
        audited=went.audited / len(bench),
        wrong=wrong / len(bench),
        broken=wrong > int(error * len(bench) + 1e-9),
        people=frozenset(hashes[i] for i in np.flatnonzero(went.looked)),
        asked=tuple(frozenset(hashes[i] for i in images) for images in went.asked),
        committed=tuple(frozenset(hashes[i] for i in images) for images in went.committed),
    )


_sets: dict[str, BenchSet] = {}


def _bench_set(data: DataSet) -> BenchSet:
    if data.name not in _sets:
        _, features = taken(data)
        _sets[data.name] = make_set(data.name, features, np.array(data.truth))
    return _sets[data.name]


def rows(data: DataSet, errors: Sequence[float], options: argparse.Namespace) -> Iterator[str]:
    """Yield a line for each promise, as soon as it is known."""
    for error in errors:
        both: dict[str, list[Cost]] = {"pipeline": [], "rehearsal": []}
        for seed in range(options.seeds):
            with tempfile.TemporaryDirectory(prefix="tenfold-through-") as home:
                ctx = make_context(Settings(home=Path(home), views=1 if data.given else 3))
                try:
                    both["pipeline"].append(play(ctx, data, error, options.confidence, seed))
                finally:
                    ctx.store.close()
            both["rehearsal"].append(rehearsed(data, error, options.confidence, seed))
        for way, costs in both.items():
            yield _line(data, error, way, costs)
        yield _alike(both["pipeline"], both["rehearsal"])


def _line(data: DataSet, error: float, way: str, costs: list[Cost]) -> str:
    looked = np.array([cost.looked for cost in costs])
    parts = [np.mean([getattr(cost, name) for cost in costs]) for name in _PARTS]
    shares = " ".join(f"{part:>8.1%}" for part in parts)
    spread = looked.std(ddof=1) if len(looked) > 1 else float("nan")
    broken = sum(cost.broken for cost in costs)
    share = f"{looked.mean():>7.1%} {spread:>6.1%}"
    return f"{data.name:16} {error:>4.0%} {way:10} {share} {shares} {broken:>7}"


def _alike(pipeline: Sequence[Cost], rehearsal: Sequence[Cost]) -> str:
    """Say how many of the images that people looked at are the same in both."""
    shares = [
        len(one.people & other.people) / len(one.people | other.people)
        for one, other in zip(pipeline, rehearsal, strict=True)
    ]
    same = sum(share == 1.0 for share in shares)
    return (
        f"people look at the same images in {same} of {len(shares)}; {np.mean(shares):.1%} in all"
    )


_PARTS = ("tagged", "audited", "wrong")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="*", default=[DIGITS], help="folders, or the word digits")
    parser.add_argument("--errors", default="0.05", help="ε, with commas between")
    parser.add_argument("--confidence", type=float, default=0.95, help="1 − δ")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    errors, began = [float(error) for error in options.errors.split(",")], time.monotonic()
    print("set                 ε  way         looked     sd   tagged  audited    wrong  broken")
    with tempfile.TemporaryDirectory(prefix="tenfold-sets-") as scratch:
        for data in options.data:
            for line in rows(data_set(data, Path(scratch)), errors, options):
                print(line, flush=True)
    print(f"{options.seeds} seeds, {options.confidence:.0%} sure; {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
