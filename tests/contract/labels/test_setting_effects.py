"""Settings change while work goes on: what follows is said before, what can't be is refused."""

import pytest

from models.project import FinishMode
from models.round import ApprovedVia
from tenfold.errors import ConflictError, SettingsError
from tenfold.store.setting_effects import BEGUN

from .conftest import World
from .walks import Walker

PROMISES = [{"error": 0.2}, {"confidence": 0.8}, {"certificate": "look"}, {"each_class": True}]


def said(world: World, **changes: object) -> str:
    effect = world.store.projects.effect(world.project.name, **changes)
    return " ".join((*effect.follows, *effect.refused))


def test_before_anything_is_measured_the_promise_is_changed_plainly(world: World) -> None:
    world.open(world.shas[:3])
    assert said(world, error=0.2) == (
        "No audit is open. The next one promises at most 20 % wrong, 95 % sure: of 20 images 4 may "
        "be wrong, where it was 1."
    )
    assert "no room for a wrong one" in said(world, error=0.01)
    assert "99.5 % sure" in said(world, confidence=0.995)
    assert "frozen once" in said(world, certificate="look")
    assert "in each class" in said(world, each_class=True)
    assert world.store.projects.get("animals") == world.project
    for change in PROMISES:
        world.store.projects.change("animals", **change)
    after = world.store.projects.get("animals")
    assert (after.error, after.confidence, after.each_class) == (0.2, 0.8, True)


@pytest.mark.parametrize("change", [*PROMISES, {"finish": FinishMode.REVIEW}])
def test_while_an_audit_is_open_its_promise_is_not_changed(
    world: World, change: dict[str, object]
) -> None:
    audit = world.audit(world.model(), 3)
    effect = world.store.projects.effect("animals", **change)
    assert effect.follows == ()
    assert f"round {audit.number} is open" in effect.refused[0]
    assert "at most 5 % wrong, 95 % sure" in effect.refused[0]
    with pytest.raises(ConflictError, match="once the audit is approved"):
        world.store.projects.change("animals", **change)
    assert world.store.projects.get("animals") == world.project
    world.store.projects.change("animals", overlap=2, instructions="Look twice.")
    world.answer_all(audit.id)
    world.store.rounds.approve(audit.id, "eva", ApprovedVia.PAGE)
    assert world.store.projects.effect("animals", error=0.2).refused == ()


def test_while_a_walk_is_open_its_promise_is_not_changed(world: World) -> None:
    Walker(world).open()
    for change in PROMISES:
        with pytest.raises(ConflictError, match="A walk is open and keeps"):
            world.store.projects.change("animals", **change)
    assert "stays as it is" in said(world, overlap=3)


def test_what_is_certified_stays_as_it_says(world: World) -> None:
    model = world.model()
    audit = world.audit(model, 3)
    world.answer_all(audit.id)
    world.store.rounds.approve(audit.id, "eva", ApprovedVia.PAGE)
    assert said(world, error=0.01).startswith("What is certified stays as it says.")
    record = world.certificate(model, audit.id)
    world.store.certificates.accept(world.claim, record, [])
    assert said(world, error=0.01) == (
        "What is certified stays as it says. The next cycle promises at most 1 % wrong, 95 % sure."
    )
    world.store.projects.change("animals", error=0.01)
    assert world.store.certificates.latest(world.claim.cycle_id) == record


def test_nothing_is_certified_of_which_proposals_may_have_been_seen(world: World) -> None:
    world.store.projects.change("animals", finish=FinishMode.REVIEW)
    world.store.projects.change("animals", finish=FinishMode.CERTIFIED)
    world.model()
    assert "can't be certified later" in said(world, finish=FinishMode.REVIEW)
    world.store.projects.change("animals", finish=FinishMode.REVIEW)
    with pytest.raises(ConflictError, match="once the cycle is complete"):
        world.store.projects.change("animals", finish=FinishMode.CERTIFIED)
    assert "no further model" in said(world, finish=FinishMode.MANUAL)


def test_what_holds_from_later_on_says_so(world: World) -> None:
    assert said(world, first_round=7) == "The first round asks for 7 images."
    world.open(world.shas[:3])
    assert "That of the next one asks for as many" not in said(world, first_round=7)
    assert "had its first round already" in said(world, first_round=7)
    assert "3 people answer each image" in said(world, overlap=3)
    assert "reads /elsewhere" in said(world, source="/elsewhere")
    assert said(world, keep_busy=False, instructions="Look twice.") == ""
    assert said(world, error=world.project.error) == ""


def test_what_can_not_be_is_refused_as_ever(world: World) -> None:
    with pytest.raises(SettingsError, match="error"):
        world.store.projects.effect("animals", error=1.5)
    with pytest.raises(ConflictError, match="can't be changed so"):
        world.store.projects.effect("animals", task="boxes")


def test_another_compute_holds_from_the_next_job_on(world: World) -> None:
    assert (
        said(world, trains_on="rack")
        == f"Models are trained on rack, from the next job on. {BEGUN}"
    )
    world.store.projects.change("animals", trains_on="rack", infers_on="rack")
    effect = world.store.projects.effect("animals", trains_on=None, infers_on=None)
    place = "where the server's settings say, from the next job on."
    assert effect.follows == (
        f"Models are trained {place}",
        f"Features are computed and labels proposed {place}",
        BEGUN,
    )
    Walker(world).open()
    world.store.projects.change("animals", trains_on=None)
    after = world.store.projects.get("animals")
    assert (after.trains_on, after.infers_on) == (None, "rack")
