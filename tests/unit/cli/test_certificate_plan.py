import json

import pytest
from typer.testing import CliRunner, Result

from tenfold.cli.app import app
from tenfold.learning.tolerance import errors_tolerated
from tenfold.learning.walk.ladder import geometric


def plan(*options: str) -> Result:
    return CliRunner().invoke(app, ["certificate", *options])


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        ("--images 1000 --pool 900 --audit 49", "none"),
        ("--images 1000 --pool 900 --audit 50", "0"),
        ("--images 1000 --pool 900 --audit 78", "1"),
        ("--images 1000 --pool 900 --audit 214 --error 0.01", "0"),
        ("--images 1000000 --pool 999900 --audit 298 --error 0.01", "0"),
        ("--images 100 --audit 100", "100"),
    ],
)
def test_an_audit_is_answered_with_the_errors_it_may_find(options: str, printed: str) -> None:
    shown = plan(*options.split())
    assert (shown.exit_code, shown.output) == (0, f"{printed}\n")


def test_without_an_audit_the_smallest_audits_and_the_ladders_are_listed() -> None:
    shown = plan("--images", "1000", "--pool", "900").output
    rows = [line.split() for line in shown.splitlines()]
    assert ["0", "50", "5.56", "%"] in rows
    assert ["1", "78", "8.67", "%"] in rows
    assert any(row[:4] == ["2", "3", "65", "0.07210"] for row in rows)
    assert "fewer than 57 images" in shown


def test_a_plan_as_json_says_the_same_as_the_functions() -> None:
    said = json.loads(plan("--images", "2000", "--pool", "1700", "--json").output)
    assert said["wrong_allowed"] == 100
    for row in said["audits"]:
        assert errors_tolerated(2000, 1700, 0.05, 0.95, row["audit"]) == row["tolerated"]
    for row in said["ladders"]:
        ladder = geometric(100, 0.95, row["growth"])
        assert tuple(row["rates"]) == ladder.rates
        assert row["looks_if_right"] == pytest.approx(1700 * ladder.rates[0])
    one = json.loads(plan("--images", "1000", "--pool", "900", "--audit", "49", "--json").output)
    assert (one["tolerated"], one["wrong_allowed"]) == (None, 50)


def test_so_few_that_nothing_needs_to_be_measured_is_said() -> None:
    assert "may all be accepted" in plan("--images", "1000", "--pool", "50").output


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("", "--images"),
        ("--images 0", "--images"),
        ("--images ten", "--images"),
        ("--images 10 --pool 11", "--pool"),
        ("--images 10 --pool 5 --audit 6", "--audit"),
        ("--images 10 --error 5", "--error"),
        ("--images 10 --confidence 1", "--confidence"),
        ("birds --images 10", "--images"),
        ("--verify", "--verify"),
        ("--images 10 --html page.html", "--html"),
    ],
)
def test_wrong_usage_is_named_and_exits_with_2(options: str, named: str) -> None:
    shown = plan(*options.split())
    assert shown.exit_code == 2
    assert named in shown.output
    assert "Traceback" not in shown.output
