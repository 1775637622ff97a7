"""The label store: the truth about labels, rounds, approvals and progress.

One implementation with SQLAlchemy, on SQLite for one machine and on PostgreSQL for a team.
"""

from tenfold.store.agreement import Agreements
from tenfold.store.assignments import Assignments
from tenfold.store.certificates import Certificates
from tenfold.store.class_changing import Classes
from tenfold.store.cycles import Cycles
from tenfold.store.datasets import Datasets
from tenfold.store.drafts import Drafts
from tenfold.store.engine import Database
from tenfold.store.erasing import Erasures
from tenfold.store.examples import Examples
from tenfold.store.image_filter import ImageFilter
from tenfold.store.images import AddReport, ImageCounts, Images
from tenfold.store.importing import Brought, Imports
from tenfold.store.invitations import Invitations
from tenfold.store.labeling import Labeling
from tenfold.store.migrate import migrate
from tenfold.store.model_versions import Models
from tenfold.store.pages import ImagePage, ImageView
from tenfold.store.people import People
from tenfold.store.precedents import Precedents, PrecedentView
from tenfold.store.progress import ProgressReports
from tenfold.store.projects import Projects
from tenfold.store.pulses import Pulses
from tenfold.store.removals import Removals
from tenfold.store.reviews import Reviews
from tenfold.store.rounds import Rounds
from tenfold.store.snapshots import Snapshots
from tenfold.store.walks import Walks

__all__ = [
    "AddReport",
    "Brought",
    "ImageCounts",
    "ImageFilter",
    "ImagePage",
    "ImageView",
    "PrecedentView",
    "Store",
    "open_store",
]


class Store:
    """All that is known of projects, people and labels. Threads may share it."""

    def __init__(self, database: Database, lease_seconds: int) -> None:
        self.database = database
        self.projects = Projects(database)
        self.classes = Classes(database)
        self.removals = Removals(database)
        self.erasures = Erasures(database)
        self.people = People(database)
        self.invitations = Invitations(database)
        self.assignments = Assignments(database)
        self.cycles = Cycles(database)
        self.images = Images(database)
        self.datasets = Datasets(database)
        self.rounds = Rounds(database)
        self.imports = Imports(database)
        self.labeling = Labeling(database, lease_seconds)
        self.drafts = Drafts(database)
        self.models = Models(database)
        self.precedents = Precedents(database)
        self.snapshots = Snapshots(database)
        self.certificates = Certificates(database)
        self.walks = Walks(database)
        self.agreement = Agreements(database)
        self.examples = Examples(database)
        self.reviews = Reviews(database)
        self.progress = ProgressReports(database)
        self.pulses = Pulses(database)

    def close(self) -> None:
        """Close all connections."""
        self.database.close()


def open_store(url: str, lease_seconds: int | None = None) -> Store:
    """Open a label store, bringing its schema to the newest; safe from several processes at once.

    Args:
        url: `sqlite:////path/labels.db` or `postgresql://user:password@host/name`.
        lease_seconds: how long a labeler holds an image; None: as the settings say.

    Raises:
        SettingsError: not such a URL.
        TransientServiceError: the database doesn't answer.
    """
    if lease_seconds is None:
        from tenfold.settings import get_settings

        lease_seconds = get_settings().lease_seconds
    database = Database(url)
    migrate(database)
    return Store(database, lease_seconds)
