"""Following a project's flow run to its end, with simulated labelers where answers are given."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.live import Live
from rich.text import Text

from models.cycle import CycleState
from models.label import Boxes, ClassLabel, LabelSet, Polygons
from models.person import Role
from models.project import Project
from models.report import Progress, RunReport
from models.round import RoundState
from tenfold import orchestration, services
from tenfold.cli.console import err, note
from tenfold.cli.services import print_links
from tenfold.cli.show import bar, doing, show_report
from tenfold.cli.story import Story
from tenfold.errors import ConflictError, ServiceError
from tenfold.formats.answers import Answers, read_answers
from tenfold.pipeline.context import Context, open_context
from tenfold.pipeline.report import build_report
from tenfold.settings import get_settings
from tenfold.simulation import Behavior, Crew, start_crew

Value = ClassLabel | LabelSet | Boxes | Polygons

LOOK = 1.0
"""Seconds between looks at the store."""

ASK_PREFECT = 5.0
"""Seconds between looks at the flow run."""

FAILURES = ("failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Follow:
    """What `tenfold run` was asked for."""

    name: str
    answers: Path | None = None
    labelers: int = 1
    labeler_error: float = 0.0
    report: Path | None = None
    timeout: float = 0
    refresh: bool = False


@dataclass(slots=True)
class Watch:
    """The flow run that is followed."""

    page: str
    run_id: str
    restarts: int = 0


def follow(wanted: Follow) -> RunReport:
    """Start or go on with the project's run, and follow it to its end.

    Raises:
        ServiceError: the flow run failed, or the time is over.
    """
    ctx = open_context()
    project = ctx.store.projects.get(wanted.name)
    answers = read_answers(wanted.answers, project.task) if wanted.answers else None
    if answers is not None:
        _check_answers(project, wanted, answers)
    if wanted.refresh or not _is_complete(ctx, project):
        quiet = services.status(get_settings()) is not None
        links = services.up(get_settings(), _silent if quiet else note)
        run_id = orchestration.work_on(project.name)
        if answers is None:
            print_links(links)
        with _crew(ctx, links.page, project, wanted, answers) as crew:
            _until_complete(ctx, project, wanted, crew, Watch(links.page, run_id))
    report = _report(ctx, project, answers)
    if wanted.report is not None:
        wanted.report.parent.mkdir(parents=True, exist_ok=True)
        wanted.report.write_text(report.model_dump_json(indent=1))
    show_report(report)
    return report


def _check_answers(project: Project, wanted: Follow, answers: Answers) -> None:
    """Refuse answers that could not bring the project to its end."""
    if wanted.labelers < project.overlap:
        raise ConflictError(
            f"{project.name} wants {project.overlap} people for each image.",
            f"Use --labelers {project.overlap} or more.",
        )
    foreign = sorted(set(answers.classes) - set(project.class_names))
    if foreign:
        raise ConflictError(
            f"{wanted.answers} has classes that {project.name} doesn't: {', '.join(foreign[:8])}.",
            f"Its label classes are {', '.join(project.class_names)}.",
        )


def _silent(_: str) -> None:
    """Take what nobody needs to read."""


@contextmanager
def _crew(
    ctx: Context, page: str, project: Project, wanted: Follow, answers: Answers | None
) -> Iterator[Crew | None]:
    if answers is None:
        yield None
        return
    tokens = []
    for number in range(1, wanted.labelers + 1):
        person = ctx.store.people.ensure(f"simulated-{number}", Role.LABELER)
        tokens.append(ctx.store.people.new_token(person.id, "simulation")[1])
    behavior = Behavior(answers, wanted.labeler_error, project.seed)
    crew = start_crew(page, tokens, project, behavior)
    try:
        yield crew
    finally:
        crew.stop()


def _is_complete(ctx: Context, project: Project) -> bool:
    cycle = ctx.store.cycles.current(project.id)
    return cycle is not None and cycle.state is CycleState.COMPLETE


def _until_complete(
    ctx: Context, project: Project, wanted: Follow, crew: Crew | None, watch: Watch
) -> None:
    started, asked = time.monotonic(), 0.0
    approve = _approver(ctx, watch.page) if crew else None
    story = Story()
    with Live(console=err(), refresh_per_second=2, transient=True) as live:
        while not _is_complete(ctx, project) or (wanted.refresh and not asked):
            if wanted.timeout and time.monotonic() - started > wanted.timeout:
                raise ServiceError(
                    f"{project.name} was not complete after {wanted.timeout:.0f} s.",
                    f"It goes on; `tenfold run {project.name}` follows it again.",
                )
            if crew and (failure := crew.failure()):
                raise failure
            progress = ctx.store.progress.of(project)
            _tell(story, progress)
            live.update(_line(progress))
            if approve:
                approve(progress)
            if time.monotonic() - asked > ASK_PREFECT:
                asked = time.monotonic()
                _check_run(ctx, project, watch)
            time.sleep(LOOK)
    _tell(story, ctx.store.progress.of(project))


def _tell(story: Story, progress: Progress) -> None:
    for line in story.news(progress):
        err().print(line)


def _line(progress: Progress) -> Text:
    share = f"{progress.labeled}/{progress.images}"
    return Text.from_markup(f"{progress.project} {bar(progress)} {share}  {doing(progress)}")


def _check_run(ctx: Context, project: Project, watch: Watch) -> None:
    """Raise if the flow run ended without the project; a crashed one is started again."""
    state = orchestration.run_state(watch.run_id)
    if state.kind in FAILURES and not _is_complete(ctx, project):
        raise ServiceError(
            f"The flow run {state.kind}: {state.message}",
            f"See {state.url}; `tenfold run {project.name}` goes on with it.",
        )
    if state.kind != "crashed" or not orchestration.settled(state):
        return
    if watch.restarts >= ctx.settings.restarts:
        raise ServiceError(
            f"The flow run crashed {watch.restarts + 1} times: {state.message}", f"See {state.url}."
        )
    watch.restarts += 1
    watch.run_id = orchestration.work_on(project.name)


def _approver(ctx: Context, page: str) -> Callable[[Progress], None]:
    """Return what approves answered rounds through the page, as a reviewer would."""
    import httpx

    person = ctx.store.people.ensure("simulated-reviewer", Role.REVIEWER)
    token = ctx.store.people.new_token(person.id, "simulation")[1]
    http = httpx.Client(base_url=page, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    approved: set[str] = set()

    def approve(progress: Progress) -> None:
        asked = progress.open_round
        if asked is None or asked.state is not RoundState.ANSWERED or not asked.needs_approval:
            return
        if asked.id in approved:
            return
        try:
            response = http.post(f"/api/rounds/{asked.id}/approve", json={"note": "simulated"})
        except httpx.TransportError:
            return
        if response.is_error:
            raise ServiceError(f"The page refused the approval: {response.text[:300]}")
        approved.add(asked.id)

    return approve


def truth_by_hash(ctx: Context, project: Project, answers: Answers) -> dict[str, Value]:
    """Return the true value of each image that the answers know."""
    truth: dict[str, Value] = {}
    for image in ctx.store.images.iterate(project.id):
        values = (answers.get(path) for path in image.paths)
        value = next((v for v in values if v is not None), None)
        if value is not None:
            truth[image.sha256] = value
    return truth


def _report(ctx: Context, project: Project, answers: Answers | None) -> RunReport:
    cycle = ctx.store.cycles.current(project.id)
    if cycle is None:
        raise AssertionError("a followed project has a cycle")
    truth = truth_by_hash(ctx, project, answers) if answers else None
    url = orchestration.flow_run_url(cycle.flow_run_id) if cycle.flow_run_id else None
    return build_report(ctx, project, cycle.id, truth, url)
