"""How many views of each image features are taken from: one at first, more where they pay."""

from models.cycle import Claim, StepState
from models.dataset import DatasetVersion
from models.job import EmbedJob, TrainJob, job_adapter
from models.label import TaskType
from models.project import FinishMode
from tenfold.blobs import names
from tenfold.errors import BlobNotFoundError
from tenfold.learning.tolerance import wrong_allowed
from tenfold.learning.walk.ladder import least_looks
from tenfold.pipeline.context import Context
from tenfold.pipeline.plan import USUAL_SECONDS
from tenfold.pipeline.prospects import look, standing_of

SPARED = 0.12
"""Part of the looks beyond the least possible that further views were seen to save."""
MACHINE_SECONDS = 0.03
"""Of a core, a further view of an image."""


def embedding(ctx: Context, claim: Claim, version: DatasetVersion) -> EmbedJob:
    """Return the job that takes features of a dataset version from as many views as wanted."""
    views = wanted_views(ctx, claim)
    return EmbedJob(
        project_id=claim.project_id,
        manifest=version.manifest,
        backbone=ctx.settings.backbone,
        views=views,
        out=names.features(claim.project_id, ctx.settings.backbone, views),
    )


def features(ctx: Context, claim: Claim) -> str:
    """Return the prefix of the features that the cycle works with."""
    return names.features(claim.project_id, ctx.settings.backbone, known_views(ctx, claim))


def model_features(ctx: Context, project_id: str, model_id: str) -> str:
    """Return the prefix of the features that a model was trained on."""
    job = _train_job(ctx, project_id, model_id)
    return job.features if job else names.features(project_id, ctx.settings.backbone)


def wanted_views(ctx: Context, claim: Claim) -> int:
    """Return how many views the cycle should work with from now on; never fewer than so far."""
    known = known_views(ctx, claim)
    more = ctx.settings.views
    return more if more > known and _pay(ctx, claim, more - known) else known


def known_views(ctx: Context, claim: Claim) -> int:
    """Return how many views the cycle works with: those of its embedding, or of the last model."""
    embedded = [
        int(step.detail.get("views") or 1)
        for step in ctx.store.cycles.steps(claim.cycle_id)
        if step.name == "embed" and step.state is StepState.DONE
    ]
    model = ctx.store.models.latest(claim.project_id)
    job = _train_job(ctx, claim.project_id, model.id) if model else None
    return max([1, *embedded, job.views if job else 1])


def _train_job(ctx: Context, project_id: str, model_id: str) -> TrainJob | None:
    try:
        text = ctx.blobs.get(f"{names.job(project_id, model_id)}/job.json")
    except BlobNotFoundError:
        return None
    job = job_adapter.validate_json(text)
    return job if isinstance(job, TrainJob) else None


def _pay(ctx: Context, claim: Claim, more: int) -> bool:
    """Whether further views are likely to save people more seconds than they cost the machine."""
    project = ctx.project(claim)
    classes = project.task in (TaskType.CLASSIFICATION, TaskType.MULTILABEL)
    if not classes or project.finish_mode is not FinishMode.CERTIFIED:
        return False
    view = look(ctx, claim)
    move = standing_of(view).move
    if move is None:
        return False
    allowed = wrong_allowed(view.images, project.error)
    least = least_looks(len(view.surest), allowed, project.confidence)
    spared = SPARED * max(0.0, move.expected_looks - least) * USUAL_SECONDS
    return spared > more * MACHINE_SECONDS * view.images
