"""Agreement of people beyond chance, from who said what of the same images."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from models.agreement import Agreement, LabelerAgreement, PairAgreement, Weighing

TWO = 2
Same = Callable[[str, str], bool]
"""Whether two answers, as they are stored, say the same."""
Overlap = Callable[[str, str], float | None]
"""How far the shapes of two answers coincide, from 0 to 1; None where one has no shapes."""


def _no_shapes(_one: str, _other: str) -> None:
    return None


def cohen_kappa(answers: Mapping[tuple[str, str], int]) -> float | None:
    """Return Cohen's kappa of two people; None where chance alone makes them agree.

    Args:
        answers: how often the one said the first and the other the second.

    Source:
        Cohen, A Coefficient of Agreement for Nominal Scales, 1960.
    """
    total = sum(answers.values())
    if not total:
        return None
    ones, others, agreed = Counter[str](), Counter[str](), 0
    for (one, other), n in answers.items():
        ones[one] += n
        others[other] += n
        agreed += n * (one == other)
    by_chance = sum(ones[said] * others[said] for said in ones) / total**2
    return None if by_chance >= 1 else (agreed / total - by_chance) / (1 - by_chance)


def fleiss_kappa(images: Iterable[Sequence[str]]) -> float | None:
    """Return Fleiss' kappa; None where chance alone makes people agree.

    Args:
        images: all answers to each image; images with fewer than two are left out. Their number
            may differ: each image weighs the same. With equal numbers it is the published figure.

    Source:
        Fleiss, Measuring Nominal Scale Agreement among Many Raters, 1971.
    """
    shares: dict[str, float] = defaultdict(float)
    observed, count = 0.0, 0
    for answers in images:
        n = len(answers)
        if n < TWO:
            continue
        counts = Counter(answers)
        observed += sum(k * (k - 1) for k in counts.values()) / (n * (n - 1))
        for said, k in counts.items():
            shares[said] += k / n
        count += 1
    if not count:
        return None
    by_chance = sum((share / count) ** 2 for share in shares.values())
    return None if by_chance >= 1 - 1e-12 else (observed / count - by_chance) / (1 - by_chance)


@dataclass
class _Person:
    images: int = 0
    with_others: float = 0.0
    decided: int = 0
    with_consensus: int = 0


@dataclass
class _Mean:
    total: float = 0.0
    count: int = 0

    def add(self, value: float | None) -> None:
        if value is not None:
            self.total += value
            self.count += 1

    @property
    def value(self) -> float | None:
        return self.total / self.count if self.count else None


@dataclass
class Count:
    """Adds up images one by one, so that none is held in memory.

    Kappa needs answers that are the same word for word; shapes have none.
    """

    same: Same
    nominal: bool
    overlap: Overlap = _no_shapes
    images: int = 0
    agreed: int = 0
    people: dict[str, _Person] = field(default_factory=lambda: defaultdict(_Person))
    pairs: dict[tuple[str, str], Counter[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    pair_agreed: Counter[tuple[str, str]] = field(default_factory=Counter)
    patterns: Counter[tuple[str, ...]] = field(default_factory=Counter)
    overlaps: dict[tuple[str, str], _Mean] = field(default_factory=lambda: defaultdict(_Mean))

    def add(self, answers: Mapping[str, str]) -> bool:
        """Count an image; return whether all people say the same of it.

        Args:
            answers: what each person said, at least two of them.
        """
        self.images += 1
        for (one, said), (other, also) in combinations(sorted(answers.items()), 2):
            self.pairs[one, other][(said, also) if self.nominal else ("", "")] += 1
            self.pair_agreed[one, other] += self.same(said, also)
            self.overlaps[one, other].add(self.overlap(said, also))
        self.patterns[tuple(sorted(answers.values())) if self.nominal else ()] += 1
        votes = {
            person: sum(self.same(said, other) for other in answers.values())
            for person, said in answers.items()
        }
        self._count_people(votes, len(answers))
        together = min(votes.values()) == len(answers)
        self.agreed += together
        return together

    def _count_people(self, votes: Mapping[str, int], asked: int) -> None:
        majority = 2 * max(votes.values()) > asked
        for person, agreeing in votes.items():
            tally = self.people[person]
            tally.images += 1
            tally.with_others += (agreeing - 1) / (asked - 1)
            tally.decided += majority
            tally.with_consensus += majority and 2 * agreeing > asked

    def result(self) -> Agreement:
        """Return what it comes to."""
        two = len(self.people) <= TWO
        pairs = tuple(self._pair(pair) for pair in sorted(self.pairs))
        kappa = (pairs[0].kappa if pairs else None) if two else self._fleiss()
        return Agreement(
            images=self.images,
            agreed=self.agreed,
            kappa=kappa,
            measure="Cohen's kappa" if two else "Fleiss' kappa",
            mean_iou=self._mean_iou(),
            pairs=pairs,
            labelers=tuple(_labeler(name, self.people[name]) for name in sorted(self.people)),
        )

    def _fleiss(self) -> float | None:
        if not self.nominal:
            return None
        return fleiss_kappa(pattern for pattern in self.patterns.elements())

    def _mean_iou(self) -> float | None:
        means = self.overlaps.values()
        return _Mean(sum(one.total for one in means), sum(one.count for one in means)).value

    def _pair(self, pair: tuple[str, str]) -> PairAgreement:
        return PairAgreement(
            one=pair[0],
            other=pair[1],
            images=self.pairs[pair].total(),
            agreed=self.pair_agreed[pair],
            kappa=cohen_kappa(self.pairs[pair]) if self.nominal else None,
            mean_iou=self.overlaps[pair].value,
        )


def with_quality(found: Agreement, weighing: Weighing | None) -> Agreement:
    """Add how far each person can be believed, once their answers have been weighed."""
    quality = weighing.quality if weighing else {}
    labelers = (
        one.model_copy(update={"quality": quality.get(one.person)}) for one in found.labelers
    )
    return found.model_copy(update={"labelers": tuple(labelers)})


def _labeler(name: str, tally: _Person) -> LabelerAgreement:
    return LabelerAgreement(
        person=name,
        images=tally.images,
        with_others=tally.with_others / tally.images,
        with_consensus=tally.with_consensus / tally.decided if tally.decided else None,
    )
