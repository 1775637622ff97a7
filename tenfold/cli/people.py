"""`tenfold person` and `tenfold invite`: accounts for the team and azure profiles."""

from typing import Annotated

import typer

from models.person import Role
from tenfold.cli.console import note, out


def person(
    name: Annotated[str, typer.Argument(help="The name that they sign in with.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.LABELER,
    token: Annotated[
        bool, typer.Option("--token", help="Also print a new personal access token, for scripts.")
    ] = False,
) -> None:
    """Make an account, or change its role or password; asks for the password."""
    from tenfold.errors import NotFoundError
    from tenfold.pipeline.context import open_context

    people = open_context().store.people
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        known = people.by_name(name)
    except NotFoundError:
        known = people.create(name, role, password)
        note(f"{name} can sign in now, as {role.value}.")
    else:
        people.set_password(known.id, password)
        people.set_role(known.id, role)
        note(f"{name} has a new password and the role {role.value}.")
    if token:
        _, secret = people.new_token(known.id, "command line")
        out().print(secret)


def invite(
    role: Annotated[Role, typer.Option(help="What who comes by it may do.")] = Role.LABELER,
    days: Annotated[int, typer.Option(min=1, max=365, help="Until it expires.")] = 7,
    many: Annotated[bool, typer.Option("--many", help="Several people may come by it.")] = False,
    project: Annotated[
        str | None, typer.Option(help="Where the role holds; elsewhere they are labelers.")
    ] = None,
) -> None:
    """Print a link by which people make their own accounts; it is shown this once."""
    import getpass
    from datetime import timedelta

    from tenfold.pipeline.context import open_context
    from tenfold.services.environment import page_url

    ctx = open_context()
    where = None if project is None else ctx.store.projects.get(project).id
    made, secret = ctx.store.invitations.invite(
        getpass.getuser(), role, timedelta(days=days), many=many, project_id=where
    )
    out().print(f"{page_url(ctx.settings)}/join/{secret}")
    whom = "several people" if many else "one person"
    note(f"For {whom}, as {role.value}, until {made.expires_at:%Y-%m-%d %H:%M %Z}.")
