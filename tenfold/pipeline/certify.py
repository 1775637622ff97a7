"""Step 9, certify and accept: what an audit allows to be delivered unseen."""

from collections.abc import Sequence

from models.certificate import Certificate, CertificateInputs, ClassAudit, ClassClaim
from models.cycle import Claim
from models.prelabel import ModelVersion
from models.project import Project
from models.record import now
from models.round import Round, RoundKind, RoundState
from tenfold.errors import ConflictError
from tenfold.learning.certificate import OneLook, one_look, order_sha256
from tenfold.learning.each_class import allowed_of, class_looks
from tenfold.pipeline import walking
from tenfold.pipeline.context import Context
from tenfold.pipeline.frozen import FrozenLook, frozen_look
from tenfold.pipeline.statement import measured_against, statement, with_meaning

ACCEPT_TRIES = 5
"""A late answer may come between the count of people's labels and the acceptance."""


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
    for _ in range(ACCEPT_TRIES - 1):
        try:
            return _accept(ctx, claim, audit)
        except ConflictError:
            continue
    return _accept(ctx, claim, audit)


def _accept(ctx: Context, claim: Claim, audit: Round) -> None:
    project = ctx.project(claim)
    if audit.model_version is None:
        raise AssertionError("an audit has a frozen model")
    model = ctx.store.models.get(audit.model_version)
    params = ctx.store.rounds.params(audit.id)
    frozen = frozen_look(ctx, project, audit.id, model.id, int(params["seed"]))
    images = min(int(params["images"]), ctx.deliverable(claim))
    # Audits that were drawn before the promise was frozen with them say none.
    promise = {name: params.get(name, getattr(project, name)) for name in ("error", "confidence")}
    project = project.model_copy(update=promise)
    classes: tuple[ClassClaim, ...] = ()
    if "classes" in params:
        audits = [ClassAudit.model_validate(each) for each in params["classes"]]
        look, classes = _look_at_each(ctx, claim, project, frozen, audits)
    else:
        look = one_look(frozen.order, frozen.wrong, images, project.error, project.confidence)
    inputs = _inputs(project, model, look, frozen, (images, int(params["seed"])))
    against = measured_against(audit.overlap)  # as asked, whatever the project says by now
    record = Certificate(
        id=f"{audit.id}-look",
        project_id=project.id,
        cycle_id=claim.cycle_id,
        round_id=audit.id,
        inputs=inputs,
        accepted=len(look.accepted),
        by_people=images - len(look.accepted),
        least_confidence=look.least_confidence,
        statement=with_meaning(
            statement(inputs, len(look.accepted), classes),
            project.task,
            against,
            ctx.store.images.uncounted(claim),
        ),
        measured_against=against,
        pool_sha256=order_sha256(frozen.order),
        pool_lines="hash and label",
        classes=classes,
        created_at=now(),
    )
    ctx.store.certificates.accept(claim, record, look.accepted)


def _look_at_each(
    ctx: Context, claim: Claim, project: Project, frozen: FrozenLook, audits: Sequence[ClassAudit]
) -> tuple[OneLook, tuple[ClassClaim, ...]]:
    """Return what may be accepted of all classes together, and what is claimed of each."""
    untouched = set(ctx.store.images.pool(project.id, ctx.version(claim)))
    looks = class_looks(
        frozen.order,
        frozen.wrong,
        audits,
        ctx.store.rounds.people_by_class(claim),
        frozenset(one.sha256 for one in frozen.order if one.sha256 not in untouched),
        (project.error, project.confidence),
    )
    claims = tuple(look.claim for look in looks)
    accepted = {sha for look in looks for sha in look.accepted}
    kept = [one for one in frozen.order if one.sha256 in accepted]
    tolerated = [c.errors_tolerated for c in claims if c.errors_tolerated is not None]
    together = OneLook(
        wrong_allowed=allowed_of(claims),
        tolerated=sum(tolerated) if tolerated else None,
        audit_errors=sum(frozen.wrong.values()),
        accepted=[one.sha256 for one in kept],
        least_confidence=kept[-1].confidence if kept else None,
    )
    return together, claims


def _inputs(
    project: Project, model: ModelVersion, look: OneLook, frozen: FrozenLook, draw: tuple[int, int]
) -> CertificateInputs:
    images, seed = draw
    return CertificateInputs(
        images=images,
        pool=len(frozen.order),
        error=project.error,
        confidence=project.confidence,
        wrong_allowed=look.wrong_allowed,
        audited=len(frozen.wrong),
        errors_tolerated=look.tolerated,
        audit_errors=look.audit_errors,
        seed=seed,
        model_version=model.id,
        snapshot_id=model.snapshot_id,
    )
