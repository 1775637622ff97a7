"""What a method delivered, and what is said of it by somebody who knows the truth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.human_share_methods.bench_set import BenchSet
from tenfold.learning.linear import Labels
from tenfold.learning.tolerance import wrong_allowed

Mask = NDArray[np.bool_]
Curve = tuple[tuple[float, float], ...]

TAG_SECONDS = 4.0
"""A person chooses the class of an image with no proposal in sight. A convention: only the ratio
to checking is published."""
CHECK_SECONDS = 0.3 * TAG_SECONDS
"""A person confirms a shown proposal: a third to a quarter of tagging. One that is wrong is then
tagged, too."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a method did with a set; a person's word is always the truth."""

    looked: Mask
    """(N,) images that a person looked at."""
    proposed: Labels
    """(N,) the model's labels: delivered where nobody looked, shown where somebody checked."""
    checked: Mask
    """(N,) of those looked at: the proposal was shown. Tags and audits are blind."""
    curve: Curve = ()
    """Share of tagged images, and the share of the others that the model then got right."""
    predicted: tuple[float, ...] = ()
    """Looks in all that were expected at each decision."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a delivery turned out."""

    share: float
    """Of images that a person looked at."""
    wrong: float
    """Share of wrong labels among all delivered ones."""
    broken: bool
    """More labels are wrong than was promised."""
    seconds: float
    """Of people's time."""
    curve: Curve = ()
    predicted: tuple[float, ...] = ()
    """Expected looks at each decision as multiples of the actual ones."""


def judge(bench: BenchSet, error: float, delivery: Delivery) -> Outcome:
    """Count looks, wrong labels and seconds of a delivery against the promise ⌊ε·N⌋."""
    mistaken = delivery.proposed != bench.truth
    wrong, looks = int((mistaken & ~delivery.looked).sum()), int(delivery.looked.sum())
    return Outcome(
        share=looks / len(bench),
        wrong=wrong / len(bench),
        broken=wrong > wrong_allowed(len(bench), error),
        seconds=_seconds(delivery, mistaken),
        curve=delivery.curve,
        predicted=tuple(expected / max(looks, 1) for expected in delivery.predicted),
    )


def _seconds(delivery: Delivery, mistaken: Mask) -> float:
    checked = delivery.looked & delivery.checked
    blind = int((delivery.looked & ~checked).sum())
    tagged = blind + int((checked & mistaken).sum())
    return TAG_SECONDS * tagged + CHECK_SECONDS * int(checked.sum())
