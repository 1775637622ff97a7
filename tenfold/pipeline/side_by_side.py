"""Groups of images that look alike are found where a round is opened."""

from collections.abc import Sequence

from models.cycle import Claim
from models.label import TaskType
from tenfold.blobs import names
from tenfold.learning.alike import WINDOW, alike
from tenfold.learning.features import load_features
from tenfold.pipeline import views
from tenfold.pipeline.context import Context
from tenfold.pipeline.groups import pack

AT_ONCE = 20 * WINDOW
"""Images whose features are held at a time."""


def side_by_side(
    ctx: Context, claim: Claim, shas: Sequence[str], key: str
) -> tuple[list[str], str | None]:
    """Put images that look alike next to each other, and note the groups.

    Only where one class an image is asked for: a key can't mean several boxes.

    Args:
        ctx: stores.
        claim: the right to write.
        shas: the images of a round, in the order in which they are worth a tag.
        key: of the round, within its cycle.

    Returns:
        The images in their new order, and the blob that holds the groups.
    """
    if ctx.project(claim).task is not TaskType.CLASSIFICATION or not shas:
        return list(shas), None
    ordered, numbers, last = list[str](), list[int](), 0
    prefix = views.features(ctx, claim)
    for start in range(0, len(shas), AT_ONCE):
        some = shas[start : start + AT_ONCE]
        found = alike(load_features(ctx.blobs, prefix, some))
        for number, group in enumerate(found, start=last):
            ordered += [some[i] for i in group]
            numbers += [number] * len(group)
        last += len(found)
    name = names.groups(claim.project_id, claim.cycle_id, key)
    ctx.blobs.put(name, pack(ordered, numbers), media_type="application/octet-stream")
    return ordered, name
