"""What is asked of people, in words: for Prefect's form, the page and the terminal."""

from models.project import Project
from models.round import Round, RoundKind
from tenfold.pipeline.context import Context

TASKS = {
    RoundKind.MANUAL: "Tag {n} images",
    RoundKind.REVIEW: "Check the model's proposals on {n} images",
    RoundKind.AUDIT: "Tag {n} images blind, to measure the model",
}

SECOND_LOOK = "Look again at the tags of {n} images"

AFTERWARDS = {
    RoundKind.MANUAL: "Then the model is trained on all tags and proposes labels for the rest.",
    RoundKind.REVIEW: "Then the model learns from what was corrected and proposes the next ones.",
    RoundKind.AUDIT: (
        "Then the model's surest labels are accepted, as many as the audit allows, and the "
        "answers are frozen."
    ),
}

AFTER_A_STEP = (
    "Then the model learns from the answers, which are frozen, and more of its labels are "
    "committed. In the end those that nobody was asked about are delivered."
)
"""What follows from an audit round of a walk."""


def title(asked: Round) -> str:
    """Say what is to be done, in a line."""
    images = asked.size
    text = SECOND_LOOK if asked.second_look else TASKS[asked.kind]
    return text.format(n=images).replace(" 1 images", " 1 image")


def afterwards(asked: Round, *, last: bool = False) -> str:
    """Say what happens after the approval, in a sentence."""
    if last and asked.kind is not RoundKind.AUDIT:
        return "Then nothing remains: the labels are delivered."
    return AFTERWARDS[asked.kind] if asked.walk_id is None else AFTER_A_STEP


def label_link(project: str, page_url: str) -> str:
    """Return the address where a project is labeled."""
    return f"{page_url.rstrip('/')}/projects/{project}/label"


def round_prompt(ctx: Context, round_id: str, page_url: str, problem: str = "") -> str:
    """Return the Markdown that the Prefect UI shows above its form."""
    asked = ctx.store.rounds.get(round_id)
    project = ctx.store.projects.by_id(asked.project_id)
    lines = [
        f"### {title(asked)}",
        f"{asked.answered} of {asked.size} are answered. {asked.reason}",
        (
            f"**[Open the page]({label_link(project.name, page_url)})** and tag. Approve there, "
            f"with `tenfold resume {project.name}`, or with this form."
        ),
        _form_note(project),
        afterwards(asked, last=_is_last(ctx, asked)),
    ]
    if problem:
        lines.insert(0, f"> **Not approved:** {problem}")
    return "\n\n".join(lines)


def _is_last(ctx: Context, asked: Round) -> bool:
    """Whether nothing remains for people once this round is answered."""
    cycle = ctx.store.cycles.current(asked.project_id)
    version = cycle.dataset_version if cycle else None
    remaining = ctx.store.images.unfinished(asked.project_id, version or 0)
    return len(remaining) <= asked.missing


def _form_note(project: Project) -> str:
    if project.form_approval:
        return "A name typed into this form is recorded as typed: it is not a sign-in."
    return "This project takes approvals from the page or the command line only, not by this form."
