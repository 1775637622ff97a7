"""Prefect's server on one machine: `python -m tenfold.services.prefect_server PORT`.

The same as `prefect server start`, but every write transaction takes SQLite's write lock as it
begins. Prefect begins most of them deferred. One that reads before it writes then fails at once
with "database is locked" when another wrote in between, however long it would have waited; the
Resume button of the browser shows that as an error.
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from prefect.server.database.configurations import AioSqliteConfiguration
    from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction


def lock_as_transactions_begin() -> None:
    """Have all write transactions on SQLite begin immediate, so that they wait for one another."""
    from prefect.server.database.configurations import AioSqliteConfiguration

    begin = AioSqliteConfiguration.begin_transaction

    def begin_immediate(
        self: "AioSqliteConfiguration",
        session: "AsyncSession",
        with_for_update: bool = False,
    ) -> "AbstractAsyncContextManager[AsyncSessionTransaction]":
        del with_for_update
        return begin(self, session, with_for_update=True)

    AioSqliteConfiguration.begin_transaction = begin_immediate  # type: ignore[assignment, method-assign]


def main() -> None:
    """Serve Prefect on 127.0.0.1 until told to end."""
    port = sys.argv[1]
    lock_as_transactions_begin()
    from prefect.cli import app

    sys.argv = ["prefect", "server", "start", "--host", "127.0.0.1", "--port", port]
    app()


if __name__ == "__main__":
    main()
