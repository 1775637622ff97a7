"""The registries of the local profile, and those of a workspace on Azure."""

import datetime as dt
from dataclasses import dataclass, field

import pytest

from models.certificate import Certificate, CertificateInputs
from models.dataset import DatasetVersion
from models.label import TaskType
from models.prelabel import ModelVersion
from tenfold.blobs import BlobStore, names, open_blobs
from tenfold.registry import DatasetRegistry, ModelRegistry, open_registries
from tenfold.settings import Settings

PROJECT = "0123456789abcdef"
MOMENT = dt.datetime(2026, 11, 1, 9, 30, tzinfo=dt.UTC)


@dataclass
class Registries:
    """A project's registries and the blobs under them."""

    settings: Settings
    blobs: BlobStore = field(init=False)
    datasets: DatasetRegistry = field(init=False)
    models: ModelRegistry = field(init=False)

    def __post_init__(self) -> None:
        self.blobs = open_blobs(self.settings)
        self.reopen()

    def reopen(self) -> None:
        """Open the registries again, as another process would."""
        self.datasets, self.models = open_registries(self.settings, self.blobs)


@pytest.fixture
def registries(each_profile: Settings) -> Registries:
    return Registries(each_profile)


def version(number: int = 1, sha: str = "a") -> DatasetVersion:
    return DatasetVersion(
        id=f"{PROJECT}-v{number}",
        project_id=PROJECT,
        number=number,
        images=200,
        size=123_456,
        manifest=f"{names.dataset(PROJECT, number)}/manifest.jsonl",
        sha256=sha * 64,
        uri="",
        created_at=MOMENT,
    )


def model(number: int = 1) -> ModelVersion:
    return ModelVersion(
        id=f"train-s{number}",
        project_id=PROJECT,
        cycle_id="c1",
        number=number,
        task=TaskType.CLASSIFICATION,
        classes=("finch", "wren"),
        snapshot_id=f"s{number}",
        trained_on=40,
        blob=f"{names.job(PROJECT, f'train-s{number}')}/out",
        metrics={"accuracy": 0.9333333333, "head": "linear", "folds": 5},
        created_at=MOMENT,
    )


def certificate() -> Certificate:
    return Certificate(
        id="cert-1",
        project_id=PROJECT,
        cycle_id="c1",
        round_id="r3",
        inputs=CertificateInputs(
            images=200,
            pool=160,
            error=0.05,
            confidence=0.95,
            wrong_allowed=10,
            audited=40,
            errors_tolerated=1,
            audit_errors=0,
            seed=3,
            model_version="train-s1",
            snapshot_id="s1",
        ),
        accepted=120,
        by_people=80,
        statement="At most 5 % of the 200 delivered labels are wrong, 95 % sure.",
        pool_sha256="b" * 64,
        created_at=MOMENT,
    )
