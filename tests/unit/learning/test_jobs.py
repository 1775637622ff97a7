"""Jobs can be cut short and begun again, and do only what is missing."""

import hashlib
import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.dataset import DatasetRow
from models.job import EmbedJob, JobReport
from tenfold.blobs.local import LocalBlobStore
from tenfold.errors import ModelError
from tenfold.learning import embedding, features
from tenfold.learning.backbone import load_backbone
from tenfold.learning.decode import GEM, VIEWS, in_turn, looks
from tenfold.learning.features import (
    Shard,
    load_features,
    open_shard,
    sample_features,
    shard_bytes,
    shard_name,
)
from tenfold.learning.jobs import run_job


class FakeBackbone:
    """Features that are the mean color; counts what it was given."""

    side, batch, device = 16, 4, "cpu"

    def __init__(self) -> None:
        self.seen = 0
        self.fail_after = 10**9

    def embed(self, images: np.ndarray) -> np.ndarray:
        if self.seen >= self.fail_after:
            raise RuntimeError("power cut")
        self.seen += len(images)
        return images.reshape(len(images), -1, 3).mean(axis=1).astype(np.float32)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeBackbone:
    backbone = FakeBackbone()
    monkeypatch.setattr(embedding, "load_backbone", lambda *_: backbone)
    monkeypatch.setattr(embedding, "SHARD", 8)
    return backbone


def image_row(blobs: LocalBlobStore, number: int) -> DatasetRow:
    out = BytesIO()
    Image.new("RGB", (20, 20), (number, 0, 255 - number)).save(out, "JPEG", quality=95)
    sha = hashlib.sha256(out.getvalue()).hexdigest()
    blobs.put(f"images/{sha}.jpg", out.getvalue())
    return DatasetRow(
        sha256=sha, image_url="", blob=f"images/{sha}.jpg", width=20, height=20, size=1,
        media_type="image/jpeg", paths=(f"{number}.jpg",),
    )  # fmt: skip


def manifest(blobs: LocalBlobStore, name: str, rows: Sequence[DatasetRow]) -> EmbedJob:
    lines = (row.model_dump_json() for row in sorted(rows, key=lambda row: row.sha256))
    blobs.put(name, "\n".join(lines).encode())
    return EmbedJob(project_id="p", manifest=name, backbone="fake", out="features")


def run(job: EmbedJob, blobs: LocalBlobStore) -> tuple[JobReport, list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    return run_job(job, blobs, lambda done, total: told.append((done, total))), told


def test_features_come_back_in_any_order(blobs: LocalBlobStore, fake: FakeBackbone) -> None:
    rows = [image_row(blobs, i) for i in range(0, 200, 10)]
    report, told = run(manifest(blobs, "m1", rows), blobs)
    assert (report.done, report.kept) == (20, 0)
    assert told[-1] == (20, 20)
    backwards = [row.sha256 for row in reversed(rows)]
    found = load_features(blobs, "features", [*backwards, backwards[0]])
    assert np.allclose(found[:20, 0], np.arange(190, -1, -10), atol=3)
    assert np.array_equal(found[20], found[0])
    assert json.loads(blobs.get("features/index.json"))["images"] == 20
    assert sample_features(blobs, "features").shape == (20, 3)


def test_an_embed_job_that_was_killed_goes_on_where_it_was(
    blobs: LocalBlobStore, fake: FakeBackbone
) -> None:
    job = manifest(blobs, "m1", [image_row(blobs, i) for i in range(20)])
    fake.fail_after = 12
    with pytest.raises(RuntimeError, match="power cut"):
        run(job, blobs)
    assert blobs.exists(shard_name("features", 0))
    fake.seen, fake.fail_after = 0, 10**9
    report, _ = run(job, blobs)
    assert (report.kept, fake.seen) == (8, 12)
    assert run(job, blobs)[0].kept == 20


def test_a_dataset_that_grew_embeds_only_what_is_new(
    blobs: LocalBlobStore, fake: FakeBackbone
) -> None:
    rows = [image_row(blobs, i) for i in range(20)]
    run(manifest(blobs, "m1", rows), blobs)
    before = blobs.get(shard_name("features", 0))
    more = rows + [image_row(blobs, i) for i in range(100, 105)]
    report, _ = run(manifest(blobs, "m2", more), blobs)
    assert (report.done, report.kept, fake.seen) == (25, 20, 25)
    assert blobs.get(shard_name("features", 0)) == before
    assert load_features(blobs, "features", [row.sha256 for row in more]).shape == (25, 3)


def test_missing_features_are_an_error_that_says_what_to_do(
    blobs: LocalBlobStore, fake: FakeBackbone
) -> None:
    run(manifest(blobs, "m1", [image_row(blobs, 1)]), blobs)
    with pytest.raises(ModelError, match=r"1 images have no features.*embed step"):
        load_features(blobs, "features", ["0" * 64])
    with pytest.raises(ModelError, match="embed step"):
        sample_features(blobs, "elsewhere")


def test_an_image_that_broke_since_is_named(blobs: LocalBlobStore, fake: FakeBackbone) -> None:
    row = image_row(blobs, 1)
    blobs.put(row.blob, b"\xff\xd8\xff cut off")
    with pytest.raises(ModelError, match=row.sha256):
        run(manifest(blobs, "m1", [row]), blobs)


def test_a_broken_shard_is_named(blobs: LocalBlobStore) -> None:
    blobs.put(shard_name("features", 0), b"PK nonsense")
    with pytest.raises(ModelError, match=r"broken.*Delete it"):
        features.index_of(blobs, "features")


def test_the_network_gives_what_the_job_stores(blobs: LocalBlobStore) -> None:
    rows = [image_row(blobs, i) for i in (0, 100, 250)]
    job = manifest(blobs, "m1", rows).model_copy(update={"backbone": "efficientnet-lite0"})
    run(job, blobs)
    found = load_features(blobs, "features", [row.sha256 for row in rows])
    assert found.shape == (3, 1280)
    assert np.linalg.norm(found[0] - found[2]) > np.linalg.norm(found[0]) * 0.1


@pytest.mark.parametrize("pooled", ["", GEM])
def test_other_networks_take_the_further_views_in_turn(blobs: LocalBlobStore, pooled: str) -> None:
    """Where their maps are pooled by a generalized mean, the backbone's are, too."""
    row = image_row(blobs, 100)
    others = (f"efficientnet-lite2{pooled}", f"efficientnet-lite1{pooled}")
    several = {"backbone": "efficientnet-lite0", "views": 4, "others": others}
    run(manifest(blobs, "m1", [row]).model_copy(update=several), blobs)
    found = load_features(blobs, "features", [row.sha256])
    takes = in_turn("efficientnet-lite0", others, 4)
    assert [network for network, _ in takes] == [
        f"efficientnet-lite0{pooled}",
        *others,
        f"efficientnet-lite0{pooled}",
    ]
    for place, (network, view) in enumerate(takes):
        [alone] = load_backbone(network, "cpu").embed(looks(blobs.get(row.blob), [view]))
        part = found[0, 1280 * place : 1280 * (place + 1)]
        assert part == pytest.approx(alone / np.linalg.norm(alone), abs=2e-3)


def test_jobs_from_before_other_networks_came_in_mean_the_backbone_alone() -> None:
    job = EmbedJob(project_id="p", manifest="m", backbone="b", views=3, out="o")
    old = job.model_dump(exclude={"others"})
    assert EmbedJob.model_validate(old).others == ()
    assert in_turn("b", (), 3) == [("b", view) for view in VIEWS[:3]]


def toy_of(make_toy: Any) -> Any:
    rng = np.random.default_rng(0)
    return make_toy(np.repeat(rng.normal(size=(2, 8)), 600, axis=0) + 0.1)


def test_pre_labels_that_are_there_are_kept(make_toy: Any) -> None:
    from models.label import TaskType

    toy, task = toy_of(make_toy), TaskType.CLASSIFICATION
    toy.train(task, ("a", "b"), {0: "a", 1: "a", 600: "b", 601: "b"})
    images = list(range(2, 600)) + list(range(602, 1200))
    first = toy.prelabel(task, ("a", "b"), images)
    out = f"model-prelabels-{len(images)}"
    assert len(first) == len(images)
    toy.blobs.delete(f"{out}/done.json")
    kept = toy.blobs.get(f"{out}/shard-00000.jsonl").splitlines()[:3]
    toy.blobs.put(f"{out}/shard-00000.jsonl", b"\n".join(kept))
    assert len(toy.prelabel(task, ("a", "b"), images)) == len(images) - 512 + 3


def test_a_trained_model_is_not_trained_again(make_toy: Any) -> None:
    from models.label import TaskType

    toy = toy_of(make_toy)
    tags = {0: "a", 600: "b"}
    toy.train(TaskType.CLASSIFICATION, ("a", "b"), tags)
    toy.blobs.put("model/metrics.json", json.dumps({"mark": 1}).encode())
    assert toy.train(TaskType.CLASSIFICATION, ("a", "b"), tags) == {"mark": 1}


def test_tags_of_images_that_left_the_dataset_are_not_used(make_toy: Any) -> None:
    from models.label import TaskType

    toy = toy_of(make_toy)
    metrics = toy.train(TaskType.CLASSIFICATION, ("a", "b"), {0: "a", 600: "b", 9999: "b"})
    assert metrics["tags"] == 2
    with pytest.raises(ModelError, match="None of the tagged images"):
        toy.train(TaskType.CLASSIFICATION, ("a", "b"), {9999: "b"}, out="other")


def test_a_shard_in_a_folder_is_mapped_and_a_packed_one_is_read(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    values = np.arange(24, dtype=np.float16).reshape(4, 6)
    hashes = [f"{number:064x}" for number in range(4)]
    blobs.put("f/shard-00000.npz", shard_bytes(Shard(hashes, values)))
    packed = BytesIO()
    np.savez_compressed(packed, sha256=np.array(hashes, dtype="S64"), features=values)
    blobs.put("f/shard-00001.npz", packed.getvalue())
    mapped, read = (open_shard(blobs, shard_name("f", number)) for number in range(2))
    assert isinstance(mapped.features, np.memmap)
    assert not isinstance(read.features, np.memmap)
    for shard in (mapped, read):
        assert shard.hashes == hashes
        assert (shard.features == values).all()


@pytest.mark.parametrize("kept", [0, 10, 300, -1])
def test_a_shard_that_was_cut_off_says_so(tmp_path: Path, kept: int) -> None:
    blobs = LocalBlobStore(tmp_path)
    whole = shard_bytes(Shard(["0" * 64] * 3, np.ones((3, 50))))
    blobs.put("f/shard-00000.npz", whole[:kept])
    with pytest.raises(ModelError, match="broken"):
        open_shard(blobs, "f/shard-00000.npz")
