from dataclasses import replace

import pytest

from models.project import FinishMode
from tenfold.learning.audit_plan import AuditPlan
from tenfold.learning.strategy import Move, Step
from tenfold.learning.walk.ladder import Ladder
from tenfold.pipeline.decide import (
    MOST_MANUAL_ROUNDS,
    MOST_WALK_ROUNDS,
    Decision,
    Next,
    Standing,
    decide,
)

START = Standing(
    finish=FinishMode.CERTIFIED,
    pool=1000,
    unfinished=1000,
    tagged=0,
    manual_rounds=0,
    has_model=False,
    audited=False,
    looked_again=False,
    first_size=30,
    smallest_audit=50,
)


def plan(looks: float, n: int = 78) -> AuditPlan:
    """An audit that is expected to leave so many images for people."""
    return AuditPlan(
        n=n, expected_accepted=1000 - looks, expected_looks=looks, tolerated=1, wrong_allowed=50
    )


def decided(standing: Standing) -> Decision:
    decision = decide(standing)
    assert decision is not None
    return decision


def test_the_first_round_asks_for_typical_images() -> None:
    assert decided(START).next is Next.FIRST
    assert decided(START).size == 30


def test_a_tiny_project_is_asked_for_whole() -> None:
    assert decided(replace(START, pool=7, unfinished=7)).size == 7


def test_the_end_is_reached_when_everything_has_a_label() -> None:
    assert decide(replace(START, pool=0, unfinished=0, tagged=1000)) is None


def test_a_batch_is_tagged_where_it_may_spare_people_more_looks_than_it_costs() -> None:
    standing = replace(START, tagged=30, pool=970, has_model=True, manual_rounds=1, plan=plan(400))
    assert decided(standing).next is Next.MANUAL


def test_images_that_would_fall_to_people_anyway_are_tagged_before_the_audit() -> None:
    standing = replace(
        START, tagged=90, pool=910, has_model=True, manual_rounds=1, plan=plan(70), tail=40
    )
    assert decided(standing).next is Next.MANUAL


def test_an_audit_is_drawn_once_more_tags_would_spare_little() -> None:
    standing = replace(START, tagged=90, pool=910, has_model=True, manual_rounds=3, plan=plan(120))
    assert (decided(standing).next, decided(standing).size) == (Next.AUDIT, 78)


def test_an_audit_comes_however_bad_the_model_remains() -> None:
    standing = replace(
        START,
        tagged=90,
        pool=910,
        has_model=True,
        manual_rounds=MOST_MANUAL_ROUNDS,
        plan=plan(900),
    )
    assert decided(standing).next is Next.AUDIT


def test_what_the_certificate_does_not_cover_goes_to_people() -> None:
    standing = replace(
        START, tagged=900, pool=100, unfinished=100, has_model=True, audited=True, manual_rounds=2
    )
    assert decided(standing) == Decision(
        Next.REVIEW, 100, "The model's proposals, for a person to check."
    )


def test_a_person_checks_every_proposal_in_review_mode() -> None:
    standing = replace(START, finish=FinishMode.REVIEW, tagged=30, pool=970, has_model=True)
    assert decided(standing).next is Next.REVIEW


def test_rounds_grow_so_that_a_large_project_has_few_of_them() -> None:
    standing = replace(
        START, finish=FinishMode.REVIEW, pool=100_000, unfinished=100_000, has_model=True
    )
    rounds = 0
    while (decision := decide(standing)) is not None:
        rounds += 1
        pool = standing.pool - decision.size
        standing = replace(
            standing, pool=pool, unfinished=pool, tagged=standing.tagged + decision.size
        )
    assert standing.unfinished == 0
    assert rounds < 25


def test_people_alone_label_where_the_project_wants_no_model() -> None:
    decision = decided(replace(START, finish=FinishMode.MANUAL))
    assert (decision.next, decision.size) == (Next.REST, 1000)


def test_people_label_the_rest_where_no_model_can_be_trained() -> None:
    standing = replace(START, tagged=90, pool=910, manual_rounds=3)
    assert decided(standing).next is Next.REST


@pytest.mark.parametrize("finish", list(FinishMode))
def test_images_that_nobody_was_sure_of_are_shown_once_more_and_then_left_out(
    finish: FinishMode,
) -> None:
    standing = replace(START, finish=finish, pool=0, unfinished=4, tagged=996, has_model=True)
    assert decided(standing).next is Next.UNSURE
    assert decide(replace(standing, looked_again=True)) is None


@pytest.mark.parametrize("finish", list(FinishMode))
@pytest.mark.parametrize("learns", [True, False])
def test_every_project_comes_to_its_end(finish: FinishMode, learns: bool) -> None:
    standing = replace(START, finish=finish)
    for _ in range(200):
        decision = decide(standing)
        if decision is None:
            break
        looked = 50 if decision.next is Next.AUDIT else decision.size
        covered = 300 if decision.next is Next.AUDIT else 0
        pool = max(0, standing.pool - looked - covered)
        manual = decision.next in (Next.FIRST, Next.MANUAL, Next.REST)
        standing = replace(
            standing,
            pool=pool,
            unfinished=pool,
            tagged=1000 - pool,
            manual_rounds=standing.manual_rounds + manual,
            has_model=learns,
            audited=standing.audited or decision.next is Next.AUDIT,
            plan=plan(pool / 2),
        )
    assert standing.unfinished == 0


WALKING = replace(START, tagged=30, pool=970, has_model=True, manual_rounds=1, by_walk=True)


def move(step: Step, size: int, other: float | None = 151.0) -> Move:
    """What the strategy would answer."""
    return Move(step, size, expected_looks=120.4, ladder=Ladder((0.1,)), other_looks=other)


def test_a_walk_begins_with_typical_images_too() -> None:
    assert decided(replace(START, by_walk=True)).next is Next.FIRST


def test_the_least_sure_are_tagged_where_tags_pay_more_than_the_walk() -> None:
    decision = decided(replace(WALKING, move=move(Step.TAG, 30)))
    assert (decision.next, decision.size) == (Next.MANUAL, 30)
    assert decision.reason.endswith(
        "People will probably look at about 120 more images; "
        "committing labels now would come to about 151."
    )


@pytest.mark.parametrize("other", [None, 119.6])
def test_a_choice_that_is_none_is_not_spoken_of(other: float | None) -> None:
    decision = decided(replace(WALKING, move=move(Step.COMMIT, 400, other)))
    assert decision.reason == "People will probably look at about 120 more images."


def test_the_surest_are_committed_where_the_walk_pays() -> None:
    decision = decided(replace(WALKING, move=move(Step.COMMIT, 400)))
    assert (decision.next, decision.size) == (Next.COMMIT, 400)
    assert decision.reason.endswith("tagging more first would come to about 151.")


def test_labels_are_committed_in_the_end_however_much_tags_seem_to_pay() -> None:
    standing = replace(WALKING, manual_rounds=MOST_WALK_ROUNDS, move=move(Step.TAG, 30))
    assert decided(standing).next is Next.COMMIT


def test_people_tag_what_cannot_be_committed() -> None:
    assert decided(replace(WALKING, move=None)).next is Next.REST
    assert decided(replace(WALKING, move=move(Step.REST, 970))).next is Next.REST


def test_after_the_delivery_what_remains_is_reviewed() -> None:
    decision = decided(replace(WALKING, pool=40, unfinished=40, audited=True))
    assert (decision.next, decision.size) == (Next.REVIEW, 40)
