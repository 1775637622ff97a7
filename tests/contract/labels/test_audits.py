import hashlib
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from models.annotation import AnnotationKind, SkipReason
from models.label import ClassLabel
from models.person import Role
from models.prelabel import Prelabel
from models.record import now
from models.round import ApprovedVia, RoundKind, RoundState
from tenfold.errors import ConflictError, RoundNotFinishedError
from tenfold.store import ImageFilter


def _items(world: Any, name: str = "ann") -> Any:
    return [item.sha256 for item in world.lease(name, 50)]


def test_the_draw_is_uniform_by_its_seed_from_the_sorted_pool(world: Any) -> None:
    model = world.model()
    opened = world.audit(model, 5, seed=3, pool=list(reversed(world.shas)))
    chosen = np.random.default_rng(3).choice(20, size=5, replace=False)
    assert _items(world) == [world.shas[i] for i in chosen]
    assert (opened.kind, opened.size, opened.seed) == (RoundKind.AUDIT, 5, 3)
    assert opened.model_version == model
    assert opened.needs_approval


def test_pool_and_numbers_are_frozen_with_the_draw(world: Any) -> None:
    first = world.open(world.shas[:4])
    world.answer(first.id, world.shas[0], "cat")
    world.answer(first.id, world.shas[1], SkipReason.UNREADABLE)
    world.answer(first.id, world.shas[2], SkipReason.UNSURE)
    world.store.imports.from_source(world.claim, [(world.shas[3], ClassLabel(label="cow"))])
    opened = world.audit(world.model(), 5)
    pool = world.shas[4:]
    digest = hashlib.sha256("\n".join(pool).encode()).hexdigest()
    assert world.store.rounds.params(opened.id) == {
        "error": world.project.error,
        "confidence": world.project.confidence,
        "images": 18,  # neither what is unreadable nor what was made elsewhere
        "pool": 16,
        "seed": 7,
        "pool_sha256": digest,
    }
    assert world.store.rounds.frozen_pool(opened.id) == pool
    world.answer_all(opened.id)
    assert world.store.rounds.frozen_pool(opened.id) == pool


def test_nobody_can_know_a_draw_before_it_is_made(world: Any, make_world: Any) -> None:
    seeds, drawn = set(), set()
    for _ in range(3):
        other = make_world()
        opened = other.audit(other.model(), 5, seed=None, key="round-2")
        seeds.add(opened.seed)
        drawn.add(tuple(_items(other)))
        assert other.store.rounds.params(opened.id)["seed"] == opened.seed
    assert len(seeds) == len(drawn) == 3


def test_what_an_audited_model_proposes_is_frozen_with_the_draw(world: Any) -> None:
    model = world.model(shas=world.shas[:10])
    same = [Prelabel(sha256=world.shas[0], value=ClassLabel(label="cat"), confidence=0.9)]
    world.audit(model, 3, pool=world.shas[:10])
    world.store.models.add_prelabels(world.claim, model, same)
    for word, confidence, sha in (("dog", 0.9, 0), ("cat", 0.95, 0), ("cat", 0.5, 15)):
        other = Prelabel(
            sha256=world.shas[sha], value=ClassLabel(label=word), confidence=confidence
        )
        with pytest.raises(ConflictError, match="frozen: an audit measures it"):
            world.store.models.add_prelabels(world.claim, model, [*same, other])
    kept = {p.sha256: p for p in world.store.models.prelabels(model)}
    assert (len(kept), kept[world.shas[0]]) == (10, same[0])
    world.store.models.add_prelabels(world.claim, world.model(2, shas=world.shas[:1]), same)


def test_only_what_is_in_the_given_pool_is_drawn_and_at_most_all_of_it(world: Any) -> None:
    world.audit(world.model(), 50, pool=[*world.shas[:3], world.sha("unknown")])
    assert sorted(_items(world)) == world.shas[:3]


def test_provisional_acceptances_are_drawn_again(world: Any) -> None:
    model = world.model()
    world.store.certificates.accept(world.claim, world.certificate(model, "r"), world.shas[:3])
    opened = world.audit(model, 3, pool=world.shas[:3])
    assert opened.size == 3


def test_an_audit_is_drawn_once_under_its_key(world: Any) -> None:
    model = world.model()
    first = world.audit(model, 3, key="audit-1")
    assert world.audit(model, 9, key="audit-1", seed=99) == first


def test_a_cycle_has_one_audit_since_a_second_would_spend_the_risk_again(world: Any) -> None:
    first = world.audit("m", 2, key="audit")
    with pytest.raises(ConflictError, match="has had its audit"):
        world.audit("m", 2, key="another")
    assert world.audit("m", 2, key="audit").id == first.id


def test_drawn_images_leave_the_backlog_and_late_answers_count_for_the_audit(world: Any) -> None:
    first = world.open(world.shas[:1], backlog=world.shas[1:11])
    world.answer_all(first.id)
    held = world.lease("ann", 10)
    world.store.rounds.approve(first.id, "ann", ApprovedVia.PAGE)
    opened = world.audit(world.model(), 3, pool=world.shas[1:11])
    drawn = set(_items(world, "bob")[:3])
    assert world.store.progress.of(world.project).backlog == 7
    late = next(item for item in held if item.sha256 in drawn)
    given = world.answer(late.round_id, late.sha256, "dog", "ann")
    assert (given.kind, given.round_id) == (AnnotationKind.AUDIT, opened.id)
    assert world.store.rounds.get(opened.id).answered == 1
    assert world.final(late.sha256) == ("dog", "audited")
    other = world.answer(opened.id, late.sha256, "cat", "bob")
    assert other.second_opinion


def test_a_late_review_of_a_drawn_image_does_not_count_for_the_audit(world: Any) -> None:
    model = world.model(label="cat")
    review = world.open(world.shas[:2], kind=RoundKind.REVIEW, model_version=model)
    held = world.lease("ann", 1)[0]
    world.store.rounds.approve(review.id, "rev", ApprovedVia.PAGE, rest="return")
    opened = world.audit(model, 1, pool=[held.sha256])
    given = world.answer(review.id, held.sha256, "cat", "ann")
    assert (given.kind, given.second_opinion) == (AnnotationKind.REVIEW, True)
    assert world.store.rounds.get(opened.id).answered == 0
    assert world.final(held.sha256) == (None, None)
    assert _items(world, "ann") == []
    assert world.store.labeling.barred(opened.id, world.person("ann").id) == 1
    world.answer(opened.id, _items(world, "bob")[0], "dog", "bob")
    assert world.final(held.sha256) == ("dog", "audited")


def test_nobody_who_saw_the_proposal_of_an_image_gets_it_in_an_audit(world: Any) -> None:
    model = world.model()
    review = world.open(world.shas[:4], kind=RoundKind.REVIEW, model_version=model)
    seen = {item.sha256 for item in world.lease("ann", 2)}
    world.store.rounds.approve(review.id, "rev", ApprovedVia.PAGE, rest="return")
    world.audit(model, 4, pool=world.shas[:4])
    assert set(_items(world, "ann")) == set(world.shas[:4]) - seen
    world.store.labeling.release(world.project.id, world.person("ann").id)
    assert set(_items(world, "bob")) == set(world.shas[:4])


def test_who_saw_the_proposal_cannot_answer_the_audit_either(world: Any) -> None:
    model = world.model(label="cat")
    review = world.open(world.shas[:1], kind=RoundKind.REVIEW, model_version=model)
    world.lease("ann", 1)
    world.store.rounds.approve(review.id, "rev", ApprovedVia.PAGE, rest="return")
    opened = world.audit(model, 1, pool=world.shas[:1])
    given = world.answer(opened.id, world.shas[0], "cat", "ann")
    assert given.second_opinion
    assert world.store.rounds.get(opened.id).answered == 0
    world.answer(opened.id, world.shas[0], "dog", "bob")
    assert world.store.rounds.get(opened.id).answered == 1
    assert world.final(world.shas[0]) == ("dog", "audited")


def _audit_of_two(world: Any) -> Any:
    """An audit of two images that a model calls cats, and that were accepted as such before."""
    model = world.model(label="cat")
    world.store.certificates.accept(world.claim, world.certificate(model, "r"), world.shas[:2])
    return model, world.audit(model, 2, pool=world.shas[:2])


def test_while_an_audit_is_open_no_page_shows_what_a_model_says(world: Any) -> None:
    _, opened = _audit_of_two(world)
    images, project_id = world.store.images, world.project.id
    for view in images.page(project_id, limit=2):
        assert (view.prelabel, view.confidence, view.value, view.by) == (None,) * 4
        assert view.state == "pre-labeled"
    assert images.view(project_id, world.shas[0]).prelabel is None
    assert images.view(project_id, world.shas[5]).prelabel is not None
    for item in world.lease("ann", 2):
        assert (item.prelabel, item.confidence, item.model_version) == (None, None, None)
    history = world.store.labeling.history(project_id, world.shas[0])
    assert history == []
    world.answer_all(opened.id, "dog")
    assert images.view(project_id, world.shas[0]).prelabel is None
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)
    assert images.view(project_id, world.shas[0]).prelabel == ClassLabel(label="cat")
    kinds = [one.kind for one in world.store.labeling.history(project_id, world.shas[0])]
    assert kinds == [AnnotationKind.ACCEPTED, AnnotationKind.AUDIT]


@pytest.mark.parametrize(
    "wanted",
    [
        {"label": "cat"},
        {"least_confidence": 0.1},
        {"most_confidence": 1.0},
        {"by": "accepted"},
        {"state": "accepted"},
    ],
)
def test_while_an_audit_is_open_no_filter_finds_what_a_model_says(world: Any, wanted: Any) -> None:
    _audit_of_two(world)
    found = world.store.images.page(world.project.id, ImageFilter(**wanted), limit=50)
    assert not {view.image.sha256 for view in found} & set(world.shas[:2])


def test_while_an_audit_is_open_no_review_hands_its_images_out(world: Any) -> None:
    model, _ = _audit_of_two(world)
    review = world.open(world.shas[:4], kind=RoundKind.REVIEW, model_version=model)
    items = world.lease("ann", 9, round_id=review.id)
    assert [item.sha256 for item in items] == world.shas[2:4]


def test_while_an_audit_is_open_its_images_are_not_corrected(world: Any) -> None:
    _, opened = _audit_of_two(world)
    rev = world.person("rev", Role.REVIEWER).id
    with pytest.raises(ConflictError, match="audit"):
        world.store.labeling.correct(rev, world.project.id, world.shas[0], ClassLabel(label="dog"))
    world.answer_all(opened.id)
    with pytest.raises(ConflictError, match="audit"):
        world.store.labeling.correct(rev, world.project.id, world.shas[0], ClassLabel(label="dog"))


def test_an_audit_is_answered_whole_or_not_approved(world: Any) -> None:
    opened = world.audit(world.model(), 3)
    world.answer(opened.id, _items(world)[0], SkipReason.UNSURE)
    for rest in ("refuse", "return"):
        with pytest.raises(RoundNotFinishedError, match="whole") as refused:
            world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE, rest=rest)
        assert refused.value.missing == 2
    world.answer_all(opened.id)
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)
    assert world.store.rounds.get(opened.id).state is RoundState.CLOSED


def test_audit_answers_are_frozen_at_approval(world: Any) -> None:
    opened = world.audit(world.model(), 3)
    world.answer_all(opened.id, "cat")
    frozen = world.store.rounds.answers(opened.id)
    assert len(frozen) == 3
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)
    sha = frozen[0].sha256
    rev = world.person("rev", Role.REVIEWER).id
    world.store.labeling.correct(rev, world.project.id, sha, ClassLabel(label="dog"))
    world.answer(opened.id, sha, "cow", "bob")
    assert world.store.labeling.undo(world.person("ann").id, frozen[0].id) is None
    assert world.store.rounds.answers(opened.id) == frozen
    assert world.final(sha) == ("dog", "adjudicated")


def test_a_second_opinion_on_an_audit_covers_it_all_and_is_blind(world: Any) -> None:
    opened = world.audit(world.model(), 2, overlap=3)
    assert opened.size == 6
    for name, word in (("ann", "dog"), ("bob", "cat"), ("cid", "cat")):
        assert world.answer_all(opened.id, word, name) == 2
    assert [one.value.label for one in world.store.rounds.answers(opened.id)] == ["cat", "cat"]
    assert world.by_state() == {"audited": 2, "pre-labeled": 18}


def test_accepting_takes_the_prelabels_over_and_leaves_what_people_said(world: Any) -> None:
    model = world.model(label="cat")
    opened = world.open(world.shas[:3])
    world.answer(opened.id, world.shas[0], "dog")
    world.answer(opened.id, world.shas[1], SkipReason.UNSURE)
    certificates, claim = world.store.certificates, world.claim
    certificate = world.certificate(model, opened.id)
    assert certificates.accept(claim, certificate, world.shas[:6]) == 4
    assert certificates.accept(claim, certificate, world.shas) == 0
    assert [world.final(sha)[0] for sha in world.shas[:7]] == ["dog", None, *["cat"] * 4, None]
    assert certificates.get("c1") == certificates.latest(claim.cycle_id) == certificate
    assert certificates.get("c2") is None
    progress = world.store.progress.of(world.project)
    assert progress.certificate == certificate
    assert progress.claim == "at most 5 % wrong"
    assert progress.by_class["cat"] == {"people": 0, "machine": 4}
    accepted = world.store.labeling.history(world.project.id, world.shas[2])[0]
    assert (accepted.kind, accepted.model_version, accepted.round_id) == (
        AnnotationKind.ACCEPTED,
        model,
        opened.id,
    )
    assert world.tallies() == world.recount()


def test_accepting_without_a_proposal_changes_nothing(world: Any) -> None:
    model = world.model(shas=world.shas[:3])
    with pytest.raises(ConflictError, match="proposes nothing"):
        world.store.certificates.accept(world.claim, world.certificate(model, "r"), world.shas[:4])
    assert world.store.certificates.get("c1") is None
    assert world.by_state() == {"pre-labeled": 3, "unlabeled": 17}


def test_a_person_who_is_not_sure_takes_an_acceptance_back(world: Any) -> None:
    model = world.model()
    world.store.certificates.accept(world.claim, world.certificate(model, "r"), world.shas[:1])
    opened = world.audit(model, 1, pool=world.shas[:1])
    world.answer(opened.id, world.shas[0], SkipReason.UNSURE)
    assert world.final(world.shas[0]) == (None, None)
    assert world.shas[0] in world.store.images.unfinished(world.project.id, 1)


def test_an_expired_lease_of_an_audit_goes_to_another(world: Any) -> None:
    world.audit(world.model(), 1)
    start = now()
    assert len(world.lease("ann", now=start)) == 1
    assert len(world.lease("bob", now=start + timedelta(seconds=301))) == 1


def test_before_the_audit_no_page_shows_what_a_model_says_of_what_may_be_drawn(world: Any) -> None:
    tagged, project = world.shas[0], world.project.id
    world.answer(world.open([tagged]).id, tagged, "cat")
    model = world.model()
    proposed = ImageFilter(least_confidence=0.0)

    def shown(wanted: ImageFilter) -> list[str]:
        views = world.store.images.page(project, wanted)
        return [view.image.sha256 for view in views if view.prelabel is not None]

    assert shown(ImageFilter()) == [tagged]
    assert shown(proposed) == [tagged]
    world.store.certificates.accept(world.claim, world.certificate(model, "r"), world.shas[1:3])
    assert len(shown(proposed)) == len(world.shas)
