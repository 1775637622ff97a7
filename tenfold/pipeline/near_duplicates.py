"""Which images show nearly the same: found once they are embedded, for the page and exports."""

from models.cycle import Claim
from models.job import EmbedJob
from models.near_duplicate import NearDuplicates
from tenfold.blobs import names
from tenfold.learning.near_duplicates import AT_LEAST, MOST_IMAGES, near_duplicates
from tenfold.pipeline.context import Context
from tenfold.pipeline.noted import read_near_duplicates


def find_near_duplicates(ctx: Context, claim: Claim, job: EmbedJob) -> None:
    """Note the pairs among the images of the cycle's dataset version, once.

    Features that no tag has touched are compared: those of a tuned network put images of a class
    together. Of more images than can be compared, those with a label come first.
    """
    version = ctx.version(claim)
    prefix = job.tuning.base if job.tuning else job.out
    before = read_near_duplicates(ctx.blobs, claim.project_id)
    if before and (before.dataset_version, before.features) == (version, prefix):
        return
    shas = _compared(ctx, claim.project_id, version)
    found = NearDuplicates(
        dataset_version=version,
        features=prefix,
        at_least=AT_LEAST,
        compared=len(shas),
        pairs=tuple(near_duplicates(ctx.blobs, prefix, shas)),
    )
    text = found.model_dump_json().encode()
    ctx.blobs.put(names.near_duplicates(claim.project_id), text, media_type="application/json")


def _compared(ctx: Context, project_id: str, version: int) -> list[str]:
    if ctx.store.images.count(project_id, version) <= MOST_IMAGES:
        return [image.sha256 for image in ctx.store.images.iterate(project_id, version=version)]
    labels = ctx.store.snapshots.final_labels(project_id, version=version)
    labeled = dict.fromkeys(row.sha256 for row in labels)
    for image in ctx.store.images.iterate(project_id, version=version):
        if len(labeled) >= MOST_IMAGES:
            break
        labeled[image.sha256] = None
    return sorted(labeled)[:MOST_IMAGES]
