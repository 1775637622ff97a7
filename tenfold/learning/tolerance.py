"""How many audit errors may be met while labels are still accepted.

Whole numbers and fractions decide wherever rounding could: 0.29 · 100 is 29 here.
"""

from fractions import Fraction

from tenfold.learning.hypergeometric import at_most


def exactly(value: float) -> Fraction:
    """Return the fraction that a person means by a decimal: 0.05 is 1/20."""
    return Fraction(repr(float(value)))


def wrong_allowed(images: int, error: float) -> int:
    """Return K = ⌊ε·N⌋, the number of wrong labels that are allowed among N."""
    return int(exactly(error) * images)


def errors_tolerated(
    images: int, pool: int, error: float, confidence: float, audited: int
) -> int | None:
    """Return x_c, the largest number of audit errors before which labels may be accepted.

    Args:
        images: N, labels delivered in all.
        pool: N′, images without a human tag at the freeze.
        error: ε in (0, 1).
        confidence: 1 − δ in (0, 1).
        audited: n, drawn uniformly without replacement from the pool.

    Returns:
        The largest x ≤ n with K + 1 + x ≤ N′ and P(Hypergeometric(N′, K+1+x, n) ≤ x) ≤ δ;
        n where N′ − n ≤ K, since so many errors cannot be left; None where not even 0 qualifies.
    """
    return tolerable(wrong_allowed(images, error), pool, audited, 1 - exactly(confidence))


def tolerable(allowed: int, pool: int, audited: int, risk: Fraction) -> int | None:
    """Return x_c for a number of wrong labels that is fixed: `errors_tolerated` of K and δ.

    Args:
        allowed: K.
        pool: N′.
        audited: n.
        risk: δ.
    """
    if pool - audited <= allowed:
        return audited

    def qualifies(x: int) -> bool:
        return at_most(x, pool, allowed + 1 + x, audited, risk)

    # The chance grows with x: it is that of K + 1 misses before x + 1 hits.
    low, high = -1, min(audited, pool - allowed - 1) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if qualifies(middle) else (low, middle)
    return low if low >= 0 else None


def smallest_audit(
    images: int, pool: int, error: float, confidence: float, tolerate: int = 0
) -> int | None:
    """Return the least n that tolerates so many audit errors; None where no n does."""
    risk = 1 - exactly(confidence)
    return least_audit(wrong_allowed(images, error), pool, risk, tolerate)


def least_audit(allowed: int, pool: int, risk: Fraction, tolerate: int = 0) -> int | None:
    """Return the least n for K wrong labels and δ that are fixed; None where no n does."""

    def suffices(audited: int) -> bool:
        if pool - audited <= allowed:
            return True
        marked = allowed + 1 + tolerate
        return marked <= pool and at_most(tolerate, pool, marked, audited, risk)

    if tolerate > pool:
        return None
    low, high = tolerate - 1, pool
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high
