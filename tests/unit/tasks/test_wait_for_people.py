"""A run waits exactly until the label store has what it asked for."""

from collections.abc import Callable

import pytest
from prefect.exceptions import Pause
from prefect.logging import disable_run_logger
from prefect.states import Suspended

from models.round import ApprovedVia, RoundKind, RoundState
from tasks import wait_for_people as waiting
from tasks.wait_for_people import RoundForm, take_answer, wait_for_people
from tenfold.errors import StaleClaimError
from tenfold.orchestration import ASK_LATER, RETURN_REST
from tests.unit.tasks.conftest import Bench

Suspend = Callable[..., RoundForm]


@pytest.fixture
def asked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand in for Prefect; keeps the keys of the questions, and suspends."""
    keys: list[str] = []

    def suspend(*, wait_for_input: type[RoundForm], key: str) -> RoundForm:
        keys.append(key)
        raise Pause(state=Suspended())

    monkeypatch.setattr(waiting, "suspend_flow_run", suspend)
    monkeypatch.setattr(waiting, "open_context", lambda: bench.ctx)
    return keys


def form(**given: str) -> RoundForm:
    return RoundForm(**{"approved_by": "Bea", **given})


def test_it_suspends_while_nobody_has_approved(bench: Bench, asked: list[str]) -> None:
    bench.answer()
    with pytest.raises(Pause):
        wait_for_people(bench.claim, bench.round.id)
    assert asked == [f"round-{bench.round.id}-ask-1"]


def test_an_execution_that_replaces_another_asks_with_the_same_key(
    bench: Bench, asked: list[str]
) -> None:
    for _ in range(2):
        with pytest.raises(Pause):
            wait_for_people(bench.claim, bench.round.id)
    assert asked == [f"round-{bench.round.id}-ask-1"] * 2


def test_it_never_asks_what_is_approved(bench: Bench, asked: list[str]) -> None:
    bench.answer()
    bench.ctx.store.rounds.approve(bench.round.id, by="bea", via=ApprovedVia.PAGE)
    wait_for_people(bench.claim, bench.round.id)
    assert asked == []


def test_a_round_without_approval_goes_on_once_it_is_answered(
    bench: Bench, asked: list[str]
) -> None:
    bench = bench.with_round(RoundKind.MANUAL, needs_approval=False)
    with pytest.raises(Pause):
        wait_for_people(bench.claim, bench.round.id)
    bench.answer()
    wait_for_people(bench.claim, bench.round.id)
    assert len(asked) == 1
    approval = bench.ctx.store.rounds.approval(bench.round.id)
    assert approval is not None
    assert approval.via is ApprovedVia.RULE


def test_an_approval_that_came_while_it_was_suspending_wakes_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    bench.answer()

    def suspend(**_: object) -> RoundForm:
        bench.ctx.store.rounds.approve(bench.round.id, by="bea", via=ApprovedVia.PAGE)
        raise Pause(state=Suspended())

    monkeypatch.setattr(waiting, "suspend_flow_run", suspend)
    monkeypatch.setattr(waiting, "open_context", lambda: bench.ctx)
    monkeypatch.setattr(waiting.orchestration, "resume", lambda run, **_: woken.append(run))
    with pytest.raises(Pause):
        wait_for_people(bench.claim, bench.round.id)
    assert woken == ["run-1"]


def test_a_run_that_lost_its_claim_asks_nothing(bench: Bench, asked: list[str]) -> None:
    bench.ctx.store.cycles.claim(bench.claim.cycle_id, "run-2")
    with pytest.raises(StaleClaimError):
        wait_for_people(bench.claim, bench.round.id)
    assert asked == []


def test_the_form_approves_a_finished_round(bench: Bench) -> None:
    bench.answer()
    assert take_answer(bench.ctx, bench.round.id, form(note="ok")) == ""
    approval = bench.ctx.store.rounds.approval(bench.round.id)
    assert approval is not None
    assert (approval.by, approval.via, approval.note) == ("Bea", ApprovedVia.PREFECT_FORM, "ok")


def test_the_form_is_asked_again_while_answers_are_missing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.answer(3)
    questions: list[tuple[str, str]] = []

    def suspend(*, wait_for_input: type[RoundForm], key: str) -> RoundForm:
        questions.append((key, str(wait_for_input._description)))
        if len(questions) == 2:
            raise Pause(state=Suspended())
        return form()

    monkeypatch.setattr(waiting, "suspend_flow_run", suspend)
    monkeypatch.setattr(waiting, "open_context", lambda: bench.ctx)
    with disable_run_logger(), pytest.raises(Pause):
        wait_for_people(bench.claim, bench.round.id)
    (first, _), (second, text) = questions
    assert (first, second) == (
        f"round-{bench.round.id}-ask-1",
        f"round-{bench.round.id}-ask-2",
    )
    assert "1 answer is still missing" in text
    assert bench.ctx.store.rounds.approval(bench.round.id) is None


def test_the_form_can_put_the_rest_back(bench: Bench) -> None:
    bench.answer(1)
    assert take_answer(bench.ctx, bench.round.id, form(what_next=RETURN_REST)) == ""
    approval = bench.ctx.store.rounds.approval(bench.round.id)
    assert approval is not None
    assert approval.returned == 3


def test_the_form_can_put_it_off(bench: Bench) -> None:
    bench.answer()
    assert "put it off" in take_answer(bench.ctx, bench.round.id, form(what_next=ASK_LATER))
    assert bench.ctx.store.rounds.get(bench.round.id).state is RoundState.ANSWERED


def test_a_project_may_refuse_the_form(bench: Bench) -> None:
    bench.answer()
    bench.ctx.store.projects.update("p", form_approval=False)
    assert "page or the command line" in take_answer(bench.ctx, bench.round.id, form())
    assert bench.ctx.store.rounds.approval(bench.round.id) is None


def test_the_forms_rules_stand_in_its_json_schema() -> None:
    described = RoundForm.with_initial_data(description="what to do")
    schema = described.model_json_schema()
    assert schema["required"] == ["approved_by"]
    assert schema["properties"]["approved_by"]["minLength"] == 1
    assert "ask again later" in schema["properties"]["what_next"]["enum"]
