"""Audits of each class: pools, people's labels and K_c are frozen with the draws."""

from typing import Any

import pytest

from models.annotation import FinalKind
from models.certificate import ClassAudit, ClassClaim
from models.label import ClassLabel
from models.prelabel import Prelabel
from models.round import ApprovedVia, Round
from tenfold.errors import ConflictError
from tenfold.learning.certificate import class_seed, draw_audit
from tenfold.store.audits import ClassDraw


def taught(world: Any) -> str:
    """A model that calls the first twelve images cats, and the others dogs."""
    model = world.model()
    world.store.models.add_prelabels(
        world.claim,
        model,
        [
            Prelabel(sha256=sha, value=ClassLabel(label="dog"), confidence=0.8)
            for sha in world.shas[12:]
        ],
    )
    return str(model)


def opened(world: Any, model: str, *draws: ClassDraw, key: str = "each") -> Round:
    found = world.store.rounds.open_class_audits(
        world.claim, model, draws, key=key, seed=7, pool=world.shas
    )
    assert isinstance(found, Round)
    return found


def both(world: Any) -> tuple[ClassDraw, ClassDraw]:
    return (
        ClassDraw("cat", world.shas[:12], audited=4, planned=9),
        ClassDraw("dog", world.shas[12:], audited=3, planned=6),
    )


def asked(world: Any) -> list[str]:
    return [item.sha256 for item in world.lease("ann", 20)]


def test_each_class_is_drawn_from_its_own_pool_by_its_own_seed(world: Any) -> None:
    opened(world, taught(world), *both(world))
    drawn = set(asked(world))
    cats = draw_audit(world.shas[:12], 4, class_seed(7, "cat"))
    dogs = draw_audit(world.shas[12:], 3, class_seed(7, "dog"))
    assert drawn == {*cats, *dogs}
    assert len(drawn) == 7


def test_images_of_all_classes_are_asked_in_one_round_and_mixed(world: Any) -> None:
    first = opened(world, taught(world), *both(world))
    classes = [sha in world.shas[:12] for sha in asked(world)]
    assert (first.size, first.needs_approval) == (7, True)
    assert classes != sorted(classes)
    assert classes != sorted(classes, reverse=True)


def test_peoples_labels_and_what_may_be_wrong_are_frozen_with_the_draw(world: Any) -> None:
    tagging = world.open(world.shas[:3])
    for sha, word in zip(world.shas[:3], ("cat", "dog", "cat"), strict=True):
        world.answer(tagging.id, sha, word)
    world.store.imports.from_source(world.claim, [(world.shas[3], ClassLabel(label="cat"))])
    world.store.projects.update(world.project.name, error=0.3)
    audit = opened(world, taught(world), *both(world))
    params = world.store.rounds.params(audit.id)
    cat, dog = (ClassAudit.model_validate(each) for each in params["classes"])
    # Two cats of people; eight are left in the pool, so that no nine can be delivered of it.
    assert (cat.pool, cat.human, cat.planned, cat.wrong_allowed) == (8, 2, 8, 3)
    assert (dog.pool, dog.human, dog.planned, dog.wrong_allowed) == (8, 1, 6, 2)
    assert (params["pool"], params["images"]) == (16, 19)  # one was made elsewhere
    world.answer_all(audit.id)
    assert world.store.rounds.params(audit.id) == params


def test_under_the_same_key_it_is_the_same_round_and_a_cycle_has_one_audit(world: Any) -> None:
    model = taught(world)
    first = opened(world, model, *both(world))
    assert opened(world, model, key="each") == first
    with pytest.raises(ConflictError, match="had its audit"):
        opened(world, model, *both(world), key="again")
    with pytest.raises(ConflictError, match="had its audit"):
        world.audit(model, 3)


def test_an_image_is_in_one_pool_only(world: Any) -> None:
    cat, dog = both(world)
    twice = ClassDraw("dog", [*dog.pool, cat.pool[0]], 3, 6)
    with pytest.raises(ConflictError, match="pools of two classes"):
        opened(world, taught(world), cat, twice)


def test_a_class_that_people_do_is_not_drawn_from(world: Any) -> None:
    cat, dog = both(world)
    audit = opened(world, taught(world), cat, ClassDraw("dog", dog.pool, 0, 0))
    assert audit.size == 4
    assert set(asked(world)) <= set(world.shas[:12])


def certificate(world: Any, model: str, round_id: str, by_people: int, accepted: int) -> Any:
    claim = ClassClaim(
        label="cat", pool=12, human=0, planned=9, wrong_allowed=0, audited=4, errors_tolerated=0,
        reached=8, by_people=by_people, accepted=accepted,
    )  # fmt: skip
    plain = world.certificate(model, round_id)
    return plain.model_copy(update={"classes": (claim,), "accepted": accepted})


def test_labels_are_accepted_only_while_the_class_is_as_large_as_was_counted(world: Any) -> None:
    model = taught(world)
    audit = opened(world, model, *both(world))
    world.answer_all(audit.id)
    world.store.rounds.approve(audit.id, "rev", ApprovedVia.CLI)
    people = world.store.rounds.people_by_class(world.claim)
    assert people == {"cat": 7}
    untouched = world.store.images.pool(world.project.id, 1)
    accepted = [sha for sha in world.shas[:12] if sha in untouched]
    for more, shas in ((1, accepted), (0, accepted[1:])):
        said = certificate(world, model, audit.id, people["cat"] + more, len(accepted))
        with pytest.raises(ConflictError, match="changed labels"):
            world.store.certificates.accept(world.claim, said, shas)
        assert world.final(accepted[1]) == (None, None)
    said = certificate(world, model, audit.id, people["cat"], len(accepted))
    assert world.store.certificates.accept(world.claim, said, accepted) == len(accepted)
    assert world.store.certificates.latest(world.claim.cycle_id) == said
    assert world.final(accepted[1]) == ("cat", FinalKind.ACCEPTED.value)
    assert world.store.rounds.people_by_class(world.claim) == people


def test_each_class_implies_one_look_and_stays_with_the_project(world: Any) -> None:
    changed = world.store.projects.update(world.project.name, each_class=True)
    assert (changed.each_class, changed.certificate) == (True, "look")
    again = world.store.projects.update(world.project.name, certificate="walk")
    assert (again.each_class, again.certificate) == (True, "look")
    free = world.store.projects.update(world.project.name, each_class=False, certificate="walk")
    assert (free.each_class, free.certificate) == (False, "walk")
