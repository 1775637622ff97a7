"""Coins: even, sealed, and nobody's to choose."""

import hashlib
import hmac

import numpy as np
from scipy.stats import kstest, spearmanr

from tenfold.learning.walk import coins

SEED, OTHER = "01" * 32, "02" * 32


def sha(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def tossed(seed: str, count: int) -> np.ndarray:
    return np.array([coins.coin(seed, sha(i)) for i in range(count)])


def test_coins_are_even() -> None:
    found = tossed(SEED, 100_000)
    assert found.min() >= 0.0
    assert found.max() < 1.0
    assert kstest(found, "uniform").pvalue > 0.001


def test_coins_are_even_where_only_the_seed_differs() -> None:
    found = np.array([coins.coin(coins.seal(), sha(0)) for _ in range(20_000)])
    assert kstest(found, "uniform").pvalue > 1e-5


def test_a_coin_follows_from_seed_and_image_alone() -> None:
    forward = tossed(SEED, 500)
    backward = np.array([coins.coin(SEED, sha(i)) for i in reversed(range(500))])[::-1]
    assert (forward == backward).all()
    assert coins.coin(SEED, sha(1)) != coins.coin(SEED, sha(2))


def test_another_seed_tosses_other_coins() -> None:
    one, other = tossed(SEED, 5000), tossed(OTHER, 5000)
    assert not (one == other).any()
    assert spearmanr(one, other).pvalue > 0.001


def test_a_coin_is_recomputed_with_nothing_but_an_hmac() -> None:
    digest = hmac.new(bytes.fromhex(SEED), sha(7).encode(), "sha256").hexdigest()
    assert coins.coin(SEED, sha(7)) == (int(digest[:16], 16) >> 11) / 2**53


def test_a_coin_of_all_ones_is_below_one() -> None:
    assert (((1 << 64) - 1) >> (64 - coins.BITS)) / float(1 << coins.BITS) < 1.0


def test_the_commitment_is_the_hash_of_the_seed_and_fits_no_other() -> None:
    assert coins.commitment(SEED) == hashlib.sha256(bytes.fromhex(SEED)).hexdigest()
    assert coins.commitment(SEED) != coins.commitment(OTHER)


def test_every_seal_is_new() -> None:
    seals = {coins.seal() for _ in range(100)}
    assert len(seals) == 100
    assert all(len(bytes.fromhex(seal)) == 32 for seal in seals)
