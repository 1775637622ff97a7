"""What benches of the store fill it with."""

from models.cycle import Claim
from models.dataset import DatasetVersion
from models.prelabel import ModelVersion
from models.project import Project
from models.record import now
from tenfold.store import Store

MODEL = "model-1"


def sha(number: int) -> str:
    """Return a made-up hash; neighbors in number are not neighbors in order."""
    return f"{number * 0x9E3779B97F4A7C15 % (1 << 64):016x}{number:048x}"


def model_version(project: Project, claim: Claim) -> ModelVersion:
    """Return the first model of a project, with no files behind it."""
    return ModelVersion(
        id=MODEL,
        project_id=project.id,
        cycle_id=claim.cycle_id,
        number=1,
        task=project.task,
        classes=project.class_names,
        snapshot_id="none",
        trained_on=10,
        blob="none",
        created_at=now(),
    )


def add_dataset(store: Store, claim: Claim, images: int, size: int) -> None:
    """Note a dataset version of so many images and bytes, with no files behind it."""
    number = store.datasets.next_version(claim)
    version = DatasetVersion(
        id=f"d-{claim.project_id}",
        project_id=claim.project_id,
        number=number,
        images=images,
        size=size,
        manifest="m",
        sha256="0" * 64,
        uri="file:///d",
        created_at=now(),
    )
    store.datasets.add(claim, version)
