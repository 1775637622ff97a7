"""Agreement beyond chance, against published figures and scikit-learn."""

from collections import Counter

import numpy as np
import pytest

from tenfold.agreement import Count, cohen_kappa, fleiss_kappa


def test_cohen_is_as_scikit_learn_has_it() -> None:
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(1)
    one = rng.integers(0, 4, 200)
    other = np.where(rng.random(200) < 0.7, one, rng.integers(0, 4, 200))
    answers = Counter(zip(map(str, one), map(str, other), strict=True))
    assert cohen_kappa(answers) == pytest.approx(cohen_kappa_score(one, other))


def test_fleiss_is_as_in_the_published_example() -> None:
    table = [
        (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
    ]  # fmt: skip
    images = [[str(c) for c, n in enumerate(row) for _ in range(n)] for row in table]
    assert fleiss_kappa(images) == pytest.approx(0.210, abs=5e-4)


def test_kappa_is_not_defined_where_everybody_says_one_thing() -> None:
    assert cohen_kappa({("a", "a"): 5}) is None
    assert fleiss_kappa([["a", "a", "a"]] * 5) is None
    assert cohen_kappa({}) is None
    assert fleiss_kappa([]) is None


def test_each_person_is_measured_by_the_others() -> None:
    count = Count(str.__eq__, nominal=True)
    assert not count.add({"ann": "cat", "bob": "cat", "eve": "dog"})
    assert count.add({"ann": "dog", "bob": "dog", "eve": "dog"})
    found = count.result()
    assert (found.images, found.agreed, found.measure) == (2, 1, "Fleiss' kappa")
    by_name = {one.person: one for one in found.labelers}
    assert by_name["ann"].with_others == pytest.approx(0.75)
    assert by_name["eve"].with_others == pytest.approx(0.5)
    assert by_name["eve"].with_consensus == pytest.approx(0.5)
    assert [(p.one, p.other, p.agreed) for p in found.pairs] == [
        ("ann", "bob", 2), ("ann", "eve", 1), ("bob", "eve", 1),
    ]  # fmt: skip


def test_shapes_agree_but_have_no_kappa() -> None:
    count = Count(lambda _one, _other: True, nominal=False)
    count.add({"ann": "{box 1}", "bob": "{box 2}"})
    found = count.result()
    assert (found.agreed, found.kappa, found.pairs[0].agreed) == (1, None, 1)


def test_of_shapes_the_mean_overlap_is_told_for_each_pair_and_for_all() -> None:
    overlaps = {("a", "b"): 0.5, ("a", "skip"): None, ("b", "c"): 0.2, ("a", "c"): 0.8}
    count = Count(
        lambda _one, _other: False,
        nominal=False,
        overlap=lambda one, other: overlaps[min(one, other), max(one, other)],
    )
    count.add({"ann": "a", "bob": "b", "eve": "c"})
    count.add({"ann": "a", "bob": "skip"})
    found = count.result()
    assert found.mean_iou == pytest.approx((0.5 + 0.2 + 0.8) / 3)
    assert [p.mean_iou for p in found.pairs] == [0.5, 0.8, 0.2]
