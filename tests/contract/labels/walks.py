"""A walk on the twenty images of a world, and shorthand for its steps."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from models.annotation import SkipReason
from models.certificate import WalkCertificate
from models.label import ClassLabel
from models.record import now
from models.round import ApprovedVia, Round
from models.walk import Walk
from tenfold.learning.walk import coins
from tenfold.learning.walk.ladder import Ladder
from tenfold.store.tables import walks

ERROR = 0.5
LADDER = Ladder((0.31, 0.45, 0.6))
"""Keeps the promise for K = 10 of 20 images with a confidence of 95 %, and not much more."""
SEED = "5e" * 32


class Walker:
    """Does what the pipeline does with a walk, a step a call."""

    def __init__(self, world: Any) -> None:
        self.world, self.store = world, world.store
        world.project = self.store.projects.update(world.project.name, error=ERROR)

    def open(self) -> Walk:
        walk: Walk = self.store.walks.open(self.world.claim, LADDER)
        return walk

    def rows(self, shas: Sequence[str], word: str = "cat") -> list[tuple[str, ClassLabel, str]]:
        return [(sha, ClassLabel(label=word), "m1") for sha in shas]

    def commit(self, walk: Walk, shas: Sequence[str], key: str = "walk-0") -> Round | None:
        opened: Round | None = self.store.walks.commit(
            self.world.claim, walk.id, self.rows(shas), key
        )
        return opened

    def answer(self, opened: Round, word: str = "cat", name: str = "ann") -> None:
        """Answer a round whole and let it be closed."""
        self.world.answer_all(opened.id, word, name)
        self.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)

    def answer_through(self, walk: Walk, opened: Round | None, word: str = "cat") -> None:
        """Answer a round and all that follow from it."""
        number = 0
        while opened is not None:
            self.answer(opened, word)
            number += 1
            key = f"{opened.id}-{number}"
            opened = self.store.walks.follow_up(self.world.claim, walk.id, key)

    def draft(self, walk: Walk, **changes: object) -> WalkCertificate:
        account = self.store.walks.account(walk.id)
        return WalkCertificate(
            id=walk.id,
            project_id=walk.project_id,
            cycle_id=walk.cycle_id,
            inputs=account.inputs,
            accepted=account.accepted,
            by_people=account.images - account.accepted,
            statement="at most 50 % wrong",
            created_at=now(),
        ).model_copy(update=changes)

    def deliver(self, walk: Walk) -> WalkCertificate:
        signed: WalkCertificate = self.store.walks.deliver(self.world.claim, self.draft(walk))
        return signed

    def seed(self, walk: Walk) -> str:
        """Read the sealed seed as nobody may."""
        with self.store.database.read() as connection:
            return str(connection.scalar(select(walks.c.seed).where(walks.c.id == walk.id)))

    def heads(self, walk: Walk, shas: Sequence[str], errors: int = 0) -> list[str]:
        """Return those of the images whose coins show heads at a rate."""
        seed = self.seed(walk)
        return [sha for sha in shas if coins.coin(seed, sha) < LADDER.rates[errors]]


UNSURE = SkipReason.UNSURE
