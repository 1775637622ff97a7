"""Step 9, certify and accept: what an audit allows to be delivered unseen."""

from models.annotation import Annotation
from models.certificate import Certificate, CertificateInputs
from models.cycle import Claim
from models.prelabel import ModelVersion, Prelabel
from models.project import Project
from models.record import now
from models.round import Round, RoundKind, RoundState
from tenfold.learning.certificate import OneLook, frozen_order, one_look, pool_sha256
from tenfold.pipeline.context import Context
from tenfold.task_types import task_kind


def close_round(ctx: Context, claim: Claim, round_id: str) -> None:
    """Draw the consequences of a closed round; of an audit, the certificate."""
    ctx.store.rounds.settle(round_id)
    certify_closed_audits(ctx, claim)


def certify_closed_audits(ctx: Context, claim: Claim) -> None:
    """Certify every approved audit of the cycle that has no certificate yet."""
    certificate = ctx.store.certificates.latest(claim.cycle_id)
    for audit in ctx.store.rounds.list(claim.cycle_id):
        closed = audit.kind is RoundKind.AUDIT and audit.state is RoundState.CLOSED
        if closed and (certificate is None or certificate.round_id != audit.id):
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
        measured_against=_measured_against(project),
        pool_sha256=pool,
        created_at=now(),
    )


def _measured_against(project: Project) -> str:
    if project.overlap == 1:
        return "the answer of one person for each audited image"
    return f"the consensus of {project.overlap} people for each audited image"


def percent(share: float) -> str:
    """Write a share as a short percentage: 0.05 → `5 %`, 0.125 → `12.5 %`."""
    return f"{100 * share:.3g} %"


def statement(inputs: CertificateInputs, accepted: int) -> str:
    """Say in one sentence what the certificate claims, or why it claims nothing."""
    if inputs.errors_tolerated is None:
        return (
            f"Nothing is certified: an audit of {inputs.audited} images is too small to show "
            f"that at most {percent(inputs.error)} are wrong."
        )
    if accepted == 0:
        return (
            "No label of the model is delivered unseen: its surest proposals were already wrong "
            f"in the audit ({inputs.audit_errors} of {inputs.audited})."
        )
    claim = (
        f"At most {percent(inputs.error)} of the {inputs.images} delivered labels "
        f"({inputs.wrong_allowed}) are wrong, {percent(inputs.confidence)} sure"
    )
    machine = f"{accepted} of them are the model's"
    if inputs.wrong_allowed < accepted:
        bound = percent(inputs.wrong_allowed / accepted)
        return f"{claim}; {machine}, of which at most {bound} are wrong."
    return f"{claim}; {machine}."
