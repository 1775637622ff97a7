import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.label import Box
from tenfold.task_types.matching import (
    box_corrections,
    iou_matrix,
    match_boxes,
    mean_box_iou,
    xyxy,
)

SIDE = st.integers(1, 6)


def box(x: float, y: float, w: float = 10, h: float = 10, label: str = "a", **flags: bool) -> Box:
    return Box(label=label, xmin=x, ymin=y, xmax=x + w, ymax=y + h, **flags)


boxes = st.lists(
    st.builds(
        box,
        st.integers(0, 8),
        st.integers(0, 8),
        SIDE,
        SIDE,
        st.sampled_from(["a", "b"]),
        difficult=st.sampled_from([False, False, True]),
        crowd=st.sampled_from([False, False, False, True]),
    ),
    max_size=4,
)


def test_iou_is_shared_area_over_joint_area() -> None:
    ours, theirs = xyxy([box(0, 0)]), xyxy([box(0, 0), box(5, 0), box(20, 20)])
    assert iou_matrix(ours, theirs).tolist() == [[1.0, pytest.approx(1 / 3), 0.0]]


def test_a_greedy_choice_does_not_cost_a_pair() -> None:
    """The first proposal overlaps both true boxes; the second only the one it likes best."""
    truth = [box(0, 0), box(3, 0)]
    proposed = [box(1, 0), box(-2, 0)]
    matches = match_boxes(proposed, truth)
    assert matches.complete
    assert sorted(map(tuple, matches.pairs.tolist())) == [(0, 1), (1, 0)]


def test_iou_of_exactly_one_half_counts() -> None:
    assert match_boxes([box(0, 0, 10, 20)], [box(0, 0, 10, 10)]).complete
    assert not match_boxes([box(0, 0, 10, 20.1)], [box(0, 0, 10, 10)]).complete


def test_another_class_is_not_a_match() -> None:
    assert not match_boxes([box(0, 0, label="b")], [box(0, 0)]).complete


def test_a_difficult_box_may_be_missed_and_may_take_up_a_box_of_any_class() -> None:
    truth = [box(0, 0), box(50, 50, difficult=True)]
    assert match_boxes([box(0, 0)], truth).complete
    assert match_boxes([box(0, 0), box(50, 50, label="b")], truth).complete
    assert not match_boxes([box(0, 0), box(90, 90)], truth).complete


def test_a_difficult_box_takes_up_one_box_and_a_crowd_any_number() -> None:
    twice = [box(0, 0, 20, 20), box(1, 0, 20, 20)]
    assert not match_boxes(twice, [box(0, 0, 20, 20, difficult=True)]).complete
    parts = [box(0, 0, 5, 5), box(10, 10, 5, 5), box(3, 3, 5, 5, label="b")]
    assert match_boxes(parts, [box(0, 0, 20, 20, crowd=True)]).complete


def test_a_sure_box_is_not_lost_to_a_difficult_one() -> None:
    """Pairing the proposal with the difficult box, which overlaps more, would leave the other."""
    truth = [box(0, 0, difficult=True), box(2, 0)]
    assert match_boxes([box(0, 0)], truth).complete


def test_moving_and_renaming_cost_one_drawing_and_deleting_one_each() -> None:
    truth = [box(0, 0), box(50, 0), box(100, 0)]
    proposed = [box(6, 0), box(50, 0, label="b"), box(200, 0)]
    assert box_corrections(proposed, truth) == 1 + 1 + 2
    assert box_corrections([], truth) == 3
    assert box_corrections(truth, []) == 3


def brute_force(proposed: list[Box], truth: list[Box]) -> bool:
    """Whether some pairing leaves nothing over, by trying all."""
    iou = iou_matrix(xyxy(proposed), xyxy(truth))
    shared = iou * 0
    for (p, ours), (t, theirs) in itertools.product(enumerate(proposed), enumerate(truth)):
        wide = min(ours.xmax, theirs.xmax) - max(ours.xmin, theirs.xmin)
        high = min(ours.ymax, theirs.ymax) - max(ours.ymin, theirs.ymin)
        shared[p, t] = max(wide, 0) * max(high, 0)

    def size(one: Box) -> float:
        return (one.xmax - one.xmin) * (one.ymax - one.ymin)

    def free(one: Box) -> bool:
        return one.difficult or one.crowd

    def due_p(p: int) -> bool:
        inside = any(
            t.crowd and shared[p, j] / size(proposed[p]) >= 0.5 for j, t in enumerate(truth)
        )
        return not free(proposed[p]) and not inside

    def due_t(t: int) -> bool:
        inside = any(
            p.crowd and shared[i, t] / size(truth[t]) >= 0.5 for i, p in enumerate(proposed)
        )
        return not free(truth[t]) and not inside

    slots = [*range(len(truth)), *[None] * len(proposed)]
    for choice in set(itertools.permutations(slots, len(proposed))):
        fits = all(
            t is None
            or (
                iou[p, t] >= 0.5
                and (proposed[p].label == truth[t].label or free(proposed[p]) or free(truth[t]))
            )
            for p, t in enumerate(choice)
        )
        left = any(t is None and due_p(p) for p, t in enumerate(choice))
        missed = any(due_t(t) for t in range(len(truth)) if t not in choice)
        if fits and not left and not missed:
            return True
    return False


@settings(max_examples=150, deadline=None)
@given(boxes, boxes)
def test_a_complete_pairing_is_found_exactly_where_there_is_one(
    proposed: list[Box], truth: list[Box]
) -> None:
    assert match_boxes(proposed, truth).complete == brute_force(proposed, truth)


@settings(max_examples=150, deadline=None)
@given(boxes, boxes)
def test_no_corrections_exactly_where_the_boxes_agree(
    proposed: list[Box], truth: list[Box]
) -> None:
    agrees = match_boxes(proposed, truth).complete
    assert (box_corrections(proposed, truth) == 0) == agrees
    due = sum(not (one.difficult or one.crowd) for one in (*proposed, *truth))
    assert box_corrections(proposed, truth) <= due


def test_many_boxes_are_paired_one_to_one() -> None:
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 400, (120, 2))
    truth = [box(float(x), float(y)) for x, y in corners]
    moved = [box(float(x + 0.5), float(y)) for x, y in corners[rng.permutation(120)]]
    matches = match_boxes(moved, truth)
    assert matches.complete
    assert len(set(matches.pairs[:, 0])) == len(set(matches.pairs[:, 1])) == 120


def test_what_two_people_drew_coincides_as_far_as_the_best_pairing_says() -> None:
    assert mean_box_iou([], []) == 1.0
    assert mean_box_iou([box(0, 0)], []) == 0.0
    assert mean_box_iou([box(0, 0)], [box(0, 0, label="b")]) == 0.0
    both = [box(0, 0), box(50, 50)]
    assert mean_box_iou(both, both[::-1]) == 1.0
    assert mean_box_iou(both, [box(5, 0)]) == pytest.approx((1 / 3) / 2)


def test_the_better_of_two_pairings_counts() -> None:
    ours, theirs = [box(0, 0), box(4, 0)], [box(2, 0), box(-4, 0)]
    shared = [[iou_matrix(xyxy([a]), xyxy([b]))[0, 0] for b in theirs] for a in ours]
    best = max(shared[0][0] + shared[1][1], shared[0][1] + shared[1][0])
    pairs = 2 if shared[0][1] and shared[1][0] else 1
    assert mean_box_iou(ours, theirs) == pytest.approx(best / (4 - pairs))
