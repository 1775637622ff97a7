from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from models.annotation import SkipReason
from tenfold.errors import ServiceError, SettingsError, TransientServiceError
from tenfold.store import Store, open_store
from tenfold.store.engine import Database
from tenfold.store.migrate import configuration, migrate
from tenfold.store.tables import metadata


def _tables(database: Database) -> Any:
    return set(inspect(database.engine).get_table_names())


def _differences(database: Database) -> Any:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)


def test_the_migrations_make_exactly_the_tables(store: Store) -> None:
    assert _differences(store.database) == []


def test_there_is_one_line_of_migrations() -> None:
    script = ScriptDirectory.from_config(configuration())
    assert len(script.get_heads()) == 1
    assert len(list(script.walk_revisions())) >= 2


def test_down_to_nothing_and_up_again_gives_the_same_tables(empty_url: str) -> None:
    database = Database(empty_url)
    migrate(database)
    before = _tables(database)
    migrate(database, "base", down=True)
    assert _tables(database) == {"alembic_version"}
    migrate(database)
    assert _tables(database) == before
    assert _differences(database) == []
    database.close()


def test_an_older_database_keeps_its_data_and_gains_the_counts(world: Any, url: str) -> None:
    opened = world.open(world.shas[:3])
    world.answer(opened.id, world.shas[0], "dog", "ann", seconds=4.0)
    world.answer(opened.id, world.shas[1], SkipReason.UNSURE, "ann", seconds=2.0)
    wrong = world.answer(opened.id, world.shas[2], "cat", "bob")
    world.store.labeling.undo(world.person("bob").id, wrong.id)
    before = world.store.progress.of(world.project)
    final = world.final(world.shas[0])
    migrate(world.store.database, "0001", down=True)
    assert "labeler_counts" not in _tables(world.store.database)
    world.store.close()
    world.store = open_store(url)
    after = world.store.progress.of(world.project)
    assert after.labelers == before.labelers
    assert (after.by_state, after.rounds) == (before.by_state, before.rounds)
    assert world.final(world.shas[0]) == final == ("dog", "person")
    assert len(world.store.labeling.mine(world.project.id, world.person("ann").id)) == 2
    world.store.close()


def test_opening_a_store_again_changes_nothing(world: Any, url: str) -> None:
    before = world.store.progress.of(world.project)
    other = open_store(url)
    after = other.progress.of(world.project)
    assert after.model_copy(update={"at": before.at}) == before
    other.close()


def test_a_migration_that_fails_leaves_nothing_half_done(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenfold.store import faults

    database = Database(empty_url)

    def fail(_: object) -> Any:
        raise RuntimeError("power cut")

    with faults.listening("before", fail), pytest.raises(RuntimeError):
        migrate(database)
    assert _tables(database) == set()
    migrate(database)
    assert _differences(database) == []
    database.close()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("nonsense", "no database URL"),
        ("mysql://localhost/x", "mysql"),
        ("sqlite://", "file"),
    ],
)
def test_a_url_that_cannot_be_is_refused_with_what_it_should_be(wrong: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        open_store(wrong)


def test_a_database_that_does_not_answer_may_answer_later() -> None:
    with pytest.raises(TransientServiceError, match="doesn't answer"):
        open_store("postgresql://tenfold@127.0.0.1:1/none")


def test_sqlite_is_as_durable_as_promised(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'deep' / 'labels.db'}")
    with store.database.read() as connection:
        pragmas = [
            connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]
    store.close()


def test_a_file_that_is_no_database_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "labels.db"
    path.write_bytes(b"not a database, but somebody's notes" * 50)
    before = path.read_bytes()
    with pytest.raises(ServiceError, match="not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_said_so() -> None:
    with pytest.raises(ServiceError):
        open_store("sqlite:////proc/nowhere/labels.db")
