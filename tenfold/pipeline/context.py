"""The stores that a step works on."""

from dataclasses import dataclass
from functools import lru_cache

from models.cycle import Claim
from models.project import Project
from tenfold.blobs import BlobStore, open_blobs
from tenfold.registry import DatasetRegistry, ModelRegistry, open_registries
from tenfold.settings import Settings, get_settings
from tenfold.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Context:
    """Labels, bytes, registries and settings."""

    store: Store
    blobs: BlobStore
    datasets: DatasetRegistry
    models: ModelRegistry
    settings: Settings

    def project(self, claim: Claim) -> Project:
        """Return the project that a claim is for."""
        return self.store.projects.by_id(claim.project_id)

    def version(self, claim: Claim) -> int:
        """Return the number of the dataset version that the cycle works on."""
        cycle = self.store.cycles.current(claim.project_id)
        if cycle is None or cycle.dataset_version is None:
            latest = self.store.datasets.latest(claim.project_id)
            return latest.number if latest else 0
        return cycle.dataset_version

    def deliverable(self, claim: Claim) -> int:
        """Return N: the labels of this cycle that a certificate speaks of.

        Without those that earlier cycles delivered, and those that were made elsewhere.
        """
        return self.store.images.deliverable(claim)

    def remaining(self, claim: Claim) -> list[str]:
        """Return the hashes, in order, of images that want a label and aren't committed in a walk.

        What is committed becomes final with the walk's delivery, or comes back then.
        """
        unfinished = self.store.images.unfinished(claim.project_id, self.version(claim))
        walk = self.store.walks.of(claim.cycle_id)
        if walk is None or walk.closed_at is not None:
            return unfinished
        committed = set(self.store.walks.state(walk.id).committed)
        return [sha for sha in unfinished if sha not in committed]


def make_context(settings: Settings) -> Context:
    """Open the stores that the settings name."""
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    blobs = open_blobs(settings)
    datasets, models = open_registries(settings, blobs)
    return Context(
        store=open_store(settings.store_url),
        blobs=blobs,
        datasets=datasets,
        models=models,
        settings=settings,
    )


@lru_cache(maxsize=1)
def open_context() -> Context:
    """Return this process's context."""
    return make_context(get_settings())
