"""A project of so many images with an open round of all of them.

Its first images go through the store; the others are written straight into the same tables, since
what is measured here is not how they come in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table, insert, text, update

from benchmarks.made_up import MODEL, model_version, sha
from models.image import Image, SourceEntry
from models.label import ClassLabel, TaskType
from models.person import Role
from models.project import ProjectSettings, label_classes
from models.round import RoundKind
from tenfold.store import Store, open_store, tallies
from tenfold.store.tables import images, items, model_versions, prelabels, rounds, sources

NAME = "load"
CLASSES = tuple(f"class {number}" for number in range(10))
FIRST, BATCH = 64, 5_000

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Filled:
    """A project that waits for labelers."""

    round_id: str
    tokens: tuple[str, ...]
    """A personal token for each labeler."""


def fill(url: str, count: int, labelers: int) -> Filled:
    """Make the project and its labelers in an empty label store."""
    store = open_store(url)
    try:
        round_id = _begin(store)
        with store.database.write() as connection:
            _fill(connection, store, round_id, count)
        with store.database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("ANALYZE"))
        return Filled(round_id, tuple(_token(store, number) for number in range(labelers)))
    finally:
        store.close()


def _begin(store: Store) -> str:
    fields = {
        "name": NAME,
        "task": TaskType.CLASSIFICATION,
        "source": "made up",
        "classes": label_classes(CLASSES),
    }
    project = store.projects.create(ProjectSettings.model_validate(fields))
    claim = store.cycles.claim(store.cycles.ensure(project.id).id, "bench")
    found = [_image(number) for number in range(FIRST)]
    entries = {one.sha256: [SourceEntry(path=_path(one.sha256), mark="m")] for one in found}
    store.images.add(claim, found, entries, [])
    store.datasets.next_version(claim)
    store.models.add(claim, model_version(project, claim))
    shas = [one.sha256 for one in found]
    return store.rounds.open(claim, RoundKind.MANUAL, shas, key="round-1").id


def _fill(connection: Connection, store: Store, round_id: str, count: int) -> None:
    project_id = store.projects.get(NAME).id
    made: dict[Table, Callable[[int], Row]] = {
        images: lambda number: _image_row(project_id, number),
        sources: lambda number: _source_row(project_id, number),
        items: lambda number: _item_row(project_id, round_id, number),
    }
    for table, row in made.items():
        _write(connection, table, row, range(FIRST, count))
    _write(connection, prelabels, _prelabel_row, range(count))
    of_round = update(rounds).where(rounds.c.id == round_id)
    connection.execute(of_round.values(size=count))
    connection.execute(update(model_versions).values(prelabels=count))
    added = count - FIRST
    tallies.bump(connection, project_id, {"images": added, "state:unlabeled": added})


def _write(connection: Connection, table: Table, row: Callable[[int], Row], numbers: range) -> None:
    for start in range(numbers.start, numbers.stop, BATCH):
        rows = [row(number) for number in range(start, min(start + BATCH, numbers.stop))]
        connection.execute(insert(table), rows)


def _token(store: Store, number: int) -> str:
    person = store.people.ensure(f"labeler {number}", Role.LABELER)
    return store.people.new_token(person.id, "bench")[1]


def _path(sha256: str) -> str:
    return f"photos/{sha256[:2]}/{sha256[:16]}.jpg"


def _image(number: int) -> Image:
    return Image(
        sha256=sha(number),
        width=640,
        height=480,
        size=60_000,
        media_type="image/jpeg",
        blob=f"images/{sha(number)}.jpg",
    )


def _image_row(project_id: str, number: int) -> Row:
    return {
        **_image(number).model_dump(
            include={"sha256", "width", "height", "size", "media_type", "orientation", "blob"}
        ),
        "project_id": project_id,
        "columns": "{}",
        "added_in": 1,
        "state": "unlabeled",
    }


def _source_row(project_id: str, number: int) -> Row:
    path = _path(sha(number))
    return {
        "project_id": project_id,
        "path": path,
        "sha256": sha(number),
        "mark": "m",
        "columns": "{}",
        "size": 60_000,
    }


def _item_row(project_id: str, round_id: str, number: int) -> Row:
    return {
        "round_id": round_id,
        "position": number,
        "project_id": project_id,
        "sha256": sha(number),
        "slot": 0,
        "state": "waiting",
    }


def _prelabel_row(number: int) -> Row:
    value = ClassLabel(label=CLASSES[number % len(CLASSES)]).model_dump_json()
    return {"model_version": MODEL, "sha256": sha(number), "value": value, "confidence": 0.9}
