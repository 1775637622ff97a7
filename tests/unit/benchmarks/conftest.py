"""A small set of blobs: four classes that overlap a little, in twelve dimensions."""

import numpy as np
import pytest

from benchmarks.human_share_methods.bench_set import BenchSet, make_set

CLASSES, IMAGES = 4, 480


@pytest.fixture(scope="session")
def blobs() -> BenchSet:
    return make_blobs("blobs", 0)


@pytest.fixture(scope="session")
def other_blobs() -> BenchSet:
    return make_blobs("others", 1)


def make_blobs(name: str, seed: int, spread: float = 1.0) -> BenchSet:
    rng = np.random.default_rng(seed)
    truth = rng.integers(CLASSES, size=IMAGES)
    centers = rng.normal(size=(CLASSES, 12)) * 2.0
    features = centers[truth] + spread * rng.normal(size=(IMAGES, 12))
    return make_set(name, features.astype(np.float32), np.array([f"class {i}" for i in truth]))
