"""Step 2, upload: every image into the blob container under its hash, once."""

import hashlib
from collections.abc import Callable, Iterator

from models.cycle import Claim
from models.image import SourceEntry
from models.record import Record
from tenfold.errors import SourceError
from tenfold.pipeline.context import Context
from tenfold.pipeline.ingest import Report
from tenfold.sources import Source, open_source
from tenfold.sources.upload import Item, send_all


class UploadReport(Record):
    """What was sent."""

    sent: int
    kept: int
    """Images that were in the container already."""
    bytes_sent: int


def upload(ctx: Context, claim: Claim, report: Report) -> UploadReport:
    """Send what the container doesn't hold yet.

    Raises:
        SourceError: an image changed or vanished since it was listed.
        BlobError: the container refuses.
    """
    project = ctx.project(claim)
    total = ctx.store.images.count(project.id)
    if ctx.store.cycles.begin_step(claim, "upload", "upload", total=total) is None:
        done = ctx.store.cycles.done_step(claim.cycle_id, "upload")
        detail = done.detail if done else {}
        return UploadReport(
            sent=int(detail.get("sent") or 0),
            kept=int(detail.get("kept") or 0),
            bytes_sent=int(detail.get("bytes_sent") or 0),
        )
    source = open_source(project.source, ctx.settings, project.task)

    def noted(done: int, of: int) -> None:
        report(done, of)
        if done % 256 == 0 or done == of:
            ctx.store.cycles.progress(claim, "upload", done, total)

    sent = send_all(
        ctx.blobs,
        _items(ctx, project.id, source),
        threads=ctx.settings.upload_threads,
        report=noted,
        prefix="images/",
        total=total,
    )
    result = UploadReport(sent=sent.sent, kept=sent.kept, bytes_sent=sent.bytes)
    ctx.store.cycles.finish_step(claim, "upload", dict(result.model_dump()))
    return result


def _items(ctx: Context, project_id: str, source: Source) -> Iterator[Item]:
    for image in ctx.store.images.iterate(project_id):
        if image.blob.startswith("images/"):
            yield Item(
                name=image.blob,
                load=_loader(source, image.sha256, image.paths),
                media_type=image.media_type,
            )


def _loader(source: Source, sha256: str, paths: tuple[str, ...]) -> Callable[[], bytes]:
    def load() -> bytes:
        for path in paths:
            try:
                with source.open(SourceEntry(path=path)) as stream:
                    data = stream.read()
            except FileNotFoundError:
                continue
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
        raise SourceError(
            f"{paths[0]} changed or vanished while it was being taken in.",
            "Run the project again: it takes in the source as it is now.",
        )

    return load
