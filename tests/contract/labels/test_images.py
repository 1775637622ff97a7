from typing import Any

import pytest

from models.annotation import SkipReason
from models.class_list import ClassDraft, kept
from models.dataset import DatasetVersion
from models.image import Quarantine, Quarantined, SourceEntry
from models.label import ClassLabel
from models.person import Role
from models.project import label_classes
from models.record import now
from tenfold.errors import NotFoundError
from tenfold.store import ImageFilter


def _entry(path: str, mark: str = "m") -> Any:
    return SourceEntry(path=path, mark=mark)


def _aside(path: str, reason: Quarantine = Quarantine.BROKEN) -> Any:
    return Quarantined(path=path, reason=reason, detail="cut off")


def test_adding_a_batch_again_changes_nothing(world: Any) -> None:
    images, project_id = world.store.images, world.project.id
    before = images.counts(project_id), world.tallies()
    one = world.image(0)
    report = images.add(world.claim, [one], {one.sha256: [_entry("0.png", "m1")]}, [])
    assert (report.new, report.duplicates, report.quarantined) == (0, 0, 0)
    assert (images.counts(project_id), world.tallies()) == before
    assert world.tallies() == world.recount()


def test_copies_are_folded_into_one_image_with_all_its_paths(world: Any) -> None:
    images, one = world.store.images, world.image("new")
    entries = {one.sha256: [_entry("b/copy.png"), _entry("a/first.png")]}
    report = images.add(world.claim, [one], entries, [])
    assert (report.new, report.duplicates) == (1, 1)
    assert images.get(world.project.id, one.sha256).paths == ("a/first.png", "b/copy.png")
    counts = images.counts(world.project.id)
    assert (counts.images, counts.duplicates) == (21, 1)
    images.mark_gone(world.claim, ["a/first.png"])
    assert images.get(world.project.id, one.sha256).paths == ("b/copy.png",)
    assert images.counts(world.project.id).duplicates == 0
    assert world.tallies() == world.recount()


def test_marks_and_hashes_tell_what_is_known(world: Any) -> None:
    found = world.store.images.marks(world.project.id, ["0.png", "1.png", "unknown.png"])
    assert found == {"0.png": "m1", "1.png": "m1"}
    hashes = world.store.images.hashes(world.project.id, ["0.png", "unknown.png"])
    assert hashes == {"0.png": world.sha(0)}
    world.store.images.mark_gone(world.claim, ["0.png"])
    assert world.store.images.marks(world.project.id, ["0.png"]) == {}
    assert "0.png" not in set(world.store.images.all_paths(world.project.id))


def test_a_path_that_holds_other_bytes_now_leaves_its_image(world: Any) -> None:
    new = world.image("other")
    world.store.images.add(world.claim, [new], {new.sha256: [_entry("0.png", "m2")]}, [])
    hashes = [one.sha256 for one in world.store.images.iterate(world.project.id)]
    assert world.sha(0) not in hashes
    assert new.sha256 in hashes
    assert world.store.images.counts(world.project.id).images == 20
    assert world.tallies() == world.recount()


def test_what_is_set_aside_is_listed_by_path_and_counted_once(world: Any) -> None:
    images = world.store.images
    aside = [_aside("b.png"), _aside("a.png", Quarantine.EMPTY)]
    assert images.add(world.claim, [], {}, aside).quarantined == 2
    assert images.add(world.claim, [], {}, aside).quarantined == 0
    found = images.quarantined(world.project.id)
    assert [(q.path, q.reason) for q in found] == [
        ("a.png", Quarantine.EMPTY),
        ("b.png", Quarantine.BROKEN),
    ]
    assert [q.path for q in images.quarantined(world.project.id, after="a.png")] == ["b.png"]
    assert images.counts(world.project.id).quarantined == 2


def test_a_mended_file_leaves_the_quarantine_and_a_broken_one_its_image(world: Any) -> None:
    images, one = world.store.images, world.image("mended")
    images.add(world.claim, [], {}, [_aside("x.png"), _aside("0.png")])
    assert world.sha(0) not in [i.sha256 for i in images.iterate(world.project.id)]
    images.add(world.claim, [one], {one.sha256: [_entry("x.png")]}, [])
    assert [q.path for q in images.quarantined(world.project.id)] == ["0.png"]
    assert world.tallies() == world.recount()


def test_images_are_iterated_in_the_order_of_their_hashes_whatever_the_batch(world: Any) -> None:
    for batch in (1, 7, 20, 1000):
        found = [i.sha256 for i in world.store.images.iterate(world.project.id, batch=batch)]
        assert found == world.shas


def test_a_version_keeps_its_images_when_others_come_and_go(world: Any) -> None:
    images, datasets, project_id = world.store.images, world.store.datasets, world.project.id
    assert datasets.next_version(world.claim) == 1
    world.add("a", "b")
    images.mark_gone(world.claim, ["0.png"])
    assert datasets.next_version(world.claim) == 2
    assert datasets.next_version(world.claim) == 2
    first = [i.sha256 for i in images.iterate(project_id, version=1)]
    second = [i.sha256 for i in images.iterate(project_id, version=2)]
    assert first == world.shas
    expected = sorted({*world.shas, world.sha("a"), world.sha("b")} - {world.sha(0)})
    assert second == expected
    assert (images.count(project_id, 1), images.count(project_id, 2)) == (20, 21)
    assert images.count(project_id) == 21


def test_an_image_that_comes_back_is_in_the_versions_before_and_after(world: Any) -> None:
    images, datasets, project_id = world.store.images, world.store.datasets, world.project.id
    images.mark_gone(world.claim, ["0.png"])
    assert datasets.next_version(world.claim) == 2
    world.add(0)
    assert datasets.next_version(world.claim) == 3
    has = [
        world.sha(0) in [i.sha256 for i in images.iterate(project_id, version=v)] for v in (1, 2, 3)
    ]
    assert has == [True, False, True]
    assert world.tallies() == world.recount()


def test_the_cycle_stays_on_its_version_when_a_later_one_is_made(world: Any) -> None:
    assert world.store.cycles.current(world.project.id).dataset_version == 1
    world.add("later")
    assert world.store.datasets.next_version(world.claim) == 2
    assert world.store.cycles.current(world.project.id).dataset_version == 1


def test_a_label_outlives_its_image(world: Any) -> None:
    opened = world.open(world.shas[:1])
    world.answer(opened.id, world.shas[0], "dog")
    path = world.store.images.get(world.project.id, world.shas[0]).paths[0]
    world.store.images.mark_gone(world.claim, [path])
    assert world.tallies() == world.recount()
    assert world.store.progress.of(world.project).by_class["dog"]["people"] == 0
    back = world.image(int(path.split(".")[0]))
    world.store.images.add(world.claim, [back], {back.sha256: [_entry(path)]}, [])
    assert world.final(back.sha256) == ("dog", "person")
    assert world.tallies() == world.recount()


def test_dataset_versions_are_kept_as_they_were_added(world: Any) -> None:
    def version(uri: str) -> Any:
        return DatasetVersion(
            id="v1",
            project_id=world.project.id,
            number=1,
            images=20,
            size=1,
            manifest="m",
            sha256=world.sha("m"),
            uri=uri,
            created_at=now(),
        )

    datasets = world.store.datasets
    assert datasets.latest(world.project.id) is None
    first = version("first")
    datasets.add(world.claim, first)
    datasets.add(world.claim, version("second"))
    assert datasets.get(world.project.id, 1) == first == datasets.latest(world.project.id)
    with pytest.raises(NotFoundError):
        datasets.get(world.project.id, 2)


def test_the_pool_has_no_human_word_on_it_and_unfinished_no_label(world: Any) -> None:
    shas, project_id, claim = world.shas, world.project.id, world.claim
    model = world.model()
    opened = world.open(shas[:4])
    world.answer(opened.id, shas[0], "cat")
    world.answer(opened.id, shas[1], SkipReason.UNSURE)
    world.answer(opened.id, shas[2], SkipReason.UNREADABLE)
    world.store.imports.from_source(claim, [(shas[4], ClassLabel(label="cow"))])
    world.store.certificates.accept(claim, world.certificate(model, opened.id), [shas[5]])
    assert world.store.images.pool(project_id, 1) == [shas[3], *shas[5:]]
    assert world.store.images.unfinished(project_id, 1) == [shas[1], shas[3], *shas[6:]]


def test_imported_labels_are_kept_once_and_give_way_to_people(world: Any) -> None:
    labels = [(sha, ClassLabel(label="cow")) for sha in world.shas[:3]]
    assert world.store.imports.from_source(world.claim, labels).new == 3
    assert world.store.imports.from_source(world.claim, labels).new == 0
    assert world.final(world.shas[0]) == ("cow", "imported")
    assert world.by_state() == {"imported": 3, "unlabeled": 17}
    changed = [(world.shas[0], ClassLabel(label="dog"))]
    assert world.store.imports.from_source(world.claim, changed).new == 1
    assert world.final(world.shas[0]) == ("dog", "imported")
    opened = world.open(world.shas[:1])
    world.answer(opened.id, world.shas[0], "cat")
    assert world.final(world.shas[0]) == ("cat", "person")
    foreign = [(world.shas[1], ClassLabel(label="unicorn")), (world.shas[2], changed[0][1])]
    brought = world.store.imports.from_source(world.claim, foreign)
    assert (brought.new, list(brought.refused)) == (1, [world.shas[1]])
    assert world.tallies() == world.recount()


def _hashes(world: Any, **wanted: Any) -> Any:
    found = world.store.images.page(world.project.id, ImageFilter(**wanted), limit=50)
    return [view.image.sha256 for view in found]


def test_the_data_view_goes_page_by_page(world: Any) -> None:
    seen, after = [], None
    while page := world.store.images.page(world.project.id, None, after, 7):
        seen += [view.image.sha256 for view in page]
        after = seen[-1]
    assert seen == world.shas


def test_the_data_view_is_filtered_by_all_that_is_given(world: Any) -> None:
    shas = world.shas
    model = world.model(shas=shas[:10])
    opened = world.open(shas[:4])
    world.answer(opened.id, shas[0], "dog")
    world.answer(opened.id, shas[1], SkipReason.UNREADABLE)
    world.store.certificates.accept(world.claim, world.certificate(model, opened.id), [shas[5]])
    assert _hashes(world, state="manual") == [shas[0]]
    assert _hashes(world, state="excluded") == _hashes(world, state="skipped") == [shas[1]]
    assert _hashes(world, state="pre-labeled") == [shas[i] for i in (2, 3, 4, 6, 7, 8, 9)]
    assert _hashes(world, state="unlabeled") == shas[10:]
    assert _hashes(world, by="accepted") == [shas[5]]
    assert _hashes(world, label="dog") == [shas[0]]
    assert _hashes(world, label="cat") == shas[1:10]
    assert _hashes(world, label="Cat") == []
    assert _hashes(world, label="class") == _hashes(world, label="label") == []
    assert _hashes(world, round_id=opened.id) == shas[:4]
    assert _hashes(world, least_confidence=0.895) == shas[:6]
    assert _hashes(world, most_confidence=0.895, least_confidence=0.894) == shas[5:7]
    path = world.store.images.get(world.project.id, shas[7]).paths[0]
    assert shas[7] in _hashes(world, path_contains=path)
    assert _hashes(world, path_contains="%") == []
    assert _hashes(world, quarantined=True) == []


def test_the_data_view_finds_whose_word_it_is_and_where_the_model_says_otherwise(
    world: Any,
) -> None:
    world.model(shas=world.shas)  # a cat everywhere
    opened = world.open(world.shas[:3])
    world.answer(opened.id, world.shas[0], "cat", "ann")
    world.answer(opened.id, world.shas[1], "dog", "ann")
    world.answer(opened.id, world.shas[2], "dog", "bob")

    def found(**wanted: Any) -> list[str]:
        page = world.store.images.page(world.project.id, ImageFilter(**wanted))
        return [one.image.sha256 for one in page]

    assert found(person="ann") == world.shas[:2]
    assert found(disagrees=True) == world.shas[1:3]
    eve = world.person("eve", Role.REVIEWER)
    world.store.labeling.correct(eve.id, world.project.id, world.shas[1], ClassLabel(label="cow"))
    assert found(person="ann") == world.shas[:1]
    assert found(person="eve", disagrees=True) == [world.shas[1]]
    assert found(person="bob", label="cat") == []


def test_disagreements_fill_pages_one_after_the_other(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenfold.store.pages.AT_ONCE", 2)
    world.model(shas=world.shas)
    opened = world.open(world.shas)
    for number, sha in enumerate(world.shas):
        world.answer(opened.id, sha, "cat" if number % 3 else "dog", "ann")
    first = world.store.images.page(world.project.id, ImageFilter(disagrees=True), limit=4)
    after = first[-1].image.sha256
    rest = world.store.images.page(world.project.id, ImageFilter(disagrees=True), after)
    found = [one.image.sha256 for one in first + rest]
    assert found == world.shas[::3]


def test_a_stretch_without_disagreements_says_where_the_next_begins(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenfold.store.pages.AT_ONCE", 2)
    monkeypatch.setattr("tenfold.store.pages.SCANNED", 2)
    world.model(shas=world.shas)
    opened = world.open(world.shas)
    for sha in world.shas:
        world.answer(opened.id, sha, "dog" if sha == world.shas[-1] else "cat")
    # From now on "cat" and "tiger" are other words for the same.
    world.change([ClassDraft(name="tiger", was=("cat",)), *kept(label_classes(["dog", "cow"]))])
    found: list[str] = []
    stretches, after = 0, ""
    while after is not None:
        stretch = world.store.images.stretch(world.project.id, ImageFilter(disagrees=True), after)
        found += [view.image.sha256 for view in stretch.images]
        stretches, after = stretches + 1, stretch.after
    assert found == [world.shas[-1]]
    assert stretches >= len(world.shas) // 2


def test_a_view_shows_label_proposal_and_skips(world: Any) -> None:
    world.model()
    opened = world.open(world.shas[:2])
    world.answer(opened.id, world.shas[0], SkipReason.UNSURE)
    view = world.store.images.view(world.project.id, world.shas[0])
    assert (view.state, view.value, view.skips) == ("skipped", None, 1)
    assert view.prelabel == ClassLabel(label="cat")
    assert view.confidence == pytest.approx(0.9)
    assert world.store.images.view(world.project.id, world.sha("none")) is None


def test_two_projects_keep_their_labels_of_the_same_image_apart(world: Any) -> None:
    store = world.store
    other = store.projects.create(world.settings("other"))
    claim = store.cycles.claim(store.cycles.ensure(other.id).id, "run-9")
    one = world.image(0)
    store.images.add(claim, [one], {one.sha256: [_entry("0.png")]}, [])
    store.labeling.correct(
        world.person("rev", Role.REVIEWER).id, other.id, one.sha256, ClassLabel(label="dog")
    )
    assert world.final(one.sha256) == (None, None)
    assert store.labeling.history(world.project.id, one.sha256) == []
    assert store.images.view(other.id, one.sha256).value == ClassLabel(label="dog")


def test_a_class_is_found_page_by_page_whether_it_is_final_or_proposed(world: Any) -> None:
    world.store.projects.update(world.project.name, finish="review")
    world.model(label="dog")
    opened = world.open(world.shas[::3])
    for number, item in enumerate(world.lease("ann", 50)):
        world.answer(opened.id, item.sha256, "dog" if number % 2 else "cow")
    cows = {sha for sha in world.shas if world.final(sha)[0] == "cow"}
    found: list[str] = []
    while page := world.store.images.page(
        world.project.id, ImageFilter(label="dog"), found[-1] if found else None, limit=4
    ):
        assert len(page) <= 4
        found += [view.image.sha256 for view in page]
    assert found == [sha for sha in world.shas if sha not in cows]
    cow = world.store.images.page(world.project.id, ImageFilter(label="cow"))
    assert {view.image.sha256 for view in cow} == cows
    assert world.store.images.page(world.project.id, ImageFilter(label='do"g')) == []
