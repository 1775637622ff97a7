"""A certificate with all that somebody needs who has to rely on it: one record, and one page."""

import base64
from collections import Counter
from collections.abc import Iterable
from importlib import resources

from models.certificate import AnyCertificate, Certificate, WalkCertificate
from models.label import TaskType
from models.project import Project
from models.record import Moment, Record, now
from models.round import RoundKind
from tenfold import percent
from tenfold.pipeline.context import Context
from tenfold.pipeline.pictures import TITLES, picture_name
from tenfold.pipeline.recompute import Certified, Recomputed, certified, recompute
from tenfold.pipeline.statement import percent_left


class SheetModel(Record):
    """A model version whose labels are covered."""

    id: str
    number: int
    trained_on: int
    """Images with a label that it learned from."""
    snapshot_id: str
    labels: int | None
    """Labels of it that were committed; None: all are of this one."""


class SheetDataset(Record):
    """The dataset version that is delivered."""

    id: str
    number: int
    images: int
    sha256: str
    """Of its manifest."""


class Sheet(Record):
    """What is claimed, how it was measured, of what, and by whom it was approved."""

    project: str
    task: TaskType
    classes: tuple[str, ...]
    source: str
    claim: str
    measured: tuple[str, ...]
    """How, a sentence each."""
    not_covered: tuple[str, ...]
    """What the claim doesn't say, a sentence each."""
    models: tuple[SheetModel, ...]
    dataset: SheetDataset | None
    approved_by: str
    approved_via: str
    approved_at: Moment
    note: str
    """Of who approved it."""
    certificate: AnyCertificate
    erased: int
    """Images that were erased for good since it was measured."""
    recomputed: Recomputed | None
    """None: it wasn't recomputed for this sheet."""
    printed_at: Moment


def sheet(ctx: Context, name: str, *, verify: bool) -> Sheet:
    """Gather what belongs to a project's newest certificate.

    Args:
        ctx: the stores.
        name: the project.
        verify: whether it is recomputed, too.

    Raises:
        NotFoundError: no such project, or it has no certificate.
    """
    found = certified(ctx, name)
    project, certificate = found.project, found.certificate
    by, via, at, note = _approval(ctx, certificate)
    return Sheet(
        project=project.name,
        task=project.task,
        classes=project.class_names,
        source=project.source,
        claim=certificate.statement,
        measured=tuple(_measured(certificate)),
        not_covered=(*_ended(ctx, project, certificate), *_not_covered(certificate)),
        models=tuple(_models(ctx, certificate)),
        dataset=_dataset(ctx, found),
        approved_by=by,
        approved_via=via,
        approved_at=at,
        note=note,
        certificate=certificate,
        erased=ctx.store.erasures.of_version(project.id, found.cycle.dataset_version),
        recomputed=recompute(ctx, found) if verify else None,
        printed_at=now(),
    )


def page(shown: Sheet, picture: bytes | None = None) -> str:
    """Render a sheet as one HTML page that needs nothing but itself.

    Args:
        shown: what the page says.
        picture: a PNG of how it was measured.
    """
    from jinja2 import Environment, StrictUndefined

    text = resources.files("tenfold.pipeline").joinpath("sheet.html").read_text()
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = percent.chosen
    return environment.from_string(text).render(
        sheet=shown,
        certificate=shown.certificate,
        picture="" if picture is None else base64.b64encode(picture).decode(),
        picture_title=TITLES[picture_name(shown.certificate)],
    )


def _approval(
    ctx: Context, certificate: Certificate | WalkCertificate
) -> tuple[str, str, Moment, str]:
    if isinstance(certificate, WalkCertificate):
        return (
            certificate.approved_by,
            certificate.approved_via.value,
            certificate.created_at,
            "",
        )
    approval = ctx.store.rounds.approval(certificate.round_id)
    if approval is None:
        return "tenfold", "rule", certificate.created_at, ""
    return approval.by, approval.via.value, approval.at, approval.note


def _measured(certificate: Certificate | WalkCertificate) -> list[str]:
    common = [
        "People tagged these images blind: nobody who answered had seen what the model says.",
        (
            "Every image that was asked for was answered. Skipped and unreadable ones count as "
            "errors of the model."
        ),
        (
            f"A label counts as wrong where it disagrees with {certificate.measured_against}. "
            "Answers were frozen; later edits don't change this certificate."
        ),
    ]
    if isinstance(certificate, WalkCertificate):
        return [_of_walk(certificate), *common]
    return [_of_look(certificate), *common]


def _of_look(certificate: Certificate) -> str:
    said = certificate.inputs
    if certificate.classes:
        parts = sum(one.audited > 0 for one in certificate.classes)
        return (
            f"An audit of each class: the model and its proposals were frozen, then {said.audited} "
            f"of the {said.pool} images that nobody had tagged were drawn at random, class by "
            f"class (seed {said.seed}), and asked in one round, mixed. The risk of "
            f"{percent_left(said.confidence)} is split evenly between {parts} audited classes."
        )
    return (
        f"One audit: the model and its proposals were frozen, then {said.audited} of the "
        f"{said.pool} images that nobody had tagged were drawn at random (seed {said.seed})."
    )


def _of_walk(certificate: WalkCertificate) -> str:
    said = certificate.inputs
    rates = ", ".join(percent.computed(rate) for rate in said.rates)
    return (
        f"A walk: {said.commits} labels were committed one by one. After each commit a sealed coin "
        f"decided whether a person looks at the image, with a chance of {rates} after 0, 1, 2, … "
        f"wrong ones. {said.audited} were looked at. The coins follow from a seed whose hash was "
        "recorded before the first commit."
    )


def _ended(ctx: Context, project: Project, certificate: Certificate | WalkCertificate) -> list[str]:
    """Say which measurements were ended before this one: each of them was another try."""
    return [
        f"That it was not the first try: in cycle {cycle.number} another was ended. "
        f"{cycle.ended_because}"
        for cycle in ctx.store.cycles.list(project.id)
        if cycle.ended_at is not None and cycle.id != certificate.cycle_id
        if any(each.kind is RoundKind.AUDIT for each in ctx.store.rounds.list(cycle.id))
    ]


def _not_covered(certificate: Certificate | WalkCertificate) -> list[str]:
    said = certificate.inputs
    together = (
        "Single classes or single images: the claim is about all delivered labels together. "
        f"All {said.wrong_allowed} may be in one class."
    )
    if isinstance(certificate, Certificate) and certificate.classes:
        together = (
            "Single images, and which images of a class are missing: the claim is about the labels "
            "that were delivered as each class, not about all images that belong to it."
        )
    return [
        "How often people themselves are wrong: labels are compared with people's answers.",
        together,
        "Images that were left out: skipped as unusable, unreadable files, exact copies.",
        "Labels that were imported: nobody here looked at them.",
        "Images that come later: they are another dataset version, with a certificate of its own.",
        "Labels that were edited after the delivery.",
        (
            f"The remaining risk: with a chance of at most {percent_left(said.confidence)} such a "
            "measurement looks this good although more labels are wrong."
        ),
    ]


def _models(ctx: Context, certificate: Certificate | WalkCertificate) -> list[SheetModel]:
    if isinstance(certificate, Certificate):
        return [_model(ctx, certificate.inputs.model_version, None)]
    commits = ctx.store.walks.commits(certificate.id)
    counted: Iterable[tuple[str, int]] = Counter(one.model_version for one in commits).items()
    return [_model(ctx, version, count) for version, count in counted]


def _model(ctx: Context, version: str, labels: int | None) -> SheetModel:
    model = ctx.store.models.get(version)
    return SheetModel(
        id=model.id,
        number=model.number,
        trained_on=model.trained_on,
        snapshot_id=model.snapshot_id,
        labels=labels,
    )


def _dataset(ctx: Context, found: Certified) -> SheetDataset | None:
    number = found.cycle.dataset_version
    if number is None:
        return None
    version = ctx.store.datasets.get(found.project.id, number)
    return SheetDataset(
        id=version.id, number=version.number, images=version.images, sha256=version.sha256
    )
