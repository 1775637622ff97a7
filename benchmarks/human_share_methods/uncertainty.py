"""Uncertainty sampling by the margin, then one look."""

from functools import lru_cache

import numpy as np

from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.method import Setting
from benchmarks.human_share_methods.one_look import look_once
from benchmarks.human_share_methods.outcome import Delivery
from benchmarks.human_share_methods.passive import tag_count
from benchmarks.human_share_methods.regression import Fitted, fit
from tenfold.learning.linear import Labels

FIRST_A_CLASS = 5
"""Random tags a class to begin with."""
GROWTH = 0.25
"""A further batch is this share of what is tagged already, or a first batch if that is more."""


def least_margin(
    bench: BenchSet, error: float, confidence: float, seed: int, setting: Setting
) -> Delivery:
    """Tag batch after batch where the two likeliest classes are closest, train, look once.

    Source:
        Scheffer, Decomain, Wrobel, Active Hidden Markov Models for Information Extraction, 2001.
    """
    a_class, tolerate = setting
    fitted = _fit(bench, _tags(bench, seed, tag_count(bench, a_class)).tobytes())
    return look_once(bench, fitted, (error, confidence), seed, tolerate)


@lru_cache(maxsize=16)
def _tags(bench: BenchSet, seed: int, wanted: int) -> Labels:
    """Return so many tags; fewer of them are where more of them began."""
    first = FIRST_A_CLASS * bench.classes
    if wanted <= first:
        return np.random.default_rng([seed, 1]).permutation(len(bench))[:wanted]
    before = first
    while (after := before + max(first, round(GROWTH * before))) < wanted:
        before = after
    fitted = _fit(bench, _tags(bench, seed, before).tobytes())
    pool = fitted.pool()
    least = pool[np.argsort(fitted.margin[pool], kind="stable")[: wanted - before]]
    return np.concatenate([fitted.tags, least])


@lru_cache(maxsize=32)
def _fit(bench: BenchSet, tags: bytes) -> Fitted:
    return fit(bench, np.frombuffer(tags, dtype=np.intp))
