"""People, their roles, and how they sign in."""

import secrets
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.person import AccessToken, Person, Role
from models.record import now
from models.round import ItemState
from tenfold.errors import ConflictError, ForbiddenError, NotFoundError, SignInError
from tenfold.store.engine import Database
from tenfold.store.rows import to_person, to_token
from tenfold.store.standings import Standing, digest, standing_of
from tenfold.store.tables import items, people, roles, tokens
from tenfold.store.tallies import insert_into

_hasher = PasswordHasher()


@cache
def _decoy() -> str:
    """A hash to check against where there is none, so that the time tells nothing."""
    return _hasher.hash(secrets.token_hex(16))


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(password)


def person_of(connection: Connection, person_id: int) -> Person:
    """Return a person by their id.

    Raises:
        NotFoundError: no such person.
    """
    row = connection.execute(select(people).where(people.c.id == person_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no person with the id {person_id}.")
    return to_person(row)


def active_person(connection: Connection, person_id: int) -> Person:
    """Return a person who may work.

    Raises:
        NotFoundError: no such person.
        ForbiddenError: they may no longer.
    """
    person = person_of(connection, person_id)
    if not person.active:
        raise ForbiddenError(f"{person.name} may no longer work here.", "Ask an admin.")
    return person


class People:
    """Everybody who may sign in."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create(self, name: str, role: Role, password: str | None = None) -> Person:
        """Add a person.

        Raises:
            ConflictError: the name is taken.
        """
        kept = None if password is None else hashed(password)
        try:
            with self._db.write() as connection:
                added = connection.execute(
                    insert(people)
                    .values(name=name, role=role, password=kept, active=True, created_at=now())
                    .returning(people.c.id)
                ).scalar_one()
                return person_of(connection, added)
        except IntegrityError:
            raise ConflictError(
                f"Somebody is called {name!r} already.", "Choose another name."
            ) from None

    def sign_in(self, name: str, password: str) -> Person:
        """Return the person whose name and password these are.

        Raises:
            SignInError: they aren't anybody's, or the person may no longer sign in.
        """
        with self._db.read() as connection:
            row = connection.execute(select(people).where(people.c.name == name)).one_or_none()
        kept = row.password if row is not None else None
        try:
            _hasher.verify(kept or _decoy(), password)
        except Argon2Error:
            kept = None
        if row is None or kept is None or not row.active:
            raise SignInError("Name or password is wrong.")
        return to_person(row)

    def get(self, person_id: int) -> Person:
        """Return a person by their id.

        Raises:
            NotFoundError: no such person.
        """
        with self._db.read() as connection:
            return person_of(connection, person_id)

    def by_name(self, name: str) -> Person:
        """Return a person by their name.

        Raises:
            NotFoundError: nobody has it.
        """
        found = self._find(name)
        if found is None:
            raise NotFoundError(f"There is nobody called {name!r}.")
        return found

    def _find(self, name: str) -> Person | None:
        with self._db.read() as connection:
            row = connection.execute(select(people).where(people.c.name == name)).one_or_none()
        return None if row is None else to_person(row)

    def ensure(self, name: str, role: Role) -> Person:
        """Return the person of that name; if there is none, add one without a password."""
        found = self._find(name)
        if found is not None:
            return found
        try:
            return self.create(name, role)
        except ConflictError:
            return self.by_name(name)

    def set_password(self, person_id: int, password: str | None) -> None:
        """Set a password; None: the person can't sign in with one."""
        self._set(person_id, password=None if password is None else hashed(password))

    def set_role(self, person_id: int, role: Role) -> Person:
        """Give a person another role."""
        return self._set(person_id, role=role)

    def set_active(self, person_id: int, *, active: bool) -> Person:
        """Let a person sign in, or no longer; what they did stays.

        Images that were meant for somebody who may no longer are meant for nobody.
        """
        if not active:
            self._free_images(person_id)
        return self._set(person_id, active=active)

    def _free_images(self, person_id: int) -> None:
        waiting = (items.c.assigned_to == person_id) & (items.c.state == ItemState.WAITING)
        with self._db.write() as connection:
            connection.execute(update(items).where(waiting).values(assigned_to=0))

    def _set(self, person_id: int, **values: object) -> Person:
        with self._db.write() as connection:
            connection.execute(update(people).where(people.c.id == person_id).values(**values))
            return person_of(connection, person_id)

    def role_in(self, project_id: str, person_id: int) -> Role:
        """Return a person's role in a project: the one given there, else their own."""
        with self._db.read() as connection:
            given = connection.scalar(
                select(roles.c.role).where(
                    roles.c.project_id == project_id, roles.c.person_id == person_id
                )
            )
            return Role(given) if given else person_of(connection, person_id).role

    def roles_in(self, project_id: str) -> dict[int, Role]:
        """Return the role in a project of everybody who may sign in, by their id."""
        query = (
            select(people.c.id, func.coalesce(roles.c.role, people.c.role))
            .outerjoin(
                roles, (roles.c.person_id == people.c.id) & (roles.c.project_id == project_id)
            )
            .where(people.c.active.is_(True))
        )
        with self._db.read() as connection:
            return {person: Role(role) for person, role in connection.execute(query)}

    def roles_given(self, project_id: str) -> dict[int, Role]:
        """Return the roles that people have in a project and not elsewhere, by their ids."""
        query = select(roles.c.person_id, roles.c.role).where(roles.c.project_id == project_id)
        with self._db.read() as connection:
            return {person: Role(role) for person, role in connection.execute(query)}

    def set_role_in(self, project_id: str, person_id: int, role: Role | None) -> None:
        """Give a person a role in one project; None: their own again."""
        with self._db.write() as connection:
            if role is None:
                connection.execute(
                    delete(roles).where(
                        roles.c.project_id == project_id, roles.c.person_id == person_id
                    )
                )
                return
            statement = insert_into(roles, connection.dialect).values(
                project_id=project_id, person_id=person_id, role=role
            )
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["project_id", "person_id"], set_={"role": role}
                )
            )

    def new_token(self, person_id: int, title: str) -> tuple[AccessToken, str]:
        """Make a personal access token; its secret is shown this once."""
        secret = f"tf_{secrets.token_urlsafe(32)}"
        with self._db.write() as connection:
            row = connection.execute(
                insert(tokens)
                .values(person_id=person_id, title=title, sha256=digest(secret), created_at=now())
                .returning(tokens)
            ).one()
            return to_token(row), secret

    def by_token(self, secret: str) -> Person:
        """Return the person whose token this is.

        Raises:
            SignInError: no such token, or the person may no longer sign in.
        """
        moment = now()
        with self._db.read() as connection:
            row = connection.execute(
                select(people, tokens.c.id.label("token_id"), tokens.c.last_used_at)
                .join(tokens, tokens.c.person_id == people.c.id)
                .where(tokens.c.sha256 == digest(secret), people.c.active.is_(True))
            ).one_or_none()
        if row is None:
            raise SignInError("The access token isn't valid.", "Make a new one.")
        if not _lately(row.last_used_at, moment):
            self._note_use(row.token_id, moment)
        return to_person(row)

    def standing(self, project: str, who: int | str) -> Standing:
        """Return who asks and what they are in a project, with one statement.

        Args:
            project: the project's name.
            who: a person's id, or the secret of a personal token.
        """
        moment = now()
        with self._db.glance() as connection:
            found = standing_of(connection, project, who)
        if found.token is not None and not _lately(found.token_used, moment):
            self._note_use(found.token, moment)
        return found

    def _note_use(self, token_id: int, moment: datetime) -> None:
        with self._db.write() as connection:
            connection.execute(
                update(tokens).where(tokens.c.id == token_id).values(last_used_at=moment)
            )

    def tokens(self, person_id: int) -> list[AccessToken]:
        """Return a person's tokens, oldest first."""
        query = select(tokens).where(tokens.c.person_id == person_id).order_by(tokens.c.id)
        with self._db.read() as connection:
            return [to_token(row) for row in connection.execute(query)]

    def revoke_token(self, token_id: int) -> None:
        """Make a token worthless."""
        with self._db.write() as connection:
            connection.execute(delete(tokens).where(tokens.c.id == token_id))

    def list(self) -> list[Person]:
        """Return everybody, by name."""
        with self._db.read() as connection:
            return [
                to_person(row) for row in connection.execute(select(people).order_by(people.c.name))
            ]


_USED_EVERY = 300.0
"""Seconds between two notes of a token's use: not a write for every request."""


def _lately(used: datetime | None, moment: datetime) -> bool:
    return used is not None and (moment - used).total_seconds() <= _USED_EVERY
