"""The commands of `tenfold`."""

from typing import Annotated

import typer

from tenfold.cli import (
    agreement,
    assign,
    certificate,
    classes,
    demo,
    doctor,
    erase,
    export,
    importing,
    people,
    plan,
    projects,
    removal,
    run,
    services,
)

EPILOG = "Start with `tenfold demo`, or `tenfold up` and then make a project on the page."

app = typer.Typer(
    name="tenfold",
    help="Label images with few tags, and know how many of the other labels are wrong.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("demo")(demo.demo)
app.command("up")(services.up)
app.command("down")(services.down)
app.command("status")(services.status)
app.command("new")(projects.new)
app.command("classes")(classes.classes)
app.command("run")(run.run)
app.command("stop")(run.stop)
app.command("resume")(run.resume)
app.command("import")(importing.import_labels)
app.command("export")(export.export)
app.command("plan", help=plan.HELP)(plan.plan)
app.command("certificate", help=certificate.HELP)(certificate.certificate)
app.command("agreement")(agreement.agreement)
app.command("suspects")(agreement.suspects)
app.command("person")(people.person)
app.command("doctor")(doctor.doctor)
app.command("rename")(removal.rename)
app.command("archive")(removal.archive)
app.command("delete")(removal.delete)
app.command("erase")(erase.erase)
app.command("invite")(people.invite)
app.command("assign")(assign.assign)


def _version(value: bool) -> None:  # typer calls it so
    if value:
        from tenfold import __version__

        typer.echo(f"tenfold {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Label images with few tags, and know how many of the other labels are wrong."""
