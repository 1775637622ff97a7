"""What the pipeline noted for the page and the command line to read."""

from models.plan import Plan
from tenfold.blobs import names
from tenfold.blobs.port import BlobStore
from tenfold.errors import BlobNotFoundError


def read_plan(blobs: BlobStore, project_id: str) -> Plan | None:
    """Return the last plan of a project; None before its first decision."""
    try:
        return Plan.model_validate_json(blobs.get(names.plan(project_id)))
    except BlobNotFoundError:
        return None
