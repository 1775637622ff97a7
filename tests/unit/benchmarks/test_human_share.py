import json
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import human_share
from benchmarks.human_share_methods import data
from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.method import Setting
from benchmarks.human_share_methods.outcome import Outcome
from benchmarks.human_share_methods.pictures import mean_curve
from benchmarks.human_share_methods.table import rows_of
from benchmarks.human_share_methods.trials import Promise, Trial, run_all
from benchmarks.human_share_methods.tuning import choose
from tenfold.errors import ModelError

NAMED = {"set", "method", "error", "seeds", "share", "wrong", "broken", "seconds"}


def quiet(text: str) -> None:
    pass


def options(folder: Path, *more: str) -> Namespace:
    small = ["--errors", "0.05,0.1", "--seeds", "2", "--jobs", "1"]
    files = ["--json", str(folder / "rows.json"), "--plots", str(folder / "plots")]
    return human_share.parse(["blobs", *small, *files, *more])


def test_rows_pictures_and_the_table_of_all_methods(
    tmp_path: Path,
    blobs: BenchSet,
    other_blobs: BenchSet,
    capsys: pytest.CaptureFixture[str],
) -> None:
    human_share.bench([blobs], [other_blobs], options(tmp_path), quiet)
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert len(rows) == 2 * len(human_share.METHODS)
    for row in rows:
        assert row.keys() >= NAMED
        assert 0.0 < row["share"] <= 1.0
        assert (row["set"], row["seeds"]) == ("blobs", 2)
        assert (row["foreseen"] is not None) == (row["method"] == "tenfold")
    assert {row["error"] for row in rows} == {0.05, 0.1}
    table = capsys.readouterr().out
    assert "least audit" in table
    assert all(method.name in table for method in human_share.METHODS)
    for picture in ("blobs-shares.png", "blobs-learning.png"):
        assert (tmp_path / "plots" / picture).read_bytes().startswith(b"\x89PNG")


def test_the_same_call_gives_the_same_rows(tmp_path: Path, blobs: BenchSet) -> None:
    chosen = options(tmp_path, "--methods", "random,typiclust")
    assert human_share.bench([blobs], [], chosen, quiet) == human_share.bench(
        [blobs], [], chosen, quiet
    )


def test_an_unknown_method_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        human_share.parse(["digits", "--methods", "random,magic"])
    assert "no method 'magic'" in capsys.readouterr().err


def trial(name: str, setting: Setting, share: float, seed: int = 0) -> Trial:
    return Trial(name, "m", setting, 0.05, seed, Outcome(share, 0.0, False, 1.0))


def test_a_setting_is_chosen_on_the_other_sets_alone() -> None:
    trials = [trial("a", (1.0,), 0.1), trial("a", (2.0,), 0.9)]
    trials += [trial("b", (1.0,), 0.9), trial("b", (2.0,), 0.3)]
    assert choose(trials, "a", "others") == (2.0,)
    assert choose(trials, "b", "others") == (1.0,)
    assert choose(trials, "a", "itself") == (1.0,)


def test_a_set_without_others_takes_the_middle_setting() -> None:
    trials = [trial("a", (number,), 1.0 / number) for number in (1.0, 2.0, 3.0)]
    assert choose(trials, "a", "others") == (2.0,)


def test_only_predictions_within_a_quarter_of_the_cost_count(blobs: BenchSet) -> None:
    method = next(m for m in human_share.METHODS if m.name == "tenfold")
    outcomes = [Outcome(0.5, 0.0, False, 1.0, (), ratios) for ratios in ((1.2, 0.9), (0.5, 1.0))]
    trials = [
        Trial(blobs.name, "tenfold", (), 0.05, seed, outcome)
        for seed, outcome in enumerate(outcomes)
    ]
    (row,) = rows_of([blobs], [method], [Promise(0.05, 0.95)], trials, "others")
    assert (row.foreseen_first, row.foreseen) == (0.5, 0.75)


def test_curves_are_averaged_over_seeds_and_not_over_promises() -> None:
    def run(seed: int, error: float, right: float) -> Trial:
        outcome = Outcome(0.5, 0.0, False, 1.0, ((0.1, right),))
        return Trial("a", "m", (5.0,), error, seed, outcome)

    assert mean_curve([run(0, 0.05, 0.6), run(0, 0.01, 0.6), run(1, 0.05, 0.8)]) == [
        (0.1, pytest.approx(0.7))
    ]


def test_processes_change_nothing(blobs: BenchSet) -> None:
    methods = human_share.METHODS[:1]
    one, two = (run_all([blobs], methods, [Promise(0.05, 0.95)], 2, jobs, quiet) for jobs in (1, 2))
    assert one == two


class TestData:
    def folder(self, at: Path) -> Path:
        rng = np.random.default_rng(0)
        rows = ["path,label"]
        for number in range(12):
            pixels = rng.integers(256, size=(40, 50, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(at / f"{number}.png")
            rows.append(f"{number}.png,{'cat' if number % 2 else 'dog'}")
        (at / "labels.csv").write_text("\n".join(rows))
        return at

    def test_a_folder_is_embedded_once_a_view(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder, cache = tmp_path / "pets", tmp_path / "cache"
        folder.mkdir()
        said: list[str] = []
        first = data.load_set(str(self.folder(folder)), 2, cache, said.append)
        assert (first.name, first.classes, len(first)) == ("pets", 2, 12)
        assert said[-1].startswith("pets: 12 of 12 images embedded")
        assert len(list(cache.rglob("*.npy"))) == 2
        monkeypatch.setattr(data, "_embed", None)
        again = data.load_set(str(folder), 2, cache, said.append)
        assert np.array_equal(first.points, again.points)

    def test_other_images_get_other_features(self, tmp_path: Path) -> None:
        folder = self.folder(tmp_path)
        paths, _ = data.read_labels(folder)
        before = data.content_key(folder, paths)
        (folder / "3.png").write_bytes((folder / "4.png").read_bytes())
        assert data.content_key(folder, paths) != before

    def test_a_folder_without_labels_says_what_is_wanted(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match=r"labels\.csv"):
            data.load_set(str(tmp_path / "nowhere"), 1, tmp_path, quiet)

    def test_digits_are_always_there(self, tmp_path: Path) -> None:
        digits = data.load_set("digits", 1, tmp_path, quiet)
        assert (len(digits), digits.classes) == (1797, 10)
