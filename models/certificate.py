"""The certificate: at most ε of the delivered labels are wrong, with confidence 1 − δ.

There are two ways to one: a look at an audit of a frozen model, and a walk.
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag, TypeAdapter

from models.record import Fraction, Moment, Record, Sha256
from models.round import ApprovedVia


class CertificateInputs(Record):
    """Everything that is needed to recompute a certificate, apart from the audit's rows."""

    images: int
    """N: labels delivered in all."""
    pool: int
    """N′: images without a human tag when the model was frozen."""
    error: float
    """ε."""
    confidence: float
    """1 − δ."""
    wrong_allowed: int
    """K = ⌊ε·N⌋."""
    audited: int
    """n: images drawn uniformly, without replacement, from the pool after the freeze."""
    errors_tolerated: int | None
    """x_c; None: the audit is too small and nothing is accepted."""
    audit_errors: int
    """Audit images where the person and the frozen pre-label disagree, skips included."""
    seed: int
    """Of the draw and of the order of ties."""
    model_version: str
    snapshot_id: str


class ClassAudit(Record):
    """The audit of one class, where each is certified for itself, as frozen with the draw."""

    label: str
    pool: int
    """N′_c: images without a human tag that the frozen model puts into this class."""
    human: int
    """h_c: labels of this class that people had given."""
    planned: int
    """m_c ≤ N′_c: labels of the pool that were planned to be delivered at least."""
    wrong_allowed: int
    """K_c = ⌊ε·(h_c + m_c)⌋."""
    audited: int
    """n_c: images drawn from this pool; 0: people do the class."""


class ClassClaim(ClassAudit):
    """What became of the audit of one class."""

    errors_tolerated: int | None = None
    """x_c, with the class's share of δ; None: nothing may be accepted."""
    audit_errors: int = 0
    reached: int = 0
    """Labels, audited ones left out, before audit error x_c + 1."""
    by_people: int = 0
    """Labels of this class that people had given when the audit was closed."""
    accepted: int = 0
    """Of those reached, the ones that nobody had spoken of; all or none.

    None where K_c is more than ε of `by_people` and these together.
    """


class Certificate(Record):
    """What may be said of the delivered labels after one look, and how it was measured."""

    kind: Literal["look"] = "look"
    id: str
    project_id: str
    cycle_id: str
    round_id: str
    inputs: CertificateInputs
    accepted: int
    """Machine labels that it covers."""
    by_people: int
    """Delivered labels that people gave."""
    least_confidence: Fraction | None = None
    """Of the last accepted pre-label."""
    statement: str
    """The claim in one sentence."""
    measured_against: str = "the answers of one person for each audited image"
    pool_sha256: Sha256
    """Of the pool's images in the frozen order, one a line."""
    pool_lines: Literal["hash", "hash and label"] = "hash"
    """What such a line says: older certificates leave out the label, which is written as JSON."""
    classes: tuple[ClassClaim, ...] = ()
    """Where each class is certified for itself: what is claimed of each."""
    created_at: Moment


class WalkInputs(Record):
    """Everything that is needed to recompute a walk's certificate, apart from its commits."""

    images: int
    """N: labels that the cycle delivers, counted when the walk was opened."""
    error: float
    """ε."""
    confidence: float
    """1 − δ."""
    wrong_allowed: int
    """K = ⌊ε·N⌋."""
    rates: tuple[float, ...]
    """r_0 … r_(J−1)."""
    commits: int
    """Labels that were committed."""
    audited: int
    """Looks: committed images that people answered blind."""
    audit_errors: int
    """j: looks before the end at which the person disagreed, skips included."""
    delivered: int
    """Commits whose coins showed tails before the end."""
    seal_commitment: Sha256
    """SHA-256 of the seed, known before the first commit."""
    seed: str | None = None
    """Of the coins, 32 bytes in hexadecimal; revealed with the delivery."""
    log_sha256: Sha256
    """Of the log of commits; see `tenfold.learning.walk.verify.log_sha256`."""


class WalkCertificate(Record):
    """What may be said of the delivered labels after a walk, and how it was measured."""

    kind: Literal["walk"] = "walk"
    id: str
    """That of the walk."""
    project_id: str
    cycle_id: str
    round_id: str | None = None
    """The walk's last audit round; None where no coin showed heads."""
    inputs: WalkInputs
    accepted: int
    """Machine labels that it covers: delivered ones whose images are still there, and that no
    person has spoken of since."""
    by_people: int
    """Delivered labels that people gave, or still have to give."""
    least_confidence: Fraction | None = None
    """Not known of a walk: its labels come from several models."""
    statement: str
    """The claim in one sentence, and how it came about in another."""
    measured_against: str = "the answers of one person for each audited image"
    approved_by: str = "tenfold"
    """Who approved the delivery."""
    approved_via: ApprovedVia = ApprovedVia.RULE
    created_at: Moment


def _kind(value: Any) -> str:
    """Certificates that were stored before there was a walk say no kind."""
    found = value.get("kind", "look") if isinstance(value, dict) else value.kind
    return str(found)


AnyCertificate = Annotated[
    Annotated[Certificate, Tag("look")] | Annotated[WalkCertificate, Tag("walk")],
    Discriminator(_kind),
]
any_certificate: TypeAdapter[Certificate | WalkCertificate] = TypeAdapter(AnyCertificate)
