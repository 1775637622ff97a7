"""The certificate: at most ε of the delivered labels are wrong, with confidence 1 − δ."""

from models.record import Fraction, Moment, Record, Sha256


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


class Certificate(Record):
    """What may be said of the delivered labels, and how it was measured."""

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
    """Of the pool's image hashes in the frozen order, one a line."""
    created_at: Moment
