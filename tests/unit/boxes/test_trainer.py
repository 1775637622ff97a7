import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.box_reason import TAGGED_BOXES, TaggedBox, unpack
from models.label import Box, Boxes
from tenfold.errors import ModelError
from tenfold.learning.boxes import bank, deciding, learning, tags
from tenfold.learning.boxes.files import CARD, WEIGHTS, load_head, new_head, read_card, save, to_cpu
from tenfold.learning.boxes.frozen import Frozen
from tenfold.learning.boxes.proposing import Detector
from tenfold.learning.boxes.reasons import POINTS, SAME, load_tagged
from tenfold.learning.boxes.scoring import average_precision, class_ap50
from tenfold.learning.boxes.trainer import BoxTrainer
from tenfold.learning.port import Metrics
from tests.unit.boxes.conftest import CLASSES, Squares

TAGGED, TESTS = range(36), range(36, 50)


def silent(done: int, total: int) -> None:
    assert 0 <= done <= total


class StoppedError(Exception):
    pass


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Small inputs, few versions and few steps: seconds instead of minutes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tags, "SMALLEST_SIDE", 128)
        patch.setattr(tags, "GOOD_BOX", 16.0)
        patch.setattr(tags, "SMALL_BOX", 12.0)
        patch.setattr(bank, "MOST_VERSIONS", 3)
        patch.setattr(learning, "MOST_VERSIONS", 3)
        patch.setattr(learning, "MOST_STEPS", 200)
        patch.setattr(learning, "ALL_STEPS", 50)
        patch.setattr(learning, "SAVE_EVERY", 4)
        yield


@pytest.fixture(scope="module")
def trained(squares: Squares, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Metrics]:
    out = tmp_path_factory.mktemp("model")
    return out, BoxTrainer().train(squares.training(TAGGED), out, silent)


def few_steps(patch: pytest.MonkeyPatch, most: int, rest: int) -> None:
    patch.setattr(learning, "MOST_STEPS", most)
    patch.setattr(learning, "ALL_STEPS", rest)


def ap50(squares: Squares, detector: Detector) -> float:
    found = detector.candidates([squares.rows[i] for i in TESTS], squares.blobs)
    truth = [squares.truth[i].boxes for i in TESTS]
    each = class_ap50([one.named(CLASSES) for one in found], truth, CLASSES)
    return sum(each.values()) / len(each)


def test_colored_squares_are_learned_in_seconds(
    squares: Squares, trained: tuple[Path, Metrics]
) -> None:
    folder, _ = trained
    card, frozen = read_card(folder), Frozen("cpu")
    head = load_head(folder, card, frozen, "delivered")
    assert ap50(squares, Detector(frozen, head, card.side)) > 0.8
    untrained = new_head(frozen, len(CLASSES)).eval()
    assert ap50(squares, Detector(frozen, untrained, card.side)) < 0.1


def test_figures_say_what_the_model_can(trained: tuple[Path, Metrics]) -> None:
    folder, metrics = trained
    assert metrics["images"] == len(TAGGED)
    assert float(metrics["ap50"]) > 0.6
    assert {"ap50 blue", "ap50 red", "ap50_any_class", "threshold", "side"} <= set(metrics)
    assert float(metrics["corrections_per_box"]) < 0.6
    assert 0 < float(metrics["all_right"]) <= 1
    assert json.loads((folder / CARD).read_text())["metrics"] == metrics


def test_nothing_but_the_model_is_left_in_its_folder(trained: tuple[Path, Metrics]) -> None:
    left = sorted(path.name for path in trained[0].iterdir())
    assert left == [CARD, WEIGHTS, TAGGED_BOXES, POINTS]


def test_prelabels_come_in_order_with_boxes_over_the_threshold(
    squares: Squares, trained: tuple[Path, Metrics]
) -> None:
    inputs = squares.prelabeling(TESTS)
    found = list(BoxTrainer().prelabel(trained[0], inputs, silent))
    assert [one.sha256 for one in found] == [row.sha256 for row in inputs.rows]
    boxes = [one.value.boxes for one in found if isinstance(one.value, Boxes)]
    assert len(boxes) == len(TESTS)
    least = float(trained[1]["threshold"])
    assert all((box.score or 0) >= least for proposed in boxes for box in proposed)
    truth = [squares.truth[i].boxes for i in TESTS]
    assert deciding.measure(boxes, truth, 0.0).per_box < 0.6
    assert average_precision(boxes, truth) > 0.7


def test_each_box_says_what_it_leans_on(squares: Squares, trained: tuple[Path, Metrics]) -> None:
    folder, _ = trained
    lines = (folder / TAGGED_BOXES).read_text().splitlines()
    learned = [TaggedBox.model_validate_json(line) for line in lines]
    boxes_of = {squares.rows[i].sha256: squares.truth[i].boxes for i in TAGGED}
    assert len(learned) == sum(map(len, boxes_of.values()))
    assert all(one.box in boxes_of[one.sha256] for one in learned)
    found = list(BoxTrainer().prelabel(folder, squares.prelabeling(TESTS), silent))
    told = [
        (box, reason)
        for one in found
        if isinstance(one.value, Boxes)
        for box, reason in zip(one.value.boxes, unpack(one.precedents), strict=True)
    ]
    assert len(told) > len(TESTS)
    for box, reason in told:
        assert [learned[near.place].box.label == box.label for near in reason.near] == [
            near.same for near in reason.near
        ]
        assert reason.next_class is not None
        assert CLASSES[reason.next_class] != box.label
        assert reason.next_score <= (box.score or 0) + 0.005
        assert sum(near.same for near in reason.near) == SAME
    nearest = [max(near.likeness for near in reason.near if near.same) for _, reason in told]
    other = [[near.likeness for near in reason.near if not near.same] for _, reason in told]
    nearer = [one > max(rest, default=0) for one, rest in zip(nearest, other, strict=True)]
    assert sum(nearer) > 0.9 * len(told), "colored squares lie nearest to those of their color"
    surest = max(told, key=lambda each: each[0].score or 0)
    least_sure = min(told, key=lambda each: each[0].score or 0)
    assert surest[1].chance >= least_sure[1].chance


def test_a_tagged_box_never_leans_on_its_own_image(
    squares: Squares, trained: tuple[Path, Metrics]
) -> None:
    known = load_tagged(trained[0])
    assert known is not None
    asked = squares.prelabeling(TAGGED[:4])
    for one in BoxTrainer().prelabel(trained[0], asked, silent):
        places = [near.place for reason in unpack(one.precedents) for near in reason.near]
        assert places
        assert one.sha256 not in {known.images[place] for place in places}


def test_a_class_that_the_project_dropped_is_not_proposed(
    squares: Squares, trained: tuple[Path, Metrics]
) -> None:
    inputs = squares.prelabeling(TESTS)
    job = inputs.job.model_copy(update={"classes": ("red",)})
    only_red = replace(inputs, job=job)
    for one in BoxTrainer().prelabel(trained[0], only_red, silent):
        assert isinstance(one.value, Boxes)
        assert {box.label for box in one.value.boxes} <= {"red"}


def test_the_same_tags_and_seed_give_the_same_model(
    squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_steps(monkeypatch, 20, 10)
    weights = []
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        (tmp_path / name).mkdir()
        BoxTrainer().train(squares.training(range(10), seed=seed), tmp_path / name, silent)
        weights.append(torch.load(tmp_path / name / WEIGHTS, weights_only=True)["delivered"])
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert not all(torch.equal(weights[0][key], weights[2][key]) for key in weights[0])


@pytest.mark.parametrize("stop_at", [7, 14])
def test_a_stopped_training_goes_on_where_it_was(
    squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int
) -> None:
    """Stopped in the first phase (10 steps) or in the second, it ends with the same weights."""
    few_steps(monkeypatch, 20, 20)
    inputs = squares.training(range(10))
    steps: list[int] = []

    def stop(done: int, total: int) -> None:
        steps.append(done)
        if total == 20 and done == stop_at:
            raise StoppedError

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    BoxTrainer().train(inputs, whole, silent)
    with pytest.raises(StoppedError):
        BoxTrainer().train(inputs, broken, stop)
    steps.clear()
    BoxTrainer().train(
        inputs, broken, lambda done, total: steps.append(done) if total == 20 else None
    )
    assert min(steps) > stop_at - 4
    expected, found = (torch.load(f / WEIGHTS, weights_only=True) for f in (whole, broken))
    for which in ("measured", "delivered"):
        assert all(torch.equal(expected[which][k], found[which][k]) for k in expected[which])


def test_more_images_than_fit_into_memory_are_learned_in_turns(
    squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_steps(monkeypatch, 20, 10)
    monkeypatch.setattr(learning, "capacity", lambda *_: 5)
    held: list[int] = []
    fill = bank.Filler.fill

    def counted(self: bank.Filler, entries: list[bank.Entry], *rest: object) -> bank.Bank:
        held.append(len(entries))
        return fill(self, entries, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(bank.Filler, "fill", counted)
    BoxTrainer().train(squares.training(range(12)), tmp_path, silent)
    assert max(held) <= 5
    assert len(held) >= 4


def test_a_previous_model_stays_where_the_new_one_is_worse(
    squares: Squares, trained: tuple[Path, Metrics], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_steps(monkeypatch, 4, 4)
    inputs = squares.training(TAGGED, previous=trained[0])
    metrics = BoxTrainer().train(inputs, tmp_path, silent)
    assert metrics["kept_previous"] == 1
    assert metrics["ap50"] == trained[1]["ap50"]
    for name in (WEIGHTS, TAGGED_BOXES, POINTS):
        assert (tmp_path / name).read_bytes() == (trained[0] / name).read_bytes()
    assert list(BoxTrainer().prelabel(tmp_path, squares.prelabeling(TESTS[:2]), silent))


def test_a_worse_previous_model_is_replaced(
    squares: Squares, trained: tuple[Path, Metrics], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    previous, out = tmp_path / "previous", tmp_path / "out"
    previous.mkdir()
    out.mkdir()
    frozen = Frozen("cpu")
    weights = to_cpu(new_head(frozen, len(CLASSES)))
    save(previous, read_card(trained[0]), {"measured": weights, "delivered": weights})
    few_steps(monkeypatch, 100, 4)
    metrics = BoxTrainer().train(squares.training(TAGGED, previous=previous), out, silent)
    assert metrics["kept_previous"] == 0


def test_too_few_boxes_are_refused_with_what_is_missing(squares: Squares, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="at least 4 images with boxes, here are 3"):
        BoxTrainer().train(squares.training(range(3)), tmp_path, silent)


def test_a_folder_without_a_detector_is_refused(squares: Squares, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no detector"):
        list(BoxTrainer().prelabel(tmp_path, squares.prelabeling(TESTS), silent))


def test_held_out_images_stay_held_out_when_tags_are_added(squares: Squares) -> None:
    inputs = squares.training(range(50))
    few = tags.read_tags(inputs.rows[:30], inputs.labels[:30], CLASSES)
    many = tags.read_tags(inputs.rows, inputs.labels, CLASSES)
    assert set(tags.held_out(few)) <= set(tags.held_out(many))
    assert 0 < len(tags.held_out(few)) < len(few)


@pytest.mark.parametrize(("box", "side"), [(150.0, 320), (50.0, 480), (10.0, 608)])
def test_small_boxes_get_a_large_input(
    squares: Squares, monkeypatch: pytest.MonkeyPatch, box: float, side: int
) -> None:
    for name, value in (("SMALLEST_SIDE", 320), ("GOOD_BOX", 24.0), ("SMALL_BOX", 18.0)):
        monkeypatch.setattr(tags, name, value)
    truth = Boxes(boxes=(Box(label="red", xmin=0, ymin=0, xmax=box, ymax=box),))
    row = squares.rows[0].model_copy(update={"width": 1000, "height": 800})
    assert tags.input_side([tags._tagged(row, truth, CLASSES)]) == side


def test_images_with_a_rare_class_are_learned_more_often(squares: Squares) -> None:
    red = Boxes(boxes=(Box(label="red", xmin=0, ymin=0, xmax=9, ymax=9),))
    blue = Boxes(boxes=(Box(label="blue", xmin=0, ymin=0, xmax=9, ymax=9),))
    images = [
        tags._tagged(squares.rows[0], truth, CLASSES) for truth in [red] * 11 + [blue, Boxes()]
    ]
    assert tags.repeats(images, len(CLASSES)) == [2] * 11 + [5, 2]
