"""A whole certified project in a second: people's answers are known, everything else is real.

The same functions choose, train, order and certify as in the pipeline; only Prefect, the label
store and the waiting are left out. Benches and `tenfold plan` run it many times.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tenfold.learning import selection
from tenfold.learning.anchors import groups
from tenfold.learning.chance import NO_RECORDS, Records, learn_chance
from tenfold.learning.class_model import Ground, Told, agree, doubt_of, fit_heads, lead, likelihoods
from tenfold.learning.linear import Array, Labels
from tenfold.learning.strategy import Prospect, Step, batch_after, next_move
from tenfold.learning.tolerance import wrong_allowed
from tenfold.learning.walk.ladder import Ladder


@dataclass(slots=True)
class Rehearsal:
    """How a project went."""

    looked: NDArray[np.bool_]
    """(N,) images that a person looked at."""
    delivered: Labels
    """(N,) delivered class numbers."""
    asked: list[Labels] = field(default_factory=list)
    """Images of each manual round."""
    committed: list[Labels] = field(default_factory=list)
    """Images whose labels were committed together, each time."""
    audited: int = 0
    """Images that a coin sent to people."""
    audit_errors: int = 0
    rest: int = 0
    """Images that went to people after the walk."""
    predicted: list[float] = field(default_factory=list)
    """Looks in all that were expected before each step."""
    rounds: int = 1

    @property
    def tags(self) -> int:
        """Images that were tagged in manual rounds."""
        return sum(len(images) for images in self.asked)

    @property
    def share(self) -> float:
        """Share of images that people looked at."""
        return float(self.looked.mean())


Improve = Callable[[Labels, Labels], Ground | None]
"""From tagged images (n,) and their classes (n,) to better features, or None."""


def rehearse(
    ground: Ground,
    truth: Labels,
    classes: int,
    error: float,
    confidence: float,
    seed: int,
    *,
    first: int | None = None,
    improve: Improve | None = None,
) -> Rehearsal:
    """Take a project from nothing to its certificate.

    Args:
        ground: with all N images as its anchors.
        truth: (N,) what people say.
        classes: C.
        error: ε.
        confidence: 1 − δ.
        seed: of the first round, of ties and of the coins.
        first: images of the first round; None: from the data.
        improve: asked before each step whether there are better features by now.
    """
    rehearser = _Rehearser(ground, truth, classes, (error, confidence), seed, first)
    rehearser.improve = improve
    return rehearser.run()


def coins_of(seed: int, count: int) -> Array:
    """Return the coins (N,) of a rehearsal, each in [0, 1)."""
    return np.random.default_rng([seed, 1]).random(count)


class _Rehearser:
    def __init__(
        self,
        ground: Ground,
        truth: Labels,
        classes: int,
        promise: tuple[float, float],
        seed: int,
        first: int | None,
    ) -> None:
        count = len(truth)
        self.anchors, self.truth, self.classes, self.seed = ground.anchors, truth, classes, seed
        self.allowed, self.confidence = wrong_allowed(count, promise[0]), promise[1]
        self.coins = coins_of(seed, count)
        self.committed = np.zeros(count, dtype=bool)
        self.went = Rehearsal(np.zeros(count, dtype=bool), np.full(count, -1, dtype=np.intp))
        self.records = NO_RECORDS
        self.ladder: Ladder | None = None
        self.improve: Improve | None = None
        self.first = first or selection.first_round_size(count, classes, groups(ground.anchors))

    def run(self) -> Rehearsal:
        """Tag, train, commit until nothing remains."""
        chosen = selection.first_of(self.anchors, self.first, self.seed)
        self._tag(np.array(chosen, dtype=np.intp), None)
        while len(left := np.flatnonzero(~self.went.looked & ~self.committed)):
            self._step(left)
        return self.went

    def _step(self, left: Labels) -> None:
        tagged = np.flatnonzero(self.went.looked)
        better = self.improve(tagged, self.truth[tagged]) if self.improve else None
        if better is not None:
            self.anchors, self.records = better.anchors, NO_RECORDS
        if len(np.unique(self.truth[tagged])) == 1:
            self._tag(left[self._choose(left, np.zeros(len(left)), self.first)], None)
            return
        heads, seen = fit_heads(self.anchors, tagged, self.truth[tagged], self.classes)
        logs, untagged = likelihoods(heads, seen), ~self.went.looked
        told, doubt = lead(logs), doubt_of(logs[untagged], agree(heads, seen)[untagged])
        chance = learn_chance(self.records, doubt, len(tagged), unseen=heads.unseen)
        wrong = chance.wrong(told.scores[left])
        order = np.argsort(wrong, kind="stable")
        prospect = Prospect(
            wrong[order], self.allowed, self.confidence, self._batch(), len(tagged),
            self.ladder, self.went.audit_errors,
        )  # fmt: skip
        move = next_move(prospect)
        self.went.rounds += 1
        self.went.predicted.append(float(len(tagged)) + move.expected_looks)
        if move.step is Step.TAG:
            self._tag(left[self._choose(left, 1.0 - wrong, move.size)], told)
        elif move.step is Step.COMMIT:
            self.ladder = move.ladder
            self._commit(left[order[: move.size]], told, move.ladder)
        else:
            self.went.rest += len(left)
            self._look(left)

    def _batch(self) -> int:
        return batch_after(int(self.went.looked.sum()))

    def _choose(self, left: Labels, sure: Array, size: int) -> list[int]:
        tagged = np.flatnonzero(self.went.looked)
        points = self.anchors.points
        unseen = self.classes - len(np.unique(self.truth[tagged]))
        chosen = selection.next_round(points, tagged, left, sure, size, self.seed, unseen)
        place = {int(image): row for row, image in enumerate(left)}
        return [place[image] for image in chosen]

    def _look(self, images: Labels) -> None:
        self.went.looked[images] = True
        self.went.delivered[images] = self.truth[images]

    def _tag(self, images: Labels, told: Told | None) -> None:
        if told is not None:
            self._remember(images, told)
        self._look(images)
        self.went.asked.append(images)

    def _remember(self, images: Labels, told: Told) -> None:
        by_name = np.sort(images)  # as the pipeline knows them: not in the order of their worth
        right = told.labels[by_name] == self.truth[by_name]
        self.records = self.records.then(Records(told.scores[by_name], right))

    def _commit(self, images: Labels, told: Told, ladder: Ladder) -> None:
        self.went.committed.append(images)
        heads = []
        for image in images:
            rate = ladder.rate(self.went.audit_errors)
            if rate is None:
                break
            if self.coins[image] < rate:
                heads.append(image)
                self.went.audit_errors += int(told.labels[image] != self.truth[image])
            else:
                self.committed[image] = True
                self.went.delivered[image] = told.labels[image]
        found = np.array(heads, dtype=np.intp)
        self._remember(found, told)
        self._look(found)
        self.went.audited += len(found)
