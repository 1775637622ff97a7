"""Pairs of images that show nearly the same, from their features."""

from pathlib import Path

import numpy as np
import pytest

from tenfold.blobs import BlobStore
from tenfold.blobs.opening import open_blobs_at
from tenfold.learning import near_duplicates as module
from tenfold.learning.features import Shard, shard_bytes, shard_name
from tenfold.learning.linear import unit
from tenfold.learning.near_duplicates import near_duplicates
from tenfold.settings import Settings

N, D = 900, 160


def sha(number: int) -> str:
    return f"{number:064x}"


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return open_blobs_at(str(tmp_path / "blobs"), Settings(home=tmp_path))


def features() -> np.ndarray:
    """Random points; of every ninth a neighbor, nearer and nearer."""
    rng = np.random.default_rng(5)
    points = unit(np.abs(rng.normal(size=(N, D))).astype(np.float32))
    for place, row in enumerate(range(0, N - 1, 9)):
        noise = 0.002 * (place % 40) * rng.normal(size=D)
        points[row + 1] = unit((points[row] + noise)[None])[0]
    return np.asarray(points.astype(np.float16))


def put(blobs: BlobStore, points: np.ndarray, size: int = 200) -> None:
    for number, start in enumerate(range(0, len(points), size)):
        part = points[start : start + size]
        hashes = [sha(start + row) for row in range(len(part))]
        blobs.put(shard_name("f", number), shard_bytes(Shard(hashes, part)))


def test_all_pairs_that_are_near_are_found_and_no_other(blobs: BlobStore) -> None:
    points = features()
    put(blobs, points)
    exact = unit(points.astype(np.float32))
    cosine = exact @ exact.T
    wanted = {
        (sha(i), sha(j))
        for i, j in zip(*np.nonzero(np.triu(cosine, 1) >= module.AT_LEAST), strict=True)
    }
    found = near_duplicates(blobs, "f", [sha(i) for i in range(N)])
    assert len(wanted) > 20
    assert {(pair.one, pair.other) for pair in found} == wanted
    assert [pair.similarity for pair in found] == sorted(
        (pair.similarity for pair in found), reverse=True
    )
    for pair in found[:20]:
        i, j = int(pair.one, 16), int(pair.other, 16)
        assert pair.similarity == pytest.approx(float(cosine[i, j]), abs=1e-3)


def test_only_images_that_were_asked_for_are_compared(blobs: BlobStore) -> None:
    put(blobs, features())
    assert near_duplicates(blobs, "f", [sha(0), sha(9), sha(1)])[0].other == sha(1)
    assert near_duplicates(blobs, "f", [sha(0), sha(9)]) == []


def test_a_thousand_copies_give_no_million_pairs(blobs: BlobStore) -> None:
    rng = np.random.default_rng(5)
    one = np.abs(rng.normal(size=D)).astype(np.float16)
    put(blobs, np.tile(one, (N, 1)))
    found = near_duplicates(blobs, "f", [sha(i) for i in range(N)])
    assert N - 1 <= len(found) <= module.EACH * N
    linked = {sha(0)}
    for pair in sorted(found, key=lambda pair: pair.one):
        if pair.one in linked:
            linked.add(pair.other)
    assert len(linked) == N, "all copies still hang together"
