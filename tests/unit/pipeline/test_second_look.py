"""When people's tags are looked at again: once, and never so that a certificate would change."""

from typing import Any

import pytest

from models.label import TaskType
from models.prelabel import ModelVersion
from models.project import Project, label_classes
from models.record import now
from models.round import Round, RoundKind, RoundState
from models.walk import Walk
from tenfold.pipeline.decide import Decision, Next
from tenfold.pipeline.prompts import title
from tenfold.pipeline.prospects import View
from tenfold.pipeline.second_look import is_due

AUDIT = Decision(Next.AUDIT, 50, "")


def view(**changes: Any) -> View:
    settings = changes.pop("settings", {})
    project = Project(
        id="p",
        name="pets",
        task=TaskType.CLASSIFICATION,
        source="/photos",
        classes=label_classes(["cat", "dog"]),
        created_at=now(),
        **settings,
    )
    fields = {
        "project": project,
        "rounds": [],
        "pool": [],
        "unfinished": [],
        "images": 100,
        "model": ModelVersion.model_construct(id="m"),
        "confidence": {},
        **changes,
    }
    return View(**fields)


def second_look() -> Round:
    return Round(
        id="r",
        project_id="p",
        cycle_id="c",
        number=2,
        kind=RoundKind.REVIEW,
        state=RoundState.CLOSED,
        second_look=True,
        size=4,
        answered=4,
        opened_at=now(),
    )


@pytest.mark.parametrize("decision", [None, AUDIT])
def test_it_is_due_before_an_audit_and_when_nothing_remains(decision: Decision | None) -> None:
    assert is_due(view(), decision)


@pytest.mark.parametrize("what", [step for step in Next if step is not Next.AUDIT])
def test_it_is_not_due_while_people_are_asked_for_something_else(what: Next) -> None:
    assert not is_due(view(), Decision(what, 10, ""))


@pytest.mark.parametrize(
    "changes",
    [
        {"rounds": [second_look()]},
        {"model": None},
        {"walk": Walk.model_construct(id="w")},
        {"settings": {"second_look": False}},
        {"settings": {"each_class": True}, "certified": True},
    ],
    ids=["had one", "no model", "a walk goes on", "not wanted", "each class is certified"],
)
def test_it_is_not_due_where_it_may_not_be(changes: dict[str, Any]) -> None:
    assert not is_due(view(**changes), None)


def test_a_project_that_is_certified_as_a_whole_may_still_have_one() -> None:
    assert is_due(view(certified=True), None)


def test_its_title_says_that_tags_are_looked_at_again() -> None:
    assert title(second_look()) == "Look again at the tags of 4 images"
