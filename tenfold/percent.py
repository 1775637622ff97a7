"""Shares in percent: what somebody chose is written whole, a bound is never rounded down."""

from decimal import ROUND_CEILING, Context, Decimal


def chosen(share: float) -> str:
    """Write a share that somebody chose, to its last digit: 0.05 → `5 %`, 0.9995 → `99.95 %`."""
    return f"{(100 * Decimal(repr(float(share)))).normalize():f} %"


def computed(share: float) -> str:
    """Write a share that was computed, to three digits."""
    return f"{100 * share:.3g} %"


def at_most(part: int, whole: int) -> str:
    """Write a bound to three digits, never below what it is: 97 of 1,929 → `5.03 %`."""
    rounded = Context(prec=3, rounding=ROUND_CEILING).divide(Decimal(100 * part), Decimal(whole))
    return f"{rounded.normalize():f} %"
