"""A label store with a project whose first round is open."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

# Before Prefect is imported: no test of a task talks to anybody's server or home.
os.environ.setdefault("PREFECT_LOGGING_TO_API_ENABLED", "false")

import pytest

from models.annotation import Answer
from models.cycle import Claim
from models.image import Image, SourceEntry
from models.label import ClassLabel, TaskType
from models.person import Person, Role
from models.project import FinishMode, Project, ProjectSettings, label_classes
from models.round import Round, RoundKind
from tenfold.pipeline.context import Context, make_context
from tenfold.settings import Settings

SHAS = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(4)]


@dataclass(frozen=True)
class Bench:
    """A round of four images, and who answers it."""

    ctx: Context
    project: Project
    claim: Claim
    round: Round
    person: Person

    def answer(self, number: int = 4) -> None:
        store = self.ctx.store
        for item in store.labeling.lease(self.project.id, self.person.id, number, self.round.id):
            store.labeling.submit(
                self.person.id,
                Answer(
                    key=secrets.token_hex(8),
                    round_id=item.round_id,
                    sha256=item.sha256,
                    value=ClassLabel(label="a"),
                ),
            )

    def with_round(self, kind: RoundKind, *, needs_approval: bool) -> "Bench":
        self.ctx.store.rounds.approve(self.round.id, by="x", via="rule", rest="return")  # type: ignore[arg-type]
        opened = self.ctx.store.rounds.open(
            self.claim, kind, SHAS, key="another", needs_approval=needs_approval
        )
        return replace(self, round=opened)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    ctx = make_context(Settings(home=tmp_path, host="127.0.0.1"))
    store = ctx.store
    project = store.projects.create(
        ProjectSettings(
            name="p",
            task=TaskType.CLASSIFICATION,
            source="s",
            classes=label_classes(["a", "b"]),
            finish=FinishMode.MANUAL,
            keep_busy=False,
        )
    )
    claim = store.cycles.claim(store.cycles.ensure(project.id).id, "run-1")
    images = [
        Image(sha256=sha, width=9, height=9, size=9, media_type="image/png", blob=f"images/{sha}")
        for sha in SHAS
    ]
    store.images.add(claim, images, {sha: [SourceEntry(path=f"{sha}.png")] for sha in SHAS}, [])
    store.datasets.next_version(claim)
    opened = store.rounds.open(claim, RoundKind.MANUAL, SHAS, key="round-1")
    yield Bench(ctx, project, claim, opened, store.people.ensure("bea", Role.REVIEWER))
    store.close()
