"""How often certificates are broken, and what people look at: `python benchmarks/certificate.py`.

Each line certifies the same project thousands of times, against errors that an adversary placed.
The last lines use broken rules on purpose, to show that the table would show it.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

from tenfold.learning.audit_simulation import Design, place_errors, simulate
from tenfold.learning.certificate import errors_tolerated, smallest_audit, wrong_allowed

PLACES = ("first", "last", "blocks", "random", "spread", "rising")
Rule = Callable[[int, int, float, float, int], int | None]


def designs(images: int, error: float) -> list[Design]:
    """Return designs that tolerate 0, 1, 2 and 5 audit errors."""
    pool = images * 9 // 10
    base = Design(images, pool, error, 0.95, 0)
    sizes = [smallest_audit(images, pool, error, 0.95, x) for x in (0, 1, 2, 5)]
    return [replace(base, audited=n) for n in sizes if n is not None]


def row(design: Design, draws: int, rule: Rule, name: str) -> str:
    """Return the share of broken certificates, and the looks where errors grow towards the end."""
    tolerated = rule(design.images, design.pool, design.error, design.confidence, design.audited)
    allowed = wrong_allowed(design.images, design.error)
    just_enough = allowed + 1 + (tolerated or 0)
    broken = [
        simulate(design, place_errors(place, design, just_enough, draws, 1), seed, rule).broken
        for seed, place in enumerate(PLACES)
    ]
    good = place_errors("rising", design, allowed, draws, 3)
    looks = simulate(design, good, 4, rule).looked_at
    counted = tolerated if tolerated is not None else "none"
    return (
        f"{name:10} {design.images:>7} {design.error:>5.0%} {design.audited:>6} {counted:>9} "
        f"{sum(broken) / len(broken):>8.2%} {looks:>8.1%}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=4000, help="certificates a place")
    draws = parser.parse_args().draws
    began = time.perf_counter()
    print("rule        images error  audit tolerated   broken  looks at")
    for images, error in ((400, 0.05), (1000, 0.05), (1000, 0.02)):
        for design in designs(images, error):
            print(row(design, draws, errors_tolerated, "tenfold"))
    for more in (1, 3):
        print(row(designs(1000, 0.05)[1], draws, _generous(more), f"x_c + {more}"))
    print(f"{len(PLACES) * draws} certificates a line, with just enough errors to break them")
    print(f"5 % are promised; {time.perf_counter() - began:.1f} s")


def _generous(more: int) -> Rule:
    def rule(images: int, pool: int, error: float, confidence: float, audited: int) -> int:
        return (errors_tolerated(images, pool, error, confidence, audited) or 0) + more

    return rule


if __name__ == "__main__":
    main()
