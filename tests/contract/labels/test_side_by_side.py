"""Answers that come at the same time, what each costs, and connections that were dropped."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from tenfold.store import Store


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Collect what is executed meanwhile."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    yield found
    event.remove(store.database.engine, "before_cursor_execute", note)


def test_answers_given_at_once_are_all_counted(world: Any) -> None:
    opened = world.open(world.shas)
    names = [f"labeler {number}" for number in range(4)]
    for name in names:
        world.person(name)
    jobs = [
        (sha, names[place % 4], ["cat", "dog"][place % 2]) for place, sha in enumerate(world.shas)
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda job: world.answer(opened.id, job[0], job[2], job[1]), jobs))
    assert world.tallies() == world.recount()
    assert world.store.rounds.get(opened.id).answered == len(world.shas)


def test_of_answers_to_one_image_given_at_once_one_counts(world: Any) -> None:
    opened = world.open(world.shas)
    names = [f"labeler {number}" for number in range(4)]
    for name in names:
        world.person(name)
    with ThreadPoolExecutor(4) as pool:
        given = list(
            pool.map(lambda name: world.answer(opened.id, world.shas[0], name=name), names)
        )
    assert sorted(one.second_opinion for one in given) == [False, True, True, True]
    assert world.store.rounds.get(opened.id).answered == 1
    assert world.tallies() == world.recount()


@pytest.mark.postgres
@pytest.mark.parametrize(
    "copy_of_migrated", [pytest.param("postgresql", id="postgresql")], indirect=True
)
def test_an_answer_waits_for_none_to_another_image(world: Any) -> None:
    opened = world.open(world.shas)
    other = [f"image {world.shas[0]}"]
    held = world.store.database.write(world.project.id, shared=True, alone_at=other)
    with ThreadPoolExecutor(1) as pool, held:
        given = pool.submit(world.answer, opened.id, world.shas[1])
        assert given.result(timeout=120).sha256 == world.shas[1]


def test_what_labelers_do_takes_few_statements(world: Any) -> None:
    opened = world.open(world.shas)
    (item,) = world.lease()
    with statements(world.store) as leasing:
        (item,) = world.lease()
    with statements(world.store) as answering:
        world.answer(opened.id, item.sha256)
    assert len(leasing) <= 6
    assert len(answering) <= 15


@pytest.mark.postgres
@pytest.mark.parametrize(
    "copy_of_migrated", [pytest.param("postgresql", id="postgresql")], indirect=True
)
def test_a_connection_that_the_server_dropped_is_replaced(world: Any, postgres: str) -> None:
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'labels'"
        )
    time.sleep(1.2)
    assert world.store.projects.get(world.project.name) == world.project
