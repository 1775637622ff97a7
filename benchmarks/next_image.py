"""From the key to the next image: `python benchmarks/next_image.py [--images 201] [--task boxes]`.

A real server (`python -m tenfold.web`) on a fresh home and a real Chromium label drawn photographs
of 1,600 × 1,200 pixels one by one: a digit gives each a class, or Enter accepts the boxes that are
proposed. The clock starts with the key event and ends after the frame that shows the next image,
which is loaded and decoded by then, with its boxes: measured in the browser. Each line is a pace
and a network; nothing was made or kept before, so the server also makes every screen-sized version
while people work.
"""

import argparse
import os
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.chromium import chromium
from benchmarks.photographs import (
    HEIGHT,
    WIDTH,
    fill,
    photograph,
    project_settings,
    serving,
)
from models.label import Box, Boxes, TaskType
from tenfold.blobs import open_blobs
from tenfold.settings import Settings
from tenfold.store import open_store
from tenfold.web.link import sign_in_link

CLASSES = ("one", "two", "three")
PROPOSED = 5
"""Boxes of each image."""
SOON = 100
"""Milliseconds within which the next image has to be there."""

CLOCK = """
(() => {
  window.seen = [];
  let pressed = null;
  addEventListener('keydown', (event) => { pressed = event.timeStamp; }, true);
  const shown = () => document.querySelector('.stage-canvas img');
  const drawn = () => [...document.querySelectorAll('.stage-canvas .shape-lines polygon')]
    .map((shape) => shape.getAttribute('points')).join(' ');
  let last = null;
  let boxes = '';
  const watch = new MutationObserver(() => {
    const image = shown();
    if (!image || image.src === last) return;
    if (window.withBoxes && (drawn() === '' || drawn() === boxes)) return;
    const first = last === null;
    last = image.src;
    boxes = drawn();
    if (first || pressed === null) return;
    const began = pressed;
    pressed = null;
    const whole = image.complete && image.naturalWidth > 0;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        image.decode().then(() => window.seen.push(whole ? performance.now() - began : NaN));
      };
      port2.postMessage(0);
    });
  });
  const begin = () => {
    watch.observe(document.body, { childList: true, subtree: true });
    last = shown()?.src ?? null;
  };
  if (document.body) begin(); else addEventListener('DOMContentLoaded', begin);
})();
"""


@dataclass(frozen=True)
class Pace:
    """How fast a person presses keys, over which network."""

    name: str
    pause: float
    """Seconds between an image and the key."""
    latency: int = 0
    """Milliseconds that the network adds to each request."""
    megabits: float = 0.0
    """Megabits a second; 0: as fast as it goes."""


PACES = (
    Pace("3 keys a second", 0.33),
    Pace("the key as soon as the image is there", 0.0),
    Pace("3 keys a second, 50 ms and 20 Mbit/s away", 0.33, 50, 20),
    Pace("a key a second, 200 ms and 5 Mbit/s away", 1.0, 200, 5),
)


def proposed(number: int) -> Boxes:
    """Return the boxes of an image, which no other has."""
    dice = random.Random(number)
    return Boxes(
        boxes=tuple(
            Box(label=dice.choice(CLASSES), xmin=x, ymin=y, xmax=x + 300, ymax=y + 200, score=0.9)
            for x, y in (
                (dice.randrange(WIDTH - 300), dice.randrange(HEIGHT - 200)) for _ in range(PROPOSED)
            )
        )
    )


def slow(page: Any, pace: Pace) -> None:
    """Put a network between the browser and the server."""
    if not pace.latency:
        return
    rate = pace.megabits * 125_000
    link = page.context.new_cdp_session(page)
    link.send("Network.enable")
    link.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": pace.latency,
            "downloadThroughput": rate,
            "uploadThroughput": rate,
        },
    )


def label_all(
    browser: Any, sign_in: str, address: str, pace: Pace, keys: list[str], *, boxes: bool
) -> list[float]:
    """Press a key for every image but one; return the milliseconds from each to the next image."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(sign_in)
    page.add_init_script(f"window.withBoxes = {str(boxes).lower()};{CLOCK}")
    slow(page, pace)
    page.goto(address)
    page.wait_for_selector(".shape-lines polygon" if boxes else ".stage-canvas img")
    time.sleep(2)
    for number, key in enumerate(keys, start=1):
        time.sleep(pace.pause)
        page.keyboard.press(key)
        page.wait_for_function("count => window.seen.length >= count", arg=number, timeout=60_000)
    found: list[float] = page.evaluate("window.seen")
    context.close()
    return found


def line(pace: Pace, times: list[float]) -> str:
    """Return a line of the table."""
    ordered = sorted(times)
    at = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.9, 0.99)]
    soon = sum(each <= SOON for each in times) / len(times)
    figures = " | ".join(f"{each:.0f}" for each in (*at, ordered[-1]))
    return f"| {pace.name} | {len(times)} | {figures} | {soon:.1%} |"


def main() -> None:
    """Measure every pace on images of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=201, help="a pace")
    parser.add_argument("--task", choices=("classification", "boxes"), default="classification")
    options = parser.parse_args()
    images, boxes = options.images, options.task == "boxes"
    keys = ["Enter" if boxes else "123"[number % 3] for number in range(1, images)]
    with tempfile.TemporaryDirectory(prefix="tenfold-next-image-") as folder:
        home = Path(folder)
        settings = Settings(home=home, port=0)
        store, blobs = open_store(settings.store_url, lease_seconds=600), open_blobs(settings)
        size = 0
        for seed in range(len(PACES)):
            dice = random.Random(seed)
            made = [photograph(dice) for _ in range(images)]
            wanted = project_settings(f"photographs-{seed}", TaskType(options.task), CLASSES)
            fill(store, blobs, wanted, made, proposed if boxes else None)
            size = sum(map(len, made)) // images
        print(f"{images} images a line, {size / 1000:.0f} kB each; ms; load", end=" ")
        print(f"{os.getloadavg()[0]:.1f}\n")
        print("| pace | images | p50 | p90 | p99 | most | within 100 ms |")
        print("|---|---|---|---|---|---|---|")
        with serving(home) as address, chromium() as browser:
            for seed, pace in enumerate(PACES):
                link = sign_in_link(settings, address)
                page = f"{address}/projects/photographs-{seed}/label"
                times = label_all(browser, link, page, pace, keys, boxes=boxes)
                print(line(pace, times), flush=True)
        store.close()


if __name__ == "__main__":
    main()
