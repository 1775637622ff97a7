"""Step 1, ingest: list the source, decode each image once, set aside what is none."""

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import numpy as np

from models.cycle import Claim
from models.image import Image, Quarantine, Quarantined, SourceEntry
from models.label import Boxes, Polygons
from models.person import Role
from models.project import Frame
from models.record import Record
from tenfold.blobs import names
from tenfold.pipeline.context import Context
from tenfold.pipeline.frames import Value, to_upright
from tenfold.removal import remove_image_blobs
from tenfold.sources import Source, open_source, read
from tenfold.sources.prepare import Prepared, prepare
from tenfold.store import Brought
from tenfold.store.importing import IMPORTED

Report = Callable[[int, int], None]
Item = TypeVar("Item")

BATCH = 256
"""Images a transaction: as many are decoded in parallel before they go into the store."""


class IngestReport(Record):
    """What came of the source."""

    images: int
    new: int
    quarantined: int
    duplicates: int
    imported: int


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of up to `size` items."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def ingest(ctx: Context, claim: Claim, report: Report) -> IngestReport:
    """Take in what is new or changed in the project's source.

    Raises:
        SourceError: the source as a whole can't be read.
    """
    project = ctx.project(claim)
    step = ctx.store.cycles.begin_step(claim, "ingest", "ingest")
    if step is not None:
        source = open_source(project.source, ctx.settings, project.task)
        seen, new, listed = 0, 0, array("Q")
        with ThreadPoolExecutor(ctx.settings.threads or None) as pool:
            for batch in batches(source.entries(), BATCH):
                new += _take_in(ctx, claim, source, batch, pool)
                seen += len(batch)
                listed.extend(_short_hash(entry.path) for entry in batch)
                ctx.store.cycles.progress(claim, "ingest", seen, seen)
                report(seen, seen)
        ctx.store.images.add(claim, [], {}, source.refused())
        _note_gone(ctx, claim, listed)
        imported = _import_labels(ctx, claim, source)
        if ctx.store.images.count(project.id) == 0:
            _fail_empty(ctx, claim, project.source)
        ctx.store.cycles.finish_step(claim, "ingest", {"new": new, "imported": imported})
    return _report(ctx, claim)


def _short_hash(path: str) -> int:
    """Return 64 bits of a path's hash: eight bytes a file are all that is kept of a listing."""
    return int.from_bytes(hashlib.blake2b(path.encode(), digest_size=8).digest(), "big")


def _note_gone(ctx: Context, claim: Claim, listed: "array[int]") -> None:
    """Record the files that were in the source once and are not any more; labels are kept."""
    there = np.unique(np.frombuffer(listed, dtype=np.uint64))
    for paths in batches(ctx.store.images.all_paths(claim.project_id), BATCH):
        known = np.array([_short_hash(path) for path in paths], dtype=np.uint64)
        gone = ~np.isin(known, there)
        if gone.any():
            missing = [path for path, lost in zip(paths, gone, strict=True) if lost]
            ctx.store.images.mark_gone(claim, missing)


def _fail_empty(ctx: Context, claim: Claim, source: str) -> None:
    from tenfold.errors import SourceError

    counts = ctx.store.images.counts(claim.project_id)
    message = f"No image was found in {source} ({counts.quarantined} files were set aside)."
    ctx.store.cycles.fail_step(claim, "ingest", message)
    raise SourceError(message, "Put JPEG, PNG, WebP, BMP, TIFF or GIF files there and run again.")


def _report(ctx: Context, claim: Claim) -> IngestReport:
    counts = ctx.store.images.counts(claim.project_id)
    step = ctx.store.cycles.done_step(claim.cycle_id, "ingest")
    detail = step.detail if step else {}
    return IngestReport(
        images=counts.images,
        new=int(detail.get("new") or 0),
        quarantined=counts.quarantined,
        duplicates=counts.duplicates,
        imported=int(detail.get("imported") or 0),
    )


def _take_in(
    ctx: Context,
    claim: Claim,
    source: Source,
    batch: list[SourceEntry],
    pool: ThreadPoolExecutor,
) -> int:
    marks = ctx.store.images.marks(claim.project_id, [entry.path for entry in batch])
    changed = [entry for entry in batch if not entry.mark or marks.get(entry.path) != entry.mark]
    images: dict[str, Image] = {}
    entries: dict[str, list[SourceEntry]] = defaultdict(list)
    aside: list[Quarantined] = []
    results = pool.map(lambda entry: _prepare(ctx, source, entry), changed)
    for entry, result in zip(changed, results, strict=True):
        if isinstance(result, Quarantined):
            aside.append(result)
        else:
            images.setdefault(result.sha256, result)
            entries[result.sha256].append(entry)
    _take_views_back(ctx, claim, list(images))
    return ctx.store.images.add(claim, list(images.values()), entries, aside).new


def _take_views_back(ctx: Context, claim: Claim, shas: list[str]) -> None:
    """Remove what was made of images that were erased for good, unless another project has them."""
    for sha in ctx.store.erasures.among(claim.project_id, shas):
        if not ctx.store.erasures.other_projects(claim.project_id, sha):
            remove_image_blobs(ctx.blobs, sha, "")


def _prepare(ctx: Context, source: Source, entry: SourceEntry) -> Image | Quarantined:
    data = read(source, entry)
    if isinstance(data, Quarantined):
        return data
    prepared = prepare(data, entry.path, ctx.settings)
    if isinstance(prepared, Quarantined):
        return prepared.model_copy(update={"mark": entry.mark})
    _put_views(ctx, prepared)
    probed = prepared.probed
    return Image(
        sha256=probed.sha256,
        width=probed.width,
        height=probed.height,
        size=len(data),
        media_type=probed.media_type,
        orientation=probed.orientation,
        blob=source.in_place(entry) or names.image(probed.sha256, probed.media_type),
        columns=entry.columns,
        paths=(entry.path,),
    )


def _put_views(ctx: Context, prepared: Prepared) -> None:
    sha256 = prepared.probed.sha256
    for size, data in (("thumb", prepared.thumb), ("screen", prepared.screen)):
        ctx.blobs.put(names.view(sha256, size), data, media_type="image/jpeg", replace=False)


def _import_labels(ctx: Context, claim: Claim, source: Source) -> int:
    """Take over the labels that the source came with, as annotations of an import."""
    imported, frame = 0, ctx.project(claim).import_frame
    for batch in batches(source.labels(), BATCH):
        hashes = ctx.store.images.hashes(claim.project_id, [path for path, _ in batch])
        labels = [
            (hashes[path], _in_frame(ctx, claim, hashes[path], value, frame))
            for path, value in batch
            if path in hashes
        ]
        brought = ctx.store.imports.from_source(claim, labels, _importer(ctx))
        imported += brought.new
        _set_aside(ctx, claim, {hashes[path]: path for path, _ in batch if path in hashes}, brought)
    return imported


def _importer(ctx: Context) -> int:
    return ctx.store.people.ensure(IMPORTED, Role.LABELER).id


def _set_aside(ctx: Context, claim: Claim, paths: Mapping[str, str], brought: Brought) -> None:
    """Note labels that can't be such of their image; the images themselves are in."""
    aside = [
        Quarantined(path=f"label of {paths[sha]}", reason=Quarantine.BAD_ROW, detail=why)
        for sha, why in brought.refused.items()
    ]
    if aside:
        ctx.store.images.add(claim, [], {}, aside)


def _in_frame(ctx: Context, claim: Claim, sha256: str, value: Value, frame: Frame) -> Value:
    """Turn imported shapes upright, where the project says that theirs is the stored frame."""
    if frame is not Frame.STORED or not isinstance(value, Boxes | Polygons):
        return value
    return to_upright(value, ctx.store.images.get(claim.project_id, sha256))
