"""Data sets of the bench: a folder with labels.csv, or scikit-learn's digits; features are kept."""

import csv
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.human_share_methods.bench_set import BenchSet, make_set
from tenfold.errors import ModelError
from tenfold.learning.decode import OTHERS, View, ahead, in_turn, looks
from tenfold.learning.features import side_by_side

DIGITS = "digits"
CACHE = Path.home() / ".cache" / "tenfold-bench"
BACKBONE = "efficientnet-lite0"
CHUNK = 64
"""Images between two reports."""
Say = Callable[[str], None]


def load_set(
    data: str, views: int, cache: Path, say: Say, others: tuple[str, ...] = OTHERS[BACKBONE]
) -> BenchSet:
    """Load a set by the word `digits` or its folder; embed what is not in the cache.

    Args:
        data: `digits` or a folder.
        views: of each image.
        cache: folder of features.
        say: is told how far it is.
        others: networks that take further views in turn with the backbone.

    Raises:
        ModelError: there is no such set.
    """
    if data == DIGITS:
        from sklearn.datasets import load_digits

        found = load_digits()
        return make_set(DIGITS, found.data.astype(np.float32), found.target)
    folder = Path(data)
    paths, names = read_labels(folder)
    key = content_key(folder, paths)
    takes = in_turn(BACKBONE, others, views)
    parts = [_features(folder, paths, take, cache / key, say) for take in takes]
    return make_set(
        folder.resolve().name, side_by_side([part.astype(np.float32) for part in parts]), names
    )


def read_labels(folder: Path) -> tuple[list[str], NDArray[np.str_]]:
    """Return paths and label names (N,) of labels.csv, in its order.

    Raises:
        ModelError: there is none, or it lacks `path` or `label`.
    """
    try:
        with (folder / "labels.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        return [row["path"] for row in rows], np.array([row["label"] for row in rows])
    except (OSError, KeyError) as error:
        raise ModelError(
            f"The set {folder} can't be read: {error}.",
            f"Name a folder with labels.csv (columns path, label), or {DIGITS}.",
        ) from error


def content_key(folder: Path, paths: list[str]) -> str:
    """Return a name for the images in their order: a hash of every file's bytes."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256((folder / path).read_bytes()).digest())
    return digest.hexdigest()[:24]


def _features(
    folder: Path, paths: list[str], take: tuple[str, View], cache: Path, say: Say
) -> NDArray[np.float16]:
    kept = cache / f"{_name(*take)}.npy"
    if kept.exists():
        found: NDArray[np.float16] = np.load(kept)
        return found
    parts, done = list[NDArray[np.float16]](), 0
    for part in _embed(folder, paths, *take):
        parts.append(part)
        done += len(part)
        say(f"{folder.name}: {done} of {len(paths)} images embedded ({_name(*take)})")
    made = np.concatenate(parts)
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(".part.npy")
    np.save(unfinished, made)
    unfinished.replace(kept)
    return made


def _name(network: str, view: View) -> str:
    """Return what the cache calls a view by a network."""
    squashed, closer = "-squashed" * view.squashed, f"-{view.closer}" * (view.closer != 1.0)
    by = f"{network}-" if network != BACKBONE else ""
    return f"{by}square-{view.side}{'-mirrored' * view.mirrored}{squashed}{closer}"


def _embed(
    folder: Path, paths: list[str], network: str, view: View
) -> Iterator[NDArray[np.float16]]:
    """Yield features (n, D) as the product's embed job makes them."""
    from tenfold.learning.backbone import load_backbone, use_threads

    threads, backbone = use_threads(), load_backbone(network)
    if backbone.device == "cpu":
        use_threads(1)

    def features(start: int) -> NDArray[np.float16]:
        shown = [looks((folder / path).read_bytes(), [view])[0] for path in _part(paths, start)]
        batches = range(0, len(shown), backbone.batch)
        found = [backbone.embed(shown[at : at + backbone.batch]) for at in batches]
        return np.concatenate(found).astype(np.float16)

    return ahead(features, range(0, len(paths), CHUNK), threads=threads, most=2 * threads)


def _part(paths: list[str], start: int) -> list[str]:
    return paths[start : start + CHUNK]
