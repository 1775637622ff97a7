"""What tuning the network saves: `python benchmarks/fine_tuning.py FOLDER… [--seeds 3]`.

The same project is rehearsed twice, with frozen features and with the last blocks tuned as soon as
the pipeline would try it. FOLDER holds labels.csv (columns path, label). The machine's seconds are
printed beside the looks that they save.
"""

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.data import CACHE, load_set, read_labels
from models.networks.efficientnet_lite import normalize
from tenfold.learning.anchors import connect, reduce
from tenfold.learning.backbone import pretrained_lite0
from tenfold.learning.class_model import Ground
from tenfold.learning.decode import VIEWS, looks
from tenfold.learning.linear import Labels
from tenfold.learning.rehearsal import Rehearsal, rehearse
from tenfold.learning.tuning import Tagged, centered, examine, late_features, see, tune
from tenfold.pipeline.views import LEAST_A_CLASS, LEAST_TO_TUNE, TUNE_AGAIN

CHUNK = 32
HEADER = (
    "set              seed  views   frozen    tuned   wrong  tags then  held-out right  machine"
)


@dataclass
class Tuner:
    """Tunes on the tags of a rehearsal when the pipeline would."""

    bench: BenchSet
    folder: Path
    paths: list[str]
    views: int
    maps: torch.Tensor
    """(N, 112, 14, 14) of the unchanged images."""
    seed: int
    tried: int = 0
    told: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __call__(self, tagged: Labels, labels: Labels) -> Ground | None:
        """Return a ground of frozen and tuned features, where held-out tags gain from it."""
        least = max(LEAST_TO_TUNE, LEAST_A_CLASS * self.bench.classes, TUNE_AGAIN * self.tried)
        if len(tagged) < least:
            return None
        began, self.tried = time.perf_counter(), len(tagged)
        data = [(self.folder / self.paths[i]).read_bytes() for i in tagged]
        seen = see(data, labels, self.bench.classes, self.seed, "cpu")
        verdict = examine(seen, self.bench.points[tagged], self.seed, _quiet)
        self.told.append(f"{len(tagged):>5} {verdict.frozen_right:.2f} → {verdict.tuned_right:.2f}")
        made = self._ground(seen) if verdict.pays else None
        self.seconds += time.perf_counter() - began
        return made

    def _ground(self, seen: Tagged) -> Ground:
        weights = tune(seen, self.seed, _quiet)
        everything = Tagged(self.maps[None], np.zeros(len(self.maps), dtype=np.intp), 1)
        tuned = late_features(everything, weights)
        frozen = np.float32(np.sqrt(self.views)) * self.bench.points
        both = np.hstack([frozen, centered([tuned]).astype(np.float32)])
        reduction = reduce(both)
        return Ground(reduction, connect(reduction.enter(both)), self.bench.ground.hashes)


def _quiet(done: int, total: int) -> None:
    del done, total


def early_maps(folder: Path, paths: list[str]) -> torch.Tensor:
    """Return what the last blocks begin with, of all images."""
    network, parts = pretrained_lite0(), []
    for start in range(0, len(paths), CHUNK):
        some = paths[start : start + CHUNK]
        shown = np.stack([looks((folder / path).read_bytes(), VIEWS[:1])[0] for path in some])
        with torch.no_grad():
            pixels = torch.from_numpy(shown).permute(0, 3, 1, 2)
            entering = pixels.contiguous(memory_format=torch.channels_last)
            parts.append(network.early(normalize(entering)).half())
    return torch.cat(parts)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--error", type=float, default=0.05)
    parser.add_argument("--views", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    print(HEADER, flush=True)
    for folder in options.data:
        bench = load_set(str(folder), options.views, CACHE, lambda _: None)
        paths, _ = read_labels(folder)
        maps = early_maps(folder, paths)
        for seed in range(options.seeds):
            tuner = Tuner(bench, folder, paths, options.views, maps, seed)
            one = _rehearsed(bench, options.error, seed, None)
            other = _rehearsed(bench, options.error, seed, tuner)
            wrong = float((other.delivered != bench.truth).mean())
            print(
                f"{bench.name:<16} {seed:>4} {options.views:>6} {one.share:>8.1%} "
                f"{other.share:>8.1%} {wrong:>7.2%}  {'; '.join(tuner.told) or '-'}  "
                f"{tuner.seconds:>6.0f} s",
                flush=True,
            )


def _rehearsed(bench: BenchSet, error: float, seed: int, tuner: Tuner | None) -> Rehearsal:
    return rehearse(bench.ground, bench.truth, bench.classes, error, 0.95, seed, improve=tuner)


if __name__ == "__main__":
    main()
