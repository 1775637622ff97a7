"""Label snapshots: today's final labels, written down for good."""

import hashlib
import tempfile
from pathlib import Path

from models.cycle import Claim
from models.dataset import LabelSnapshot, SnapshotPurpose
from models.record import now
from tenfold.blobs import names
from tenfold.pipeline.context import Context


def freeze_labels(
    ctx: Context, claim: Claim, purpose: SnapshotPurpose, *, human_only: bool
) -> LabelSnapshot:
    """Write today's final labels as an immutable list, named by its own hash."""
    digest, labels = hashlib.sha256(), 0
    version = ctx.version(claim)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "snapshot.jsonl"
        with path.open("wb") as out:
            for row in ctx.store.snapshots.final_labels(
                claim.project_id, version=version, human_only=human_only
            ):
                line = row.model_dump_json().encode() + b"\n"
                digest.update(line)
                out.write(line)
                labels += 1
        snapshot_id = digest.hexdigest()[:16]
        blob = names.snapshot(claim.project_id, snapshot_id)
        ctx.blobs.put_file(blob, path, media_type="application/jsonl", replace=False)
    snapshot = LabelSnapshot(
        id=snapshot_id,
        project_id=claim.project_id,
        cycle_id=claim.cycle_id,
        dataset_version=version,
        purpose=purpose,
        labels=labels,
        blob=blob,
        sha256=digest.hexdigest(),
        created_at=now(),
    )
    ctx.store.snapshots.add(claim, snapshot)
    return snapshot
