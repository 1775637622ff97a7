"""How an export is parted, as the command line and the page ask for it."""

from tenfold.blobs.port import BlobStore
from tenfold.formats.split import Split, read_shares
from tenfold.pipeline.noted import read_near_duplicates

BY_HASH = "hash"


def split_of(blobs: BlobStore, project_id: str, shares: str, by: str = BY_HASH) -> Split | None:
    """Return the split that was asked for; None where none was.

    Args:
        blobs: where the pairs of images that show nearly the same were noted.
        project_id: the project.
        shares: as `80/10/10`; an empty text: no split.
        by: `hash`, or a column of the manifest.

    Raises:
        FormatError: the shares are none.
    """
    if not shares:
        return None
    near = read_near_duplicates(blobs, project_id)
    pairs = tuple((pair.one, pair.other) for pair in near.pairs) if near else ()
    return Split(read_shares(shares), None if by in ("", BY_HASH) else by, pairs)
