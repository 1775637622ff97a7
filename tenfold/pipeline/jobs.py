"""Steps 4, 6 and 7: what the GPU pool is asked to compute, and how its results come back.

A job is written as JSON under its own prefix; its name is a hash of what it says, so that the
same work asked for twice is the same job.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from models.cycle import Claim
from models.dataset import LabelSnapshot, SnapshotPurpose
from models.job import EmbedJob, JobReport, JobWait, PrelabelJob, TrainJob, job_adapter
from models.label import Boxes, TaskType
from models.prelabel import ModelVersion, Prelabel
from models.project import FinishMode, Project
from models.record import now
from tenfold.blobs import names
from tenfold.compute import job_report_blob
from tenfold.outcome import Outcome, Progress, folder_of
from tenfold.pipeline import views
from tenfold.pipeline.context import Context
from tenfold.pipeline.freezing import freeze_labels
from tenfold.pipeline.ingest import Report, batches
from tenfold.pipeline.near_duplicates import find_near_duplicates

LEAST_TAGS = {TaskType.CLASSIFICATION: 2, TaskType.MULTILABEL: 2, TaskType.BOXES: 4}
"""Tagged images without which training is not tried."""

PRELABEL_BATCH = 512
"""Pre-labels taken in by one transaction; labelers wait no longer than one takes."""


def embed_job(ctx: Context, claim: Claim) -> str | None:
    """Return the job that embeds this dataset version; None if it was done."""
    version = ctx.store.datasets.get(claim.project_id, ctx.version(claim))
    job = views.embedding(ctx, claim, version)
    return _begin(ctx, claim, job, "embed", version.images)


def take_in_embed(ctx: Context, claim: Claim, job_blob: str) -> None:
    """Note that a dataset version is embedded."""
    job = job_adapter.validate_json(ctx.blobs.get(job_blob))
    if not isinstance(job, EmbedJob):
        raise TypeError(f"{job_blob} is no embedding job")
    done = _job_report(ctx, job_blob)
    find_near_duplicates(ctx, claim, job)
    _finish(ctx, claim, job_blob, done, views=job.views, **done.metrics)


def train_job(ctx: Context, claim: Claim) -> str | None:
    """Return the job that trains on today's tags; None if there is nothing to gain."""
    project = ctx.project(claim)
    if not _worth_training(ctx, claim, project):
        return None
    snapshot = _freeze_tags(ctx, claim)
    if not _enough_tags(ctx, project, snapshot):
        return None
    version = ctx.store.datasets.get(project.id, ctx.version(claim))
    previous, known = ctx.store.models.latest(project.id), views.known_features(ctx, claim)
    job = TrainJob(
        project_id=project.id,
        task=project.task,
        classes=project.class_names,
        manifest=version.manifest,
        snapshot=snapshot.blob,
        features=known.prefix(project.id, ctx.settings.backbone),
        backbone=ctx.settings.backbone,
        views=known.views,
        others=known.others,
        tuning=known.tuning,
        detector=ctx.settings.detector,
        previous=previous.blob if previous else None,
        seed=project.seed,
        out=f"{names.job(project.id, f'train-{snapshot.id}')}/out",
    )
    if previous and previous.snapshot_id == snapshot.id:
        return None
    return _begin(ctx, claim, job, "train", snapshot.labels)


def take_in_model(ctx: Context, claim: Claim, job_blob: str) -> ModelVersion:
    """Take a trained model into the store and the registry."""
    job = job_adapter.validate_json(ctx.blobs.get(job_blob))
    if not isinstance(job, TrainJob):
        raise TypeError(f"{job_blob} is no training job")
    done = _job_report(ctx, job_blob)
    model = ModelVersion(
        id=_job_id(job_blob),
        project_id=claim.project_id,
        cycle_id=claim.cycle_id,
        number=ctx.store.models.next_number(claim.project_id),
        task=job.task,
        classes=job.classes,
        snapshot_id=Path(job.snapshot).stem,
        trained_on=done.done,
        blob=job.out,
        metrics=done.metrics,
        device=done.device,
        seconds=done.seconds,
        created_at=now(),
    )
    ctx.models.register(model, ctx.version(claim))
    ctx.store.models.add(claim, model)
    _finish(ctx, claim, job_blob, done)
    return model


def prelabel_job(ctx: Context, claim: Claim) -> str | None:
    """Return the job that pre-labels what has no final label; None if that was done."""
    project = ctx.project(claim)
    model = ctx.store.models.latest(project.id)
    if model is None or ctx.store.rounds.current(claim.cycle_id) is not None:
        return None
    wanted = ctx.remaining(claim)
    if not wanted or _covered(ctx, model.id, set(wanted)):
        return None
    version = ctx.store.datasets.get(project.id, ctx.version(claim))
    listing = "\n".join(wanted).encode()
    digest = hashlib.sha256(listing).hexdigest()[:16]
    prefix = names.job(project.id, f"prelabel-{model.id}-{digest}")
    ctx.blobs.put(f"{prefix}/images.txt", listing, media_type="text/plain")
    job = PrelabelJob(
        project_id=project.id,
        task=project.task,
        classes=model.classes,
        manifest=version.manifest,
        images=f"{prefix}/images.txt",
        features=views.model_features(ctx, project.id, model.id),
        backbone=ctx.settings.backbone,
        model=model.blob,
        out=f"{prefix}/out",
    )
    return _begin(ctx, claim, job, "prelabel", len(wanted))


def take_in_prelabels(ctx: Context, claim: Claim, job_blob: str, report: Report) -> int:
    """Take pre-labels into the store, a shard a transaction; return how many."""
    job = job_adapter.validate_json(ctx.blobs.get(job_blob))
    if not isinstance(job, PrelabelJob):
        raise TypeError(f"{job_blob} is no pre-labeling job")
    done = _job_report(ctx, job_blob)
    model_id = _job_id(f"{Path(job.model).parent}/job.json")
    taken = 0
    for shard in batches(read_prelabels(ctx, job.out), PRELABEL_BATCH):
        ctx.store.models.add_prelabels(claim, model_id, shard)
        taken += len(shard)
        report(taken, done.done)
    _finish(ctx, claim, job_blob, done)
    return taken


def read_prelabels(ctx: Context, prefix: str) -> Iterator[Prelabel]:
    """Yield the pre-labels of a job's shards, in their order."""
    for blob in ctx.blobs.list(f"{prefix}/shard-"):
        for line in ctx.blobs.get(blob.name).splitlines():
            yield Prelabel.model_validate_json(line)


def note_progress(
    ctx: Context, claim: Claim, job_blob: str, told: Progress | None
) -> Progress | None:
    """Note how far a job's step is, where the job says something new; return what it says."""
    at = Outcome(ctx.blobs, folder_of(job_blob)).progress()
    if at is not None and at != told:
        ctx.store.cycles.progress(claim, _job_id(job_blob), at.done, at.total)
    return at


def note_wait(
    ctx: Context, claim: Claim, job_blob: str, heard: JobWait | None, told: JobWait | None
) -> JobWait | None:
    """Note with a job's step why it doesn't begin, where that changed; return why.

    Args:
        ctx: stores and settings.
        claim: the cycle whose step the job is.
        job_blob: the job.
        heard: why its flow run doesn't begin. One that has begun may wait elsewhere: on Azure for
            a node, which it leaves word of beside the job.
        told: what was noted last.
    """
    if heard is None and ctx.settings.profile == "azure":
        heard = Outcome(ctx.blobs, folder_of(job_blob)).wait()
    if heard != told:
        ctx.store.cycles.note_wait(claim, _job_id(job_blob), heard)
    return heard


def _covered(ctx: Context, model_id: str, wanted: set[str]) -> bool:
    if ctx.store.models.prelabel_count(model_id) < len(wanted):
        return False
    for prelabel in ctx.store.models.prelabels(model_id):
        wanted.discard(prelabel.sha256)
    return not wanted


def _worth_training(ctx: Context, claim: Claim, project: Project) -> bool:
    """Whether a better model could still propose something to somebody."""
    return (
        project.finish_mode is not FinishMode.MANUAL
        and project.task in LEAST_TAGS
        and ctx.store.rounds.current(claim.cycle_id) is None
        and bool(ctx.remaining(claim))
    )


def _enough_tags(ctx: Context, project: Project, snapshot: LabelSnapshot) -> bool:
    if snapshot.labels < LEAST_TAGS[project.task]:
        return False
    if project.task is not TaskType.BOXES:
        return True
    return any(
        isinstance(row.value, Boxes) and row.value.boxes
        for row in ctx.store.snapshots.final_labels(project.id, human_only=True)
    )


def _freeze_tags(ctx: Context, claim: Claim) -> LabelSnapshot:
    return freeze_labels(ctx, claim, SnapshotPurpose.TRAINING, human_only=True)


def _job_id(job_blob: str) -> str:
    return Path(job_blob).parent.name


def _begin(
    ctx: Context, claim: Claim, job: EmbedJob | TrainJob | PrelabelJob, name: str, total: int
) -> str | None:
    """Write the job's file and begin its step; None if the step is done."""
    text = job.model_dump_json(indent=1)
    if isinstance(job, EmbedJob):
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        blob = f"{names.job(job.project_id, f'embed-{digest}')}/job.json"
    else:
        blob = f"{job.out.rsplit('/', 1)[0]}/job.json"
    if ctx.store.cycles.begin_step(claim, name, _job_id(blob), total=total) is None:
        return None
    ctx.blobs.put(blob, text.encode(), media_type="application/json")
    return blob


def _job_report(ctx: Context, job_blob: str) -> JobReport:
    return JobReport.model_validate(json.loads(ctx.blobs.get(job_report_blob(job_blob))))


def _finish(
    ctx: Context, claim: Claim, job_blob: str, done: JobReport, **more: str | float
) -> None:
    detail: dict[str, str | int | float | None] = {
        "done": done.done,
        "kept": done.kept,
        "seconds": round(done.seconds, 2),
        "device": done.device,
        **more,
    }
    ctx.store.cycles.progress(claim, _job_id(job_blob), done.done, done.done)
    ctx.store.cycles.finish_step(claim, _job_id(job_blob), detail)
