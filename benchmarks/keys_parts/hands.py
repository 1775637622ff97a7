"""A keyboard and a mouse at a page that counts what reaches it and times the next image."""

import math
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.photographs import HEIGHT, WIDTH

LOOK = 0.33
"""Seconds that a person looks at an image before the first key."""
BETWEEN = 0.2
"""Seconds between one event and the next: sooner, Label Studio now and then misses the digit that
follows the click which closes an outline."""

LISTENER = """
(selector) => {
  const counted = { keys: 0, clicks: 0, drags: 0, times: [] };
  window.counted = counted;
  const bare = new Set(["Shift", "Control", "Alt", "Meta"]);
  let last = 0;
  let down = null;
  addEventListener("keydown", (event) => {
    if (!event.isTrusted || event.repeat || bare.has(event.key)) return;
    counted.keys += 1;
    last = event.timeStamp;
  }, true);
  addEventListener("pointerdown", (event) => { if (event.isTrusted) down = event; }, true);
  addEventListener("pointerup", (event) => {
    if (!event.isTrusted || !down) return;
    const far = Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > 4;
    counted[far ? "drags" : "clicks"] += 1;
    down = null;
    last = event.timeStamp;
  }, true);
  const shown = () => {
    const images = [...document.querySelectorAll(selector)];
    const there = images.length > 0 && images.every((image) =>
      image.complete && image.naturalWidth > 0 && getComputedStyle(image).visibility === "visible");
    return there ? images : null;
  };
  let before = shown()[0].src;
  const watch = () => {
    const images = shown();
    if (images && images[0].src !== before) {
      before = images[0].src;
      const began = last;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = async () => {
        await Promise.all(images.map((image) => image.decode()));
        counted.times.push(performance.now() - began);
      };
      port2.postMessage(0);
    }
    requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
}
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """What reached the page while all images of a job were labeled."""

    images: int
    keys: int
    clicks: int
    drags: int
    times: tuple[float, ...]
    """Milliseconds from the last key or click to the frame with the next image."""

    def each(self) -> list[float]:
        """Return keys, clicks and drags for an image."""
        return [count / self.images for count in (self.keys, self.clicks, self.drags)]

    def time(self, share: float) -> float:
        """Return the time within which this share of the next images was there, if any came."""
        ordered = sorted(self.times)
        return ordered[math.ceil(share * len(ordered)) - 1] if ordered else math.nan


@dataclass(slots=True)
class Hands:
    """They are at a page which shows an image; places are pixels of it."""

    page: Any
    images: str
    """Selects what shows the image, or all of them."""

    def begin(self) -> None:
        """Count and time from here on: the first image is there."""
        self.page.wait_for_function(
            "selector => document.querySelector(selector)?.naturalWidth > 0", arg=self.images
        )
        time.sleep(2)
        self.page.evaluate(LISTENER, self.images)

    def look(self) -> None:
        """Take the time that a person needs to see what is shown."""
        time.sleep(LOOK)

    def wait(self, another: int) -> None:
        """Wait until so many times another image, or a page of them, was shown."""
        self.page.wait_for_function(
            "another => window.counted.times.length >= another", arg=another, timeout=60_000
        )

    def press(self, *keys: str) -> None:
        """Press one key after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            time.sleep(BETWEEN)

    def click(self, *places: tuple[float, float]) -> None:
        """Click on one place after the other."""
        for x, y in self._on_screen(places):
            self.page.mouse.click(x, y)
            time.sleep(BETWEEN)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one place to another."""
        begin, there = self._on_screen((start, end))
        self.page.mouse.move(*begin)
        self.page.mouse.down()
        self.page.mouse.move(*there, steps=4)
        self.page.mouse.up()
        time.sleep(BETWEEN)

    def counted(self, images: int) -> Counted:
        """Return what the page has counted."""
        found = self.page.evaluate("window.counted")
        times = tuple(found["times"])
        return Counted(images, found["keys"], found["clicks"], found["drags"], times)

    def _on_screen(self, places: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
        frame = self.page.locator(self.images).first.bounding_box()
        wide, high = frame["width"] / WIDTH, frame["height"] / HEIGHT
        return [(frame["x"] + x * wide, frame["y"] + y * high) for x, y in places]
