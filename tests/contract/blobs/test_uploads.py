"""Images that people send: kept once, under safe names, and a source to take images from."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image as Picture

from models.image import Image, SourceEntry
from models.label import TaskType
from models.project import Project, ProjectSettings, label_classes
from models.record import now
from models.upload import TakenFile, Upload, UploadNote
from tenfold.blobs import BlobStore, names, open_blobs
from tenfold.erasing import erase_image
from tenfold.errors import ConflictError, FormatError, NotFoundError
from tenfold.pipeline.context import make_context
from tenfold.pipeline.ingest import ingest
from tenfold.pipeline.refreshing import count_new
from tenfold.removal import finish_removals
from tenfold.settings import Settings
from tenfold.sources import open_source
from tenfold.store import Store, open_store
from tenfold.uploads import upload_in
from tenfold.web.uploads import KEPT, Uploads

PNG = "image/png"


@pytest.fixture(params=["local", pytest.param("azure", marks=pytest.mark.azurite)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    here = Settings(home=tmp_path / "home")
    if request.param == "local":
        return here
    azure: Settings = request.getfixturevalue("azure_settings")
    return azure.model_copy(update={"home": here.home})


@pytest.fixture
def blobs(settings: Settings) -> BlobStore:
    return open_blobs(settings)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings.store_url, lease_seconds=60)
    yield opened
    opened.close()


@pytest.fixture
def uploads(settings: Settings, store: Store, blobs: BlobStore) -> Uploads:
    return Uploads(settings, store, blobs)


def picture(shade: int, kind: str = "PNG") -> bytes:
    out = BytesIO()
    Picture.new("RGB", (24, 16), (shade, 90, 160)).save(out, kind)
    return out.getvalue()


def send(uploads: Uploads, upload: Upload, path: str, data: bytes) -> TakenFile:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 100):
            yield data[start : start + 100]

    def run() -> TakenFile:
        return asyncio.run(uploads.take(upload, path, chunks()))

    # In a thread of its own: tests of pages have a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def made(store: Store, upload: Upload, name: str = "pets") -> Project:
    return store.projects.create(
        ProjectSettings(
            name=name,
            task=TaskType.CLASSIFICATION,
            source=upload.source,
            classes=label_classes(["cat", "dog"]),
        )
    )


def listed(settings: Settings, upload: Upload) -> list[str]:
    return [entry.path for entry in open_source(upload.source, settings).entries()]


def test_what_was_sent_is_a_source(uploads: Uploads, settings: Settings) -> None:
    upload = uploads.begin("eva")
    assert uploads.get(upload.id) == upload
    assert send(uploads, upload, "a.png", picture(1)).new
    assert send(uploads, upload, "summer/Größe 1.jpg", picture(2, "JPEG")).new
    source = open_source(upload.source, settings)
    found = {}
    for entry in source.entries():
        with source.open(entry) as stream:
            found[entry.path] = stream.read()
    assert found == {"a.png": picture(1), "summer/Größe 1.jpg": picture(2, "JPEG")}


def test_a_project_takes_them_in_and_an_erased_one_leaves_nothing(
    uploads: Uploads, settings: Settings
) -> None:
    ctx = make_context(settings)
    upload = uploads.begin("eva")
    project = made(ctx.store, upload)
    for shade in (1, 2):
        send(uploads, upload, f"trip/{shade}.png", picture(shade))
    claim = ctx.store.cycles.claim(ctx.store.cycles.ensure(project.id).id, "run-1")
    report = ingest(ctx, claim, lambda done, total: None)
    assert (report.new, report.quarantined) == (2, 0)
    sha = hashlib.sha256(picture(1)).hexdigest()
    image = ctx.store.images.get(project.id, sha)
    assert image.paths == ("trip/1.png",)
    there = names.upload(upload.id) + "trip/1.png"
    # In the container of the project's own it isn't copied.
    assert image.blob == (there if settings.blobs.startswith("az://") else names.image(sha, PNG))
    erase_image(ctx.store, ctx.blobs, project.id, sha, by="eva", reason="a face")
    assert not any(sha in blob.name for blob in ctx.blobs.list())
    assert not ctx.blobs.exists(there)
    ctx.store.close()


def test_more_images_are_new_ones_in_the_source(
    uploads: Uploads, settings: Settings, store: Store
) -> None:
    upload = uploads.begin("eva")
    project = made(store, upload)
    send(uploads, upload, "a.png", picture(1))
    claim = store.cycles.claim(store.cycles.ensure(project.id).id, "run-1")
    [known] = open_source(upload.source, settings).entries()
    image = Image(
        sha256=hashlib.sha256(picture(1)).hexdigest(),
        width=24, height=16, size=9, media_type="image/png", blob="images/x.png",
    )  # fmt: skip
    store.images.add(claim, [image], {image.sha256: [known]}, [])
    assert count_new(store, settings, project) == 0
    send(uploads, upload, "a.png", picture(1))
    assert count_new(store, settings, project) == 0
    send(uploads, upload, "b.png", picture(2))
    assert count_new(store, settings, project) == 1


def test_the_same_bytes_are_kept_once_and_others_beside_them(
    uploads: Uploads, settings: Settings
) -> None:
    upload = uploads.begin("eva")
    assert send(uploads, upload, "a.png", picture(1)) == TakenFile(path="a.png", new=True)
    assert send(uploads, upload, "a.png", picture(1)) == TakenFile(path="a.png", new=False)
    other = send(uploads, upload, "a.png", picture(2))
    assert other.new
    assert other.path == f"a-{hashlib.sha256(picture(2)).hexdigest()[:12]}.png"
    assert send(uploads, upload, "a.png", picture(2)) == other.model_copy(update={"new": False})
    assert sorted(listed(settings, upload)) == sorted(["a.png", other.path])


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("../../a.png", "a.png"),
        ("/etc/a.png", "etc/a.png"),
        ("x/../../a.png", "x/a.png"),
        ("..\\..\\a.png", ".._.._a.png"),
        ("C:\\photos\\a.png", "C__photos_a.png"),
        ("a\0b?.png", "a_b_.png"),
    ],
)
def test_no_name_leads_out_of_the_upload(
    uploads: Uploads, blobs: BlobStore, path: str, kept: str
) -> None:
    upload = uploads.begin("eva")
    if kept.startswith("."):
        with pytest.raises(FormatError, match="hidden"):
            send(uploads, upload, path, picture(1))
    else:
        assert send(uploads, upload, path, picture(1)).path == kept
        assert blobs.exists(names.upload(upload.id) + kept)
    inside = {blob.name for blob in blobs.list() if not blob.name.startswith(names.UPLOAD_NOTES)}
    assert all(name.startswith(names.upload(upload.id)) for name in inside)


def test_what_is_no_image_is_refused_with_its_reason(
    uploads: Uploads, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = uploads.begin("eva")
    wrong = {
        "a.jpg": (b"", "no bytes"),
        "b.jpg": (b"%PDF-1.7 and more", "PDF document"),
        "c.jpg": (b"just words", "text file"),
        "d.png": (b"\x89PNG\r\n\x1a\n and nothing", "damaged"),
        ".hidden.png": (picture(1), "hidden file"),
        "x" * 100 + "/y" * 500 + ".png": (picture(1), "too long"),
    }
    for path, (data, reason) in wrong.items():
        with pytest.raises(FormatError, match=reason):
            send(uploads, upload, path, data)
    monkeypatch.setattr("tenfold.web.uploads.LONGEST_FILE", 50)
    with pytest.raises(FormatError, match="or more"):
        send(uploads, upload, "long.png", picture(1))
    assert list(blobs.list(names.UPLOADS)) == []


def test_images_with_too_many_pixels_are_refused(
    settings: Settings, store: Store, blobs: BlobStore
) -> None:
    strict = Uploads(settings.model_copy(update={"image_pixels": 100}), store, blobs)
    with pytest.raises(FormatError, match="24 × 16 pixels; at most 100"):
        send(strict, strict.begin("eva"), "a.png", picture(1))


def test_only_an_upload_of_ours_is_written_to(
    uploads: Uploads, store: Store, blobs: BlobStore
) -> None:
    upload = uploads.begin("eva")
    assert uploads.of_source(upload.source) == upload
    elsewhere = ["/photos", f"/photos/uploads/{upload.id}", "az://other/x", f"uploads/{upload.id}"]
    for source in (*elsewhere, upload.source + "/more"):
        assert upload_in(source, blobs) is None
        with pytest.raises(ConflictError, match="never writes"):
            uploads.of_source(source)
    for strange in ("0" * 16, "../" + upload.id, ""):
        with pytest.raises(NotFoundError):
            uploads.get(strange)


def test_what_nobody_made_a_project_of_goes_after_two_days(
    uploads: Uploads, store: Store, blobs: BlobStore
) -> None:
    left, used, young = (uploads.begin("eva") for _ in range(3))
    for upload in (left, used, young):
        send(uploads, upload, "a.png", picture(1))
    made(store, used)
    old = UploadNote(by="eva", at=now() - KEPT - timedelta(minutes=1)).model_dump_json().encode()
    for upload in (left, used):
        blobs.put(names.upload_note(upload.id), old)
    uploads.begin("eva")
    there = {blob.name for blob in blobs.list(names.UPLOADS)}
    assert there == {names.upload(upload.id) + "a.png" for upload in (used, young)}
    with pytest.raises(NotFoundError):
        uploads.get(left.id)


def test_what_was_sent_goes_with_the_project_or_when_it_is_erased(
    uploads: Uploads, store: Store, blobs: BlobStore
) -> None:
    upload, other = uploads.begin("eva"), uploads.begin("eva")
    for each in (upload, other):
        for shade in (1, 2):
            send(uploads, each, f"{shade}.png", picture(shade))
    project = made(store, upload)
    claim = store.cycles.claim(store.cycles.ensure(project.id).id, "run-1")
    sha = hashlib.sha256(picture(1)).hexdigest()
    image = Image(
        sha256=sha, width=24, height=16, size=9, media_type="image/png", blob=f"images/{sha}.png"
    )
    # The second path holds other bytes by now: those stay.
    entries = [SourceEntry(path="1.png", mark="m"), SourceEntry(path="2.png", mark="m")]
    store.images.add(claim, [image], {sha: entries}, [])
    erase_image(store, blobs, project.id, sha, by="eva", reason="a face")
    ours = names.upload(upload.id)
    assert [blob.name for blob in blobs.list(ours)] == [f"{ours}2.png"]
    store.removals.remove(project.id, "eva")
    assert finish_removals(store, blobs) == 1
    assert list(blobs.list(ours)) == []
    assert len(list(blobs.list(names.upload(other.id)))) == 2


def test_what_another_project_takes_its_images_from_stays(
    uploads: Uploads, store: Store, blobs: BlobStore
) -> None:
    upload = uploads.begin("eva")
    send(uploads, upload, "a.png", picture(1))
    first, second = made(store, upload), made(store, upload, "others")
    store.removals.remove(first.id, "eva")
    finish_removals(store, blobs)
    assert len(list(blobs.list(names.upload(upload.id)))) == 1
    claim = store.cycles.claim(store.cycles.ensure(second.id).id, "run-1")
    sha = hashlib.sha256(picture(1)).hexdigest()
    blob = names.upload(upload.id) + "a.png"
    image = Image(sha256=sha, width=24, height=16, size=9, media_type="image/png", blob=blob)
    store.images.add(claim, [image], {sha: [SourceEntry(path="a.png", mark="m")]}, [])
    store.projects.update("others", source="/elsewhere")
    third = made(store, upload, "third")
    store.removals.remove(third.id, "eva")
    finish_removals(store, blobs)
    assert blobs.exists(blob)
