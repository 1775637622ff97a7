"""Step 9, certify and accept: what an audit allows to be delivered unseen."""

from models.annotation import Annotation
from models.certificate import Certificate, CertificateInputs
from models.cycle import Claim
from models.prelabel import ModelVersion, Prelabel
from models.project import Project
from models.record import now
from models.round import Round, RoundKind, RoundState
from tenfold.learning.certificate import OneLook, frozen_order, one_look, pool_sha256
from tenfold.pipeline import walking
from tenfold.pipeline.context import Context
from tenfold.pipeline.statement import measured_against, statement
from tenfold.task_types import task_kind


def close_round(ctx: Context, claim: Claim, round_id: str) -> None:
    """Draw the consequences of a closed round: of an audit the certificate, of a walk the rest."""
    ctx.store.rounds.settle(round_id)
    certify_closed_audits(ctx, claim)
    walking.go_on(ctx, claim)


def certify_closed_audits(ctx: Context, claim: Claim) -> None:
    """Certify every approved look of the cycle that has no certificate yet."""
    certificate = ctx.store.certificates.latest(claim.cycle_id)
    for audit in ctx.store.rounds.list(claim.cycle_id):
        of_look = audit.kind is RoundKind.AUDIT and audit.walk_id is None
        closed = audit.state is RoundState.CLOSED
        if of_look and closed and (certificate is None or certificate.round_id != audit.id):
            _certify(ctx, claim, audit)


def _certify(ctx: Context, claim: Claim, audit: Round) -> None:
    project = ctx.project(claim)
    if audit.model_version is None:
        raise AssertionError("an audit has a frozen model")
    model = ctx.store.models.get(audit.model_version)
    params = ctx.store.rounds.params(audit.id)
    order = _frozen(ctx, audit, model, int(params["seed"]))
    answers = ctx.store.rounds.answers(audit.id)
    wrong = audit_wrong(project, order, answers)
    images = min(int(params["images"]), ctx.deliverable(claim))
    look = one_look(order, wrong, images, project.error, project.confidence)
    hashes = [prelabel.sha256 for prelabel in order]
    inputs = _inputs(project, model, look, images, (len(order), len(wrong), int(params["seed"])))
    record = _record(claim, audit, project, look, inputs, pool_sha256(hashes))
    ctx.store.certificates.accept(claim, record, look.accepted)


def _frozen(ctx: Context, audit: Round, model: ModelVersion, seed: int) -> list[Prelabel]:
    """Return the pool's pre-labels in the order that was frozen with the draw."""
    pool = set(ctx.store.rounds.frozen_pool(audit.id))
    members = [p for p in ctx.store.models.prelabels(model.id) if p.sha256 in pool]
    return frozen_order(members, seed)


def audit_wrong(
    project: Project, order: list[Prelabel], answers: list[Annotation]
) -> dict[str, bool]:
    """Say for each audited image whether the frozen pre-label is an error; a skip is one."""
    proposed = {prelabel.sha256: prelabel.value for prelabel in order}
    kind = task_kind(project.task)
    return {
        answer.sha256: answer.value is None
        or not kind.agrees(proposed[answer.sha256], answer.value)
        for answer in answers
    }


def _inputs(
    project: Project, model: ModelVersion, look: OneLook, images: int, draw: tuple[int, int, int]
) -> CertificateInputs:
    pool, audited, seed = draw
    return CertificateInputs(
        images=images,
        pool=pool,
        error=project.error,
        confidence=project.confidence,
        wrong_allowed=look.wrong_allowed,
        audited=audited,
        errors_tolerated=look.tolerated,
        audit_errors=look.audit_errors,
        seed=seed,
        model_version=model.id,
        snapshot_id=model.snapshot_id,
    )


def _record(
    claim: Claim,
    audit: Round,
    project: Project,
    look: OneLook,
    inputs: CertificateInputs,
    pool: str,
) -> Certificate:
    return Certificate(
        id=f"{audit.id}-look",
        project_id=project.id,
        cycle_id=claim.cycle_id,
        round_id=audit.id,
        inputs=inputs,
        accepted=len(look.accepted),
        by_people=inputs.images - len(look.accepted),
        least_confidence=look.least_confidence,
        statement=statement(inputs, len(look.accepted)),
        measured_against=measured_against(project.overlap),
        pool_sha256=pool,
        created_at=now(),
    )
