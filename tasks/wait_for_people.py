"""Steps 5 and 8: the run is suspended until people have answered."""

from prefect import get_run_logger, suspend_flow_run
from prefect.exceptions import Pause
from prefect.input import RunInput
from pydantic import Field

from models.cycle import Claim
from models.round import ApprovedVia, RoundState
from tenfold import orchestration
from tenfold.errors import ConflictError, RoundNotFinishedError
from tenfold.orchestration import ASK_LATER, GO_ON, RETURN_REST, WhatNext
from tenfold.pipeline.context import Context, open_context
from tenfold.pipeline.prompts import round_prompt
from tenfold.services.environment import page_url


class RoundForm(RunInput):
    """What Prefect's Resume button asks for.

    All its rules stand in the JSON schema: what the server lets through is taken.
    """

    approved_by: str = Field(title="Your name", min_length=1, max_length=200)
    note: str = Field(default="", title="Note", max_length=2000)
    what_next: WhatNext = Field(default=GO_ON, title="What next?")


def wait_for_people(claim: Claim, round_id: str) -> None:
    """Suspend the flow run until the round is approved, or answered where that suffices.

    Called by the flow itself, not a task: the run ends here, holds no process, and is executed
    from its top when it is resumed. The approval is read from the label store, whichever way it
    came: page, command line, or the form of the Prefect UI, which is recorded here.
    """
    ctx, problem = open_context(), ""
    ctx.store.cycles.check(claim)
    while not is_closed(ctx, round_id):
        form = RoundForm.with_initial_data(
            description=round_prompt(ctx, round_id, page_url(ctx.settings), problem)
        )
        answer = _suspend(ctx, claim, round_id, form)
        problem = take_answer(ctx, round_id, answer)
        if problem:
            get_run_logger().warning("Asking again: %s", problem)
            ctx.store.rounds.next_ask(round_id)


def is_closed(ctx: Context, round_id: str) -> bool:
    """Whether the run may go on; closes a round that needs no approval and is answered."""
    return ctx.store.rounds.settle(round_id).state is RoundState.CLOSED


def ask_key(ctx: Context, round_id: str) -> str:
    """Return Prefect's key of the question that is open.

    A key that was answered isn't asked again, and Prefect forgets answers when a run is retried;
    so the number of the question is counted in the label store.
    """
    asks = ctx.store.rounds.get(round_id).asks or ctx.store.rounds.next_ask(round_id)
    return f"round-{round_id}-ask-{asks}"


def _suspend(ctx: Context, claim: Claim, round_id: str, form: type[RoundForm]) -> RoundForm:
    try:
        return suspend_flow_run(wait_for_input=form, key=ask_key(ctx, round_id))
    except Pause:
        # An approval between the look at the store and the suspension woke nobody.
        if is_closed(ctx, round_id):
            orchestration.resume(claim.flow_run_id, by="store", via=ApprovedVia.RULE)
        raise


def take_answer(ctx: Context, round_id: str, answer: RoundForm) -> str:
    """Record what came by the form; return why it isn't an approval, or nothing if it is."""
    if is_closed(ctx, round_id):
        return ""
    if answer.what_next == ASK_LATER:
        return f"{answer.approved_by} put it off. {answer.note}".strip()
    project = ctx.store.projects.by_id(ctx.store.rounds.get(round_id).project_id)
    if not project.form_approval:
        return "this project takes approvals from the page or the command line only."
    try:
        ctx.store.rounds.approve(
            round_id,
            by=answer.approved_by,
            via=ApprovedVia.PREFECT_FORM,
            note=answer.note,
            rest="return" if answer.what_next == RETURN_REST else "refuse",
        )
    except RoundNotFinishedError as error:
        return (
            "1 answer is still missing."
            if error.missing == 1
            else (f"{error.missing} answers are still missing.")
        )
    except ConflictError as error:
        return str(error)
    return ""
