"""A project's certificate on the terminal, as JSON, and as a page."""

from pathlib import Path

from rich import box
from rich.markup import escape
from rich.table import Table

from models.certificate import Certificate, ClassClaim
from tenfold.cli.console import complain, note, out, print_json
from tenfold.pipeline.context import open_context
from tenfold.pipeline.pictures import picture_of
from tenfold.pipeline.recompute import Recomputed, Shown
from tenfold.pipeline.sheet import Sheet, page, sheet

MOST_PROBLEMS = 20
"""Problems that are listed, at most."""
HASH = 64
"""Characters of a SHA-256."""


def show(name: str, *, verify: bool, html: Path | None, json: bool) -> bool:
    """Show a project's certificate; return whether it holds, as far as that was asked."""
    ctx = open_context()
    shown = sheet(ctx, name, verify=verify or html is not None)
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        _, picture = picture_of(ctx, shown.certificate)
        html.write_text(page(shown, picture), encoding="utf-8")
        note(f"The page is in {html}.")
    if json:
        print_json(shown)
    elif html is None:
        _print(shown)
    problems = shown.recomputed.problems if shown.recomputed else ()
    for problem in problems[:MOST_PROBLEMS]:
        complain(problem)
    if len(problems) > MOST_PROBLEMS:
        complain(f"… and {len(problems) - MOST_PROBLEMS} more.")
    return not problems


def _print(shown: Sheet) -> None:
    out().print(f"[bold]{escape(shown.claim)}[/]\n")
    when = shown.approved_at.strftime("%Y-%m-%d %H:%M %Z")
    out().print(f"approved by {escape(shown.approved_by)} ({shown.approved_via}), {when}")
    if shown.dataset:
        out().print(f"dataset version {shown.dataset.number}, {shown.dataset.images} images")
    for model in shown.models:
        committed = "" if model.labels is None else f", {model.labels} of its labels committed"
        out().print(f"model {model.number}, learned from {model.trained_on} labels{committed}")
    if isinstance(shown.certificate, Certificate) and shown.certificate.classes:
        _classes(shown.certificate.classes)
    _list("How it was measured", shown.measured)
    _list("What is not covered", shown.not_covered)
    if shown.erased:
        note(
            f"{shown.erased} images were erased for good since; without what went with them, the "
            "numbers can't be recomputed."
        )
    elif shown.recomputed:
        _figures(shown.recomputed)


def _classes(claims: tuple[ClassClaim, ...]) -> None:
    table = Table(title="\nIn each class", title_justify="left", title_style="bold")
    table.box = box.SIMPLE_HEAD
    table.add_column("class")
    for column in (
        "labels, at least",
        "of the model",
        "wrong at most",
        "audited",
        "wrong",
        "tolerated",
    ):
        table.add_column(column, justify="right")
    for one in claims:
        labels, model = str(one.by_people + one.accepted), str(one.accepted)
        most = str(one.wrong_allowed) if one.accepted else "people's"
        audit = (str(one.audited), str(one.audit_errors), _short(one.errors_tolerated))
        table.add_row(
            escape(one.label), labels, model, most, *(audit if one.audited else ("–",) * 3)
        )
    out().print(table)


def _list(title: str, sentences: tuple[str, ...]) -> None:
    out().print(f"\n[bold]{title}[/]")
    for sentence in sentences:
        out().print(f"· {escape(sentence)}")


def _figures(recomputed: Recomputed) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("number")
    table.add_column("stated", justify="right")
    table.add_column("recomputed", justify="right")
    table.add_column("")
    for figure in recomputed.figures:
        holds = "[green]holds[/]" if figure.holds else "[bold red]differs[/]"
        table.add_row(figure.name, _short(figure.stated), _short(figure.found), holds)
    out().print(table)
    if not recomputed.problems:
        out().print("Recomputed from the stored answers: every number holds.")


def _short(value: Shown) -> str:
    if value is None:
        return "none"
    text = str(value)
    return f"{text[:12]}…" if len(text) == HASH else text
