"""Who looks at how many images: `python benchmarks/human_share.py DATA… [--errors 0.05,0.02]`.

For each set, method and ε: the share of images that a person must look at, the delivered share of
wrong labels, how often the promise was broken, and people's time. DATA is a folder with labels.csv
(columns path, label), or `digits`.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.data import BACKBONE, CACHE, DIGITS, load_set
from benchmarks.human_share_methods.method import Method
from benchmarks.human_share_methods.pictures import draw_all
from benchmarks.human_share_methods.registry import METHODS
from benchmarks.human_share_methods.table import Row, as_text, rows_of
from benchmarks.human_share_methods.trials import Promise, Say, run_all
from tenfold.learning.decode import OTHERS, VIEWS

QUIET_SECONDS = 15.0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="*", default=[DIGITS], help="folders, or the word digits")
    parser.add_argument("--errors", default="0.05,0.02,0.01", help="ε, with commas between")
    parser.add_argument("--confidence", type=float, default=0.95, help="1 − δ")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--methods", default=",".join(method.name for method in METHODS))
    parser.add_argument("--views", type=int, default=3, help=f"views an image, 1 to {len(VIEWS)}")
    parser.add_argument(
        "--alone", action="store_true", help="the backbone takes all views, no other network any"
    )
    parser.add_argument("--json", type=Path, help="write the rows there")
    parser.add_argument("--plots", type=Path, help="write pictures into this folder")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of features")
    parser.add_argument(
        "--tune",
        choices=("others", "itself"),
        default="others",
        help="which sets choose a method's setting: the others, or in hindsight the set itself",
    )
    options = parser.parse_args(arguments)
    options.chosen = choose_methods(parser, options.methods)
    return options


def choose_methods(parser: argparse.ArgumentParser, names: str) -> list[Method]:
    """Return methods by their names."""
    known = {method.name: method for method in METHODS}
    wanted = names.split(",")
    if strangers := [name for name in wanted if name not in known]:
        parser.error(f"no method {strangers[0]!r}; there are {', '.join(known)}")
    return [known[name] for name in wanted]


def bench(
    sets: list[BenchSet], helping: list[BenchSet], options: argparse.Namespace, say: Say
) -> list[Row]:
    """Run everything and print the table.

    Args:
        sets: to be reported.
        helping: only there to choose settings for the others.
        options: of the command line.
        say: is told how far it is.
    """
    promises = [Promise(float(error), options.confidence) for error in options.errors.split(",")]
    methods: list[Method] = options.chosen
    trials = run_all([*sets, *helping], methods, promises, options.seeds, options.jobs, say)
    rows = rows_of(sets, methods, promises, trials, options.tune)
    say("")
    print(as_text(rows))
    if options.json:
        options.json.write_text(json.dumps([row.as_json() for row in rows], indent=1))
    if options.plots:
        draw_all(rows, trials, options.plots)
    return rows


class Progress:
    """One line that replaces the last; in a file, a line now and then."""

    def __init__(self) -> None:
        self.spoke = time.monotonic()

    def __call__(self, text: str) -> None:
        """Say how far it is."""
        if sys.stderr.isatty():
            print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)
        elif text and time.monotonic() - self.spoke > QUIET_SECONDS:
            self.spoke = time.monotonic()
            print(text, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    options, began, progress = parse(arguments), time.monotonic(), Progress()
    views = max(1, min(options.views, len(VIEWS)))
    others = () if options.alone else OTHERS[BACKBONE]
    sets = [load_set(data, views, options.cache, progress, others) for data in options.data]
    alone = len(sets) == 1 and options.tune == "others" and sets[0].name != DIGITS
    helping = [load_set(DIGITS, views, options.cache, progress)] if alone else []
    bench(sets, helping, options, progress)
    chosen_by = "the other sets" if options.tune == "others" else "hindsight on the set itself"
    print(f"{options.seeds} seeds, {options.confidence:.0%} sure; settings chosen by {chosen_by};")
    print("foreseen: runs whose first prediction was within a quarter of the cost / all decisions;")
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
