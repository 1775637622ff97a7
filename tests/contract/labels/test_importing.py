"""Labels and proposals that were made elsewhere, on both stores."""

from typing import Any

from models.annotation import AnnotationKind
from models.label import ClassLabel
from models.prelabel import Prelabel
from models.round import ApprovedVia
from tenfold.store.newest import newest_prelabeled


def said(world: Any, *numbers: int, word: str = "cow") -> dict[str, ClassLabel]:
    return {world.shas[number]: ClassLabel(label=word) for number in numbers}


def test_labels_come_in_once_in_somebodys_name_and_the_others_are_refused(world: Any) -> None:
    importer = world.person("imported").id
    labels = {**said(world, 0, 1), **said(world, 2, word="unicorn"), "f" * 64: said(world, 0)}
    labels["f" * 64] = ClassLabel(label="cow")
    brought = world.store.imports.labels(world.project.id, labels, importer)
    assert (brought.new, brought.same) == (2, 0)
    assert set(brought.refused) == {world.shas[2], "f" * 64}
    again = world.store.imports.labels(world.project.id, labels, importer)
    assert (again.new, again.same) == (0, 2)
    (one,) = world.store.labeling.history(world.project.id, world.shas[0])
    assert (one.kind, one.person) == (AnnotationKind.IMPORT, "imported")
    assert world.by_state() == {"imported": 2, "unlabeled": 18}
    assert world.tallies() == world.recount()


def test_what_an_audit_holds_blind_is_imported_once_it_is_approved(world: Any) -> None:
    importer = world.person("imported").id
    opened = world.audit(world.model(), len(world.shas))
    labels = said(world, 0, 1)
    brought = world.store.imports.labels(world.project.id, labels, importer)
    assert brought.new == 0
    assert set(brought.refused) == set(labels)
    assert all("blind" in why for why in brought.refused.values())
    world.answer_all(opened.id)
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)
    assert world.store.imports.labels(world.project.id, labels, importer).new == 2
    assert world.final(world.shas[0])[0] == "cat", "what a person said stays"


def test_what_was_proposed_elsewhere_is_shown_until_a_model_of_the_project_proposes(
    world: Any,
) -> None:
    project = world.project.id
    proposed = {
        sha: Prelabel(sha256=sha, value=value, confidence=0.75)
        for sha, value in said(world, 0, 1, 2).items()
    }
    for _ in range(2):
        brought = world.store.imports.prelabels(project, proposed)
        assert (brought.new, brought.refused) == (3, {})
    version = world.store.imports.version(project)
    assert world.store.models.prelabel_count(version) == 3
    assert world.store.models.latest(project) is None, "it is no model of the project's"
    assert world.by_state() == {"pre-labeled": 3, "unlabeled": 17}
    assert world.tallies() == world.recount()
    with world.store.database.read() as connection:
        assert newest_prelabeled(connection, project) == version
    own = world.model(label="dog", shas=world.shas[:1])
    with world.store.database.read() as connection:
        assert newest_prelabeled(connection, project) == own
