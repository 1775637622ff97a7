"""A rehearsal does what the pipeline does: the same records, the same walk, the same promise."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest

from models.label import TaskType
from tenfold.learning import rehearsal
from tenfold.learning.anchors import connect, reduce
from tenfold.learning.chance import LATEST
from tenfold.learning.class_model import Ground, Told, decide, fit_heads
from tenfold.learning.linear import Labels
from tenfold.learning.rehearsal import Rehearsal, coins_of, rehearse
from tenfold.learning.tolerance import wrong_allowed
from tenfold.learning.walk.ladder import Ladder
from tenfold.learning.walk.ledger import Commit, resolve

CLASSES = ("ant", "bee", "cow")


def clustered(images: int, spread: float, seed: int = 0) -> tuple[np.ndarray, Labels]:
    """Return features (N, 24), the class of each row, and nothing that tells more."""
    rng = np.random.default_rng(seed)
    truth = np.arange(images) % len(CLASSES)
    centers = rng.normal(size=(len(CLASSES), 24))
    features = centers[truth] + spread * rng.normal(size=(images, 24))
    return features.astype(np.float32), truth


def ground_of(features: np.ndarray) -> Ground:
    reduction = reduce(features)
    hashes = tuple(f"{row:064x}" for row in range(len(features)))
    return Ground(reduction, connect(reduction.enter(features)), hashes)


def test_it_remembers_of_many_new_tags_the_same_as_the_trainer(make_toy: Any) -> None:
    features, truth = clustered(300, 0.9)
    toy = make_toy(features)
    known = np.arange(12)
    new = np.random.default_rng(1).permutation(np.arange(12, 300))[: 2 * LATEST]
    tags = {int(i): CLASSES[truth[i]] for i in known}
    toy.train(TaskType.CLASSIFICATION, CLASSES, tags, out="first")
    tags |= {int(i): CLASSES[truth[i]] for i in new}
    toy.train(TaskType.CLASSIFICATION, CLASSES, tags, out="second", previous="first")
    with np.load(BytesIO(toy.blobs.get("second/records.npz"))) as file:
        scores, right = file["scores"], file["right"]
    ground = ground_of(features.astype(np.float16))
    rehearser = rehearsal._Rehearser(ground, truth, 3, (0.05, 0.95), 0, 12)
    rehearser._tag(new, decide(*fit_heads(ground.anchors, known, truth[known], 3)))
    assert len(right) == LATEST
    assert rehearser.records.right.tolist() == right.tolist()
    assert rehearser.records.scores == pytest.approx(scores, abs=0.02)  # half precision in files


@pytest.mark.parametrize("seed", range(4))
def test_its_walk_is_that_of_the_ledger(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    features, truth = clustered(240, 1.1, seed)
    log, ladders = list[tuple[int, bool]](), set[Ladder]()
    commit = rehearsal._Rehearser._commit

    def noted(self: Any, images: Labels, told: Told, ladder: Ladder) -> None:
        log.extend((int(i), bool(told.labels[i] != truth[i])) for i in images)
        ladders.add(ladder)
        commit(self, images, told, ladder)

    monkeypatch.setattr(rehearsal._Rehearser, "_commit", noted)
    went = rehearse(ground_of(features), truth, 3, 0.1, 0.9, seed)
    coins = coins_of(seed, len(truth))
    assert len({image for image, _ in log}) == len(log)
    (ladder,) = ladders
    found = resolve([Commit(str(i), float(coins[i]), wrong) for i, wrong in log], ladder)
    assert (found.errors, len(found.looked)) == (went.audit_errors, went.audited)
    spared = np.flatnonzero(~went.looked)
    assert sorted(map(int, found.delivered)) == spared.tolist()
    wrong = {image for image, is_wrong in log if is_wrong}
    assert set(spared[went.delivered[spared] != truth[spared]]) == wrong & set(spared.tolist())


ERROR, RISK, RUNS = 0.1, 0.2, 120


def deceived(seed: int) -> tuple[Rehearsal, bool]:
    """Rehearse where one image in six is of another class than it looks: no model can know."""
    features, looks_like = clustered(150, 0.5, seed)
    rng = np.random.default_rng([seed, 7])
    truth = np.where(rng.random(len(looks_like)) < 1 / 6, (looks_like + 1) % 3, looks_like)
    went = rehearse(ground_of(features), truth, 3, ERROR, 1.0 - RISK, seed)
    wrong = int((went.delivered != truth).sum())
    return went, wrong > wrong_allowed(len(truth), ERROR)


def test_a_model_that_is_sure_and_wrong_breaks_no_more_promises_than_is_said() -> None:
    outcomes = [deceived(seed) for seed in range(RUNS)]
    broken = np.mean([one for _, one in outcomes])
    assert broken <= RISK + 3 * np.sqrt(RISK * (1 - RISK) / RUNS)
    spared = np.mean([(~went.looked).mean() for went, _ in outcomes])
    assert spared > 0.05, "it isn't kept by idleness"
