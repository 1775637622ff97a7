"""From the key to the next image on the screen: `python benchmarks/next_image.py [--images 200]`.

A real server (`python -m tenfold.web`) on a fresh home and a real Chromium tag drawn photographs
of 1,600 × 1,200 pixels one by one. The clock starts with the key event and ends after the frame
that shows the next image, which is loaded and decoded by then: measured in the browser. Each
line is a pace and a network; nothing was made or kept before, so the server also makes every
screen-sized version while people work.
"""

import argparse
import hashlib
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image as Picture
from PIL import ImageDraw, ImageFilter

from benchmarks.chromium import chromium
from benchmarks.made_up import add_dataset
from benchmarks.page_server import page_server
from models.image import Image, SourceEntry
from models.label import TaskType
from models.project import ProjectSettings, label_classes
from models.round import RoundKind
from tenfold.blobs import BlobStore, names, open_blobs
from tenfold.settings import Settings
from tenfold.store import Store, open_store
from tenfold.web.link import sign_in_link

WIDTH, HEIGHT = 1600, 1200
SOON = 100
"""Milliseconds within which the next image has to be there."""

CLOCK = """
(() => {
  window.seen = [];
  let pressed = null;
  addEventListener('keydown', (event) => { pressed = event.timeStamp; }, true);
  const shown = () => document.querySelector('.stage-canvas img');
  let last = null;
  const watch = new MutationObserver(() => {
    const image = shown();
    if (!image || image.src === last) return;
    const first = last === null;
    last = image.src;
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


def photograph(dice: random.Random) -> bytes:
    """Return a JPEG with the detail of a photograph, some 350 kB."""
    noise = Picture.effect_noise((WIDTH // 2, HEIGHT // 2), 60).resize((WIDTH, HEIGHT))
    color = Picture.new("RGB", (WIDTH, HEIGHT), tuple(dice.randrange(60, 200) for _ in range(3)))
    draw = ImageDraw.Draw(color)
    for _ in range(12):
        x, y = dice.randrange(WIDTH), dice.randrange(HEIGHT)
        size = dice.randrange(80, 400)
        fill = tuple(dice.randrange(256) for _ in range(3))
        draw.ellipse((x, y, x + size, y + size), fill=fill)
    picture = Picture.blend(color, Picture.merge("RGB", [noise] * 3), 0.3)
    out = BytesIO()
    picture.filter(ImageFilter.SMOOTH).save(out, "JPEG", quality=88)
    return out.getvalue()


def fill(store: Store, blobs: BlobStore, images: int, seed: int) -> tuple[str, int]:
    """Make a project with an open round; return its name and the bytes of an image."""
    name = f"photographs-{seed}"
    wanted = ProjectSettings(
        name=name,
        task=TaskType.CLASSIFICATION,
        source="/photographs",
        classes=label_classes(["one", "two", "three"]),
    )
    project = store.projects.create(wanted)
    claim = store.cycles.claim(store.cycles.ensure(project.id).id, "run")
    dice, size, shas = random.Random(seed), 0, []
    for number in range(images):
        raw = photograph(dice)
        sha = hashlib.sha256(raw).hexdigest()
        blob = names.image(sha, "image/jpeg")
        blobs.put(blob, raw, media_type="image/jpeg")
        image = Image(
            sha256=sha,
            width=WIDTH,
            height=HEIGHT,
            size=len(raw),
            media_type="image/jpeg",
            blob=blob,
        )
        entry = SourceEntry(path=f"{number:04d}.jpg", mark="1")
        store.images.add(claim, [image], {sha: [entry]}, [])
        shas.append(sha)
        size += len(raw)
    add_dataset(store, claim, images, size)
    store.rounds.open(claim, RoundKind.MANUAL, shas, key="round")
    return name, size // images


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Run the page's server in a process of its own; yield its address."""
    settings = {
        "TENFOLD_HOME": str(home),
        "PREFECT_HOME": str(home / "prefect"),
        "TENFOLD_PORT": "0",
    }
    with page_server(home, settings) as (port, _):
        yield f"http://127.0.0.1:{port}"


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


def tag_all(browser: Any, sign_in: str, address: str, pace: Pace, images: int) -> list[float]:
    """Tag every image; return the milliseconds from each key to the next image."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(sign_in)
    page.add_init_script(CLOCK)
    slow(page, pace)
    page.goto(address)
    page.wait_for_selector(".stage-canvas img")
    time.sleep(2)
    for number in range(1, images):
        time.sleep(pace.pause)
        page.keyboard.press("123"[number % 3])
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
    images = parser.parse_args().images
    with tempfile.TemporaryDirectory(prefix="tenfold-next-image-") as folder:
        home = Path(folder)
        settings = Settings(home=home, port=0)
        store, blobs = open_store(settings.store_url, lease_seconds=600), open_blobs(settings)
        projects = [fill(store, blobs, images, seed) for seed in range(len(PACES))]
        print(f"{images} images a line, {projects[0][1] / 1000:.0f} kB each; ms; load", end=" ")
        print(f"{os.getloadavg()[0]:.1f}\n")
        print("| pace | images | p50 | p90 | p99 | most | within 100 ms |")
        print("|---|---|---|---|---|---|---|")
        with serving(home) as address, chromium() as browser:
            for pace, (name, _) in zip(PACES, projects, strict=True):
                link = sign_in_link(settings, address)
                page = f"{address}/projects/{name}/label"
                print(line(pace, tag_all(browser, link, page, pace, images)), flush=True)
        store.close()


if __name__ == "__main__":
    main()
