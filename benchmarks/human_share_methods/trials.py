"""Runs of methods over sets, seeds, settings and promises, spread over processes."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.method import Method, Setting
from benchmarks.human_share_methods.outcome import Outcome

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised of the delivered labels."""

    error: float
    """ε."""
    confidence: float
    """1 − δ."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run."""

    set: str
    method: str
    setting: Setting
    error: float
    seed: int
    outcome: Outcome


def run_job(bench: BenchSet, method: Method, promises: Sequence[Promise], seed: int) -> list[Trial]:
    """Run a method with one seed, in every setting and for every promise.

    They stand together because they share tags and models.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # one process alone would take all cores, and wait for them
        return [
            Trial(
                bench.name,
                method.name,
                setting,
                promise.error,
                seed,
                method.play(bench, promise.error, promise.confidence, seed, setting),
            )
            for setting in method.settings
            for promise in promises
        ]


def run_all(
    sets: Sequence[BenchSet],
    methods: Sequence[Method],
    promises: Sequence[Promise],
    seeds: int,
    jobs: int,
    say: Say,
) -> list[Trial]:
    """Run everything; large sets first, so that no process is left alone with one at the end."""
    from joblib import Parallel, delayed

    large_first = sorted(sets, key=len, reverse=True)
    work = [
        delayed(run_job)(bench, method, promises, seed)
        for bench in large_first
        for method in methods
        for seed in range(seeds)
    ]
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered")
    finished = _counted(parallel(work), len(work), say)
    return sorted((trial for job in finished for trial in job), key=_place)


def _counted(jobs: Iterator[list[Trial]], total: int, say: Say) -> Iterator[list[Trial]]:
    began = time.monotonic()
    for done, job in enumerate(jobs, start=1):
        spent = time.monotonic() - began
        say(f"{done} of {total} runs, {spent:.0f} s, last: {job[0].set} {job[0].method}")
        yield job


def _place(trial: Trial) -> tuple[str, str, Setting, float, int]:
    return trial.set, trial.method, trial.setting, trial.error, trial.seed
