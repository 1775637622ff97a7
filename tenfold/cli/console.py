"""Writing to the terminal: results to standard output, all else to standard error."""

import json
import sys
from functools import cache

from pydantic import BaseModel
from rich.console import Console


@cache
def out() -> Console:
    """Return the console for results."""
    return Console(highlight=False, soft_wrap=True)


@cache
def err() -> Console:
    """Return the console for progress and complaints."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def complain(message: str) -> None:
    """Say what went wrong."""
    from rich.markup import escape

    err().print(f"[bold red]error:[/] {escape(message)}")


def note(message: str) -> None:
    """Say what is going on."""
    from rich.markup import escape

    err().print(f"[dim]·[/] {escape(message)}")


def print_json(value: object) -> None:
    """Write JSON to standard output."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    sys.stdout.write(json.dumps(plain, indent=1, ensure_ascii=False) + "\n")
