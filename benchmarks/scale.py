"""Time and memory of learning as projects grow: `python benchmarks/scale.py [10000 1000000 …]`.

Features are made up (clusters in 1,280 dimensions, half precision) and lie in shards as the
pipeline keeps them. Each size runs in a process of its own, so that its memory is its own. The
limit beside it is what reading the shards alone takes; the peer is an exact graph of all images
instead of a sample, up to `MOST_ALL` of them, which is not part of the total.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tenfold.blobs.local import LocalBlobStore
from tenfold.learning import selection
from tenfold.learning.anchors import connect, reduce
from tenfold.learning.class_model import fit
from tenfold.learning.classification import stand_on
from tenfold.learning.features import (
    SHARD,
    Shard,
    load_features,
    read_shards,
    sample_shard,
    shard_bytes,
    shard_name,
    shard_names,
)
from tenfold.learning.strategy import Prospect, next_move

PREFIX, DIMENSIONS, CLASSES, CLUSTERS, TAGS, BATCH = "features", 1280, 10, 200, 500, 75
MOST_ALL = 100_000
ALIKE = 20_000
"""Images among which a further round is chosen, as the pipeline does."""
HEADER = (
    "   images  features    limit   choose    train prelabel   decide     next"
    "    total      CPU  memory     peer"
)


def write_features(blobs: LocalBlobStore, images: int) -> float:
    """Write shards of made-up features; return their size in GB."""
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(CLUSTERS, DIMENSIONS)).astype(np.float32)
    for number, start in enumerate(range(0, images, SHARD)):
        rows = range(start, min(start + SHARD, images))
        cluster = rng.integers(CLUSTERS, size=len(rows))
        noise = rng.normal(size=(len(rows), DIMENSIONS)).astype(np.float32)
        features = (centers[cluster] + noise).astype(np.float16)
        blobs.put(shard_name(PREFIX, number), shard_bytes(Shard([sha(i) for i in rows], features)))
    return images * DIMENSIONS * 2 / 1e9


def sha(number: int) -> str:
    """Return a made-up hash."""
    return f"{number:064x}"


def timed(images: int, root: Path) -> Iterator[float]:
    """Yield seconds: read, choose, train, pre-label, decide, choose again."""
    blobs, began = LocalBlobStore(root), time.perf_counter()

    def lap() -> float:
        nonlocal began
        now = time.perf_counter()
        spent, began = now - began, now
        return spent

    for name in shard_names(blobs, PREFIX):
        blobs.get(name)
    yield lap()
    sample = sample_shard(blobs, PREFIX)
    selection.first_round(sample.features.astype(np.float32), CLASSES, 50, seed=0)
    yield lap()
    rng = np.random.default_rng(1)
    tagged = [sha(i) for i in rng.choice(images, min(TAGS, images // 2), replace=False)]
    ground, places = stand_on(sample, Shard(tagged, load_features(blobs, PREFIX, tagged)))
    labels = rng.integers(CLASSES, size=len(tagged))
    model = fit(ground, places, labels, tuple(map(str, range(CLASSES))))
    yield lap()
    sure = [model.propose(s.features, s.hashes)[1] for s in read_shards(blobs, PREFIX)]
    yield lap()
    confidence = np.concatenate(sure)
    move = next_move(
        Prospect(np.sort(1.0 - confidence), images // 20, 0.95, batch=50, tagged=len(tagged))
    )
    yield lap()
    some = np.sort(rng.choice(images, min(ALIKE, images), replace=False))
    hashes = [*tagged, *map(sha, some.tolist())]
    features = load_features(blobs, PREFIX, hashes)
    selection.next_round(
        reduce(features).enter(features),
        np.arange(len(tagged)),
        np.arange(len(tagged), len(hashes)),
        confidence[some],
        min(move.size, BATCH),
        seed=0,
    )
    yield lap()


def all_pairs(root: Path) -> float:
    """Return the seconds that the exact graph of all images takes."""
    blobs = LocalBlobStore(root)
    reduction = reduce(sample_shard(blobs, PREFIX).features)
    points = np.concatenate([reduction.enter(s.features) for s in read_shards(blobs, PREFIX)])
    began = time.perf_counter()
    connect(points)
    return time.perf_counter() - began


def row(images: int) -> str:
    """Return a line of the table, measured in this process."""
    with tempfile.TemporaryDirectory(prefix="tenfold-scale-") as root:
        size = write_features(LocalBlobStore(Path(root)), images)
        began = time.process_time()
        limit, *laps = timed(images, Path(root))
        cpu = time.process_time() - began
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        peer = f"{all_pairs(Path(root)):>7.1f}s" if images <= MOST_ALL else "       -"
    columns = " ".join(f"{seconds:>7.1f}s" for seconds in (limit, *laps))
    total = f"{sum(laps):>7.1f}s {cpu:>7.1f}s {memory:>4.1f} GB"
    return f"{images:>9,} {size:>6.2f} GB {columns} {total} {peer}"


def main() -> None:
    """Print the table, a process a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = [1_000, 10_000, 100_000, 1_000_000]
    parser.add_argument("images", nargs="*", type=int, default=sizes)
    parser.add_argument("--line", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.line:
        print(row(options.images[0]))
        return
    print(HEADER)
    for images in options.images:
        command = [sys.executable, __file__, "--line", str(images)]
        subprocess.run(command, check=True)  # noqa: S603 -- this very file


if __name__ == "__main__":
    main()
