"""Fingers on a page: Chromium's own touch events, as a screen would send them."""

from playwright.sync_api import Page

Point = tuple[float, float]


class Fingers:
    """One or two fingers."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)

    def _send(self, kind: str, points: list[Point]) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def tap(self, point: Point) -> None:
        self._send("touchStart", [point])
        self._send("touchEnd", [])

    def hold(self, point: Point, milliseconds: int) -> None:
        """Put one finger down for a while, and leave it there."""
        self._send("touchStart", [point])
        self._page.wait_for_timeout(milliseconds)

    def lift(self) -> None:
        self._send("touchEnd", [])

    def drag(self, start: Point, end: Point, steps: int = 8) -> None:
        """Move one finger."""
        self._send("touchStart", [start])
        for step in range(1, steps + 1):
            self._send("touchMove", [between(start, end, step / steps)])
        self._send("touchEnd", [])

    def pinch(self, starts: tuple[Point, Point], ends: tuple[Point, Point], steps: int = 8) -> None:
        """Put one finger down, then another, and move both."""
        self._send("touchStart", [starts[0]])
        self._send("touchStart", list(starts))
        for step in range(1, steps + 1):
            moved = [between(a, b, step / steps) for a, b in zip(starts, ends, strict=True)]
            self._send("touchMove", moved)
        self._send("touchEnd", [])


def between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
