"""One class an image: right where it can be, and only as sure as it should be."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.label import ClassLabel, TaskType
from tenfold.errors import InvalidAnswerError, ModelError
from tenfold.learning import selection
from tenfold.learning.anchors import connect, reduce
from tenfold.learning.calibration import calibration_error
from tenfold.learning.chance import LATEST, NO_RECORDS
from tenfold.learning.class_model import EARLIER_GAMMA, Ground, fit, load_kernel, observe
from tenfold.task_types import task_kind

CLASSES = ("ant", "bee", "cow")
TASK = TaskType.CLASSIFICATION


def clustered(classes: int, each: int, spread: float, seed: int = 0) -> np.ndarray:
    """Return features whose row i belongs to class i % classes."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(classes, 24))
    return np.tile(centers, (each, 1)) + spread * rng.normal(size=(classes * each, 24))


@pytest.fixture
def toy(make_toy: Any) -> Any:
    return make_toy(clustered(3, 250, spread=0.5))


def tags(count: int, start: int = 0) -> dict[int, str | tuple[str, ...]]:
    return {i: CLASSES[i % 3] for i in range(start, start + count)}


def right(prelabels: list) -> float:
    return float(
        np.mean([p.value == ClassLabel(label=CLASSES[int(p.sha256, 16) % 3]) for p in prelabels])
    )


def test_few_tags_teach_the_classes(toy: Any) -> None:
    metrics = toy.train(TASK, CLASSES, tags(15))
    prelabels = toy.prelabel(TASK, CLASSES, list(range(15, 750)))
    assert [p.sha256 for p in prelabels] == [f"{i:064x}" for i in range(15, 750)]
    assert right(prelabels) > 0.97
    assert metrics["tags"] == 15
    assert metrics["tags/bee"] == 5
    assert metrics["accuracy"] > 0.9
    assert metrics["recall/cow"] > 0.6


def test_one_tag_of_a_class_suffices_to_train(toy: Any) -> None:
    toy.train(TASK, CLASSES, {**tags(2), 3: "ant", 6: "ant", 5: "cow"})
    assert right(toy.prelabel(TASK, CLASSES, list(range(100, 400)))) > 0.8


def test_a_class_without_tags_is_never_proposed(toy: Any) -> None:
    toy.train(TASK, (*CLASSES, "dog"), tags(12))
    proposed = toy.prelabel(TASK, (*CLASSES, "dog"), list(range(100, 400)))
    assert {p.value.label for p in proposed} == set(CLASSES)


def test_a_single_tagged_class_is_proposed_with_little_confidence(toy: Any) -> None:
    toy.train(TASK, CLASSES, {0: "ant", 3: "ant", 6: "ant"})
    proposed = toy.prelabel(TASK, CLASSES, list(range(100, 200)))
    assert {p.value.label for p in proposed} == {"ant"}
    assert max(p.confidence for p in proposed) <= 4 / 6 + 1e-6
    ants = [p.confidence for p in proposed if int(p.sha256, 16) % 3 == 0]
    others = [p.confidence for p in proposed if int(p.sha256, 16) % 3]
    assert min(ants) > max(others)


def test_no_tags_are_an_error_that_says_what_to_do(toy: Any) -> None:
    with pytest.raises(ModelError, match=r"no tag yet.*Answer"):
        toy.train(TASK, ("x", "y"), tags(5))


def test_a_removed_class_is_left_out_of_training(toy: Any) -> None:
    metrics = toy.train(TASK, ("ant", "bee"), tags(15))
    assert metrics["tags"] == 10


def test_the_same_tags_and_seed_give_the_same_files(toy: Any) -> None:
    for out in ("one", "two"):
        toy.train(TASK, CLASSES, tags(40), out=out)
    arrays = ("head.npz", "kernel.npz", "taught.npz", "records.npz")
    for name in (*arrays, "model.json", "tags.txt", "metrics.json"):
        assert toy.blobs.get(f"one/{name}") == toy.blobs.get(f"two/{name}")


def test_a_later_model_learns_from_the_record_of_the_earlier_one(toy: Any) -> None:
    toy.train(TASK, CLASSES, tags(12), out="first")
    metrics = toy.train(TASK, CLASSES, tags(22), out="second", previous="first")
    assert metrics["records"] == 10
    third = toy.train(TASK, CLASSES, tags(30), out="third", previous="second")
    assert third["records"] == 18
    fourth = toy.train(TASK, CLASSES, tags(70), out="fourth", previous="third")
    assert fourth["records"] == LATEST


def test_records_of_a_model_with_other_classes_are_dropped(toy: Any) -> None:
    toy.train(TASK, CLASSES, tags(12), out="first")
    metrics = toy.train(TASK, (*CLASSES, "dog"), tags(42), out="second", previous="first")
    assert metrics["records"] == 0


def test_broken_model_files_are_named(toy: Any) -> None:
    toy.train(TASK, CLASSES, tags(12))
    toy.blobs.put("model/head.npz", b"nonsense")
    with pytest.raises(ModelError, match=r"broken.*Train it again"):
        toy.prelabel(TASK, CLASSES, [50])


def test_files_of_a_model_that_knew_one_reach_for_all_are_read(toy: Any) -> None:
    toy.train(TASK, CLASSES, tags(15))
    with np.load(BytesIO(toy.blobs.get("model/anchors.npz"))) as file:
        arrays = {name: file[name] for name in file if name != "reach"}
    older = BytesIO()
    np.savez(older, **arrays)
    toy.blobs.put("model/anchors.npz", older.getvalue())
    about = json.loads(toy.blobs.get("model/model.json"))
    toy.blobs.put("model/model.json", json.dumps({**about, "scale": 0.8}).encode())
    assert right(toy.prelabel(TASK, CLASSES, list(range(15, 750)))) > 0.97


def test_kernels_of_a_model_that_knew_one_width_for_all_are_read_as_they_were(
    toy: Any, tmp_path: Path
) -> None:
    toy.train(TASK, CLASSES, tags(15))
    for name in ("kernel", "taught"):
        with np.load(BytesIO(toy.blobs.get(f"model/{name}.npz"))) as file:
            arrays = {field: file[field] for field in file}
        assert float(arrays.pop("gamma")) != EARLIER_GAMMA
        path = tmp_path / f"{name}.npz"
        np.savez(path, **arrays)
        toy.blobs.put(f"model/{name}.npz", path.read_bytes())
        assert load_kernel(path).gamma == EARLIER_GAMMA
    assert right(toy.prelabel(TASK, CLASSES, list(range(15, 750)))) > 0.97


def test_files_of_a_model_that_did_not_teach_itself_are_read(toy: Any) -> None:
    toy.train(TASK, CLASSES, tags(15))
    toy.blobs.delete("model/taught.npz")
    about = json.loads(toy.blobs.get("model/model.json"))
    del about["doubt"]
    toy.blobs.put("model/model.json", json.dumps({**about, "disagreement": 0.1}).encode())
    assert right(toy.prelabel(TASK, CLASSES, list(range(15, 750)))) > 0.97
    metrics = toy.train(TASK, CLASSES, tags(30), out="next", previous="model")
    assert metrics["records"] == 0


def test_model_files_hold_no_code(toy: Any) -> None:
    toy.train(TASK, CLASSES, tags(12))
    assert json.loads(toy.blobs.get("model/model.json"))["classes"] == list(CLASSES)
    names = {Path(info.name).name for info in toy.blobs.list("model/")}
    arrays = {"head.npz", "kernel.npz", "taught.npz", "records.npz", "anchors.npz"}
    arrays |= {"precedents.npz"}
    assert names == arrays | {"tags.txt", "model.json", "metrics.json"}
    for name in arrays:
        with np.load(BytesIO(toy.blobs.get(f"model/{name}")), allow_pickle=False) as file:
            assert all(file[field].dtype != object for field in file.files)


@pytest.mark.parametrize("spread", [0.5, 0.9, 1.3])
def test_confidence_stays_honest_on_tags_chosen_for_being_unsure(spread: float) -> None:
    features = clustered(3, 400, spread).astype(np.float32)
    labels = np.arange(len(features)) % 3
    hashes = [f"{i:064x}" for i in range(len(features))]
    reduction = reduce(features)
    ground = Ground(reduction, connect(reduction.enter(features)), tuple(hashes))
    tagged = selection.first_round(features, 3, 15, seed=0)
    records, model = NO_RECORDS, None
    for _ in range(4):
        if model is not None:
            new = [i for i in tagged if hashes[i] not in set(model.tags)]
            records = observe(model, features[new], [hashes[i] for i in new], labels[new])
        mine = np.array(sorted(tagged))
        model = fit(ground, mine, labels[mine], CLASSES, records)
        rest = np.setdiff1d(np.arange(len(features)), mine)
        best, confidence = model.propose(features[rest], [hashes[i] for i in rest])
        tagged += selection.next_round(features, mine, rest, confidence, 20, seed=0)
    wrong, expected = int((best != labels[rest]).sum()), float((1 - confidence).sum())
    assert expected / 2.5 - 6 <= wrong <= 2.5 * expected + 6
    assert calibration_error(confidence, best == labels[rest]) < 0.12


def test_an_answer_is_one_known_class() -> None:
    kind = task_kind(TASK)
    assert kind.check(ClassLabel(label="bee"), CLASSES, 1, 1) == ClassLabel(label="bee")
    with pytest.raises(InvalidAnswerError, match=r"no class 'dog'.*ant, bee, cow"):
        kind.check(ClassLabel(label="dog"), CLASSES, 1, 1)
    assert kind.agrees(ClassLabel(label="bee"), ClassLabel(label="bee"))
    assert not kind.agrees(ClassLabel(label="bee"), ClassLabel(label="ant"))
    assert kind.corrections(None, ClassLabel(label="ant")) == 1
