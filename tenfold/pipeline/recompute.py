"""A project's certificate, and recomputing it from what the label store kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.annotation import FinalKind
from models.certificate import Certificate, WalkCertificate
from models.cycle import Cycle
from models.label import LabelValue
from models.prelabel import Prelabel
from models.project import Project
from models.record import Record
from tenfold.errors import NotFoundError
from tenfold.learning.certificate import (
    PoolRow,
    draw_audit,
    frozen_order,
    one_look,
    pool_sha256,
    verify,
)
from tenfold.learning.tolerance import exactly, wrong_allowed
from tenfold.learning.walk.coins import commitment
from tenfold.learning.walk.ladder import risk_of
from tenfold.learning.walk.verify import keeps_promise, log_sha256, replay, verify_walk
from tenfold.pipeline.certify import audit_wrong
from tenfold.pipeline.context import Context
from tenfold.pipeline.statement import percent
from tenfold.task_types import task_kind

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
        if certificate is not None:
            return Certified(project, cycle, certificate)
    raise NotFoundError(
        f"Project {name} has no certificate yet.",
        f"It comes with the labels that are delivered unseen; see `tenfold status {name}`.",
    )


def recompute(ctx: Context, found: Certified) -> Recomputed:
    """Recompute a certificate from the stored audit or walk, and compare the labels it covers."""
    if isinstance(found.certificate, WalkCertificate):
        return _walk(ctx, found, found.certificate)
    return _look(ctx, found, found.certificate)


def _look(ctx: Context, found: Certified, certificate: Certificate) -> Recomputed:
    said, project = certificate.inputs, found.project
    pool = set(ctx.store.rounds.frozen_pool(certificate.round_id))
    members = [p for p in ctx.store.models.prelabels(said.model_version) if p.sha256 in pool]
    order = frozen_order(members, said.seed)
    wrong = audit_wrong(project, order, ctx.store.rounds.answers(certificate.round_id))
    look = one_look(order, wrong, said.images, said.error, said.confidence)
    hashes = [one.sha256 for one in order]
    drawn = draw_audit(hashes, min(len(wrong), len(hashes)), said.seed)
    rows = [PoolRow(one, wrong.get(one.sha256)) for one in order]
    covered = _proposed(order, set(look.accepted))
    figures = (
        _figure("images in the pool (N′)", said.pool, len(order)),
        _figure("wrong labels allowed (K)", said.wrong_allowed, look.wrong_allowed),
        _figure("images audited (n)", said.audited, len(wrong)),
        _figure("of these, drawn by the seed", said.audited, len(set(drawn) & set(wrong))),
        _figure("audit errors", said.audit_errors, look.audit_errors),
        _figure("audit errors tolerated", said.errors_tolerated, look.tolerated),
        _figure("labels of the model accepted", certificate.accepted, len(look.accepted)),
        _figure("least confidence of these", certificate.least_confidence, look.least_confidence),
        _figure("hash of the frozen order", certificate.pool_sha256, pool_sha256(hashes)),
    )
    return Recomputed(
        figures=figures,
        problems=(*verify(certificate, rows), *_of_labels(ctx, found, pool, covered)),
    )


def _walk(ctx: Context, found: Certified, certificate: WalkCertificate) -> Recomputed:
    said, commits = certificate.inputs, ctx.store.walks.commits(certificate.id)
    resolution = replay(commits, said.seed or "", said.rates)
    risk, allowed = risk_of(said.wrong_allowed, said.rates), wrong_allowed(said.images, said.error)
    looks = sum(one.wrong is not None for one in commits)
    delivered = set(resolution.delivered)
    covered = {one.sha256: one.value for one in commits if one.sha256 in delivered}
    limit = float(1 - exactly(said.confidence))
    figures = (
        _figure("wrong labels allowed (K)", said.wrong_allowed, allowed),
        Figure(
            name="risk of more (δ)",
            stated=f"≤ {percent(limit)}",
            found=percent(risk),
            holds=keeps_promise(said.wrong_allowed, said.rates, said.confidence),
        ),
        _figure("labels committed", said.commits, len(commits)),
        _figure("of these, looked at", said.audited, looks),
        _figure("audit errors (j)", said.audit_errors, resolution.errors),
        _figure("labels delivered by the walk", said.delivered, len(delivered)),
        _figure("hash of the seed", said.seal_commitment, commitment(said.seed or "")),
        _figure("hash of the log", said.log_sha256, log_sha256(commits)),
    )
    problems = verify_walk(certificate, commits, task_kind(found.project.task).agrees)
    committed = {one.sha256 for one in commits}
    return Recomputed(
        figures=figures, problems=(*problems, *_of_labels(ctx, found, committed, covered))
    )


def _figure(name: str, stated: Shown, found: Shown) -> Figure:
    return Figure(name=name, stated=stated, found=found, holds=stated == found)


def _proposed(order: Iterable[Prelabel], shas: set[str]) -> dict[str, LabelValue]:
    return {one.sha256: one.value for one in order if one.sha256 in shas}


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
        elif final.value != covered[final.sha256]:
            problems.append(f"Image {final.sha256} carries another label than was certified.")
    return problems
