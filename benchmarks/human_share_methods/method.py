"""What a method is."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.outcome import Delivery, Outcome, judge

Setting = tuple[float, ...]
"""Numbers that somebody has to choose beforehand, such as tags a class; mostly none."""
Run = Callable[[BenchSet, float, float, int, Setting], Delivery]


@dataclass(frozen=True, slots=True)
class Method:
    """A named way to deliver labels, with the settings that it may be run with."""

    name: str
    run: Run
    """From a set, ε, 1 − δ, a seed and a setting to what is delivered; it repeats itself."""
    settings: tuple[Setting, ...] = ((),)

    def play(
        self, bench: BenchSet, error: float, confidence: float, seed: int, setting: Setting
    ) -> Outcome:
        """Run it and judge what it delivered."""
        return judge(bench, error, self.run(bench, error, confidence, seed, setting))
