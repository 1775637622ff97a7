"""What the pipeline noted for the page and the command line to read."""

from models.agreement import Weighing
from models.near_duplicate import NearDuplicates
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


def read_weighing(blobs: BlobStore, project_id: str) -> Weighing | None:
    """Return how people's answers were weighed the last time; None before that."""
    try:
        return Weighing.model_validate_json(blobs.get(names.weighing(project_id)))
    except BlobNotFoundError:
        return None


def read_near_duplicates(blobs: BlobStore, project_id: str) -> NearDuplicates | None:
    """Return the pairs that show nearly the same; None before anything was embedded."""
    try:
        return NearDuplicates.model_validate_json(blobs.get(names.near_duplicates(project_id)))
    except BlobNotFoundError:
        return None
