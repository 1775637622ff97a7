"""What disagreeing answers come to, on both stores: kept beside them, never in an audit."""

from typing import Any

from sqlalchemy import insert

from models.agreement import Decided
from models.annotation import AnnotationKind
from models.label import ClassLabel
from models.record import now
from models.round import ApprovedVia, Round
from tenfold.store.finals import recompute
from tenfold.store.rows import from_value
from tenfold.store.tables import annotations

PEOPLE = ("ann", "bob", "cid")


def answered(world: Any, opened: Round, words: tuple[str, ...] = ("cat", "cat", "dog")) -> None:
    for name, word in zip(PEOPLE, words, strict=True):
        for item in world.lease(name, 20, round_id=opened.id):
            world.answer(opened.id, item.sha256, word, name)
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.CLI)


def overlapping(world: Any, *, close: bool = True) -> Round:
    opened: Round = world.open(world.shas[:2], overlap=3)
    if close:
        answered(world, opened)
    return opened


def decide(world: Any, round_id: str, sha: str, word: str = "dog") -> int:
    decided = Decided(sha256=sha, round_id=round_id, value=ClassLabel(label=word))
    found: int = world.store.agreement.decide(world.claim, [decided], "m1")
    return found


def kinds(world: Any, sha: str) -> list[AnnotationKind]:
    return [one.kind for one in world.store.labeling.history(world.project.id, sha)]


def test_it_counts_before_the_majority_and_what_people_said_stays(world: Any) -> None:
    opened, sha = overlapping(world), world.shas[0]
    assert world.final(sha) == ("cat", "consensus")
    before = world.store.labeling.history(world.project.id, sha)
    assert decide(world, opened.id, sha) == 1
    assert world.final(sha) == ("dog", "consensus")
    after = world.store.labeling.history(world.project.id, sha)
    assert after[:-1] == before
    assert (after[-1].kind, after[-1].person, after[-1].model_version) == ("consensus", None, "m1")
    assert world.recount() == world.tallies()


def test_done_again_it_writes_nothing_and_another_outcome_comes_after(world: Any) -> None:
    opened, sha = overlapping(world), world.shas[0]
    decide(world, opened.id, sha)
    assert decide(world, opened.id, sha) == 0
    assert kinds(world, sha).count(AnnotationKind.CONSENSUS) == 1
    assert decide(world, opened.id, sha, "cat") == 1
    assert world.final(sha) == ("cat", "consensus")


def test_a_reviewers_word_stands_above_it(world: Any) -> None:
    opened, sha = overlapping(world), world.shas[0]
    world.store.labeling.correct(
        world.person("rev").id, world.project.id, sha, ClassLabel(label="cow")
    )
    decide(world, opened.id, sha)
    assert world.final(sha) == ("cow", "reviewed")


def test_rounds_that_are_open_or_ask_one_person_are_left_alone(world: Any) -> None:
    opened = overlapping(world, close=False)
    assert decide(world, opened.id, world.shas[0]) == 0
    alone = world.open(world.shas[5:6])
    world.answer_all(alone.id)
    world.store.rounds.approve(alone.id, "rev", ApprovedVia.CLI)
    assert decide(world, alone.id, world.shas[5]) == 0
    assert world.final(world.shas[5]) == ("cat", "person")


def test_answers_are_read_of_closed_manual_rounds_alone(world: Any) -> None:
    opened = overlapping(world, close=False)
    assert world.store.agreement.answers(world.claim.cycle_id) == []
    answered(world, opened)
    audit = world.audit(world.model(), 2, overlap=3)
    answered(world, audit)
    found = world.store.agreement.answers(world.claim.cycle_id)
    assert {one.sha256 for one in found} == set(world.shas[:2])
    assert [said.person for said in found[0].said] == list(PEOPLE)


def audited(world: Any) -> tuple[Round, str]:
    audit = world.audit(world.model(), 2, overlap=3)
    answered(world, audit)
    return audit, world.store.rounds.answers(audit.id)[0].sha256


def test_it_never_decides_an_image_of_an_audit(world: Any) -> None:
    audit, sha = audited(world)
    before = world.store.rounds.answers(audit.id)
    assert decide(world, audit.id, sha) == 0
    assert AnnotationKind.CONSENSUS not in kinds(world, sha)
    assert world.final(sha) == ("cat", "consensus"), "the plain majority"
    assert world.store.rounds.answers(audit.id) == before


def test_even_written_by_force_it_has_no_voice_in_an_audit(world: Any) -> None:
    audit, sha = audited(world)
    before = world.store.rounds.answers(audit.id)
    with world.store.database.write(world.project.id) as connection:
        connection.execute(
            insert(annotations).values(
                project_id=world.project.id,
                sha256=sha,
                kind=AnnotationKind.CONSENSUS,
                value=from_value(ClassLabel(label="dog")),
                round_id=audit.id,
                model_version="m1",
                created_at=now(),
            )
        )
        recompute(connection, world.project, [sha])
    assert world.final(sha) == ("cat", "consensus")
    assert world.store.rounds.answers(audit.id) == before


def test_without_the_answers_that_it_weighed_it_says_nothing(world: Any) -> None:
    with world.store.database.write(world.project.id) as connection:
        connection.execute(
            insert(annotations).values(
                project_id=world.project.id,
                sha256=world.shas[0],
                kind=AnnotationKind.CONSENSUS,
                value=from_value(ClassLabel(label="dog")),
                created_at=now(),
            )
        )
        recompute(connection, world.project, [world.shas[0]])
    assert world.final(world.shas[0]) == (None, None)
