"""An image is erased for good: nothing of it is left, and all that counts it stays true."""

import json
from typing import Any

import numpy as np
import pytest

from models.dataset import DatasetRow, DatasetVersion
from models.image import SourceEntry
from models.label import ClassLabel
from models.person import Role
from models.record import now
from models.round import ApprovedVia, RoundState
from tenfold.blobs import names
from tenfold.blobs.local import LocalBlobStore
from tenfold.erasing import erase_image, finish_erasures
from tenfold.errors import InvalidAnswerError, NotFoundError
from tenfold.learning.features import Shard, read_shard, shard_bytes
from tests.contract.labels.walks import Walker


@pytest.fixture
def blobs(tmp_path: Any) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "blobs")


def erase(world: Any, blobs: LocalBlobStore, sha: str) -> Any:
    note = erase_image(
        world.store, blobs, world.project.id, sha, by="eva", reason="somebody's face"
    )
    finish_erasures(world.store, blobs)
    return note


def test_the_note_says_who_when_and_why(world: Any, blobs: LocalBlobStore) -> None:
    before = now()
    erase(world, blobs, world.shas[0])
    [note] = world.store.erasures.notes(world.project.id)
    assert (note.sha256, note.by, note.reason) == (world.shas[0], "eva", "somebody's face")
    assert before <= note.at <= note.cleaned_at
    with pytest.raises(NotFoundError, match="erased"):
        world.store.images.get(world.project.id, world.shas[0])
    with pytest.raises(NotFoundError):
        erase(world, blobs, "0" * 64)


def test_counts_go_down_by_one_and_stay_true(world: Any, blobs: LocalBlobStore) -> None:
    opened = world.open(world.shas[:3])
    world.answer(opened.id, world.shas[0], "dog")
    world.model()
    before = world.store.progress.of(world.project)
    erase(world, blobs, world.shas[0])
    after = world.store.progress.of(world.project)
    assert (before.images, after.images) == (20, 19)
    assert after.by_class["dog"]["people"] == 0
    assert world.tallies() == world.recount()
    assert after.labelers == before.labelers
    assert world.store.models.prelabel_count(f"{world.project.id}-m1") == 19


def test_nothing_that_was_said_is_left(world: Any, blobs: LocalBlobStore) -> None:
    opened = world.open(world.shas[:2])
    world.answer(opened.id, world.shas[0], "dog", comment="my neighbour")
    rev = world.person("rev", Role.REVIEWER)
    world.model()
    world.store.labeling.correct(rev.id, world.project.id, world.shas[0], ClassLabel(label="cow"))
    world.store.examples.pin(rev.id, world.project.id, world.shas[0], good=True, note="him")
    erase(world, blobs, world.shas[0])
    history = world.store.labeling.history(world.project.id, world.shas[0])
    assert len(history) == 2
    for said in history:
        assert (said.value, said.proposed, said.comment) == (None, None, "")
    assert world.store.examples.pinned(world.project.id) == []
    assert world.store.examples.flags(world.project.id) == []
    ours = [p.sha256 for p in world.store.models.prelabels(f"{world.project.id}-m1")]
    assert world.shas[0] not in ours
    assert world.shas[0] not in [
        r.sha256 for r in world.store.snapshots.final_labels(world.project.id)
    ]
    assert world.store.rounds.answers(opened.id) == []


def test_who_holds_it_is_asked_for_it_no_more_and_the_round_can_end(
    world: Any, blobs: LocalBlobStore
) -> None:
    opened = world.open(world.shas[:3])
    held = world.lease("ann")[0].sha256
    erase(world, blobs, held)
    assert world.store.rounds.get(opened.id).size == 2
    with pytest.raises(InvalidAnswerError, match="no more"):
        world.answer(opened.id, held, "cat")
    assert world.answer_all(opened.id) == 2
    assert world.store.rounds.get(opened.id).state is RoundState.ANSWERED
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)


def test_an_answer_to_it_is_not_taken_back(world: Any, blobs: LocalBlobStore) -> None:
    opened = world.open(world.shas[:2])
    given = world.answer(opened.id, world.shas[0], "cat")
    erase(world, blobs, world.shas[0])
    world.store.labeling.undo(world.person("ann").id, given.id)
    assert [item.sha256 for item in world.lease("ann", 5)] == [world.shas[1]]


def test_it_is_not_taken_in_again_under_any_path(world: Any, blobs: LocalBlobStore) -> None:
    gone = world.image(0)
    erase(world, blobs, gone.sha256)
    marks = world.store.images.marks(world.project.id, ["0.png"])
    assert marks == {"0.png": "m1"}  # it needs no look at the file to pass it over
    entries = {gone.sha256: [SourceEntry(path="0.png", mark="m2"), SourceEntry(path="copy.png")]}
    report = world.store.images.add(world.claim, [gone], entries, [])
    assert (report.new, report.duplicates) == (0, 0)
    assert world.store.images.marks(world.project.id, ["0.png"]) == {"0.png": "m2"}
    assert world.store.images.count(world.project.id) == 19
    assert world.tallies() == world.recount()
    assert world.store.datasets.next_version(world.claim) == 2
    assert world.store.images.count(world.project.id, 2) == 19
    assert world.store.images.count(world.project.id, 1) == 20


def kept_version(world: Any, blobs: LocalBlobStore, number: int = 1) -> DatasetVersion:
    rows = [
        DatasetRow(
            image_url="file:///x",
            paths=(f"{sha[:4]}.png",),
            **world.store.images.get(world.project.id, sha).model_dump(
                include=set(DatasetRow.model_fields) - {"image_url", "paths"}
            ),
        )
        for sha in world.shas
    ]
    manifest = f"{names.dataset(world.project.id, number)}/manifest.jsonl"
    blobs.put(manifest, b"".join(row.model_dump_json().encode() + b"\n" for row in rows))
    version = DatasetVersion(
        id="v",
        project_id=world.project.id,
        number=number,
        images=20,
        size=20_000,
        manifest=manifest,
        sha256="0" * 64,
        uri="file:///d",
        created_at=now(),
    )
    world.store.datasets.add(world.claim, version)
    return version


def test_no_blob_shows_it_or_names_it_any_more(world: Any, blobs: LocalBlobStore) -> None:
    gone, other = world.shas[0], world.shas[1]
    blob = world.store.images.get(world.project.id, gone).blob
    version = kept_version(world, blobs)
    for name in (blob, names.view(gone, "thumb"), names.view(gone, "screen")):
        blobs.put(name, b"face")
    features = f"{names.features(world.project.id, 'net')}/shard-00000.npz"
    blobs.put(features, shard_bytes(Shard([gone, other], np.ones((2, 3), np.float32))))
    job, snapshot = names.job(world.project.id, "j"), names.snapshot(world.project.id, "s")
    blobs.put(f"{job}/out/shard-00000.jsonl", f'{{"sha256":"{gone}"}}\n{{"x":1}}\n'.encode())
    blobs.put(snapshot, f'{{"sha256":"{gone}"}}\n'.encode())
    report = names.report(world.project.id, 1)
    blobs.put(f"{report}/labels/coco/labels.json", json.dumps({"images": [gone]}).encode())
    blobs.put(f"{report}/labels/csv/labels.csv", b"path,label\n")
    blobs.put(f"{report}/pictures/examples.png", b"faces")
    erase(world, blobs, gone)
    assert {name for name in (blob, names.view(gone, "thumb")) if blobs.exists(name)} == set()
    kept = read_shard(blobs.get(features))
    assert kept.features.tolist() == [[0, 0, 0], [1, 1, 1]]
    text = b"".join(
        blobs.get(found.name) for found in blobs.list() if not found.name.endswith(".npz")
    )
    assert gone.encode() not in text
    assert b"face" not in text
    assert blobs.get(f"{job}/out/shard-00000.jsonl") == b'{"x":1}\n'
    assert blobs.exists(f"{report}/labels/csv/labels.csv")
    after = world.store.datasets.get(world.project.id, 1)
    assert (after.images, after.size) == (19, 19_000)
    assert after.sha256 != version.sha256


def test_what_another_project_shows_stays_there(world: Any, blobs: LocalBlobStore) -> None:
    other = world.store.projects.create(world.settings("zoo"))
    theirs = world.store.cycles.claim(world.store.cycles.ensure(other.id).id, "run-z")
    shared = world.image(0)
    entries = {shared.sha256: [SourceEntry(path="z.png")]}
    world.store.images.add(theirs, [shared], entries, [])
    blobs.put(shared.blob, b"picture")
    assert world.store.erasures.other_projects(world.project.id, shared.sha256) == 1
    erase(world, blobs, shared.sha256)
    assert blobs.exists(shared.blob)
    assert world.store.images.get(other.id, shared.sha256).paths == ("z.png",)
    erase_image(world.store, blobs, other.id, shared.sha256, by="eva", reason="")
    assert not blobs.exists(shared.blob)


@pytest.fixture
def walker(world: Any) -> Walker:
    return Walker(world)


def test_what_an_open_walk_measured_by_it_stays_until_it_is_closed(
    world: Any, walker: Walker, blobs: LocalBlobStore
) -> None:
    walk = walker.open()
    opened = walker.commit(walk, world.shas)
    first, second = walker.heads(walk, world.shas)[:2]
    world.answer(opened.id, first, "dog")  # an audit error
    for sha in (first, second):
        erase(world, blobs, sha)
    [waiting] = [n for n in world.store.erasures.notes(world.project.id) if n.cleaned_at is None]
    assert waiting.sha256 == first
    assert world.store.rounds.get(opened.id).size == len(walker.heads(walk, world.shas)) - 1
    walker.answer_through(walk, opened, "cat")
    signed = walker.deliver(walk)
    assert signed.inputs.audit_errors >= 1  # erasing has not made the model look better
    assert world.final(world.shas[19]) is not None
    assert finish_erasures(world.store, blobs) == 0
    assert all(note.cleaned_at for note in world.store.erasures.notes(world.project.id))
    said = world.store.labeling.history(world.project.id, first)
    assert [one.value for one in said] == [None]
    assert world.tallies() == world.recount()
    claim = world.store.progress.of(world.project).claim
    assert claim.endswith("2 images were erased for good since it was measured.")


def test_erased_twice_it_is_erased_once(world: Any, blobs: LocalBlobStore) -> None:
    first = erase(world, blobs, world.shas[0])
    again = erase_image(world.store, blobs, world.project.id, world.shas[0], by="bob", reason="x")
    assert again.by == first.by
    assert world.store.images.count(world.project.id) == 19
