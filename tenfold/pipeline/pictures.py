"""The pictures of a report: how sure the model was, how it learned, what it delivered."""

import numpy as np

from models.annotation import FinalKind
from models.certificate import Certificate, WalkCertificate
from models.label import Boxes, ClassLabel, LabelSet, Polygons
from models.project import Project
from tenfold.blobs import names
from tenfold.errors import BlobNotFoundError
from tenfold.pipeline.context import Context

EXAMPLES = 15
COLUMNS = 5

TITLES = {
    "examples": "Labels of the model that are delivered unseen, drawn at random",
    "coverage": "Errors to be expected in the model's labels, from the surest on",
    "learning-curve": "Right in cross-validation, by tagged images",
}
"""What each picture shows."""


def make_pictures(ctx: Context, project: Project, cycle_id: str) -> dict[str, bytes]:
    """Draw what there is to draw; PNG bytes by the names of `TITLES`."""
    drawn = {
        "examples": _examples(ctx, project),
        "coverage": _coverage(ctx, ctx.store.certificates.latest(cycle_id)),
        "learning-curve": _learning_curve(ctx, project),
    }
    return {name: picture for name, picture in drawn.items() if picture is not None}


def stored_pictures(ctx: Context, project: Project, cycle_number: int) -> list[str]:
    """Return the names of the pictures that a cycle's report has."""
    return [
        name for name in TITLES if ctx.blobs.exists(names.picture(project.id, cycle_number, name))
    ]


def _coverage(ctx: Context, certificate: Certificate | WalkCertificate | None) -> bytes | None:
    from tenfold.learning.plots import coverage_curve

    if not isinstance(certificate, Certificate):
        return None  # the labels of a walk come from several models
    pool = set(ctx.store.rounds.frozen_pool(certificate.round_id))
    frozen = ctx.store.models.prelabels(certificate.inputs.model_version)
    confidence = [prelabel.confidence for prelabel in frozen if prelabel.sha256 in pool]
    least = certificate.least_confidence
    reached = sum(sure >= least for sure in confidence) if least is not None else 0
    return coverage_curve(confidence, certificate.inputs.wrong_allowed, reached)


def _learning_curve(ctx: Context, project: Project) -> bytes | None:
    from tenfold.learning.plots import learning_curve

    measured = [
        (model.trained_on, float(model.metrics["accuracy"]))
        for model in ctx.store.models.list(project.id)
        if "accuracy" in model.metrics
    ]
    if not measured:
        return None
    tags, accuracy = zip(*measured, strict=True)
    return learning_curve(tags, accuracy)


def _examples(ctx: Context, project: Project) -> bytes | None:
    """Show a few labels that nobody looked at, drawn at random."""
    from tenfold.learning.plots import montage

    accepted = [
        (row.sha256, caption(row.value))
        for row in ctx.store.snapshots.final_labels(project.id)
        if row.by is FinalKind.ACCEPTED
    ]
    if not accepted:
        return None
    rng = np.random.default_rng(project.seed)
    chosen = rng.choice(len(accepted), min(EXAMPLES, len(accepted)), replace=False)
    tiles = [(_thumbnail(ctx, accepted[i][0]), accepted[i][1]) for i in chosen]
    return montage(tiles, COLUMNS)


def _thumbnail(ctx: Context, sha256: str) -> bytes:
    try:
        return ctx.blobs.get(names.view(sha256, "thumb"))
    except BlobNotFoundError:
        return b""


def caption(value: ClassLabel | LabelSet | Boxes | Polygons) -> str:
    """Say a label in a few words."""
    match value:
        case ClassLabel(label=label):
            return label
        case LabelSet(labels=labels):
            return ", ".join(labels) or "none"
        case Boxes(boxes=boxes):
            return f"{len(boxes)} boxes"
        case Polygons(polygons=polygons):
            return f"{len(polygons)} polygons"
