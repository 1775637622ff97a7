"""Steps 5 and 8: which images people see next."""

from prefect import get_run_logger, task
from prefect.artifacts import create_link_artifact
from prefect.events import emit_event

from models.cycle import Claim
from tasks.steps import HOUR, artifact_key, step
from tenfold.pipeline import rounds
from tenfold.pipeline.context import open_context
from tenfold.pipeline.prompts import label_link, title
from tenfold.services.environment import page_url


@task(**step("open next round", seconds=HOUR))
def open_next_round(claim: Claim) -> str | None:
    """Return the round that people should answer now, opened if need be; None at the end."""
    ctx = open_context()
    before = ctx.store.certificates.latest(claim.cycle_id)
    round_id = rounds.open_next_round(ctx, claim)
    certificate = ctx.store.certificates.latest(claim.cycle_id)
    if certificate is not None and certificate != before:
        get_run_logger().info(certificate.statement)
    if round_id is None:
        get_run_logger().info("Nothing remains for people.")
        return None
    asked, project = ctx.store.rounds.get(round_id), ctx.project(claim).name
    link = label_link(project, page_url(ctx.settings))
    get_run_logger().info("Round %d: %s. %s %s", asked.number, title(asked), asked.reason, link)
    create_link_artifact(
        link=link,
        link_text=f"{title(asked)} on the page",
        key=artifact_key("page", project),
        description=asked.reason,
    )
    emit_event(
        "labels.wanted",
        resource={"prefect.resource.id": f"tenfold.round.{round_id}"},
        payload={"project": project, "kind": asked.kind.value, "answers": asked.size},
    )
    return round_id
