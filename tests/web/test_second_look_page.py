"""A second look in Chromium: both words are shown, and neither is a key press nearer."""

import pytest
from playwright.sync_api import expect

from models.annotation import Answer
from models.label import ClassLabel, LabelSet, LabelValue, TaskType
from models.person import Role
from models.round import ApprovedVia, Doubt

from .browsing import Visit, answers, eventually, shown_image
from .conftest import Desk, MakeDesk

pytestmark = pytest.mark.browser


CAT, DOG = ClassLabel(label="cat"), ClassLabel(label="dog")


def doubted(desk: Desk, tagged: LabelValue = CAT, likelier: LabelValue = DOG) -> None:
    """Have somebody tag two images as cats, which a model takes for dogs."""
    opened = desk.open(shas=desk.shas[:2])
    ann = desk.store.people.ensure("ann", Role.LABELER)
    for item in desk.store.labeling.lease(desk.project.id, ann.id, 2):
        key = f"ann-{item.sha256[:20]}"
        sent = Answer(key=key, round_id=opened.id, sha256=item.sha256, value=tagged)
        desk.store.labeling.submit(ann.id, sent)
    desk.store.rounds.approve(opened.id, "rita", ApprovedVia.PAGE)
    words = {"tagged": tagged, "likelier": likelier}
    desk.store.rounds.open_second_look(
        desk.claim,
        [Doubt(sha256=sha, believed=0.1, sure=0.8, **words) for sha in desk.shas[:2]],
        model_version=desk.model(likelier).id,
        needs_approval=False,
        reason="A model contradicts these 2 tags.",
        fewest=1,
    )


def test_tag_and_model_are_shown_and_a_digit_decides(desk: Desk, visit: Visit) -> None:
    doubted(desk)
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    first = shown_image(page)
    expect(page.locator("#round")).to_have_text("second look")
    expect(page.locator("#ask")).to_contain_text("Tagged “cat”; a model says “dog”.")
    expect(page.locator("#panel-act button")).to_have_count(0)
    marks = page.locator(".class-button .mark")
    expect(marks).to_have_text(["tagged", "proposed", ""])
    page.keyboard.press("Enter")
    assert shown_image(page) == first, "Enter takes neither side"
    page.keyboard.press("2")
    eventually(lambda: len(answers(desk)) == 1)
    final = desk.store.images.view(desk.project.id, first)
    assert final is not None
    assert (final.value, final.by) == (DOG, "reviewed")
    assert looks.complaints == []


def test_of_sets_each_class_says_whose_word_it_is(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.MULTILABEL)
    doubted(desk, LabelSet(labels=("bird", "cat")), LabelSet(labels=("bird", "dog")))
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    marks = page.locator(".class-button .mark")
    expect(marks).to_have_text(["tagged", "proposed", "tagged, proposed"])
    expect(page.locator(".class-button[aria-pressed=true] .class-text")).to_have_text(
        ["cat", "bird"]
    )
