"""`tenfold doctor`: what is installed, what answers, what computes, what is missing."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from models.record import Record
from tenfold.cli.console import out, print_json

if TYPE_CHECKING:
    from tenfold.azure.checkup import Look


class Finding(Record):
    """One line of the doctor's."""

    what: str
    well: bool
    detail: str
    mend: str = ""


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    profile: Annotated[
        str, typer.Option(help="Look as if TENFOLD_PROFILE were this: local, team or azure.")
    ] = "",
) -> None:
    """Check this installation; each line is well or says how to mend it."""
    if profile:
        _take_profile(profile)
    findings = [_check(what, look) for what, look in {**CHECKS, **_azure_checks()}.items()]
    if json:
        print_json([finding.model_dump() for finding in findings])
    else:
        for finding in findings:
            mark = "[green]✓[/]" if finding.well else "[red]✗[/]"
            out().print(f"{mark} {finding.what:<14} {finding.detail}")
            if finding.mend:
                out().print(f"  {'':<14} → {finding.mend}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


def _take_profile(profile: str) -> None:
    from tenfold.settings import get_settings

    os.environ["TENFOLD_PROFILE"] = profile
    get_settings.cache_clear()


def _azure_checks() -> "dict[str, Callable[[], Look]]":
    """Return what is to be looked at in the azure profile; nothing in others."""
    from functools import partial

    from tenfold.errors import SettingsError
    from tenfold.settings import get_settings

    try:
        settings = get_settings()
    except SettingsError:  # the line of the settings says so
        return {}
    if settings.profile != "azure":
        return {}
    from tenfold.azure.checkup import CHECKS as AZURE_CHECKS

    return {what: partial(look, settings) for what, look in AZURE_CHECKS.items()}


def _check(what: str, look: "Callable[[], Look]") -> Finding:
    from tenfold.errors import TenfoldError

    try:
        well, detail, mend = look()
    except TenfoldError as error:
        return Finding(what=what, well=False, detail=error.args[0], mend=error.hint)
    except Exception as error:  # noqa: BLE001  # a doctor reports, whatever it is
        return Finding(what=what, well=False, detail=f"{type(error).__name__}: {error}")
    return Finding(what=what, well=well, detail=detail, mend=mend)


def _python() -> "Look":
    import platform
    import sys

    return sys.version_info >= (3, 11), f"Python {platform.python_version()}", ""


def _settings() -> "Look":
    from tenfold.settings import get_settings

    settings = get_settings()
    return True, f"profile {settings.profile}, state in {settings.home_dir}", ""


def _label_store() -> "Look":
    from sqlalchemy.engine import make_url

    from tenfold.pipeline.context import open_context

    ctx = open_context()
    projects = len(ctx.store.projects.list())
    url = make_url(ctx.settings.store_url).render_as_string(hide_password=True)
    return True, f"{url}, {projects} projects", ""


def _blob_store() -> "Look":
    from tenfold.pipeline.context import open_context

    ctx = open_context()
    ctx.blobs.put("doctor/ping", b"ping")
    answered = ctx.blobs.get("doctor/ping") == b"ping"
    ctx.blobs.delete("doctor/ping")
    return answered, f"{ctx.settings.blobs_url}: written, read and removed a blob", ""


def _backbone() -> "Look":
    from tenfold.learning.backbone import load_backbone
    from tenfold.settings import get_settings

    name = get_settings().backbone
    load_backbone(name, "cpu")
    return True, f"{name}: hash checked, loaded", ""


def _device() -> "Look":
    import torch

    from tenfold.learning.backbone import choose_device
    from tenfold.settings import get_settings

    device = choose_device(get_settings().device)
    named = (
        torch.cuda.get_device_name(0) if device == "cuda" else f"{torch.get_num_threads()} threads"
    )
    return True, f"{device} ({named}), torch {torch.__version__}", ""


def _page_parts() -> "Look":
    from tenfold.settings import get_settings
    from tenfold.web import vendor

    problem = vendor.problem(get_settings().home_dir)
    return not problem, problem or "the page's parts are in place", "make setup" if problem else ""


def _services() -> "Look":
    from tenfold import services
    from tenfold.settings import get_settings

    state = services.status(get_settings())
    if state is None:
        return True, "down", "tenfold up"
    lines = ", ".join(f"{s.name} {'up' if s.ready else 'starting'}" for s in state.services)
    return state.ready, lines, "" if state.ready else "See the logs in TENFOLD_HOME/logs."


def _disk() -> "Look":
    import shutil

    from tenfold.settings import get_settings

    home = get_settings().home_dir
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free / 2**30
    return free > 1, f"{free:.0f} GiB free for {home}", "" if free > 1 else "Make room there."


CHECKS: "dict[str, Callable[[], Look]]" = {
    "python": _python,
    "settings": _settings,
    "disk": _disk,
    "label store": _label_store,
    "blob store": _blob_store,
    "page parts": _page_parts,
    "weights": _backbone,
    "device": _device,
    "services": _services,
}
