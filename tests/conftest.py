"""What all tests share."""

import os

import pytest

# Two test processes share the cores: idle threads of a matrix product sleep instead of spinning.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("KMP_BLOCKTIME", "0")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")


TOGETHER = {"/tests/e2e/": "e2e", "/tests/unit/boxes/": "boxes"}
"""Folders whose tests stay in one process: they share a Prefect server, or a trained detector."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares something costly."""
    for item in items:
        for folder, group in TOGETHER.items():
            if folder in item.path.as_posix():
                item.add_marker(pytest.mark.xdist_group(group))
