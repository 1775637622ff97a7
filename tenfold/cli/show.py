"""Projects, progress and reports on the terminal."""

from rich.table import Table

from models.report import Progress, RunReport
from tenfold.cli.console import err, out

BAR = 32

STATES = {
    "manual": "cyan",
    "reviewed": "blue",
    "audited": "magenta",
    "imported": "yellow",
    "accepted": "green",
    "pre-labeled": "bright_black",
    "skipped": "red",
    "unlabeled": "black",
}


def bar(progress: Progress, width: int = BAR) -> str:
    """Draw the images' states as a colored bar."""
    total = max(1, progress.images)
    text, used = "", 0
    for state, color in STATES.items():
        cells = round(width * progress.by_state.get(state, 0) / total)
        cells = min(cells, width - used)
        used += cells
        mark = "░" if state in ("pre-labeled", "unlabeled") else "█"
        text += f"[{color}]{mark * cells}[/]"
    return text + "░" * (width - used)


def show_projects(services: dict[str, str], progresses: list[Progress]) -> None:
    """List the services and the projects."""
    for name, state in services.items():
        out().print(f"{name:<14} {state}")
    if not progresses:
        out().print("No project yet. Make one with `tenfold new`, or on the page.")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("project", "labeled", "", "now"):
        table.add_column(column, no_wrap=True)
    for progress in progresses:
        share = f"{progress.labeled}/{progress.images}"
        table.add_row(progress.project, share, bar(progress, 20), doing(progress))
    out().print(table)


def doing(progress: Progress) -> str:
    """Say in a few words what a project waits for or does."""
    if progress.open_round is not None:
        asked = progress.open_round
        return f"{asked.kind.value} round: {asked.answered}/{asked.size} answered"
    running = [step for step in progress.steps if step.finished_at is None]
    if running:
        step = running[-1]
        if step.wait is not None:
            return f"{step.name} waits"
        return f"{step.name} {step.done}/{step.total}" if step.total else step.name
    if progress.wait is not None:
        return "waits"
    return "done" if progress.images and progress.labeled == progress.images else "idle"


def show_progress(progress: Progress) -> None:
    """Show one project."""
    out().print(f"[bold]{progress.project}[/]  {progress.labeled}/{progress.images} labeled")
    out().print(bar(progress, 60))
    for state, color in STATES.items():
        if count := progress.by_state.get(state, 0):
            out().print(f"  [{color}]■[/] {state:<12} {count}")
    if progress.quarantined or progress.duplicates:
        aside = f"{progress.quarantined} files set aside, {progress.duplicates} exact copies"
        out().print(f"  {aside}")
    out().print(f"now: {doing(progress)}")
    steps = [step.wait for step in progress.steps if step.wait is not None]
    for wait in [progress.wait] if progress.wait is not None else steps:
        out().print(f"  {wait.why}")
        if wait.command:
            out().print(f"  {wait.command}", soft_wrap=True, highlight=False, markup=False)
    if progress.minutes_left:
        out().print(f"about {progress.minutes_left:.0f} minutes of tagging left in this round")
    if progress.walk:
        walk = progress.walk
        out().print(
            f"covered so far: {walk.committed} of {walk.images}, {walk.audited} looked at blind"
        )
    if progress.claim:
        out().print(progress.claim)
    if progress.flow_run_url:
        out().print(progress.flow_run_url)


def show_report(report: RunReport) -> None:
    """Show a report; the last line is what may be claimed."""
    rounds = Table(box=None, pad_edge=False, title_justify="left", title="Rounds")
    for column in ("#", "kind", "images", "skipped", "agreed", "approved by"):
        rounds.add_column(column, justify="left" if column == "kind" else "right")
    for r in report.rounds:
        agreed = "" if r.agreed is None else f"{r.agreed}/{r.answered - r.skipped}"
        who = f"{r.approved_by or '–'} ({r.approved_via or 'open'})"
        rounds.add_row(str(r.number), r.kind, str(r.images), str(r.skipped), agreed, who)
    err().print(rounds)
    human = report.human
    lines = [
        (
            f"images      {report.images} ({report.quarantined} files set aside, "
            f"{report.duplicates} exact copies, {report.excluded} without a label)"
        ),
        (
            f"people      {human.share:.1%} of the images: {human.manual} tagged, "
            f"{human.audit} audited blind, {human.review} checked; about "
            f"{human.seconds_estimated / 60:.0f} minutes"
        ),
        f"machine     {report.accepted} labels accepted unseen",
    ]
    if report.wrong is not None:
        lines.append(f"wrong       {report.wrong.count} ({report.wrong.share:.2%}), by the answers")
    seconds = ", ".join(f"{name} {s:.0f} s" for name, s in report.steps.items() if s >= 1)
    lines.append(f"time        {seconds}")
    if report.flow_run_url:
        lines.append(f"flow run    {report.flow_run_url}")
    for line in lines:
        err().print(line)
    out().print(f"[bold]{report.claim}[/]")
