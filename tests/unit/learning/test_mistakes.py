"""Every mistake that breaks a certificate has a test that tries to make it; the docs name both."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.project import FinishMode
from tenfold.learning.audit_plan import plan_audit
from tenfold.learning.strategy import Move, Step
from tenfold.learning.walk.ladder import geometric
from tenfold.pipeline.decide import Next, Standing, decide

ROOT = Path(__file__).parents[3]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def mistakes() -> list[tuple[str, str]]:
    """Return the rows of the table of mistakes: what it is, and the cell that names tests."""
    text = (ROOT / "docs" / "certificate.md").read_text()
    table = text.split("## What would break it", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")]
    return [(row[0].strip(), row[-1]) for row in rows[1:]]


def test_all_mistakes_that_are_known_to_break_it_are_in_the_table() -> None:
    assert len(mistakes()) >= 16


@pytest.mark.parametrize(("mistake", "cell"), mistakes(), ids=[row[0] for row in mistakes()])
def test_each_mistake_is_tried_by_tests_that_exist(mistake: str, cell: str) -> None:
    named = NAMED.findall(cell)
    assert named, f"no test tries: {mistake}"
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(), f"{path} has no {name}"


PLAN = plan_audit(1000, 500, 0.05, 0.95, [0.9] * 500)
MOVES = (None, *(Move(step, 10, 100.0, geometric(50, 0.95, 2.0)) for step in Step))


@given(
    pool=st.integers(1, 500),
    tagged=st.integers(0, 500),
    rounds=st.integers(0, 80),
    by_walk=st.booleans(),
    looked_again=st.booleans(),
    move=st.sampled_from(MOVES),
    finish=st.sampled_from(FinishMode),
)
def test_what_has_been_audited_is_never_audited_again(
    pool: int, tagged: int, rounds: int, by_walk: bool, looked_again: bool, move: Move | None,
    finish: FinishMode,
) -> None:  # fmt: skip
    decision = decide(
        Standing(
            pool=pool, unfinished=pool, tagged=tagged, finish=finish,
            manual_rounds=rounds, has_model=True, audited=True, looked_again=looked_again,
            first_size=20, plan=PLAN, by_walk=by_walk, move=move,
        )
    )  # fmt: skip
    assert decision is None or decision.next not in (Next.AUDIT, Next.COMMIT)
