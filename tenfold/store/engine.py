"""Connections, transactions and locks, for SQLite and PostgreSQL alike.

SQLite: WAL, synchronous=FULL, one writer at a time (`BEGIN IMMEDIATE`). PostgreSQL: read committed;
writes that change labels hold an advisory lock of their project until the commit; leases and
answers share it, and hold a lock of the person, answers also one of the image.
"""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from threading import Lock
from typing import Any

from psycopg import Error as PsycopgError
from sqlalchemy import (
    Connection,
    Engine,
    TextClause,
    create_engine,
    event,
    make_url,
    text,
    update,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DisconnectionError,
    OperationalError,
)
from sqlalchemy.pool import ConnectionPoolEntry

from models.cycle import Claim
from tenfold.errors import (
    ConflictError,
    ServiceError,
    SettingsError,
    StaleClaimError,
    TransientServiceError,
)
from tenfold.store import faults
from tenfold.store.tables import cycles

BUSY_SECONDS = 60
"""How long a SQLite writer waits for the one before it."""

RESTED_SECONDS = 1.0
"""A connection to PostgreSQL that was idle for longer is tried before it is used."""

LONG_SECONDS, TURN_SECONDS = 0.05, 0.12
"""A write of the pipeline that took longer is followed by a pause: SQLite's waiting writers look
only every tenth of a second whether it is their turn."""


class Database:
    """An engine with the transactions that the store needs. Safe to share among threads."""

    def __init__(self, url: str) -> None:
        parsed = _parse(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(parsed) if self.sqlite else _postgres_engine(parsed)
        # Threads wait in line here; SQLite's own waiting is a sleep with no order.
        self._writer = Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads: it sees one state of the store."""
        with _translated(), self.engine.connect() as connection:
            if not self.sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Open a connection for one statement that only reads; it is a transaction by itself."""
        with _translated(), self.engine.connect() as connection:
            if not self.sqlite:
                connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    @contextmanager
    def write(
        self, project_id: str | None = None, *, shared: bool = False, alone_at: Sequence[str] = ()
    ) -> Iterator[Connection]:
        """Open a transaction that writes; committed at the end, rolled back on an error.

        Args:
            project_id: whose labels it changes; the lock of the project is held to the commit.
            shared: let other shared holders of the project's lock go on at the same time.
            alone_at: names of what only one of these may work at, always in the same order.
        """
        with _translated(), self._writer if self.sqlite else nullcontext():
            with self.engine.connect() as connection:
                connection.execution_options(tenfold_write=True)
                with connection.begin():
                    if project_id is not None and not self.sqlite:
                        _lock(connection, project_id, alone_at, shared=shared)
                    yield connection
                    number = faults.next_commit()
                    faults.reach("before", number)
            faults.reach("after", number)

    @contextmanager
    def claimed(self, claim: Claim) -> Iterator[Connection]:
        """Open a write of the pipeline; refused where another execution has taken over.

        Raises:
            StaleClaimError: the claim isn't the newest of its cycle.
        """
        with self.write(claim.project_id) as connection:
            began = time.monotonic()
            check_fence(connection, claim)
            yield connection
        if self.sqlite and time.monotonic() - began > LONG_SECONDS:
            time.sleep(TURN_SECONDS)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@cache
def _locking(shared: bool, others: int) -> TextClause:
    """Return the statement that takes a project's lock, and then so many others."""
    kind = "_shared" if shared else ""
    locks = [f"pg_advisory_xact_lock{kind}(hashtextextended(:project, 0))"]
    locks += [f"pg_advisory_xact_lock(hashtextextended(:lock{i}, 0))" for i in range(others)]
    return text(f"SELECT {', '.join(locks)}")


def _lock(connection: Connection, project_id: str, others: Sequence[str], *, shared: bool) -> None:
    values = {f"lock{i}": name for i, name in enumerate(others)}
    statement = _locking(shared, len(others))
    connection.execute(statement, {"project": project_id, **values})


def check_fence(connection: Connection, claim: Claim) -> None:
    """Refuse a claim that isn't its cycle's newest, and keep a newer one out until the commit."""
    held = connection.execute(
        update(cycles)
        .where(cycles.c.id == claim.cycle_id, cycles.c.fence == claim.fence)
        .values(fence=claim.fence)
    )
    if held.rowcount != 1:
        raise StaleClaimError(
            f"Run {claim.flow_run_id} no longer holds cycle {claim.cycle_id}: "
            "another execution has taken it over.",
            "Nothing is lost; the newer run goes on.",
        )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DataError as error:
        raise ConflictError(f"The label store can't keep that: {error.orig}.") from error
    except DatabaseError as error:
        if type(error) not in (DatabaseError, OperationalError):
            raise  # a broken constraint and the like: the caller knows what it means
        problem = str(error.orig).strip()
        if isinstance(error.orig, SqliteError) and not _is_busy(problem):
            raise ServiceError(f"The label store can't be used: {problem}.") from error
        raise TransientServiceError(
            f"The label store doesn't answer: {problem}.", "Try again; nothing was changed."
        ) from error


def _is_busy(problem: str) -> bool:
    return "locked" in problem or "busy" in problem


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError(
            "TENFOLD_DATABASE_URL is no database URL.",
            "Use sqlite:////path/labels.db or postgresql://user:password@host/name.",
        ) from None
    backend = parsed.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise SettingsError(f"The label store can't be kept in {backend}: SQLite or PostgreSQL.")
    if parsed.database in (None, "", ":memory:"):
        raise SettingsError("The label store needs a file.", "Use sqlite:////path/labels.db.")
    return parsed


def _postgres_engine(url: URL) -> Engine:
    # Last in, first out: few are warm, here and in the database, rather than all of them lukewarm.
    engine = create_engine(url, pool_size=40, max_overflow=0, pool_use_lifo=True)
    event.listen(engine, "checkin", _note_idle)
    event.listen(engine, "checkout", _ping_idle)
    return engine


def _note_idle(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["idle since"] = time.monotonic()


def _ping_idle(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Try a connection that has rested before it is used; a ping each time would cost a trip."""
    if time.monotonic() - record.info.get("idle since", math.inf) < RESTED_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except PsycopgError as error:
        raise DisconnectionError from error


def _sqlite_engine(url: URL) -> Engine:
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError(f"The folder {folder} can't be made: {error.strerror}.") from error
    engine = create_engine(
        url, connect_args={"timeout": BUSY_SECONDS}, pool_size=10, max_overflow=60
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: SqliteConnection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so, DDL included
    _set_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-65536", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _set_wal(connection: SqliteConnection) -> None:
    """Switch to WAL; several processes that open a new file at once get in each other's way."""
    for attempt in range(100):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except SqliteError as error:
            if not _is_busy(str(error)):
                raise
            time.sleep(0.01 * (attempt + 1))
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: Connection) -> None:
    wanted = connection.get_execution_options().get("tenfold_write")
    raw: Any = connection.connection.driver_connection
    raw.execute("BEGIN IMMEDIATE" if wanted else "BEGIN")
