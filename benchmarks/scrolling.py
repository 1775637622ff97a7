"""Whether the data view scrolls smoothly: `python benchmarks/scrolling.py [10000]`.

A real server on a fresh home, a real Chromium without a GPU, a project of so many images with a
thumbnail of 320 × 240 pixels each. The view is moved a little with every frame; what is counted,
in the browser, is the milliseconds between frames, and the share of pictures on the screen that
were there when a frame was drawn. Beside it, moved in the same way: an empty page of the same
height (the limit of this browser on this machine), and the same thumbnails as a plain grid of
`<img loading="lazy">` (what a page does that keeps all its cells in the document).
"""

import argparse
import os
import random
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image as Picture

from benchmarks.chromium import chromium
from benchmarks.made_up import add_dataset, sha
from benchmarks.photographs import photograph, serving
from models.image import Image, SourceEntry
from models.label import TaskType
from models.project import ProjectSettings, label_classes
from tenfold.blobs import BlobStore, names, open_blobs
from tenfold.settings import Settings
from tenfold.store import Store, open_store
from tenfold.web.link import sign_in_link

NAME = "scrolling"
SIDE, DIFFERENT, BATCH = (320, 240), 40, 500
SPEEDS = {"read": 500, "skimmed": 2_500, "flung": 12_000}
"""Pixels a second."""

EMPTY = """() => {
  const place = Object.assign(document.createElement('div'), { id: 'cells' });
  place.style.cssText = 'position: fixed; inset: 0; overflow-y: scroll';
  place.append(document.createElement('div'));
  place.firstChild.style.height = '300000px';
  document.body.replaceChildren(place);
}"""

PLAIN = """(urls) => {
  const place = Object.assign(document.createElement('div'), { id: 'cells' });
  place.style.cssText = 'position: fixed; inset: 0; overflow-y: scroll; display: grid;'
    + 'grid-template-columns: repeat(7, 1fr); gap: 8px; align-content: start';
  for (const src of urls) {
    const cell = document.createElement('div');
    const image = Object.assign(document.createElement('img'), { loading: 'lazy', src });
    image.style.cssText = 'width: 100%; aspect-ratio: 4 / 3; display: block';
    cell.className = 'cell';
    cell.append(image, Object.assign(document.createElement('p'), { textContent: 'cat?' }));
    place.append(cell);
  }
  document.body.replaceChildren(place);
}"""

MOVE = """([speed, seconds]) => new Promise((done) => {
  const place = document.getElementById('cells');
  place.scrollTop = 0;
  const frames = [];
  let [there, wanted, began, last] = [0, 0, null, null];
  const count = () => {
    const screen = place.getBoundingClientRect();
    for (const image of place.querySelectorAll('.cell img')) {
      const { top, bottom } = image.getBoundingClientRect();
      if (bottom <= screen.top || top >= screen.bottom) continue;
      wanted += 1;
      there += image.complete && image.naturalWidth > 0 ? 1 : 0;
    }
  };
  const step = (now) => {
    began ??= now;
    if (last !== null) frames.push(now - last);
    if (frames.length % 8 === 0) count();
    last = now;
    place.scrollTop = ((now - began) / 1000) * speed;
    if (now - began < seconds * 1000) return requestAnimationFrame(step);
    return done({ frames, there, wanted });
  };
  requestAnimationFrame(step);
})"""

FILLED = """() => {
  const screen = document.getElementById('cells').getBoundingClientRect();
  const images = [...document.querySelectorAll('.cell img')].filter((image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return bottom > screen.top && top < screen.bottom;
  });
  return images.length > 0 && images.every((image) => image.complete && image.naturalWidth > 0);
}"""


def thumbnails(seed: int) -> list[bytes]:
    """Return some thumbnails with the detail of photographs."""
    dice, made = random.Random(seed), []
    for _ in range(DIFFERENT):
        out = BytesIO()
        with Picture.open(BytesIO(photograph(dice))) as picture:
            picture.resize(SIDE).save(out, "JPEG", quality=85)
        made.append(out.getvalue())
    return made


def fill(store: Store, blobs: BlobStore, images: int) -> list[str]:
    """Make a project of so many images with their thumbnails; return their hashes."""
    wanted = ProjectSettings(
        name=NAME,
        task=TaskType.CLASSIFICATION,
        source="/photographs",
        classes=label_classes(["cat", "dog", "bird"]),
    )
    project = store.projects.create(wanted)
    claim = store.cycles.claim(store.cycles.ensure(project.id).id, "run")
    made = thumbnails(0)
    found = [_image(number) for number in range(images)]
    for number, image in enumerate(found):
        view = names.view(image.sha256, "thumb")
        blobs.put(view, made[number % DIFFERENT], media_type="image/jpeg")
    for start in range(0, images, BATCH):
        part = found[start : start + BATCH]
        entries = {i.sha256: [SourceEntry(path=f"{i.sha256[:12]}.jpg", mark="1")] for i in part}
        store.images.add(claim, part, entries, [])
    add_dataset(store, claim, images, images)
    return [image.sha256 for image in found]


def _image(number: int) -> Image:
    return Image(
        sha256=sha(number),
        width=SIDE[0],
        height=SIDE[1],
        size=60_000,
        media_type="image/jpeg",
        blob=f"images/{sha(number)}.jpg",
    )


def line(page: Any, name: str, how: str, seconds: float) -> str:
    """Move the page for a while; return a line of the table."""
    seen = page.evaluate(MOVE, [SPEEDS[how], seconds])
    frames = sorted(seen["frames"])
    at = [frames[min(len(frames) - 1, int(share * len(frames)))] for share in (0.5, 0.9, 0.99)]
    late = sum(each > 34 for each in frames) / len(frames)
    there = f"{seen['there'] / seen['wanted']:.0%}" if seen["wanted"] else "–"
    figures = " | ".join(f"{each:.0f}" for each in (*at, frames[-1]))
    filled = _filled(page) if seen["wanted"] else "–"
    speed = f"{SPEEDS[how]:,}"
    return f"| {name} | {how}, {speed} | {figures} | {late:.1%} | {there} | {filled} |"


def _filled(page: Any) -> str:
    milliseconds = page.evaluate(
        f"""() => new Promise((done) => {{
          const began = performance.now();
          const filled = {FILLED};
          const look = () => {{
            const waited = performance.now() - began;
            return filled() || waited > 20_000 ? done(waited) : requestAnimationFrame(look);
          }};
          look();
        }})"""
    )
    return f"{milliseconds:.0f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="?", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tenfold-scrolling-") as folder:
        home = Path(folder)
        settings = Settings(home=home, port=0)
        store, blobs = open_store(settings.store_url, lease_seconds=600), open_blobs(settings)
        shas = fill(store, blobs, options.images)
        store.close()
        print(f"{options.images:,} images; ms; load {os.getloadavg()[0]:.1f}\n")
        print("| page | how, pixels a second | frame p50 | p90 | p99 | most | over 34 ms", end=" ")
        print("| pictures there | all there after |")
        print("|---|---|---|---|---|---|---|---|---|")
        with serving(home) as address, chromium() as browser:
            for how in SPEEDS:
                for name in ("nothing to draw", "data view", "plain grid"):
                    page = _open(browser, settings, address, name, shas)
                    print(line(page, name, how, options.seconds), flush=True)
                    page.context.close()


def _open(browser: Any, settings: Settings, address: str, name: str, shas: list[str]) -> Any:
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    page.goto(sign_in_link(settings, address))
    page.goto(f"{address}/projects/{NAME}/data")
    page.wait_for_function(FILLED)
    if name == "nothing to draw":
        page.evaluate(EMPTY)
    if name == "plain grid":
        urls = [f"/api/projects/{NAME}/images/{sha256}/thumb" for sha256 in shas]
        page.evaluate(PLAIN, urls)
        page.wait_for_function(FILLED)
    page.wait_for_timeout(1000)
    return page


if __name__ == "__main__":
    main()
