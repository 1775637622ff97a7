"""Labels of Azure ML whose images are in a container, on a real Azurite."""

import io
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from PIL import Image

from models.label import Box, Boxes
from tenfold.blobs.azure_opening import open_azure
from tenfold.blobs.azurite import Azurite
from tenfold.importing import Wanted, bring
from tenfold.pipeline.context import Context, make_context
from tenfold.settings import Settings

pytestmark = pytest.mark.azurite


@dataclass(frozen=True)
class Place:
    ctx: Context
    container: str
    account: str
    file: Path

    def boxes(self, name: str) -> dict[str, Box]:
        store = self.ctx.store
        project = store.projects.get(name)
        paths = {image.sha256: image.paths[0] for image in store.images.iterate(project.id)}
        return {
            unquote(paths[row.sha256]).rpartition("/")[2]: row.value.boxes[0]
            for row in store.snapshots.final_labels(project.id)
            if isinstance(row.value, Boxes)
        }


@pytest.fixture
def place(azurite: Azurite, tmp_path: Path) -> Iterator[Place]:
    container = f"test-{uuid.uuid4().hex[:12]}"
    settings = Settings(
        home=tmp_path / "home",
        blob_connection_string=azurite.connection_string,
    )
    blobs = open_azure(container, "", settings)
    for number, name in enumerate(("a b.png", "c.png", "unlabeled.png")):
        out = io.BytesIO()
        Image.new("RGB", (200, 100), (number, 0, 0)).save(out, "PNG")
        blobs.put(f"set/{name}", out.getvalue())
    address = f"{azurite.account_url.rstrip('/')}/{container}/set"
    coco = {
        "images": [
            {
                "id": number,
                "width": 0.0,
                "height": 0.0,
                "file_name": name,
                "coco_url": f"AmlDatastore://store/set/{name}",
                "absolute_url": f"{address}/{quote(name)}",
            }
            for number, name in enumerate(("a b.png", "c.png"))
        ],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 1, "bbox": [0.25, 0.5, 0.5, 0.25]}
            for n in range(2)
        ],
        "categories": [{"id": 1, "name": "can"}],
    }
    (tmp_path / "labels.json").write_text(json.dumps(coco))
    ctx = make_context(settings)
    yield Place(ctx, container, azurite.account_url, tmp_path / "labels.json")
    ctx.store.close()


CAN = Box(label="can", xmin=50, ymin=50, xmax=150, ymax=75)


def test_all_images_of_the_container_come_in_and_labels_find_theirs(place: Place) -> None:
    images = f"az://{place.container}/set"
    report = bring(place.ctx, Wanted("zoo", place.file, images=images))
    assert (report.found, report.new, report.missing.count) == (2, 2, 0)
    assert place.boxes("zoo") == {"a b.png": CAN, "c.png": CAN}
    project = place.ctx.store.projects.get("zoo")
    assert place.ctx.store.images.count(project.id) == 3


def test_images_are_found_by_their_address(place: Place) -> None:
    report = bring(place.ctx, Wanted("zoo", place.file))
    assert (report.found, report.missing.count, report.unread.count) == (2, 0, 0)
    assert place.boxes("zoo") == {"a b.png": CAN, "c.png": CAN}
    project = place.ctx.store.projects.get("zoo")
    assert place.ctx.store.images.quarantined(project.id) == []
