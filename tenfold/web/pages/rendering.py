"""Templates, and the words and numbers in them."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.annotation import SkipReason
from models.person import Person, Role
from models.record import now
from tenfold import __version__
from tenfold.percent import chosen
from tenfold.web.access import Member
from tenfold.web.richtext import markdown_to_html

TEMPLATES = Path(__file__).parent.parent / "templates"
MINUTE, HOUR, DAY = 60, 3600, 86_400


def number(value: float) -> str:
    """Write a whole number with thin spaces between thousands."""
    return f"{value:,.0f}".replace(",", "\u2009")


def count(value: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun in the right form."""
    return f"{number(value)} {noun if value == 1 else plural or noun + 's'}"


def percent(share: float) -> str:
    """Write a share as a percentage; never 100 % or 0 % for what is only nearly so."""
    nearly = 0 < min(share, 1 - share) < 0.01  # noqa: PLR2004 one percent
    return f"{100 * share:.{int(nearly)}f}\u2009%"


def promised(share: float) -> str:
    """Write a share that somebody chose, to its last digit: a promise isn't rounded."""
    return chosen(share).replace(" ", "\u2009")


def duration(seconds: float) -> str:
    """Write a length of time in its largest sensible unit."""
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    if seconds < HOUR:
        return f"{seconds / MINUTE:.0f} min"
    if seconds < DAY:
        return f"{seconds / HOUR:.1f} h"
    return f"{seconds / DAY:.1f} days"


def ago(moment: datetime | None) -> str:
    """Write how long ago something was."""
    if moment is None:
        return "–"
    seconds = (now() - moment).total_seconds()
    return "just now" if seconds < 10 else f"{duration(seconds)} ago"  # noqa: PLR2004 seconds


def stamp(moment: datetime) -> str:
    """Write a moment for machines; scripts show it in the reader's own time."""
    return moment.isoformat(timespec="seconds")


def size(amount: int) -> str:
    """Write an amount of bytes."""
    value = float(amount)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:  # noqa: PLR2004 kilo
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


@cache
def templates() -> Environment:
    """Return the templates; everything in them is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = {
        "number": number,
        "percent": percent,
        "promised": promised,
        "duration": duration,
        "ago": ago,
        "stamp": stamp,
        "size": size,
        "markdown": markdown_to_html,
    }
    environment.filters.update(filters)
    environment.globals.update(count=count, Role=Role, SkipReason=SkipReason, version=__version__)
    return environment


def render(
    request: Request,
    template: str,
    *,
    person: Person | None,
    status_code: int = 200,
    **values: Any,
) -> HTMLResponse:
    """Return a page."""
    text = templates().get_template(template).render(path=request.url.path, person=person, **values)
    return HTMLResponse(text, status_code)


def render_of_project(
    request: Request, template: str, member: Member, *, tab: str, **values: Any
) -> HTMLResponse:
    """Return a page of a project, as a member of it sees it."""
    values |= {"member": member, "project": member.project, "tab": tab}
    return render(request, template, person=member.person, **values)


def render_part(template: str, values: Mapping[str, object]) -> str:
    """Return a part of a page."""
    return templates().get_template(template).render(**values)
