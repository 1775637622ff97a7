"""Bringing a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from tenfold.store.engine import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def configuration() -> Config:
    """Return alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def migrate(database: Database, revision: str = "head", *, down: bool = False) -> None:
    """Migrate in one transaction; several processes may do it at once, one then does the work."""
    config = configuration()
    with database.write() as connection:
        if not database.sqlite:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended('tenfold schema', 0))")
            )
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)
