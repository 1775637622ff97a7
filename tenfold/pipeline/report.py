"""The report of a cycle: what people did, what the model did, and what may be claimed."""

import importlib.metadata
import platform
from collections.abc import Mapping

from models.annotation import Annotation, FinalKind
from models.certificate import Certificate, WalkCertificate
from models.label import Boxes, ClassLabel, LabelSet, Polygons
from models.project import FinishMode, Project
from models.report import HumanWork, ModelSummary, RoundSummary, RunReport, Wrong
from models.round import Round, RoundKind
from tenfold import percent
from tenfold.pipeline.context import Context
from tenfold.pipeline.statement import of_each_class, with_meaning
from tenfold.store.images import Uncounted
from tenfold.task_types import task_kind

SECONDS_TAG = 3.3
"""Seconds of a person to choose one class of a few, looking included."""

SECONDS_CHECK = 1.0
"""Seconds to check a proposed class in a grid: a third to a quarter of tagging it."""

SECONDS_SHAPE = 7.0
"""Seconds a box drawn by four extreme clicks: Papadopoulos et al., Extreme clicking, ICCV 2017."""

SECONDS_LOOK = 2.0
"""Seconds to look over an image for boxes."""

Value = ClassLabel | LabelSet | Boxes | Polygons


def build_report(
    ctx: Context,
    project: Project,
    cycle_id: str,
    truth: Mapping[str, Value] | None = None,
    flow_run_url: str | None = None,
) -> RunReport:
    """Put together the report of a cycle as it stands.

    Args:
        ctx: the stores.
        project: whose cycle it is.
        cycle_id: the cycle.
        truth: true value by image hash; None: `wrong` is not known.
        flow_run_url: link to the flow run.
    """
    rounds = [r for r in ctx.store.rounds.list(cycle_id) if r.answered or not r.backlog]
    counts = ctx.store.images.counts(project.id)
    certificate = ctx.store.certificates.latest(cycle_id)
    finals, wrong = _compare(ctx, project, truth)
    human = _human_work(ctx, project, rounds, counts.images)
    excluded = counts.images - sum(finals.values())
    return RunReport(
        project=project.name,
        task=project.task,
        images=counts.images,
        quarantined=counts.quarantined,
        duplicates=counts.duplicates,
        excluded=excluded,
        human=human,
        accepted=finals.get(FinalKind.ACCEPTED, 0),
        wrong=wrong,
        certificate=certificate,
        claim=claim(project, certificate, finals, excluded),
        rounds=tuple(_summary(ctx, project, r) for r in rounds),
        models=tuple(
            ModelSummary(version=m.number, trained_on=m.trained_on, metrics=m.metrics)
            for m in ctx.store.models.list(project.id)
        ),
        steps=_step_seconds(ctx, cycle_id),
        flow_run_url=flow_run_url,
        versions=versions(),
    )


def claim(
    project: Project,
    certificate: Certificate | WalkCertificate | None,
    finals: Mapping[FinalKind, int],
    excluded: int,
) -> str:
    """Say what may be claimed of the delivered labels."""
    delivered = sum(finals.values())
    accepted = finals.get(FinalKind.ACCEPTED, 0)
    imported = finals.get(FinalKind.IMPORTED, 0)
    if delivered == 0:
        return "Nothing is labeled yet, so nothing can be claimed."
    if certificate is not None and accepted > 0:
        said = _certified(certificate, delivered - imported, excluded)
        return with_meaning(said, project.task, beside=Uncounted(imported, 0))
    if imported:
        return (
            f"{imported} of {delivered} labels were imported and are as good as their source; "
            "nothing is certified."
        )
    if certificate is not None:
        return f"{certificate.statement} Every delivered label is a person's."
    if project.finish_mode is FinishMode.REVIEW:
        return (
            "Every delivered label was checked by a person; how often people err is not measured."
        )
    return "Every delivered label is a person's; how often people err is not measured."


def _certified(certificate: Certificate | WalkCertificate, delivered: int, excluded: int) -> str:
    said, measured = certificate.inputs, f"measured against {certificate.measured_against}."
    if isinstance(certificate, Certificate) and certificate.classes:
        return f"{of_each_class(certificate.inputs, certificate.classes)}, {measured}"
    images = min(delivered, said.images)
    bound = percent.chosen(said.error)
    if excluded and said.wrong_allowed / images > said.error:
        bound = percent.at_most(said.wrong_allowed, images)
    return (
        f"At most {bound} of the {images} delivered labels are wrong, "
        f"{percent.chosen(said.confidence)} sure, {measured}"
    )


def versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    names = ("tenfold", "prefect", "torch", "torchvision", "scikit-learn", "numpy")
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _compare(
    ctx: Context, project: Project, truth: Mapping[str, Value] | None
) -> tuple[dict[FinalKind, int], Wrong | None]:
    finals: dict[FinalKind, int] = {}
    wrong = compared = 0
    kind = task_kind(project.task)
    for row in ctx.store.snapshots.final_labels(project.id):
        finals[row.by] = finals.get(row.by, 0) + 1
        if truth is not None and row.sha256 in truth:
            compared += 1
            wrong += not kind.agrees(row.value, truth[row.sha256])
    if truth is None:
        return finals, None
    return finals, Wrong(count=wrong, share=wrong / compared if compared else 0.0)


def _human_work(ctx: Context, project: Project, rounds: list[Round], images: int) -> HumanWork:
    looked: dict[RoundKind, set[str]] = {kind: set() for kind in RoundKind}
    actions, seconds = 0, 0.0
    for asked in rounds:
        for answer in ctx.store.rounds.answers(asked.id):
            looked[asked.kind].add(answer.sha256)
            actions += answer.actions
            seconds += seconds_of(project, asked.kind, answer)
    seen = set().union(*looked.values())
    return HumanWork(
        manual=len(looked[RoundKind.MANUAL]),
        review=len(looked[RoundKind.REVIEW]),
        audit=len(looked[RoundKind.AUDIT]),
        share=len(seen) / images if images else 0.0,
        actions=actions,
        seconds_estimated=round(seconds, 1),
    )


def seconds_of(project: Project, kind: RoundKind, answer: Annotation) -> float:
    """Estimate the seconds that an answer takes a person, by published paces."""
    proposed = answer.proposed if kind is RoundKind.REVIEW else None
    if isinstance(answer.value, Boxes | Polygons):
        steps = task_kind(project.task).corrections(proposed, answer.value)
        return SECONDS_LOOK + SECONDS_SHAPE * steps
    if proposed is not None and proposed == answer.value:
        return SECONDS_CHECK
    return SECONDS_TAG if proposed is None else SECONDS_CHECK + SECONDS_TAG


def _summary(ctx: Context, project: Project, asked: Round) -> RoundSummary:
    answers = ctx.store.rounds.answers(asked.id)
    approval = ctx.store.rounds.approval(asked.id)
    kind = task_kind(project.task)
    checked = [a for a in answers if a.proposed is not None and a.value is not None]
    agreed = sum(kind.agrees(a.proposed, a.value) for a in checked if a.proposed and a.value)
    return RoundSummary(
        number=asked.number,
        kind="backlog" if asked.backlog else asked.kind.value,
        images=asked.size,
        answered=asked.answered,
        skipped=sum(a.skip is not None for a in answers),
        agreed=agreed if checked else None,
        approved_by=approval.by if approval else None,
        approved_via=approval.via.value if approval else None,
    )


def _step_seconds(ctx: Context, cycle_id: str) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for step in ctx.store.cycles.steps(cycle_id):
        seconds[step.name] = round(seconds.get(step.name, 0.0) + step.seconds, 2)
    return seconds
