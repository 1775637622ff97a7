"""A browser for benchmarks, tests and the pictures in docs/."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the system's Chromium, or Playwright's own."""
    from playwright.sync_api import sync_playwright

    system = Path("/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(system) if system.exists() else None,
            args=list(FLAGS),
        )
        yield browser
        browser.close()
