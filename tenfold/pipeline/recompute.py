"""A project's certificate, and recomputing it from what the label store kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.annotation import FinalKind
from models.certificate import Certificate, ClassAudit, WalkCertificate
from models.cycle import Cycle
from models.label import LabelValue
from models.project import Project
from models.record import Record
from tenfold import percent
from tenfold.errors import NotFoundError
from tenfold.learning.certificate import (
    PoolRow,
    draw_audit,
    one_look,
    order_sha256,
    verify,
)
from tenfold.learning.each_class import (
    accepted_of,
    allowed_of,
    recomputed_looks,
    verify_classes,
)
from tenfold.learning.tolerance import wrong_allowed
from tenfold.learning.walk.coins import commitment
from tenfold.learning.walk.ladder import risk_of
from tenfold.learning.walk.verify import keeps_promise, log_sha256, replay, verify_walk
from tenfold.pipeline.context import Context
from tenfold.pipeline.frozen import FrozenLook, frozen_look
from tenfold.pipeline.statement import percent_left
from tenfold.store.older_lists import agreeing

Shown = str | int | float | None


class Figure(Record):
    """A number of a certificate, and the same recomputed."""

    name: str
    stated: Shown
    found: Shown
    holds: bool


class Recomputed(Record):
    """What became of a certificate when it was recomputed."""

    figures: tuple[Figure, ...]
    problems: tuple[str, ...]
    """What doesn't hold, a sentence each; empty where everything does."""
    erased: int = 0
    """Images that were erased for good: what they showed and what was said of them is gone, so
    that the numbers are found no more, and their differences say nothing."""


@dataclass(frozen=True, slots=True)
class Certified:
    """A project's newest certificate, and the cycle that it is of."""

    project: Project
    cycle: Cycle
    certificate: Certificate | WalkCertificate


def certified(ctx: Context, name: str) -> Certified:
    """Return the newest certificate of a project.

    Raises:
        NotFoundError: no such project, or it has none.
    """
    project = ctx.store.projects.get(name)
    for cycle in reversed(ctx.store.cycles.list(project.id)):
        certificate = ctx.store.certificates.latest(cycle.id)
        if certificate is None:
            continue
        if cycle.ended_at is not None:
            raise NotFoundError(
                f"The certificate of project {name} claims nothing any more: {cycle.ended_because}",
                "The next one comes with the labels that are delivered unseen.",
            )
        return Certified(project, cycle, certificate)
    raise NotFoundError(
        f"Project {name} has no certificate yet.",
        f"It comes with the labels that are delivered unseen; see `tenfold status {name}`.",
    )


def recompute(ctx: Context, found: Certified) -> Recomputed:
    """Recompute a certificate from the stored audit or walk, and compare the labels it covers."""
    made = (
        _walk(ctx, found, found.certificate)
        if isinstance(found.certificate, WalkCertificate)
        else _look(ctx, found, found.certificate)
    )
    erased = ctx.store.erasures.of_version(found.project.id, found.cycle.dataset_version)
    return made.model_copy(update={"erased": erased, "problems": ()}) if erased else made


def _look(ctx: Context, found: Certified, certificate: Certificate) -> Recomputed:
    said = certificate.inputs
    frozen = frozen_look(ctx, found.project, certificate.round_id, said.model_version, said.seed)
    covered, figures, problems = (_each if certificate.classes else _whole)(certificate, frozen)
    problems += _of_draw(certificate, ctx.store.rounds.params(certificate.round_id))
    order = order_sha256(frozen.order, certificate.pool_lines)
    shared = (
        _figure("images in the pool (N′)", said.pool, len(frozen.order)),
        _figure("images audited (n)", said.audited, len(frozen.wrong)),
        _figure("audit errors", said.audit_errors, sum(frozen.wrong.values())),
        _figure("hash of the frozen order", certificate.pool_sha256, order),
    )
    pool = {one.sha256 for one in frozen.order}
    proposed = {one.sha256: one.value for one in frozen.order if one.sha256 in covered}
    return Recomputed(
        figures=(*shared, *figures),
        problems=(*problems, *_of_labels(ctx, found, pool, proposed)),
    )


Checked = tuple[set[str], list[Figure], list[str]]
"""Images that are covered, numbers, and what doesn't hold."""


def _whole(certificate: Certificate, frozen: FrozenLook) -> Checked:
    """Recompute a claim about all labels together."""
    said, wrong = certificate.inputs, frozen.wrong
    look = one_look(frozen.order, wrong, said.images, said.error, said.confidence)
    hashes = [one.sha256 for one in frozen.order]
    drawn = draw_audit(hashes, min(len(wrong), len(hashes)), said.seed)
    rows = [PoolRow(one, wrong.get(one.sha256)) for one in frozen.order]
    figures = [
        _figure("wrong labels allowed (K)", said.wrong_allowed, look.wrong_allowed),
        _figure("audited, drawn by the seed", said.audited, len(set(drawn) & set(wrong))),
        _figure("audit errors tolerated", said.errors_tolerated, look.tolerated),
        _figure("labels of the model accepted", certificate.accepted, len(look.accepted)),
        _figure("least confidence of these", certificate.least_confidence, look.least_confidence),
    ]
    return set(look.accepted), figures, verify(certificate, rows)


def _each(certificate: Certificate, frozen: FrozenLook) -> Checked:
    """Recompute the claims about single classes."""
    said, claims = certificate.inputs, certificate.classes
    promise = (said.error, said.confidence)
    looks = recomputed_looks(claims, frozen.order, frozen.wrong, promise)
    figures = [
        _figure(f"{claim.label}: {name}", stated, true)
        for claim, look in zip(claims, looks, strict=True)
        if claim.audited
        for name, stated, true in (
            ("audit errors", claim.audit_errors, look.claim.audit_errors),
            ("tolerated", claim.errors_tolerated, look.claim.errors_tolerated),
            ("labels before one more", claim.reached, look.claim.reached),
        )
    ]
    together = [
        _figure("wrong labels allowed", said.wrong_allowed, allowed_of(claims)),
        _figure("labels of the model accepted", certificate.accepted, accepted_of(claims)),
    ]
    covered = {
        sha
        for claim, look in zip(claims, looks, strict=True)
        if claim.accepted
        for sha in look.accepted
    }
    problems = verify_classes(claims, frozen.order, frozen.wrong, said.seed, promise)
    order = order_sha256(frozen.order, certificate.pool_lines)
    if order != certificate.pool_sha256:
        problems.append("The frozen order or its labels are others than when it was certified.")
    problems += [_other(one) for one in together if not one.holds]
    return covered, [*together, *figures], problems


def _of_draw(certificate: Certificate, params: Mapping[str, Any]) -> list[str]:
    """Compare what is claimed of each class with what was frozen before the draw."""
    stated = [one.model_dump(include=set(ClassAudit.model_fields)) for one in certificate.classes]
    if stated == params.get("classes", []):
        return []
    return ["What was fixed of each class before the draw is other than the certificate says."]


def _other(figure: Figure) -> str:
    return (
        f"The number of {figure.name} is {figure.found}, but the certificate says {figure.stated}."
    )


def _walk(ctx: Context, found: Certified, certificate: WalkCertificate) -> Recomputed:
    said, commits = certificate.inputs, ctx.store.walks.commits(certificate.id)
    resolution = replay(commits, said.seed or "", said.rates)
    risk, allowed = risk_of(said.wrong_allowed, said.rates), wrong_allowed(said.images, said.error)
    looks = sum(one.wrong is not None for one in commits)
    delivered = set(resolution.delivered)
    covered = {one.sha256: one.value for one in commits if one.sha256 in delivered}
    figures = (
        _figure("wrong labels allowed (K)", said.wrong_allowed, allowed),
        Figure(
            name="risk of more (δ)",
            stated=f"≤ {percent_left(said.confidence)}",
            found=percent.computed(risk),
            holds=keeps_promise(said.wrong_allowed, said.rates, said.confidence),
        ),
        _figure("labels committed", said.commits, len(commits)),
        _figure("of these, looked at", said.audited, looks),
        _figure("audit errors (j)", said.audit_errors, resolution.errors),
        _figure("labels delivered by the walk", said.delivered, len(delivered)),
        _figure("hash of the seed", said.seal_commitment, commitment(said.seed or "")),
        _figure("hash of the log", said.log_sha256, log_sha256(commits)),
    )
    problems = verify_walk(certificate, commits, agreeing(found.project))
    committed = {one.sha256 for one in commits}
    return Recomputed(
        figures=figures, problems=(*problems, *_of_labels(ctx, found, committed, covered))
    )


def _figure(name: str, stated: Shown, found: Shown) -> Figure:
    return Figure(name=name, stated=stated, found=found, holds=stated == found)


def _of_labels(
    ctx: Context, found: Certified, ours: set[str], covered: Mapping[str, LabelValue]
) -> list[str]:
    """Compare the labels that count now with those that the certificate covers.

    Args:
        ctx: the stores.
        found: the certificate.
        ours: hashes of all images that it speaks of.
        covered: the labels of the model that it covers.
    """
    finals = ctx.store.snapshots.final_labels(found.project.id, found.cycle.dataset_version)
    problems = []
    for final in finals:
        if final.by is not FinalKind.ACCEPTED or final.sha256 not in ours:
            continue
        if final.sha256 not in covered:
            problems.append(f"Image {final.sha256} was delivered unseen, but isn't covered.")
        elif final.value != found.project.today(covered[final.sha256]):
            problems.append(f"Image {final.sha256} carries another label than was certified.")
    return problems
