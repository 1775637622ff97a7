import pytest

from models.certificate import WalkInputs
from tenfold.pipeline.statement import walk_statement
from tenfold.store.walk_account import WalkAccount


def account(accepted: int, images: int = 1000, **changes: object) -> WalkAccount:
    inputs = {
        "images": 1000,
        "error": 0.05,
        "confidence": 0.95,
        "wrong_allowed": 50,
        "rates": (0.1, 0.2),
        "commits": 800,
        "audited": 90,
        "audit_errors": 1,
        "delivered": 710,
        "seal_commitment": "0" * 64,
        "log_sha256": "0" * 64,
        **changes,
    }
    return WalkAccount(inputs=WalkInputs.model_validate(inputs), accepted=accepted, images=images)


def test_the_claim_comes_first_then_how_it_came_about() -> None:
    assert walk_statement(account(710), by_rule=False) == (
        "At most 5 % of the 1000 delivered labels (50) are wrong, 95 % sure; 710 of them are the "
        "model's, of which at most 7.04 % are wrong. Sealed coins decided who is looked at: people "
        "looked at 90 of 800 committed labels, and 1 of them was wrong."
    )


def test_a_delivery_that_nobody_approved_is_said_so() -> None:
    assert "no approval" in walk_statement(account(710), by_rule=True)


def test_where_images_are_left_out_the_bound_is_a_larger_share() -> None:
    assert walk_statement(account(600, images=800), by_rule=False).startswith(
        "At most 6.25 % of the 800 delivered labels (50) are wrong"
    )


def test_no_bound_on_the_models_part_is_claimed_that_says_nothing() -> None:
    assert "40 of them are the model's." in walk_statement(account(40), by_rule=False)


@pytest.mark.parametrize("by_rule", [True, False])
def test_nothing_is_claimed_where_nothing_is_delivered(by_rule: bool) -> None:
    said = walk_statement(account(0, audited=12, audit_errors=2, commits=12), by_rule=by_rule)
    assert said == (
        "No label of the model is delivered unseen: people looked at 12 of 12 committed labels, "
        "and 2 of them were wrong."
    )
