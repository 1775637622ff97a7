"""What features are taken from.

One view of each image at first; more of them, taken by other networks, and a network that is fitted
to the project's tags, where they pay.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from models.cycle import Claim, StepState
from models.cycle import Step as StepRecord
from models.dataset import DatasetVersion, SnapshotPurpose
from models.job import EmbedJob, TrainJob, Tuning, job_adapter
from models.label import TaskType
from models.project import FinishMode
from tenfold.blobs import names
from tenfold.errors import BlobNotFoundError
from tenfold.learning.decode import OTHERS, effort, in_turn
from tenfold.learning.tolerance import wrong_allowed
from tenfold.learning.walk.ladder import least_looks
from tenfold.pipeline.context import Context
from tenfold.pipeline.freezing import freeze_labels
from tenfold.pipeline.plan import USUAL_SECONDS
from tenfold.pipeline.prospects import look, standing_of

SPARED = 0.3
"""Part of the looks beyond the least possible that two further views by other networks were seen to
save on photographs of clothes (0.19 to 0.22) and on faces (0.31 to 0.52), on average."""
SPARED_BY_TUNING = 0.15
"""The same of a tuned network. A second of waiting for it is taken to be worth one of people's,
whatever the settings say of further views."""
VIEW_SECONDS = 0.01
"""A view of an image through EfficientNet-Lite0 at 224 pixels on two cores, decoding included: what
is expected of a machine before it has embedded anything."""
TUNING_VIEWS = 30
"""So many views of an image take as long as tuning a network on a tag."""
FIRST_LOOKS, LOOKS_A_CLASS = 10, 2
"""Looks beyond the least possible that are expected before there is a model: as many as a small
first round asks for."""
TUNABLE = "efficientnet-lite0"
LEAST_TO_TUNE, LEAST_A_CLASS = 200, 20
"""Tags, and tags a class, without which tuning isn't tried."""
TUNE_AGAIN = 2
"""It is tried again with so many times the tags."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the features that a cycle works with are taken from."""

    views: int
    others: tuple[str, ...] = ()
    """Networks that take the views after the first in turn with the backbone; none: it takes all,
    as in projects that had further views before other networks came in."""
    tuning: Tuning | None = None
    tried: int = 0
    """Tags that the last tuning was tried with, whether it paid or not."""

    def prefix(self, project_id: str, backbone: str) -> str:
        """Return where the features lie."""
        base = self.frozen(project_id, backbone)
        if self.tuning is None:
            return base
        return names.tuned_features(self.tuning.base, Path(self.tuning.snapshot).stem)

    def frozen(self, project_id: str, backbone: str) -> str:
        """Return where the features lie that no tag has touched."""
        return names.features(project_id, backbone, self.views, self.others)


def embedding(ctx: Context, claim: Claim, version: DatasetVersion) -> EmbedJob:
    """Return the job that takes the features of a dataset version that the cycle should have."""
    wanted = wanted_features(ctx, claim)
    backbone = ctx.settings.backbone
    first = in_turn(backbone, wanted.others, wanted.views)[0]
    known = names.features(claim.project_id, backbone)
    return EmbedJob(
        project_id=claim.project_id,
        manifest=version.manifest,
        backbone=backbone,
        views=wanted.views,
        others=wanted.others,
        first_view=known if wanted.views > 1 and first[0] == backbone else None,
        tuning=wanted.tuning,
        out=wanted.prefix(claim.project_id, backbone),
    )


def features(ctx: Context, claim: Claim) -> str:
    """Return the prefix of the features that the cycle works with."""
    return known_features(ctx, claim).prefix(claim.project_id, ctx.settings.backbone)


def model_features(ctx: Context, project_id: str, model_id: str) -> str:
    """Return the prefix of the features that a model was trained on."""
    job = _train_job(ctx, project_id, model_id)
    return job.features if job else names.features(project_id, ctx.settings.backbone)


def frozen_features(ctx: Context, project_id: str, model_id: str) -> str:
    """Return the prefix of the features under a model that no tag has touched."""
    job = _train_job(ctx, project_id, model_id)
    if job is not None and job.tuning is not None:
        return job.tuning.base
    return model_features(ctx, project_id, model_id)


def wanted_features(ctx: Context, claim: Claim) -> Known:
    """Return what features should be taken from from now on; never less than so far.

    Better ones are wanted where they are likely to save people enough seconds for what they cost
    the machine.
    """
    known, images = known_features(ctx, claim), ctx.deliverable(claim)
    people = cache(lambda: _seconds_beyond_least(ctx, claim))  # a look at the whole cycle
    view_seconds = _view_seconds(ctx, claim)
    more = _more_views(ctx, known)
    if more.views > known.views and known.tuning is None:
        backbone = ctx.settings.backbone
        taken = in_turn(backbone, known.others, known.views)
        added = [take for take in in_turn(backbone, more.others, more.views) if take not in taken]
        machine = view_seconds * images * sum(effort(*take) for take in added)
        if ctx.settings.patience * SPARED * people() > machine:
            return more
    tags = _tags_to_tune_on(ctx, claim, known)
    machine = view_seconds * (images + TUNING_VIEWS * tags)
    if tags and SPARED_BY_TUNING * people() > machine:
        return _tuned(ctx, claim, known)
    return known


def _view_seconds(ctx: Context, claim: Claim) -> float:
    """Return how long a view of an image takes, as the cycle's last embedding measured it."""
    found = VIEW_SECONDS
    for step in ctx.store.cycles.steps(claim.cycle_id):
        if step.name == "embed" and step.state is StepState.DONE:
            found = float(step.detail.get("view_seconds") or found)
    return found


def _more_views(ctx: Context, known: Known) -> Known:
    """Return as many views as there may be; those that were taken already stay as they are."""
    views = max(ctx.settings.views, known.views)
    others = OTHERS.get(ctx.settings.backbone, ()) if known.views == 1 else known.others
    return replace(known, views=views, others=others[: views - 1])


def _tags_to_tune_on(ctx: Context, claim: Claim, known: Known) -> int:
    """Return how many tags a network may be tuned on; 0 where it may not, or they are too few."""
    project, settings = ctx.project(claim), ctx.settings
    able = settings.fine_tune and settings.backbone == TUNABLE
    if not able or project.task is not TaskType.CLASSIFICATION:
        return 0
    tags = sum(1 for _ in ctx.store.snapshots.final_labels(project.id, human_only=True))
    least = max(LEAST_TO_TUNE, LEAST_A_CLASS * len(project.classes), TUNE_AGAIN * known.tried)
    return tags if tags >= least else 0


def _tuned(ctx: Context, claim: Claim, known: Known) -> Known:
    """Add a tuning on today's tags."""
    project = ctx.project(claim)
    snapshot = freeze_labels(ctx, claim, SnapshotPurpose.TRAINING, human_only=True)
    tuning = Tuning(
        snapshot=snapshot.blob,
        labels=snapshot.labels,
        classes=project.class_names,
        base=known.frozen(project.id, ctx.settings.backbone),
        seed=project.seed,
    )
    return replace(known, tuning=tuning, tried=snapshot.labels)


def known_features(ctx: Context, claim: Claim) -> Known:
    """Return what the cycle's features are taken from: its last embedding, or the last model's."""
    known, model = Known(1), ctx.store.models.latest(claim.project_id)
    job = _train_job(ctx, claim.project_id, model.id) if model else None
    if job is not None:
        tried = job.tuning.labels if job.tuning else 0
        known = Known(job.views, job.others, job.tuning, tried)
    for step in ctx.store.cycles.steps(claim.cycle_id):
        if step.name == "embed" and step.state is StepState.DONE:
            known = _after(ctx, claim, step, known)
    return known


def _after(ctx: Context, claim: Claim, step: StepRecord, known: Known) -> Known:
    views = int(step.detail.get("views") or 1)
    if views <= known.views and "pays" not in step.detail:
        return known
    job = job_adapter.validate_json(
        ctx.blobs.get(f"{names.job(claim.project_id, step.key)}/job.json")
    )
    if not isinstance(job, EmbedJob):
        raise TypeError(f"{step.key} is no embedding job")
    if views > known.views:
        known = replace(known, views=views, others=job.others)
    if job.tuning is None:
        return known
    tried = max(known.tried, job.tuning.labels)
    return replace(known, tuning=job.tuning if step.detail["pays"] else known.tuning, tried=tried)


def _train_job(ctx: Context, project_id: str, model_id: str) -> TrainJob | None:
    try:
        text = ctx.blobs.get(f"{names.job(project_id, model_id)}/job.json")
    except BlobNotFoundError:
        return None
    job = job_adapter.validate_json(text)
    return job if isinstance(job, TrainJob) else None


def _seconds_beyond_least(ctx: Context, claim: Claim) -> float:
    """Return people's seconds at looks beyond the least possible, as they are expected by now.

    0 where no look could be spared: nothing is certified, or a model can't say what comes.
    """
    project = ctx.project(claim)
    classes = project.task in (TaskType.CLASSIFICATION, TaskType.MULTILABEL)
    if not classes or project.finish_mode is not FinishMode.CERTIFIED:
        return 0.0
    if ctx.store.models.latest(project.id) is None:
        return max(FIRST_LOOKS, LOOKS_A_CLASS * len(project.classes)) * USUAL_SECONDS
    view = look(ctx, claim)
    move = standing_of(view).move
    if move is None:
        return 0.0
    allowed = wrong_allowed(view.images, project.error)
    least = least_looks(len(view.surest), allowed, project.confidence)
    return max(0.0, move.expected_looks - least) * USUAL_SECONDS
