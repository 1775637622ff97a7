"""The first word on an image: one statement on PostgreSQL, the outcome of any other answer."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from models.annotation import SkipReason
from models.round import RoundKind
from tenfold.store import first_words
from tenfold.store.tables import annotations, images, items, labeler_counts, rounds, tallies
from tests.contract.labels.conftest import World

TABLES = (annotations, images, items, labeler_counts, rounds, tallies)
OWN = {"created_at", "opened_at", "answered_at", "leased_until", "id", "project_id", "round_id"}
OWN |= {"cycle_id", "model_version"}
"""Columns that differ between two projects in any case."""

on_postgres = pytest.mark.parametrize(
    "copy_of_migrated",
    [pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres)],
    indirect=True,
)


def work(world: World) -> None:
    """Answer images in each way that a first word can have, and some in ways that it can't."""
    shas = world.shas
    first = world.open(shas[:6], overlap=2)
    words = ("cat", "dog", SkipReason.UNSURE, SkipReason.UNREADABLE)
    for word, sha in zip(words, shas, strict=False):
        world.answer(first.id, sha, word)
    world.answer(first.id, shas[0], "dog", name="bob")
    world.answer(first.id, shas[4], "cow", name="bob", comment="only just", seconds=3.5)
    model = world.model(1, "cow", shas[6:])
    review = world.open(shas[6:9], kind=RoundKind.REVIEW, model_version=model)
    world.lease("ann", 2, round_id=review.id)
    world.answer(review.id, shas[6], "cow")
    world.answer(review.id, shas[7], "cat")
    world.answer(review.id, shas[8], "dog", name="bob")
    world.answer_all(world.audit(model, 4, pool=shas[9:18]).id)
    world.answer_all(world.open(shas[18:]).id, "dog", "bob")


def rows(world: World) -> dict[str, list[dict[str, Any]]]:
    """Return what was written, without what is each project's own."""
    found = {}
    with world.store.database.read() as connection:
        for table in TABLES:
            read = [dict(row._mapping) for row in connection.execute(select(table))]
            told = [{name: row[name] for name in row if name not in OWN} for row in read]
            found[table.name] = sorted(told, key=repr)
    return found


@on_postgres
def test_it_leaves_what_any_other_answer_leaves(
    world: World, make_world: Callable[[], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[bool] = []
    keep = first_words.keep

    def counted(*given: Any) -> Any:
        added, completed = keep(*given)
        kept.append(completed)
        return added, completed

    monkeypatch.setattr(first_words, "keep", counted)
    work(world)
    assert len(kept) == 14  # all but Bob's second word on the first image
    assert sum(kept) == 3
    monkeypatch.setattr(first_words, "is_first", lambda *_: False)
    other = make_world()
    work(other)
    assert rows(world) == rows(other)
    assert world.tallies() == world.recount() == other.tallies()


@on_postgres
def test_an_image_that_somebody_spoke_of_goes_the_long_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = world.open(world.shas)
    given = world.answer(opened.id, world.shas[0], "cat")
    world.store.labeling.undo(world.person().id, given.id)
    monkeypatch.setattr(first_words, "keep", lambda *_: pytest.fail("it was not the first word"))
    again = world.answer(opened.id, world.shas[0], "dog")
    assert again.id > given.id
    assert world.final(world.shas[0]) == ("dog", "person")
    assert world.tallies() == world.recount()
