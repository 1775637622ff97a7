from models.record import now
from models.round import Round, RoundKind, RoundState
from tenfold.pipeline.prompts import afterwards, title


def audit(walk_id: str | None) -> Round:
    return Round(
        id="r",
        project_id="p",
        cycle_id="c",
        number=3,
        kind=RoundKind.AUDIT,
        state=RoundState.OPEN,
        size=12,
        answered=0,
        walk_id=walk_id,
        opened_at=now(),
    )


def test_a_round_of_a_walk_says_that_it_is_one_step_of_several() -> None:
    assert "more of its labels are committed" in afterwards(audit("w"))
    assert "surest labels are accepted" in afterwards(audit(None))


def test_a_round_of_a_walk_asks_for_blind_tags_like_any_audit() -> None:
    assert title(audit("w")) == title(audit(None)) == "Tag 12 images blind, to measure the model"
