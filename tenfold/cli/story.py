"""What happens in a run, a line each, as it comes: what is still there when a bar is gone."""

from collections.abc import Iterator

from rich.markup import escape

from models.cycle import StepState
from models.report import Progress
from models.round import RoundKind

ASKS = {
    RoundKind.MANUAL: "to tag",
    RoundKind.REVIEW: "proposals to check",
    RoundKind.AUDIT: "to tag blind",
}


class Story:
    """Knows what it has told; what was there at the first look is no news."""

    def __init__(self) -> None:
        self._told: set[str] | None = None

    def news(self, progress: Progress) -> list[str]:
        """Return what happened since the last look, oldest first, as markup."""
        happened = sorted(_events(progress))
        told = self._told
        self._told = (told or set()) | {key for _, key, _ in happened}
        return [] if told is None else [line for _, key, line in happened if key not in told]


def _events(progress: Progress) -> Iterator[tuple[float, str, str]]:
    """Yield when, a name of its own, and the line, of all that happened so far."""
    for step in progress.steps:
        if step.finished_at is None or not (step.total or step.seconds >= 1):
            continue
        failed = " [red]failed[/]" if step.state is StepState.FAILED else ""
        share = f"{step.done}/{step.total}" if step.total else ""
        line = f"[dim]·[/] {escape(step.name):<14}{share:>12} {step.seconds:>6.0f} s{failed}"
        yield step.finished_at.timestamp(), f"{step.key} {step.finished_at}", line
    for one in progress.rounds:
        images = "image" if one.size == one.overlap else "images"
        asked = f"{one.size // one.overlap} {images} {ASKS[one.kind]}"
        line = f"[dim]·[/] [bold]round {one.number}[/]: {asked} [dim]{escape(one.reason)}[/]"
        yield one.opened_at.timestamp(), one.id, line
