"""Step 3, register: the immutable manifest of a dataset version."""

import hashlib
import tempfile
from pathlib import Path

from models.cycle import Claim
from models.dataset import DatasetRow, DatasetVersion
from models.record import now
from tenfold.blobs import names
from tenfold.pipeline.context import Context


def register(ctx: Context, claim: Claim) -> int:
    """Write and register the dataset version of this cycle; return its number."""
    step = ctx.store.cycles.begin_step(claim, "register", "register")
    if step is None:
        return ctx.version(claim)
    number = ctx.store.datasets.next_version(claim)
    if ctx.store.datasets.latest(claim.project_id) is None or not _is_registered(
        ctx, claim, number
    ):
        version = _write(ctx, claim, number)
        uri = ctx.datasets.register(version)
        ctx.store.datasets.add(claim, version.model_copy(update={"uri": uri}))
    ctx.store.cycles.finish_step(claim, "register", {"version": number})
    return number


def _is_registered(ctx: Context, claim: Claim, number: int) -> bool:
    latest = ctx.store.datasets.latest(claim.project_id)
    return latest is not None and latest.number == number


def _write(ctx: Context, claim: Claim, number: int) -> DatasetVersion:
    """Stream the version's rows into its manifest blob."""
    folder = names.dataset(claim.project_id, number)
    digest = hashlib.sha256()
    images = size = 0
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "manifest.jsonl"
        with path.open("wb") as out:
            for image in ctx.store.images.iterate(claim.project_id, version=number):
                row = DatasetRow(
                    image_url=ctx.blobs.url(image.blob),
                    **image.model_dump(include=set(DatasetRow.model_fields) - {"image_url"}),
                )
                line = row.model_dump_json().encode() + b"\n"
                digest.update(line)
                out.write(line)
                images += 1
                size += image.size
        ctx.blobs.put_file(f"{folder}/manifest.jsonl", path, media_type="application/jsonl")
    return DatasetVersion(
        id=f"{claim.project_id}-v{number}",
        project_id=claim.project_id,
        number=number,
        images=images,
        size=size,
        manifest=f"{folder}/manifest.jsonl",
        sha256=digest.hexdigest(),
        uri="",
        created_at=now(),
    )
