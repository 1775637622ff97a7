"""What labelers do costs no more as a project grows: every query goes by an index."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from models.annotation import Answer
from models.image import Image, SourceEntry
from models.label import ClassLabel
from models.person import Role
from models.precedent import pack
from models.prelabel import ModelVersion, Prelabel
from models.project import FinishMode, ProjectSettings, label_classes
from models.record import now
from models.round import RoundKind
from tenfold.learning.walk.ladder import Ladder
from tenfold.store import Store, open_store

GROWING = (
    "items",
    "images",
    "annotations",
    "sources",
    "prelabels",
    "seen",
    "audit_item",
    "walk_commits",
)
"""Tables, and their aliases, that grow with a project."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'labels.db'}", lease_seconds=300)
    yield opened
    opened.close()


def _image(i: int) -> Image:
    return Image(
        sha256=hashlib.sha256(str(i).encode()).hexdigest(),
        width=9,
        height=9,
        size=1,
        media_type="image/png",
        blob="b",
    )


@pytest.fixture
def project(store: Store) -> Any:
    made = store.projects.create(
        ProjectSettings.model_validate(
            {
                "name": "animals",
                "task": "classification",
                "source": "s",
                "classes": label_classes(["cat", "dog"]),
            }
        )
    )
    claim = store.cycles.claim(store.cycles.ensure(made.id).id, "run")
    images = [_image(i) for i in range(40)]
    entries = {one.sha256: [SourceEntry(path=one.sha256)] for one in images}
    store.images.add(claim, images, entries, [])
    store.datasets.next_version(claim)
    shas = [one.sha256 for one in images]
    model = ModelVersion(
        id="m",
        project_id=made.id,
        cycle_id=claim.cycle_id,
        number=1,
        task=made.task,
        classes=made.class_names,
        snapshot_id="s",
        trained_on=1,
        blob="b",
        created_at=now(),
    )
    store.models.add(claim, model)
    value = ClassLabel(label="cat")
    store.models.add_prelabels(
        claim, "m", [Prelabel(sha256=sha, value=value, confidence=0.5) for sha in shas]
    )
    store.rounds.open(claim, RoundKind.MANUAL, shas[:10], key="manual", overlap=2)
    store.rounds.open(claim, RoundKind.REVIEW, shas[10:20], key="review", model_version="m")
    store.rounds.open_audit(claim, "m", 5, key="audit", seed=1, pool=shas[20:30])
    return made


def _plans(store: Store, work: Callable[[], object]) -> list[tuple[str, str]]:
    """Return the steps of SQLite's plans for all queries of some work, with their statements."""
    said: list[tuple[str, Any]] = []

    def note(*arguments: Any) -> None:
        if not arguments[5] and not arguments[2].startswith("BEGIN"):
            said.append((arguments[2], arguments[3]))

    event.listen(store.database.engine, "before_cursor_execute", note)
    work()
    event.remove(store.database.engine, "before_cursor_execute", note)
    assert len(said) > 2
    with store.database.read() as connection:
        return [
            (row[3], statement)
            for statement, parameters in said
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


def _scans(store: Store, work: Callable[[], object]) -> list[tuple[str, str]]:
    """Return the steps that walk a growing table."""
    plans = _plans(store, work)
    return [one for one in plans if one[0].startswith("SCAN") and one[0].split()[1] in GROWING]


def test_taking_and_answering_walk_no_table(store: Store, project: Any) -> None:
    ann = store.people.ensure("ann", Role.LABELER).id

    def work() -> None:
        for item in store.labeling.lease(project.id, ann, 25):
            answer = Answer(
                key=f"key-{item.sha256[:20]}",
                round_id=item.round_id,
                sha256=item.sha256,
                value=ClassLabel(label="dog"),
            )
            given = store.labeling.submit(ann, answer)
        store.labeling.undo(ann, given.id)
        store.labeling.renew(project.id, ann, [item.sha256])
        store.labeling.mine(project.id, ann)
        store.labeling.release(project.id, ann)

    assert _scans(store, work) == []


def test_the_dashboard_walks_no_table(store: Store, project: Any) -> None:
    assert _scans(store, lambda: store.progress.of(project)) == []


def test_telling_open_pages_walks_no_table(store: Store, project: Any) -> None:
    assert _scans(store, lambda: store.pulses.of(project.id)) == []


def test_a_page_of_the_data_view_walks_no_table(store: Store, project: Any) -> None:
    def work() -> None:
        store.images.page(project.id, after="5" * 64)
        store.labeling.history(project.id, _image(0).sha256)

    assert _scans(store, work) == []


def test_what_a_proposal_leans_on_walks_no_table(store: Store, project: Any) -> None:
    proposed = _image(35).sha256
    starts = [_image(i).sha256[:16] for i in range(6)]
    value = ClassLabel(label="cat")
    prelabel = Prelabel(
        sha256=proposed,
        value=value,
        confidence=0.5,
        precedents=pack([(start, 0.5) for start in starts], []),
    )
    claim = store.cycles.claim(store.cycles.ensure(project.id).id, "run")
    store.models.add(claim, store.models.get("m").model_copy(update={"id": "m2", "number": 2}))
    store.models.add_prelabels(claim, "m2", [prelabel])
    store.projects.update("animals", finish=FinishMode.REVIEW)
    plans = _plans(store, lambda: store.precedents.of(project.id, proposed))
    assert [one for one in plans if one[0].startswith("SCAN images")] == []
    ranges = [step for step, _ in plans if "sha256>? AND sha256<?" in step]
    assert len(ranges) == len(starts)


def test_paths_of_an_image_are_found_by_its_hash(store: Store, project: Any) -> None:
    """SQLite prefers the index on paths where it is asked to sort by them, or for the least."""
    ann = store.people.ensure("ann", Role.LABELER).id
    plans = _plans(store, lambda: store.labeling.lease(project.id, ann, 25))
    steps = [step for step, _ in plans if " sources " in step]
    assert steps
    assert all("(project_id=? AND sha256=?)" in step for step in steps)


def test_a_page_beside_an_open_walk_walks_no_table(store: Store) -> None:
    made = store.projects.create(
        ProjectSettings.model_validate(
            {
                "name": "walked",
                "task": "classification",
                "source": "s",
                "classes": label_classes(["cat", "dog"]),
            }
        )
    )
    claim = store.cycles.claim(store.cycles.ensure(made.id).id, "run")
    images = [_image(i) for i in range(40)]
    store.images.add(claim, images, {}, [])
    store.datasets.next_version(claim)
    walk = store.walks.open(claim, Ladder((0.96,)))
    rows = [(one.sha256, ClassLabel(label="cat"), "m") for one in images]
    store.walks.commit(claim, walk.id, rows, "walk-0")

    def work() -> None:
        store.images.page(made.id, after="5" * 64)
        store.images.view(made.id, images[0].sha256)
        store.labeling.history(made.id, images[0].sha256)

    assert _scans(store, work) == []
