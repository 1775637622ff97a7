"""What all tests share."""

import os

import pytest
from xdist.scheduler import LoadScopeScheduling

# Test processes share the cores: idle threads of a matrix product sleep instead of spinning.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("KMP_BLOCKTIME", "0")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")


pytest_plugins = ["tests.azure.fixtures"]

TOGETHER = (
    "tests/e2e/",
    "tests/unit/boxes/",
    "tests/azure/test_end_to_end.py",
    "tests/unit/learning/walk/test_walk_honesty.py",
    "tests/unit/learning/test_class_honesty.py",
)
"""Whose tests stay in one process: they share a Prefect server, a detector, or simulations."""


class Together(LoadScopeScheduling):
    """Hands out single tests, and whole files or folders where these share something costly."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Together:
    """Schedule by `Together`: marks of xdist's own groups don't reach it under this pytest."""
    return Together(config, log)
