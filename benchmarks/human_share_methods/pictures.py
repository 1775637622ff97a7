"""Two pictures of a set: shares by method and promise, and what models learn from tags."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.human_share_methods.method import Setting
from benchmarks.human_share_methods.table import Row
from benchmarks.human_share_methods.trials import Trial

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 110
LEARNERS = {"oracle": "tenfold (as the oracle runs it)"}
"""Whose model a curve shows, where it isn't the method's own."""


def draw_all(rows: Sequence[Row], trials: Sequence[Trial], folder: Path) -> list[Path]:
    """Write `SET-shares.png` and `SET-learning.png` for every set of the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    made, colors = [], color_each(list(dict.fromkeys(row.method for row in rows)))
    for name in dict.fromkeys(row.set for row in rows):
        made.append(folder / f"{name}-shares.png")
        draw_shares([row for row in rows if row.set == name], made[-1], colors)
        made.append(folder / f"{name}-learning.png")
        draw_learning([trial for trial in trials if trial.set == name], made[-1], colors)
    return made


def color_each(methods: Sequence[str]) -> dict[str, str]:
    """Return a color for each method, the same in all pictures."""
    return {method: f"C{number % 10}" for number, method in enumerate(methods)}


def draw_shares(rows: Sequence[Row], to: Path, colors: dict[str, str]) -> None:
    """Draw the mean share of each method, whiskers from quartile to quartile, and the bound."""
    figure = _figure()
    axes = figure.add_subplot()
    errors = list(dict.fromkeys(row.error for row in rows))
    methods = list(dict.fromkeys(row.method for row in rows))
    width = 0.8 / len(methods)
    for number, method in enumerate(methods):
        own = [row for row in rows if row.method == method]
        places = [
            errors.index(row.error) + (number - (len(methods) - 1) / 2) * width for row in own
        ]
        shares = np.array([row.share for row in own])
        ends = np.array([(row.share_quartiles[0], row.share_quartiles[2]) for row in own]).T
        whiskers = np.maximum((ends - shares) * [[-1.0], [1.0]], 0.0)
        axes.bar(
            places, shares, width, yerr=whiskers, capsize=2, label=method, color=colors[method]
        )
    for error in errors:
        least = next(row.least_share for row in rows if row.error == error)
        place = errors.index(error)
        axes.plot([place - 0.45, place + 0.45], [least, least], color="black", linewidth=1)
    axes.set_xticks(range(len(errors)), [f"at most {error:.0%} wrong" for error in errors])
    axes.set(title=rows[0].set, ylabel="share that people look at (line: least audit)")
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(to, format="png")


def draw_learning(trials: Sequence[Trial], to: Path, colors: dict[str, str]) -> None:
    """Draw how many untagged images each method's model gets right, against its tags."""
    figure = _figure()
    axes = figure.add_subplot()
    for method, color in colors.items():
        curve = mean_curve([trial for trial in trials if trial.method == method])
        if curve:
            axes.plot(
                *np.array(curve).T,
                "o-",
                markersize=3,
                color=color,
                label=LEARNERS.get(method, method),
            )
    axes.set(title=trials[0].set, xlabel="share of tagged images", ylabel="right on the others")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(to, format="png")


def mean_curve(trials: Sequence[Trial]) -> list[tuple[float, float]]:
    """Return mean accuracies by share of tags, over seeds."""
    found: dict[float, list[float]] = defaultdict(list)
    seen: set[tuple[int, Setting, float]] = set()
    for trial in trials:
        for tagged, right in trial.outcome.curve:
            point = (trial.seed, trial.setting[:1], tagged)
            if point not in seen:
                seen.add(point)
                found[tagged].append(right)
    return [(tagged, float(np.mean(found[tagged]))) for tagged in sorted(found)]


def _figure() -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 4.5), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure
