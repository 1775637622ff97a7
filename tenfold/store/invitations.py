"""Invitations: links by which people make their own accounts."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update
from sqlalchemy import insert as inserting
from sqlalchemy.exc import IntegrityError

from models.person import Invitation, Person, Role
from models.record import now as this_moment
from tenfold.errors import ConflictError, SignInError
from tenfold.store.engine import Database
from tenfold.store.people import hashed, person_of
from tenfold.store.rows import AnyRow
from tenfold.store.standings import digest
from tenfold.store.tables import invitations, people, projects, roles


class Invitations:
    """The invitations of all admins."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def invite(
        self,
        by: str,
        role: Role,
        lasts: timedelta,
        *,
        many: bool = False,
        project_id: str | None = None,
    ) -> tuple[Invitation, str]:
        """Make an invitation; its secret is shown this once.

        Args:
            by: who invites.
            role: what who comes by it may do.
            lasts: until it expires.
            many: whether several people may come by it.
            project_id: where the role holds; elsewhere they are labelers. None: everywhere.
        """
        secret, moment = secrets.token_urlsafe(24), this_moment()
        with self._db.write() as connection:
            added = connection.execute(
                inserting(invitations)
                .values(
                    sha256=digest(secret),
                    role=role,
                    project_id=project_id,
                    many=many,
                    uses=0,
                    by=by,
                    created_at=moment,
                    expires_at=moment + lasts,
                )
                .returning(invitations.c.id)
            ).scalar_one()
            row = connection.execute(_WITH_PROJECT.where(invitations.c.id == added)).one()
            return _invitation(row), secret

    def look(self, secret: str, now: datetime | None = None) -> Invitation:
        """Return the invitation of a link.

        Raises:
            SignInError: there is none, or it is spent, revoked or expired.
        """
        query = _WITH_PROJECT.where(invitations.c.sha256 == digest(secret))
        with self._db.read() as connection:
            row = connection.execute(query).one_or_none()
        found = None if row is None else _invitation(row)
        if found is None or not found.open_at(now or this_moment()):
            raise SignInError("This invitation isn't valid any more.", "Ask for a new link.")
        return found

    def accept(self, secret: str, name: str, password: str, now: datetime | None = None) -> Person:
        """Make the account of somebody who was invited; a link for one is worthless then.

        Raises:
            SignInError: the invitation isn't there, or is spent, revoked or expired.
            ConflictError: the name is taken; the invitation stays.
        """
        moment = now or this_moment()
        self.look(secret, moment)
        kept = hashed(password)
        try:
            with self._db.write() as connection:
                invitation = _spend(connection, secret, moment)
                return _add(connection, invitation, name, kept, moment)
        except IntegrityError:
            raise ConflictError(
                f"Somebody is called {name!r} already.", "Choose another name."
            ) from None

    def list(self) -> list[Invitation]:
        """Return all invitations, the newest first."""
        with self._db.read() as connection:
            rows = connection.execute(_WITH_PROJECT.order_by(invitations.c.id.desc()))
            return [_invitation(row) for row in rows]

    def revoke(self, invitation_id: int) -> None:
        """Make an invitation worthless; who came by it stays."""
        with self._db.write() as connection:
            connection.execute(
                update(invitations)
                .where(invitations.c.id == invitation_id, invitations.c.revoked_at.is_(None))
                .values(revoked_at=this_moment())
            )


_WITH_PROJECT = select(invitations, projects.c.name.label("project")).outerjoin(
    projects, projects.c.id == invitations.c.project_id
)


def _invitation(row: AnyRow) -> Invitation:
    return Invitation.model_validate({name: getattr(row, name) for name in Invitation.model_fields})


def _spend(connection: Connection, secret: str, moment: datetime) -> AnyRow:
    """Count a use of an invitation; of two people who come at once, one is too late."""
    row = connection.execute(
        update(invitations)
        .where(
            invitations.c.sha256 == digest(secret),
            invitations.c.revoked_at.is_(None),
            invitations.c.expires_at > moment,
            or_(invitations.c.many.is_(True), invitations.c.uses == 0),
        )
        .values(uses=invitations.c.uses + 1)
        .returning(invitations)
    ).one_or_none()
    if row is None:
        raise SignInError("This invitation isn't valid any more.", "Ask for a new link.")
    return row


def _add(
    connection: Connection, invitation: AnyRow, name: str, password: str, moment: datetime
) -> Person:
    everywhere = invitation.project_id is None
    added = connection.execute(
        inserting(people)
        .values(
            name=name,
            role=invitation.role if everywhere else Role.LABELER,
            password=password,
            active=True,
            created_at=moment,
        )
        .returning(people.c.id)
    ).scalar_one()
    if not everywhere:
        connection.execute(
            inserting(roles).values(
                project_id=invitation.project_id, person_id=added, role=invitation.role
            )
        )
    return person_of(connection, added)
