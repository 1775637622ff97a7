"""Step 10: final labels, exports, report."""

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event

from models.cycle import Claim
from models.report import RunReport
from tasks.steps import HOUR, artifact_key, step
from tenfold.pipeline.complete import complete
from tenfold.pipeline.context import Context, open_context
from tenfold.pipeline.pictures import TITLES, stored_pictures
from tenfold.services.environment import page_url


@task(**step("complete project", seconds=6 * HOUR))
def complete_project(claim: Claim) -> None:
    """Freeze the final labels, export them, report, and end the cycle."""
    ctx = open_context()
    report = complete(ctx, claim)
    get_run_logger().info("%s is complete. %s", report.project, report.claim)
    base = page_url(ctx.settings)
    create_markdown_artifact(
        markdown=report_markdown(report, f"{base}/projects/{report.project}")
        + pictures_markdown(ctx, claim, base),
        key=artifact_key("report", report.project),
        description=report.claim,
    )
    emit_event(
        "labels.delivered",
        resource={"prefect.resource.id": f"tenfold.project.{claim.project_id}"},
        payload={"project": report.project, "images": report.images, "claim": report.claim},
    )


def pictures_markdown(ctx: Context, claim: Claim, page: str) -> str:
    """Embed the report's pictures; they are shown to who is signed in on the page."""
    project, cycle = ctx.project(claim), ctx.store.cycles.current(claim.project_id)
    stored = stored_pictures(ctx.blobs, project, cycle.number) if cycle else []
    base = f"{page}/api/projects/{project.name}/report/pictures"
    return "".join(f"\n\n![{TITLES[name]}]({base}/{name})" for name in stored)


def report_markdown(report: RunReport, page: str) -> str:
    """Write the report for Prefect's pages, with links to ours."""
    share = f"{100 * report.human.share:.1f} %"
    rounds = [
        f"| {r.number} | {r.kind} | {r.images} | {r.answered} | {r.skipped} "
        f"| {r.approved_by or ''} |"
        for r in report.rounds
    ]
    models = [f"| {m.version} | {m.trained_on} | {m.metrics} |" for m in report.models]
    return "\n".join(
        [
            f"# {report.project}",
            f"**{report.claim}**",
            "",
            f"[Dashboard]({page}) · [All images]({page}/data)",
            "",
            f"People looked at {share} of {report.images} images.",
            f"{report.accepted} labels are the model's.",
            f"{report.excluded} images are left out, {report.quarantined} files were set aside,",
            f"{report.duplicates} were exact copies.",
            "",
            "| round | kind | answers wanted | answered | skipped | approved by |",
            "|---|---|---|---|---|---|",
            *rounds,
            "",
            "| model | trained on | metrics |",
            "|---|---|---|",
            *models,
        ]
    )
