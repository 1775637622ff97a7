"""Whether a source has images that were not there when it was last read."""

from models.project import Project
from tenfold.pipeline.ingest import BATCH, batches
from tenfold.settings import Settings
from tenfold.sources import open_source
from tenfold.store import Store


def count_new(store: Store, settings: Settings, project: Project) -> int:
    """Count the files of the source that were not there, or were others, when it was last read.

    Raises:
        SourceError: the source as a whole can't be read.
    """
    new = 0
    for batch in batches(open_source(project.source, settings).entries(), BATCH):
        marks = store.images.marks(project.id, [entry.path for entry in batch])
        new += sum(marks.get(entry.path) != entry.mark for entry in batch)
    return new
