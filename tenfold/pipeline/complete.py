"""Step 10, complete: final labels, exports, report."""

import tempfile
from pathlib import Path

from models.cycle import Claim, CycleState
from models.dataset import SnapshotPurpose
from models.report import RunReport
from tenfold.blobs import names
from tenfold.formats.export import export_project
from tenfold.pipeline.context import Context
from tenfold.pipeline.freezing import freeze_labels
from tenfold.pipeline.pictures import make_pictures
from tenfold.pipeline.report import build_report
from tenfold.task_types import task_kind

DELIVERED = ("csv", "jsonl", "coco")
"""Formats of one file each that a delivery holds; the others are a command away."""


def complete(ctx: Context, claim: Claim) -> RunReport:
    """Freeze the final labels, write exports and report, and end the cycle."""
    project = ctx.project(claim)
    step = ctx.store.cycles.begin_step(claim, "complete", "complete")
    cycle = ctx.store.cycles.current(project.id)
    number = cycle.number if cycle else 1
    prefix = names.report(project.id, number)
    if step is not None:
        freeze_labels(ctx, claim, SnapshotPurpose.DELIVERY, human_only=False)
        _export(ctx, claim, f"{prefix}/labels")
        for name, picture in make_pictures(ctx, project, claim.cycle_id).items():
            ctx.blobs.put(names.picture(project.id, number, name), picture, media_type="image/png")
        _note_certificate(ctx, claim)
        ctx.store.cycles.finish_step(claim, "complete", {"exports": f"{prefix}/labels"})
    report = build_report(ctx, project, claim.cycle_id)
    text = report.model_dump_json(indent=1).encode()
    ctx.blobs.put(f"{prefix}/report.json", text, media_type="application/json")
    if cycle is not None and cycle.state is not CycleState.COMPLETE:
        ctx.store.cycles.complete(claim)
    return report


def _note_certificate(ctx: Context, claim: Claim) -> None:
    """Tell the model registry what may be said of the labels that the last model proposed."""
    certificate = ctx.store.certificates.latest(claim.cycle_id)
    model = ctx.store.models.latest(claim.project_id)
    if certificate is not None and model is not None:
        ctx.models.certify(model, certificate)


def _export(ctx: Context, claim: Claim, prefix: str) -> None:
    """Write the labels where a pipeline finds them without a further command."""
    project = ctx.project(claim)
    for name in DELIVERED:
        if name not in task_kind(project.task).formats:
            continue
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            export_project(ctx.store, ctx.blobs, project, name, folder)
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                blob = f"{prefix}/{name}/{path.relative_to(folder).as_posix()}"
                ctx.blobs.put_file(blob, path)
