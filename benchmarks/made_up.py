"""What benches of the store fill it with."""

from models.cycle import Claim
from models.prelabel import ModelVersion
from models.project import Project
from models.record import now

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
