from typing import Any
from unittest.mock import Mock

from models.label import ClassLabel
from models.prelabel import Prelabel
from models.project import Project, label_classes
from models.record import now
from tenfold.pipeline.walking import surest_first


def project() -> Project:
    return Project.model_validate(
        {
            "id": "p",
            "name": "pets",
            "task": "classification",
            "source": "/photos",
            "classes": label_classes(["cat", "dog"]),
            "created_at": now(),
        }
    )


def proposing(*proposed: tuple[str, str, float]) -> Any:
    ctx = Mock()
    ctx.store.models.prelabels.return_value = [
        Prelabel(sha256=sha * 64, value=ClassLabel(label=word), confidence=sure)
        for sha, word, sure in proposed
    ]
    return ctx


def test_the_surest_come_first_and_others_are_left_out() -> None:
    ctx = proposing(("a", "cat", 0.5), ("b", "dog", 0.9), ("c", "cat", 0.7), ("d", "cat", 1.0))
    wanted = {name * 64 for name in "abc"}
    assert surest_first(ctx, project(), Mock(), wanted) == ["b" * 64, "c" * 64, "a" * 64]


def test_a_class_that_the_project_no_longer_has_is_not_committed() -> None:
    ctx = proposing(("a", "cow", 0.99), ("b", "dog", 0.6))
    assert surest_first(ctx, project(), Mock(), {"a" * 64, "b" * 64}) == ["b" * 64]
