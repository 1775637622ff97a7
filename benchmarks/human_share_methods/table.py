"""From runs to rows, and from rows to text."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.method import Method, Setting
from benchmarks.human_share_methods.trials import Promise, Trial
from benchmarks.human_share_methods.tuning import Tune, choose
from tenfold.learning.tolerance import wrong_allowed
from tenfold.learning.walk.ladder import least_looks

NEAR = 0.25
"""A prediction counts as right within this part of the actual cost."""


@dataclass(frozen=True, slots=True)
class Row:
    """A method on a set at one ε, over all seeds."""

    set: str
    method: str
    error: float
    seeds: int
    share: float
    """Mean share of images that a person looked at."""
    wrong: float
    """Mean share of wrong labels."""
    broken: float
    """Share of runs in which the promise was broken."""
    seconds: float
    """Mean time of people."""
    share_sd: float
    share_quartiles: tuple[float, float, float]
    least_share: float
    """Least possible audit of any procedure that assumes nothing, as a share."""
    setting: Setting
    foreseen_first: float | None
    """Share of runs whose first prediction of the cost was near; None without predictions."""
    foreseen: float | None
    """The same of all decisions of all runs."""

    def as_json(self) -> dict[str, object]:
        """Return what is written to a file."""
        return asdict(self)


def rows_of(
    sets: Sequence[BenchSet],
    methods: Sequence[Method],
    promises: Sequence[Promise],
    trials: Sequence[Trial],
    tune: Tune,
) -> list[Row]:
    """Summarize runs, each method with the setting that was chosen for the set."""
    rows = []
    for bench in sets:
        for promise in promises:
            for method in methods:
                same = _of(trials, method.name, promise.error)
                setting = choose(same, bench.name, tune)
                kept = [t for t in same if (t.set, t.setting) == (bench.name, setting)]
                rows.append(_row(bench, promise, kept))
    return rows


def _of(trials: Sequence[Trial], method: str, error: float) -> list[Trial]:
    return [trial for trial in trials if (trial.method, trial.error) == (method, error)]


def _row(bench: BenchSet, promise: Promise, trials: Sequence[Trial]) -> Row:
    outcomes = [trial.outcome for trial in trials]
    shares = np.array([outcome.share for outcome in outcomes])
    predicted = [outcome.predicted for outcome in outcomes if outcome.predicted]
    low, middle, high = (float(q) for q in np.quantile(shares, (0.25, 0.5, 0.75)))
    allowed = wrong_allowed(len(bench), promise.error)
    return Row(
        set=bench.name,
        method=trials[0].method,
        error=promise.error,
        seeds=len(trials),
        share=float(shares.mean()),
        wrong=float(np.mean([outcome.wrong for outcome in outcomes])),
        broken=float(np.mean([outcome.broken for outcome in outcomes])),
        seconds=float(np.mean([outcome.seconds for outcome in outcomes])),
        share_sd=float(shares.std(ddof=1)) if len(shares) > 1 else 0.0,
        share_quartiles=(low, middle, high),
        least_share=least_looks(len(bench), allowed, promise.confidence) / len(bench),
        setting=trials[0].setting,
        foreseen_first=_near([ratios[0] for ratios in predicted]),
        foreseen=_near([ratio for ratios in predicted for ratio in ratios]),
    )


def _near(ratios: Sequence[float]) -> float | None:
    if not ratios:
        return None
    return float(np.mean(np.abs(np.array(ratios) - 1.0) <= NEAR))


HEADER = (
    f"{'set':<16} {'error':>6} {'method':<12} {'share':>7} {'sd':>6} {'quartiles':>22} "
    f"{'wrong':>7} {'broken':>7} {'seconds':>8} {'foreseen':>13}  setting"
)


def as_text(rows: Sequence[Row]) -> str:
    """Return the table, with the least possible audit above each block."""
    lines, block = [HEADER], ("", 0.0)
    for row in rows:
        if (row.set, row.error) != block:
            block = (row.set, row.error)
            lines.append(
                f"{row.set:<16} {row.error:>6.1%} {'least audit':<12} {row.least_share:>7.1%}"
            )
        lines.append(_line(row))
    return "\n".join(lines)


def _line(row: Row) -> str:
    quartiles = " / ".join(f"{value:.1%}" for value in row.share_quartiles)
    setting = " ".join(f"{value:g}" for value in row.setting)
    return (
        f"{row.set:<16} {row.error:>6.1%} {row.method:<12} {row.share:>7.1%} {row.share_sd:>6.1%} "
        f"{quartiles:>22} {row.wrong:>7.2%} {row.broken:>7.1%} {row.seconds:>8.0f} "
        f"{_foreseen(row):>13}  {setting}"
    ).rstrip()


def _foreseen(row: Row) -> str:
    if row.foreseen_first is None or row.foreseen is None:
        return ""
    return f"{row.foreseen_first:.0%} / {row.foreseen:.0%}"
