"""A job of tenfold as a command job of the workspace."""

import fcntl
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.job import EmbedJob, PrelabelJob, TrainJob, job_adapter
from tenfold.azure import package
from tenfold.azure.errors import explained
from tenfold.azure.workspace import asset_name, datastore_path, open_workspace, place
from tenfold.blobs.azure import AzureBlobStore
from tenfold.blobs.port import BlobStore
from tenfold.errors import SettingsError
from tenfold.outcome import Outcome
from tenfold.settings import Settings

if TYPE_CHECKING:
    from azure.ai.ml.entities import Command, Job

COMMAND = "python -m tenfold.azure.job ${{inputs.job}} ${{outputs.outcome}}"
LONGEST_SECONDS = 24 * 3600
"""After which Azure ends a job: one that hangs is not paid for until somebody looks."""

_PASSED_ON = ("device", "threads", "backbone", "views", "fine_tune", "image_pixels")
"""Settings that hold on the cluster, too."""


@dataclass(frozen=True, slots=True)
class Work:
    """A job, and what it is called on Azure."""

    blob: str
    job: EmbedJob | TrainJob | PrelabelJob
    digest: str
    """Of all that the job says: its inputs."""

    def name(self, attempt: int) -> str:
        """Return the name of an attempt: by the project's id, since names are used again."""
        return f"{asset_name(self.job.project_id)}-{self.job.kind}-{self.digest}-a{attempt}"

    def outcome_prefix(self, attempt: int) -> str:
        """Return the prefix of what an attempt leaves of itself."""
        return f"{self.blob.rsplit('/', 1)[0]}/azure/{self.name(attempt)}"

    def outcome(self, blobs: BlobStore, attempt: int) -> Outcome:
        """Return what an attempt has left of itself."""
        return Outcome(blobs, self.outcome_prefix(attempt))


def read_work(blob: str, blobs: BlobStore) -> Work:
    """Read what a job's blob says."""
    text = blobs.get(blob)
    return Work(blob, job_adapter.validate_json(text), hashlib.sha256(text).hexdigest()[:12])


def submit(settings: Settings, work: Work, attempt: int, blobs: BlobStore) -> "Job":
    """Have the cluster compute a job, and return it.

    Code is uploaded by one process of this machine at a time: the client can't do it side by side.

    Raises:
        ServiceError: Azure refuses the job.
        TransientServiceError: Azure doesn't answer now; the job may have been submitted.
    """
    with tempfile.TemporaryDirectory(prefix="tenfold-code-") as temporary:
        code = package.write_code(Path(temporary) / "code")
        command = command_job(settings, work, attempt, blobs)
        command.code = str(code)
        with _alone(settings), explained(f"job {command.name}"):
            job: Job = open_workspace(settings).jobs.create_or_update(command)
            return job


def command_job(settings: Settings, work: Work, attempt: int, blobs: BlobStore) -> "Command":
    """Return a job of tenfold as a command job, without its code."""
    from azure.ai.ml import command
    from azure.ai.ml.entities import CommandJobLimits, ManagedIdentityConfiguration

    made: Command = command(
        name=work.name(attempt),
        display_name=f"{work.job.kind} {work.job.project_id}",
        experiment_name=asset_name(work.job.project_id),
        command=COMMAND,
        environment=_environment(settings),
        compute=settings.azure_cluster,
        identity=ManagedIdentityConfiguration(),
        limits=CommandJobLimits(timeout=LONGEST_SECONDS),
        environment_variables=variables(settings, blobs),
        inputs=_inputs(settings, work),
        outputs=_outputs(settings, work, attempt),
        tags={"tenfold.project": work.job.project_id, "tenfold.job": work.blob},
    )
    return made


def variables(settings: Settings, blobs: BlobStore) -> dict[str, str]:
    """Return what the job must know: where the blobs are, and how to compute. No secrets."""
    if not isinstance(blobs, AzureBlobStore):
        raise SettingsError("Jobs on Azure read blobs in Azure.", "Set TENFOLD_BLOBS=az://...")
    container, prefix = place(settings)
    url = blobs.place[0].removesuffix(f"/{container}")
    passed = {
        f"TENFOLD_{name.upper()}": str(getattr(settings, name))
        for name in _PASSED_ON
        if name in settings.model_fields_set
    }
    blobs_url = f"az://{container}/{prefix}" if prefix else f"az://{container}"
    return {"TENFOLD_BLOBS": blobs_url, "TENFOLD_BLOB_ACCOUNT_URL": url, **passed}


def _environment(settings: Settings) -> str:
    """Return the environment that the settings name, else tenfold's, put where it is missing."""
    given = settings.azure_environment.removeprefix("azureml:")
    if not given:
        made = package.environment()
        with explained("environment of the jobs"):
            open_workspace(settings).environments.create_or_update(made)
        given = f"{made.name}:{made.version}"
    return f"azureml:{given}"


def _inputs(settings: Settings, work: Work) -> dict[str, object]:
    """Return what the job reads; of the manifest's folder it's shown where it comes from."""
    from azure.ai.ml import Input

    dataset = work.job.manifest.rsplit("/", 1)[0]
    return {
        "job": Input(type="uri_file", path=datastore_path(settings, work.blob), mode="direct"),
        "dataset": Input(type="uri_folder", path=datastore_path(settings, dataset), mode="direct"),
    }


def _outputs(settings: Settings, work: Work, attempt: int) -> dict[str, object]:
    from azure.ai.ml import Output

    prefixes = {"outcome": work.outcome_prefix(attempt), "results": work.job.out}
    return {
        name: Output(type="uri_folder", path=datastore_path(settings, prefix), mode="direct")
        for name, prefix in prefixes.items()
    }


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold this home's lock of uploads."""
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    with (settings.home_dir / "azure-upload.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
