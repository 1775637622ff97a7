"""Where a project stands, in shares and words."""

from dataclasses import dataclass

from models.cycle import Step, StepState
from models.project import Project, ProjectState
from models.report import Progress
from models.round import Round, RoundKind, RoundState

BY_PEOPLE = ("manual", "reviewed", "audited")
DONE = (*BY_PEOPLE, "imported", "accepted")


@dataclass(frozen=True, slots=True)
class Shares:
    """Images by whose word they carry; they add up to `images`."""

    images: int
    people: int
    imported: int
    accepted: int
    prelabeled: int
    skipped: int
    unlabeled: int

    @property
    def done(self) -> int:
        """Images with a final label."""
        return self.people + self.imported + self.accepted

    @property
    def share(self) -> float:
        """Done ÷ images; 0 without images."""
        return self.done / self.images if self.images else 0.0


def shares_of(progress: Progress) -> Shares:
    """Sum up the states of a project's images."""
    by_state = progress.by_state
    return Shares(
        images=progress.images,
        people=sum(by_state.get(state, 0) for state in BY_PEOPLE),
        imported=by_state.get("imported", 0),
        accepted=by_state.get("accepted", 0),
        prelabeled=by_state.get("pre-labeled", 0),
        skipped=by_state.get("skipped", 0),
        unlabeled=by_state.get("unlabeled", 0),
    )


ROUND_WORDS = {
    RoundKind.MANUAL: "tagging",
    RoundKind.REVIEW: "checking",
    RoundKind.AUDIT: "audit",
}


def running_step(progress: Progress) -> Step | None:
    """Return the step that runs now; the newest where several are said to."""
    running = [step for step in progress.steps if step.state is StepState.RUNNING]
    return max(running, key=lambda step: step.started_at) if running else None


def failed_step(progress: Progress) -> Step | None:
    """Return the step that failed last, if nothing ran after it."""
    newest = max(progress.steps, key=lambda step: step.started_at, default=None)
    return newest if newest is not None and newest.state is StepState.FAILED else None


def is_complete(progress: Progress) -> bool:
    """Whether the cycle has been delivered."""
    return any(s.name == "complete" and s.state is StepState.DONE for s in progress.steps)


def status_of(project: Project, progress: Progress) -> str:
    """Say in a few words what a project is waiting for."""
    if project.state is not ProjectState.ACTIVE:
        return project.state.value
    asked = progress.open_round
    if asked is not None and not asked.goes_on_by_itself:
        return _asks(asked)
    return _machine(progress)


def _machine(progress: Progress) -> str:
    if failed_step(progress) is not None:
        return "a step failed"
    if progress.wait is not None and not is_complete(progress):
        return "machine waits"
    step = running_step(progress)
    if step is not None:
        return f"machine {'waits' if step.wait else 'at work'}: {step.name}"
    if is_complete(progress):
        return "complete"
    return "machine at work" if progress.steps else "not started"


def _asks(asked: Round) -> str:
    if asked.state is RoundState.ANSWERED:
        return "waits for approval"
    return f"{ROUND_WORDS[asked.kind]}: {asked.missing} left"
