import pytest

from models.certificate import CertificateInputs, ClassClaim, WalkInputs
from models.label import TaskType
from tenfold import percent
from tenfold.pipeline.statement import (
    measured_against,
    percent_left,
    statement,
    walk_statement,
    with_meaning,
)
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
        "model's, of which at most 7.05 % are wrong. Sealed coins decided who is looked at: people "
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


def claim(label: str, accepted: int) -> ClassClaim:
    return ClassClaim(
        label=label, pool=50, human=5, planned=40, wrong_allowed=2, audited=30, reached=accepted,
        by_people=30, accepted=accepted,
    )  # fmt: skip


def look(tolerated: int | None = 0) -> CertificateInputs:
    return CertificateInputs(
        images=200, pool=150, error=0.05, confidence=0.95, wrong_allowed=2, audited=60,
        errors_tolerated=tolerated, audit_errors=1, seed=1, model_version="m", snapshot_id="s",
    )  # fmt: skip


def test_each_class_is_claimed_and_those_of_people_alone_are_named() -> None:
    said = statement(look(), 20, [claim("cat", 20), claim("cow", 0), claim("dog", 0)])
    assert said == (
        "In each class at most 5 % of the delivered labels are wrong, 95 % sure of all 3 classes "
        "at once; 20 of the 200 labels are the model's, and people alone give the labels of cow "
        "and dog."
    )
    many = [claim("cat", 20), *(claim(f"c{i}", 0) for i in range(9))]
    assert "c0, c1, c2, c3, c4, c5 and 3 other classes" in statement(look(), 20, many)


@pytest.mark.parametrize("tolerated", [0, None])
def test_where_no_class_has_a_label_of_the_model_nothing_is_claimed(tolerated: int | None) -> None:
    said = statement(look(tolerated), 0, [claim("cat", 0), claim("dog", 0)])
    assert "In each class" not in said
    assert said.startswith(("No label of the model", "Nothing is certified"))


def test_of_a_set_it_is_said_when_an_image_is_wrong() -> None:
    assert with_meaning("Claimed.", TaskType.CLASSIFICATION) == "Claimed."
    assert with_meaning("Claimed.", TaskType.MULTILABEL) == (
        "Claimed. An image is wrong when its set of labels is not exactly the person's."
    )


def test_a_claim_says_whose_answers_it_was_measured_against() -> None:
    one, three = measured_against(1), measured_against(3)
    assert with_meaning("Claimed.", TaskType.CLASSIFICATION, one) == (
        "Claimed. Measured against the answer of one person for each audited image."
    )
    assert "more than half of 3 people" in three
    assert "first decided answer" in three


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.05, "5 %"), (0.125, "12.5 %"), (0.9995, "99.95 %"), (0.99999, "99.999 %"), (0.9, "90 %")],
)
def test_what_somebody_chose_is_written_to_its_last_digit(share: float, text: str) -> None:
    assert percent.chosen(share) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (100, 1929, "5.19 %"),
        (5, 100, "5 %"),
        (1, 3, "33.4 %"),
        (0, 7, "0 %"),
        (9999, 10000, "100 %"),
    ],
)
def test_a_bound_is_never_written_lower_than_it_is(part: int, whole: int, text: str) -> None:
    assert percent.at_most(part, whole) == text


def test_what_is_left_of_a_confidence_is_exact() -> None:
    assert [percent_left(sure) for sure in (0.95, 0.9, 0.9995)] == ["5 %", "10 %", "0.05 %"]
