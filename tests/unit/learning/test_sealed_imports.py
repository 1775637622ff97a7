"""Whatever chooses, trains and commits has no way to a coin or to an answer that isn't given."""

import pkgutil
import tomllib
from pathlib import Path

import tenfold.learning

PROJECT = Path(__file__).parents[3] / "pyproject.toml"
MAY_TOSS = {"tenfold.learning.walk", "tenfold.learning.walk.coins", "tenfold.learning.walk.verify"}
"""The coins themselves, and recomputing a walk that is over."""


def test_every_module_of_learning_is_kept_from_coins_and_answers() -> None:
    contracts = tomllib.loads(PROJECT.read_text())["tool"]["importlinter"]["contracts"]
    sealed = next(c for c in contracts if "tenfold.store" in c.get("forbidden_modules", ()))
    assert sealed["forbidden_modules"] == ["tenfold.learning.walk.coins", "tenfold.store"]
    found = {
        module.name
        for module in pkgutil.walk_packages(tenfold.learning.__path__, "tenfold.learning.")
        if not module.name.startswith("tenfold.learning.boxes.")
    }
    assert found - set(sealed["source_modules"]) == MAY_TOSS
