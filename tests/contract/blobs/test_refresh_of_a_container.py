"""A container that is listed again: only what is new or changed is read, on a real Azurite."""

import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import ContainerClient
from PIL import Image

from models.cycle import Claim
from models.label import TaskType
from models.project import Project, ProjectSettings, label_classes
from tenfold.blobs import azure
from tenfold.pipeline.context import Context, make_context
from tenfold.pipeline.ingest import IngestReport, ingest
from tenfold.pipeline.refreshing import count_new
from tenfold.pipeline.upload import UploadReport, upload
from tenfold.settings import Settings

pytestmark = pytest.mark.azurite


@dataclass
class Refreshed:
    """A project whose images are in a container, reached through a proxy that notes requests."""

    ctx: Context
    project: Project
    raw: ContainerClient
    requests: list[str]

    def put(self, name: str, color: int | None = None, **options: Any) -> None:
        out = io.BytesIO()
        if color is not None:
            Image.new("RGB", (40, 30), (color, 0, 0)).save(out, "PNG")
        data = out.getvalue() or b"no image"
        self.raw.upload_blob(f"raw/{name}", data, overwrite=True, **options)

    def read(self) -> list[str]:
        """Return the names of the raw blobs that were fetched since the last call."""
        asked = [each.split("?")[0].split(" ")[1] for each in self.requests if each[:3] == "GET"]
        self.requests.clear()
        beginning = f"/{self.raw.account_name}/{self.raw.container_name}/raw/"
        return sorted(each.removeprefix(beginning) for each in asked if each.startswith(beginning))

    def cycle(self) -> tuple[IngestReport, UploadReport]:
        """Take in and send, as the first steps of another cycle do."""
        store = self.ctx.store
        claim: Claim = store.cycles.claim(store.cycles.ensure(self.project.id).id, "run")
        done = ingest(self.ctx, claim, lambda *_: None), upload(self.ctx, claim, lambda *_: None)
        store.cycles.complete(claim)
        return done


@pytest.fixture
def refreshed(trouble: Any, tmp_path: Path) -> Iterator[Refreshed]:
    container = f"test-{uuid.uuid4().hex[:12]}"
    settings = Settings(
        home=tmp_path / "home",
        blobs=f"az://{container}-own",
        blob_connection_string=trouble.azurite.connection_string,
        threads=1,
    )
    raw = ContainerClient.from_connection_string(trouble.azurite.connection_string, container)
    raw.create_container()
    ctx = make_context(settings)
    wanted = ProjectSettings(
        name="zoo",
        task=TaskType.CLASSIFICATION,
        source=f"az://{container}/raw",
        classes=label_classes(["cat", "dog"]),
    )
    yield Refreshed(ctx, ctx.store.projects.create(wanted), raw, trouble.requests)
    ctx.store.close()
    raw.close()


def test_only_what_is_new_or_changed_is_read_again(
    refreshed: Refreshed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(azure, "_PAGE", 2)
    for number, name in enumerate(("a.png", "b.png", "c.png")):
        refreshed.put(name, number)
    refreshed.put("notes.txt")
    taken, sent = refreshed.cycle()
    assert (taken.new, taken.quarantined, sent.sent) == (3, 1, 3)
    assert set(refreshed.read()) == {"a.png", "b.png", "c.png", "notes.txt"}

    taken, sent = refreshed.cycle()
    pages = [each for each in refreshed.requests if "marker=" in each and "prefix=raw" in each]
    assert len(pages) == 1
    assert refreshed.read() == []
    assert (taken.new, taken.quarantined) == (0, 1)
    assert (sent.sent, sent.kept, sent.bytes_sent) == (0, 3, 0)
    assert count_new(refreshed.ctx.store, refreshed.ctx.settings, refreshed.project) == 0

    refreshed.put("b.png", 77)
    refreshed.put("d.png", 88)
    refreshed.raw.delete_blob("raw/c.png")
    assert count_new(refreshed.ctx.store, refreshed.ctx.settings, refreshed.project) == 2
    assert refreshed.read() == []
    taken, sent = refreshed.cycle()
    assert (taken.new, sent.sent) == (2, 2)
    assert set(refreshed.read()) == {"b.png", "d.png"}
    assert set(refreshed.ctx.store.images.all_paths(refreshed.project.id)) == {
        "a.png", "b.png", "d.png",
    }  # fmt: skip


def test_folders_of_a_hierarchical_namespace_are_no_files(refreshed: Refreshed) -> None:
    refreshed.put("2026.11.28", metadata={"hdi_isfolder": "true"})
    refreshed.put("2026.11.28/a.png", 1)
    refreshed.put("empty", 2)
    taken, _ = refreshed.cycle()
    assert (taken.new, taken.quarantined) == (2, 0)
    assert set(refreshed.read()) == {"2026.11.28/a.png", "empty"}
