"""The walk in the label store: what is committed stays, and coins alone decide who is asked."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update

from models.certificate import Certificate, WalkCertificate, WalkInputs
from models.label import Box, Boxes, ClassLabel
from models.person import Role
from models.project import ProjectSettings
from models.record import now
from models.round import ApprovedVia, RoundKind, RoundState
from tenfold.errors import (
    ConflictError,
    InvalidAnswerError,
    NotFoundError,
    RoundNotFinishedError,
    StaleClaimError,
)
from tenfold.learning.walk import coins
from tenfold.learning.walk.ladder import Ladder
from tenfold.learning.walk.verify import verify_walk
from tenfold.store import ImageFilter, open_store
from tenfold.store.migrate import migrate
from tenfold.store.tables import certificates, projects
from tenfold.task_types import task_kind
from tests.contract.labels.walks import LADDER, SEED, UNSURE, Walker


@pytest.fixture
def walker(world: Any, monkeypatch: pytest.MonkeyPatch) -> Walker:
    """A walk whose coins are the same in every run."""
    monkeypatch.setattr(coins, "seal", lambda: SEED)
    return Walker(world)


def test_a_walk_freezes_what_it_promises_and_is_opened_once(world: Any, walker: Walker) -> None:
    walk = walker.open()
    assert (walk.images, walk.error, walk.wrong_allowed, walk.rates) == (20, 0.5, 10, LADDER.rates)
    assert walk.seal_commitment == coins.commitment(SEED)
    world.store.projects.update(world.project.name, error=0.2, overlap=3)
    assert walker.open() == walk
    assert world.store.walks.of(world.claim.cycle_id) == walk


def test_every_walk_has_a_seed_of_its_own(world: Any, make_world: Any) -> None:
    seals = {Walker(one).open().seal_commitment for one in (world, make_world())}
    assert len(seals) == 2


def test_the_seed_is_to_be_read_nowhere_before_the_delivery(world: Any, walker: Walker) -> None:
    walk = walker.open()
    opened = walker.commit(walk, world.shas[:10])
    said = [
        walk,
        opened,
        world.store.walks.state(walk.id),
        world.store.walks.of(walk.cycle_id),
        world.store.rounds.params(opened.id if opened else ""),
        world.store.progress.of(world.project),
        world.store.cycles.current(world.project.id),
        world.store.images.page(world.project.id),
    ]
    assert SEED not in repr(said)
    with pytest.raises(ConflictError, match="delivered"):
        world.store.walks.commits(walk.id)
    walker.answer_through(walk, opened)
    walker.answer_through(walk, walker.commit(walk, world.shas[10:], "walk-10"))
    assert SEED not in repr(world.store.walks.account(walk.id))
    assert walker.deliver(walk).inputs.seed == SEED


def test_no_coin_is_looked_at_before_its_label_is_committed(
    world: Any, walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: set[str] = set()
    toss = coins.coin

    def spy(seed: str, sha256: str) -> float:
        looked.add(sha256)
        return toss(seed, sha256)

    monkeypatch.setattr(coins, "coin", spy)
    walk = walker.open()
    world.store.walks.committable(world.claim)
    world.store.walks.state(walk.id)
    assert not looked
    opened = walker.commit(walk, world.shas[:8])
    walker.answer_through(walk, opened)
    world.store.walks.state(walk.id)
    assert looked == set(world.shas[:8])


def test_rates_that_break_the_promise_are_refused(world: Any, walker: Walker) -> None:
    for rates in ((), (0.05,), (0.0,), (1.5,), tuple(r * 0.95 for r in LADDER.rates), (0.99, 0.98)):
        with pytest.raises(ConflictError, match="promise"):
            world.store.walks.open(world.claim, Ladder(rates))
    assert world.store.walks.of(world.claim.cycle_id) is None


def test_a_cycle_has_a_look_or_a_walk_and_never_both(world: Any, walker: Walker) -> None:
    model = world.model()
    audit = world.audit(model, 2)
    with pytest.raises(ConflictError, match="audit already"):
        walker.open()
    assert audit.walk_id is None


def test_beside_a_walk_there_is_no_audit_no_look_and_no_review(world: Any, walker: Walker) -> None:
    model = world.model()
    walker.open()
    with pytest.raises(ConflictError, match="walk"):
        world.audit(model, 2)
    with pytest.raises(ConflictError, match="walk"):
        world.store.certificates.accept(world.claim, world.certificate(model, "r"), world.shas[:2])
    with pytest.raises(ConflictError, match="walk"):
        world.open(world.shas[:2], kind=RoundKind.REVIEW, model_version=model)


def test_just_the_images_with_heads_are_asked_for(world: Any, walker: Walker) -> None:
    walk = walker.open()
    opened = walker.commit(walk, list(reversed(world.shas)))
    heads = walker.heads(walk, world.shas)
    assert opened is not None
    assert 0 < len(heads) < 20
    assert (opened.kind, opened.size, opened.walk_id) == (RoundKind.AUDIT, len(heads), walk.id)
    assert [item.sha256 for item in world.lease("ann", 50)] == sorted(heads)
    state = world.store.walks.state(walk.id)
    assert state.committed == tuple(reversed(world.shas))
    assert set(state.due) == set(heads)
    assert not state.over


def test_nobody_is_asked_where_every_coin_shows_tails(world: Any, walker: Walker) -> None:
    walk = walker.open()
    tails = [sha for sha in world.shas if sha not in walker.heads(walk, world.shas)]
    assert walker.commit(walk, tails[:3]) is None
    assert world.store.walks.state(walk.id).due == ()
    assert world.lease("ann", 50) == []
    assert walker.commit(walk, tails[:3]) is None
    assert world.store.walks.state(walk.id).committed == tuple(tails[:3])


def test_a_chunk_is_committed_once_under_its_key(world: Any, walker: Walker) -> None:
    walk = walker.open()
    first = walker.commit(walk, world.shas[:10])
    assert walker.commit(walk, world.shas[:10]) == first
    assert walker.commit(walk, world.shas[10:]) == first
    assert len(world.store.walks.state(walk.id).committed) == 10


def test_two_executions_commit_a_chunk_once(world: Any, walker: Walker) -> None:
    walk = walker.open()
    with ThreadPoolExecutor(4) as pool:
        rounds = list(pool.map(lambda _: walker.commit(walk, world.shas[:10]), range(4)))
    assert len({opened.id for opened in rounds if opened}) == 1
    assert world.store.walks.state(walk.id).committed == tuple(world.shas[:10])
    assert len(world.store.rounds.list(world.claim.cycle_id)) == 1


def test_what_a_person_has_spoken_of_is_not_committed(world: Any, walker: Walker) -> None:
    tagged = world.open(world.shas[:3])
    world.answer(tagged.id, world.shas[0], "cat")
    world.answer(tagged.id, world.shas[1], UNSURE)
    world.store.rounds.approve(tagged.id, "rev", ApprovedVia.PAGE, rest="return")
    walk = walker.open()
    world.store.imports.from_source(world.claim, [(world.shas[2], ClassLabel(label="cow"))])
    for sha in world.shas[:3]:
        with pytest.raises(ConflictError, match="said something"):
            walker.commit(walk, [world.shas[9], sha])
    assert world.store.walks.state(walk.id).committed == ()
    assert world.store.walks.committable(world.claim) == world.shas[3:]


def test_no_image_is_committed_twice(world: Any, walker: Walker) -> None:
    walk = walker.open()
    with pytest.raises(ConflictError, match="twice"):
        walker.commit(walk, [world.shas[0], world.shas[0]])
    walker.answer_through(walk, walker.commit(walk, world.shas[:4]))
    for sha in world.shas[:4]:
        with pytest.raises(ConflictError, match=r"committed before|said something"):
            walker.commit(walk, [sha], "again")
    assert len(world.store.walks.state(walk.id).committed) == 4


def test_only_what_the_cycle_delivers_is_committed_and_only_labels_that_can_be(
    world: Any, walker: Walker
) -> None:
    walk = walker.open()
    late = world.add("late")
    for sha in (world.sha("unknown"), *late):
        with pytest.raises(ConflictError, match="delivers no label"):
            walker.commit(walk, [sha])
    with pytest.raises(InvalidAnswerError):
        world.store.walks.commit(world.claim, walk.id, walker.rows(world.shas[:1], "horse"), "k")
    with pytest.raises(NotFoundError):
        world.store.walks.commit(world.claim, "none", [], "k")


def test_nothing_is_committed_while_answers_are_missing(world: Any, walker: Walker) -> None:
    walk = walker.open()
    opened = walker.commit(walk, world.shas[:10])
    for _ in range(2):
        with pytest.raises(RoundNotFinishedError):
            walker.commit(walk, world.shas[10:], "next")
        with pytest.raises(RoundNotFinishedError):
            world.store.walks.account(walk.id)
        world.answer_all(opened.id if opened else "")
    assert world.store.walks.follow_up(world.claim, walk.id, "again").id == opened.id  # type: ignore[union-attr]


def test_nothing_is_committed_while_another_round_is_open(world: Any, walker: Walker) -> None:
    walk = walker.open()
    world.open(world.shas[:3])
    with pytest.raises(ConflictError, match="round of this cycle is open"):
        walker.commit(walk, world.shas[5:])


def test_an_execution_that_was_replaced_commits_nothing(world: Any, walker: Walker) -> None:
    walk = walker.open()
    stale = world.claim
    world.store.cycles.claim(stale.cycle_id, "newer")
    for write in (
        walker.open,
        lambda: walker.commit(walk, world.shas),
        lambda: world.store.walks.follow_up(stale, walk.id, "k"),
        lambda: world.store.walks.deliver(stale, _empty(walk)),
    ):
        with pytest.raises(StaleClaimError):
            write()


def test_an_error_makes_more_images_due_just_as_the_rates_say(world: Any, walker: Walker) -> None:
    walk = walker.open()
    opened = walker.commit(walk, world.shas)
    asked: list[str] = []
    while opened is not None:
        waiting = set(world.store.walks.state(walk.id).due)
        assert opened.size == len(waiting)
        # Only the first of each round is wrong, so that the rates go up a rung at a time.
        first = next(sha for sha in world.shas if sha in waiting)
        for sha in sorted(waiting):
            world.answer(opened.id, sha, "dog" if sha == first else "cat")
        world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)
        asked += sorted(waiting)
        opened = world.store.walks.follow_up(world.claim, walk.id, f"again-{len(asked)}")
    state = world.store.walks.state(walk.id)
    assert len(set(asked)) == len(asked)
    errors, expected = 0, set()
    with_coin = {sha: coins.coin(SEED, sha) for sha in world.shas}
    for sha in world.shas:
        if errors < len(LADDER.rates) and with_coin[sha] < LADDER.rates[errors]:
            expected.add(sha)
            errors += _answered(world, sha) == "dog"
    assert set(asked) >= expected
    assert state.errors == min(errors, len(LADDER.rates))
    assert state.over


def _answered(world: Any, sha: str) -> str | None:
    word: str | None = world.final(sha)[0]
    return word


def test_the_walk_ends_with_its_last_rung_and_the_rest_goes_to_people(
    world: Any, walker: Walker
) -> None:
    walk = walker.open()
    opened = walker.commit(walk, world.shas)
    walker.answer_through(walk, opened, "dog")
    state = world.store.walks.state(walk.id)
    assert state.ended
    assert state.rates_left == ()
    signed = walker.deliver(walk)
    assert signed.inputs.audit_errors == len(LADDER.rates)
    unfinished = set(world.store.images.unfinished(world.project.id, 1))
    assert len(unfinished) == 20 - signed.accepted - signed.inputs.audited
    assert verify_walk(signed, world.store.walks.commits(walk.id)) == []


def test_after_its_end_nothing_is_committed(world: Any, walker: Walker) -> None:
    walk = walker.open()
    walker.answer_through(walk, walker.commit(walk, world.shas[:16]), "dog")
    assert world.store.walks.state(walk.id).ended
    with pytest.raises(ConflictError, match="ended"):
        walker.commit(walk, world.shas[16:], "more")
    walker.deliver(walk)
    with pytest.raises(ConflictError, match="closed"):
        walker.commit(walk, world.shas[16:], "more")


def test_skips_are_errors_of_the_model(world: Any, walker: Walker) -> None:
    walk = walker.open()
    opened = walker.commit(walk, world.shas)
    assert opened is not None
    for item in world.lease("ann", 50):
        world.answer(opened.id, item.sha256, UNSURE)
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)
    assert world.store.walks.state(walk.id).errors == min(opened.size, len(LADDER.rates))


def test_a_round_of_a_walk_is_answered_whole(world: Any, walker: Walker) -> None:
    opened = walker.commit(walker.open(), world.shas)
    assert opened is not None
    world.answer(opened.id, world.lease("ann", 1)[0].sha256)
    for rest in ("refuse", "return"):
        with pytest.raises(RoundNotFinishedError, match="whole"):
            world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE, rest=rest)


def test_a_round_without_an_approval_closes_by_rule(world: Any, walker: Walker) -> None:
    walk = walker.open()
    rows = walker.rows(world.shas)
    opened = world.store.walks.commit(world.claim, walk.id, rows, "k", needs_approval=False)
    world.answer_all(opened.id)
    assert world.store.rounds.settle(opened.id).state is RoundState.CLOSED
    assert world.store.walks.state(walk.id).due == ()


def _whole(world: Any, walker: Walker) -> Any:
    """A walk in which everything is committed and answered; the first answer is an error."""
    walk = walker.open()
    opened = walker.commit(walk, world.shas)
    assert opened is not None
    world.answer(opened.id, world.lease("ann", 1)[0].sha256, "dog")
    walker.answer_through(walk, opened)
    return walk


def test_the_delivery_accepts_what_nobody_was_asked_about(world: Any, walker: Walker) -> None:
    walk = _whole(world, walker)
    signed = walker.deliver(walk)
    log = world.store.walks.commits(walk.id)
    spared = [one.sha256 for one in log if one.wrong is None]
    assert signed.accepted == signed.inputs.delivered == len(spared) > 0
    assert {world.final(sha) for sha in spared} == {("cat", "accepted")}
    assert world.by_state() == {"accepted": len(spared), "audited": 20 - len(spared)}
    assert world.tallies() == world.recount()
    assert world.store.certificates.latest(walk.cycle_id) == signed
    assert world.store.progress.of(world.project).certificate == signed
    assert world.store.walks.of(walk.cycle_id).closed_at == signed.created_at
    history = world.store.labeling.history(world.project.id, spared[0])
    assert [(one.kind.value, one.model_version) for one in history] == [("accepted", "m1")]


def test_the_delivery_is_done_once(world: Any, walker: Walker) -> None:
    walk = _whole(world, walker)
    draft = walker.draft(walk)
    signed = world.store.walks.deliver(world.claim, draft)
    assert world.store.walks.deliver(world.claim, draft) == signed
    assert world.store.walks.deliver(world.claim, signed) == signed
    assert len(world.store.labeling.history(world.project.id, world.shas[0])) == 1


def test_a_delivery_before_the_end_is_refused(world: Any, walker: Walker) -> None:
    walk = walker.open()
    walker.answer_through(walk, walker.commit(walk, world.shas[:10]))
    with pytest.raises(ConflictError, match="isn't over"):
        walker.deliver(walk)
    certificate = _empty(walk)
    with pytest.raises(ConflictError, match="isn't over"):
        world.store.walks.deliver(world.claim, certificate)
    opened = walker.commit(walk, world.shas[10:], "walk-10")
    assert opened is not None
    with pytest.raises(RoundNotFinishedError):
        world.store.walks.deliver(world.claim, certificate)
    assert "accepted" not in world.by_state()


def _empty(walk: Any) -> Any:
    return WalkCertificate(
        id=walk.id,
        project_id=walk.project_id,
        cycle_id=walk.cycle_id,
        inputs=WalkInputs(
            images=20,
            error=0.5,
            confidence=0.95,
            wrong_allowed=10,
            rates=walk.rates,
            commits=0,
            audited=0,
            audit_errors=0,
            delivered=0,
            seal_commitment=walk.seal_commitment,
            log_sha256="0" * 64,
        ),
        accepted=0,
        by_people=20,
        statement="",
        created_at=now(),
    )


@pytest.mark.parametrize(
    "changes",
    [{"audit_errors": 0}, {"delivered": 20}, {"images": 2000}, {"wrong_allowed": 1}, {"seed": "0"}],
)
def test_a_certificate_that_says_something_else_is_refused(
    world: Any, walker: Walker, changes: dict[str, object]
) -> None:
    walk = _whole(world, walker)
    draft = walker.draft(walk)
    false = draft.model_copy(update={"inputs": draft.inputs.model_copy(update=changes)})
    with pytest.raises(ConflictError, match="something else"):
        world.store.walks.deliver(world.claim, false)
    assert world.store.walks.of(walk.cycle_id).closed_at is None
    assert world.store.certificates.latest(walk.cycle_id) is None


def test_anybody_can_recompute_the_certificate(world: Any, walker: Walker) -> None:
    walk = _whole(world, walker)
    signed = walker.deliver(walk)
    log = world.store.walks.commits(walk.id)
    agrees = task_kind(world.project.task).agrees
    assert verify_walk(signed, log, agrees) == []
    spared = next(place for place, one in enumerate(log) if one.wrong is None)
    asked = next(place for place, one in enumerate(log) if one.wrong is False)
    for place, changes in (
        (spared, {"value": ClassLabel(label="dog")}),
        (asked, {"wrong": None}),
        (asked, {"wrong": True}),
        (asked, {"answer": None}),
    ):
        tampered = [*log[:place], log[place].model_copy(update=changes), *log[place + 1 :]]
        assert verify_walk(signed, tampered, agrees)
    assert verify_walk(signed, log[1:])
    other = signed.model_copy(
        update={"inputs": signed.inputs.model_copy(update={"seed": coins.commitment(SEED)})}
    )
    assert verify_walk(other, log) == ["The seed isn't the one that was sealed."]


def test_answers_are_frozen_for_the_certificate(world: Any, walker: Walker) -> None:
    walk = _whole(world, walker)
    asked = world.store.rounds.answers(world.store.rounds.list(walk.cycle_id)[0].id)[1]
    rev = world.person("rev", Role.REVIEWER).id
    dog = ClassLabel(label="dog")
    with pytest.raises(ConflictError, match="blind"):
        world.store.labeling.correct(rev, world.project.id, asked.sha256, dog)
    signed = walker.deliver(walk)
    world.store.labeling.correct(rev, world.project.id, asked.sha256, dog)
    assert world.final(asked.sha256) == ("dog", "adjudicated")
    assert world.store.walks.deliver(world.claim, signed) == signed
    assert verify_walk(signed, world.store.walks.commits(walk.id)) == []


def test_committed_images_are_handed_out_by_no_other_round(world: Any, walker: Walker) -> None:
    first = world.open(world.shas[:1], backlog=world.shas[1:8])
    world.answer_all(first.id)
    world.store.rounds.approve(first.id, "rev", ApprovedVia.PAGE)
    walk = walker.open()
    heads = walker.heads(walk, world.shas[1:10])
    opened = walker.commit(walk, world.shas[1:10])
    assert opened is not None
    assert {item.sha256 for item in world.lease("ann", 50)} == set(heads)
    walker.answer_through(walk, opened)
    again = world.open(world.shas, backlog=world.shas)
    assert {item.sha256 for item in world.lease("ann", 50)} == set(world.shas[10:])
    assert again.size == 10


def test_a_late_answer_of_a_spared_image_stands(world: Any, walker: Walker) -> None:
    first = world.open(world.shas[:1], backlog=world.shas[1:])
    world.answer_all(first.id)
    world.store.rounds.approve(first.id, "rev", ApprovedVia.PAGE)
    held = world.lease("ann", 50)
    walk = walker.open()
    heads = set(walker.heads(walk, world.shas[1:]))
    opened = walker.commit(walk, world.shas[1:])
    late = next(item for item in held if item.sha256 not in heads)
    world.answer(late.round_id, late.sha256, "cow")
    walker.answer_through(walk, opened)
    signed = walker.deliver(walk)
    assert world.final(late.sha256) == ("cow", "person")
    assert (signed.inputs.delivered, signed.accepted) == (19 - len(heads), 18 - len(heads))
    assert world.tallies() == world.recount()
    assert verify_walk(signed, world.store.walks.commits(walk.id)) == []


def test_a_late_answer_between_account_and_delivery_is_noticed(world: Any, walker: Walker) -> None:
    first = world.open(world.shas[:1], backlog=world.shas[1:])
    world.answer_all(first.id)
    world.store.rounds.approve(first.id, "rev", ApprovedVia.PAGE)
    held = world.lease("ann", 50)
    walk = walker.open()
    heads = set(walker.heads(walk, world.shas[1:]))
    walker.answer_through(walk, walker.commit(walk, world.shas[1:]))
    draft = walker.draft(walk)
    late = next(item for item in held if item.sha256 not in heads)
    world.answer(late.round_id, late.sha256, "cow")
    with pytest.raises(ConflictError, match="something else"):
        world.store.walks.deliver(world.claim, draft)
    assert walker.deliver(walk).accepted == draft.accepted - 1


def test_until_the_walk_is_closed_nobody_sees_what_the_model_says(
    world: Any, walker: Walker
) -> None:
    world.model()
    walk = walker.open()
    opened = walker.commit(walk, world.shas[:16])
    images, project = world.store.images, world.project.id
    filters = (
        ImageFilter(),
        ImageFilter(label="cat"),
        ImageFilter(least_confidence=0.0),
        ImageFilter(most_confidence=1.0),
    )

    def shown() -> set[str]:
        views = [view for wanted in filters for view in images.page(project, wanted)]
        return {view.image.sha256 for view in views if view.prelabel or view.confidence}

    assert shown() == set()
    walker.answer_through(walk, opened)
    assert shown() == set()
    world.store.projects.update(world.project.name, finish="review")
    assert shown() == set()
    assert images.view(project, world.shas[0]).prelabel is None
    walker.answer_through(walk, walker.commit(walk, world.shas[16:], "rest"))
    walker.deliver(walk)
    assert shown() == set(world.shas)


def test_nobody_who_saw_a_proposal_is_asked_about_its_commit(world: Any, walker: Walker) -> None:
    model = world.model()
    review = world.open(world.shas, kind=RoundKind.REVIEW, model_version=model)
    seen = {item.sha256 for item in world.lease("ann", 10)}
    world.store.rounds.approve(review.id, "rev", ApprovedVia.PAGE, rest="return")
    walk = walker.open()
    walker.commit(walk, world.shas)
    heads = set(walker.heads(walk, world.shas))
    assert {item.sha256 for item in world.lease("ann", 50)} == heads - seen
    world.store.labeling.release(world.project.id, world.person("ann").id)
    assert {item.sha256 for item in world.lease("bob", 50)} == heads


def test_no_class_is_taken_away_in_passing_while_labels_are_committed(
    world: Any, walker: Walker
) -> None:
    walker.open()
    with pytest.raises(ConflictError, match="walk ends"):
        world.classes("cat", "dog")
    assert world.store.projects.get(world.project.name).class_names == ("cat", "dog", "cow")


def test_a_second_opinion_counts_by_the_overlap_of_the_opening(world: Any, walker: Walker) -> None:
    world.store.projects.update(world.project.name, overlap=3)
    walk = walker.open()
    opened = walker.commit(walk, world.shas)
    assert opened is not None
    for name, word in (("ann", "dog"), ("bob", "cat"), ("cid", "cat")):
        world.answer_all(opened.id, word, name)
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)
    assert (walk.overlap, world.store.walks.state(walk.id).errors) == (3, 0)


def test_projects_from_before_there_was_a_walk_keep_their_look(world: Any) -> None:
    assert world.project.certificate == "walk"
    stored = world.project.model_dump(mode="json", include=set(ProjectSettings.model_fields))
    del stored["certificate"]
    with world.store.database.write() as connection:
        connection.execute(update(projects).values(settings=json.dumps(stored)))
    assert world.store.projects.get(world.project.name).certificate == "look"
    assert world.store.projects.update(world.project.name, seed=4).certificate == "look"


def test_certificates_from_before_there_was_a_walk_are_looks(world: Any) -> None:
    world.store.certificates.accept(world.claim, world.certificate(world.model(), "r"), [])
    with world.store.database.write() as connection:
        record = json.loads(str(connection.scalar(select(certificates.c.record))))
        assert record.pop("kind") == "look"
        connection.execute(update(certificates).values(record=json.dumps(record)))
    found = world.store.certificates.latest(world.claim.cycle_id)
    assert (type(found), found.kind) == (Certificate, "look")
    assert world.store.progress.of(world.project).certificate == found


def test_an_older_database_gains_the_walks(world: Any, url: str) -> None:
    opened = world.open(world.shas[:3])
    world.answer_all(opened.id)
    migrate(world.store.database, "0002", down=True)
    world.store.close()
    world.store = open_store(url)
    assert world.store.rounds.get(opened.id).answered == 3
    assert world.store.rounds.get(opened.id).walk_id is None
    assert world.store.walks.of(world.claim.cycle_id) is None
    assert Walker(world).open().images == 20
    world.store.close()


def test_boxes_are_committed_like_any_label(world: Any) -> None:
    store = world.store
    project = store.projects.create(world.settings("boxed", task="boxes", error=0.5))
    world.project, world.claim = (
        project,
        store.cycles.claim(store.cycles.ensure(project.id).id, "run-boxes"),
    )
    world.shas = sorted(world.add(*range(20)))
    store.datasets.next_version(world.claim)
    box = Box(label="cat", xmin=5, ymin=5, xmax=60, ymax=60, score=0.8)
    near = Boxes(boxes=(box.model_copy(update={"xmax": 62.0, "score": None}),))
    walk = store.walks.open(world.claim, LADDER)
    rows = [(sha, Boxes(boxes=(box,)), "m1") for sha in world.shas]
    opened = store.walks.commit(world.claim, walk.id, rows, "k")
    assert opened is not None
    for place, item in enumerate(world.lease("ann", 50)):
        world.answer(opened.id, item.sha256, near if place else Boxes())
    store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)
    assert store.walks.state(walk.id).errors == 1
