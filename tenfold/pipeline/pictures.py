"""The pictures of a report: how sure the model was, how it learned, what it delivered."""

from collections.abc import Iterable

import numpy as np

from models.annotation import FinalKind
from models.certificate import Certificate, WalkCertificate
from models.label import Boxes, ClassLabel, LabelSet, Polygons
from models.project import Project
from tenfold import percent
from tenfold.blobs import BlobStore, names
from tenfold.errors import BlobNotFoundError
from tenfold.pipeline.context import Context

EXAMPLES = 15
COLUMNS = 5

TITLES = {
    "examples": "Labels of the model that are delivered unseen, drawn at random",
    "coverage": "Errors to be expected in the model's labels, from the surest on",
    "walk": "The walk: labels committed, looked at, and found wrong",
    "classes": "Labels of each class, and how many of the model's may be wrong",
    "learning-curve": "Right in cross-validation, by tagged images",
}
"""What each picture shows."""


def make_pictures(ctx: Context, project: Project, cycle_id: str) -> dict[str, bytes]:
    """Draw what there is to draw; PNG bytes by the names of `TITLES`."""
    certificate = ctx.store.certificates.latest(cycle_id)
    measured = {} if certificate is None else dict([picture_of(ctx, certificate)])
    drawn = {
        "examples": _examples(ctx, project),
        **measured,
        "learning-curve": _learning_curve(ctx, project),
    }
    return {name: picture for name, picture in drawn.items() if picture is not None}


def stored_pictures(
    blobs: BlobStore, project: Project, cycle_number: int, wanted: Iterable[str] = TITLES
) -> list[str]:
    """Return which of the wanted pictures a cycle's report has."""
    return [name for name in wanted if blobs.exists(names.picture(project.id, cycle_number, name))]


def picture_name(certificate: Certificate | WalkCertificate) -> str:
    """Return which of `TITLES` shows how a certificate was measured."""
    if isinstance(certificate, WalkCertificate):
        return "walk"
    return "classes" if certificate.classes else "coverage"


def picture_of(ctx: Context, certificate: Certificate | WalkCertificate) -> tuple[str, bytes]:
    """Draw how a certificate was measured; return the picture's name of `TITLES` and a PNG."""
    name = picture_name(certificate)
    if isinstance(certificate, WalkCertificate):
        return name, _walk(ctx, certificate)
    return name, _classes(certificate) if certificate.classes else _coverage(ctx, certificate)


def _walk(ctx: Context, certificate: WalkCertificate) -> bytes:
    from tenfold.learning.plots import walk_steps

    said = certificate.inputs
    ladder, log, errors = len(said.rates), [], 0
    for commit in ctx.store.walks.commits(certificate.id):
        if errors == ladder:
            break  # what is behind the last rung went to people
        log.append(commit)
        errors += bool(commit.wrong)
    return walk_steps(
        [one.wrong for one in log],
        [one.model_version for one in log],
        said.images,
        f"At most {said.wrong_allowed} of {said.images} labels wrong, "
        f"{percent.chosen(said.confidence)} sure",
    )


def _classes(certificate: Certificate) -> bytes:
    from tenfold.learning.plots import class_shares

    claims = certificate.classes
    return class_shares(
        [one.label for one in claims],
        [one.by_people for one in claims],
        [one.accepted for one in claims],
        [one.wrong_allowed for one in claims],
    )


def _coverage(ctx: Context, certificate: Certificate) -> bytes:
    from tenfold.learning.plots import coverage_curve

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
