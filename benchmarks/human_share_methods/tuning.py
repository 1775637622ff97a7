"""Who chooses the numbers that a method needs beforehand: the other sets, never the set itself."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from benchmarks.human_share_methods.method import Setting
from benchmarks.human_share_methods.trials import Trial

Tune = Literal["others", "itself"]
Shares = Mapping[str, Mapping[Setting, float]]
"""Mean share of a method at one ε, by set and setting."""


def choose(trials: Sequence[Trial], name: str, tune: Tune) -> Setting:
    """Return the setting of a method for one set.

    Args:
        trials: of one method and one ε, on all sets.
        name: the set that it is chosen for.
        tune: `others` for leave-one-set-out; `itself` for what only hindsight tells.
    """
    shares = _mean_shares(trials)
    counted = [of_set for other, of_set in shares.items() if (other == name) == (tune == "itself")]
    settings = sorted(shares[name])
    if not counted:
        return settings[len(settings) // 2]
    return min(settings, key=lambda setting: _regret(counted, setting))


def _regret(shares: Sequence[Mapping[Setting, float]], setting: Setting) -> float:
    """Return how many times the best share of each set this setting costs, on average."""
    return float(np.mean([of_set[setting] / min(of_set.values()) for of_set in shares]))


def _mean_shares(trials: Sequence[Trial]) -> Shares:
    found: dict[str, dict[Setting, list[float]]] = defaultdict(lambda: defaultdict(list))
    for trial in trials:
        found[trial.set][trial.setting].append(trial.outcome.share)
    return {
        name: {setting: float(np.mean(values)) for setting, values in of_set.items()}
        for name, of_set in found.items()
    }
