"""Which images of a round look alike, as the pipeline found it; read once a process."""

from models.round import LeasedItem, RoundKind
from tenfold.blobs.port import BlobStore
from tenfold.errors import BlobNotFoundError
from tenfold.pipeline.groups import Groups, read_groups
from tenfold.store import Store

ROUNDS = 16
"""Rounds whose groups are remembered."""


class Alike:
    """The groups of the rounds that people work at."""

    def __init__(self, store: Store, blobs: BlobStore) -> None:
        self._store = store
        self._blobs = blobs
        self._known: dict[str, Groups | None] = {}

    def group(self, item: LeasedItem) -> int | None:
        """Return the number of an image's group; None but where it is tagged from nothing."""
        if item.round_kind is not RoundKind.MANUAL:
            return None
        if item.round_id not in self._known:
            while len(self._known) >= ROUNDS:
                self._known.pop(next(iter(self._known)), None)
            self._known[item.round_id] = self._read(item.round_id)
        groups = self._known.get(item.round_id)
        return groups.of(item.sha256) if groups else None

    def _read(self, round_id: str) -> Groups | None:
        name = self._store.rounds.params(round_id).get("groups")
        try:
            return read_groups(self._blobs, name) if name else None
        except BlobNotFoundError:
            return None
