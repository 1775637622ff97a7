"""A team's project, from `tenfold new` to export: labels on PostgreSQL, bytes on Azurite."""

import csv
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from models.annotation import FinalKind
from models.label import LabelSet, TaskType
from models.project import Project
from models.report import RunReport
from models.round import RoundKind
from tenfold.blobs import azurite, names
from tenfold.formats.answers import Answers, read_answers
from tenfold.pipeline.context import Context, make_context
from tenfold.settings import Settings
from tests import postgresql
from tests.e2e.conftest import is_foreign, own_variables, tenfold

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.azurite,
    pytest.mark.postgres,
]

ROOT = Path(__file__).parents[2]
COLORS = {"blue": (40, 60, 220), "green": (40, 170, 60), "red": (220, 50, 40)}
IMAGES = 120
CONTAINER = "labels"


def draw_squares(folder: Path, number: int) -> dict[str, list[str]]:
    """Draw pictures with some of three squares, and a copy of the last; return what is in each."""
    folder.mkdir(parents=True)
    rng, truth = random.Random(3), {}
    for i in range(number):
        name, present = f"{i:03d}.png", [c for k, c in enumerate(sorted(COLORS)) if i >> k & 1]
        picture = Image.new("RGB", (96, 96), (90 + i % 40, 100, 110 + i // 40))
        pen = ImageDraw.Draw(picture)
        for color, (x, y) in zip(
            present, rng.sample([(6, 6), (52, 6), (6, 52), (52, 52)], len(present)), strict=True
        ):
            pen.rectangle((x, y, x + 36, y + 36), fill=COLORS[color])
        picture.save(folder / name)
        truth[name] = present
    (folder / "copy.png").write_bytes((folder / name).read_bytes())
    return {**truth, "copy.png": truth[name]}


def write_answers(path: Path, truth: dict[str, list[str]]) -> None:
    """Write a row for each class of an image; an image of no class has a row with none."""
    with path.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["path", "label"])
        for name, labels in truth.items():
            rows.writerows([name, label] for label in labels or [""])


@dataclass
class Team:
    """A finished project of a team, and what the commands left behind."""

    ctx: Context
    project: Project
    report: RunReport
    answers: Answers
    exported: Path

    def true(self, sha: str) -> set[str]:
        """Return what the answers file says of an image."""
        image = self.ctx.store.images.get(self.project.id, sha)
        value = self.answers.get(image.paths[0])
        assert isinstance(value, LabelSet)
        return set(value.labels)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """Run the commands that a team would, and look at its stores from outside."""
    command = azurite.program(ROOT)
    assert command is not None, "Azurite isn't there: run `npm ci`"
    folder = tmp_path_factory.mktemp("team")
    with postgresql.running() as server, azurite.running(command) as storage:
        variables = {
            **own_variables(folder / "home"),
            "TENFOLD_PROFILE": "team",
            "TENFOLD_DATABASE_URL": postgresql.empty_database(server, "tenfold"),
            "TENFOLD_BLOBS": f"az://{CONTAINER}",
            "TENFOLD_BLOB_CONNECTION_STRING": storage.connection_string,
        }
        env = {n: v for n, v in os.environ.items() if not is_foreign(n)} | variables
        try:
            work_through(folder, env)
            settings = Settings.model_validate(
                {
                    name.removeprefix("TENFOLD_").lower(): value
                    for name, value in variables.items()
                    if name.startswith("TENFOLD_")
                }
            )
            ctx = make_context(settings)
            yield Team(
                ctx,
                ctx.store.projects.get("squares"),
                RunReport.model_validate_json((folder / "report.json").read_text()),
                read_answers(folder / "answers.csv", TaskType.MULTILABEL),
                folder / "exported",
            )
            ctx.store.close()
        finally:
            tenfold("down", env=env)


def work_through(folder: Path, env: dict[str, str]) -> None:
    """Make a project, have two simulated labelers finish it, and export it."""
    write_answers(folder / "answers.csv", draw_squares(folder / "photos", IMAGES))
    new = ["new", "squares", "--source", str(folder / "photos"), "--task", "multilabel"]
    new += ["--classes", ",".join(sorted(COLORS)), "--first-round", "40", "--no-keep-busy"]
    new += ["--error", "0.2", "--confidence", "0.9"]
    run = ["run", "squares", "--answers", str(folder / "answers.csv"), "--labelers", "2"]
    run += ["--report", str(folder / "report.json")]
    export = ["export", "squares", "--to", str(folder / "exported"), "--format", "csv"]
    for arguments in (new, run, export):
        done = tenfold(*arguments, env=env)
        assert done.returncode == 0, done.stderr


def test_a_multilabel_project_ends_with_a_certificate_that_holds(team: Team) -> None:
    certificate = team.report.certificate
    assert certificate is not None
    assert certificate.accepted == team.report.accepted > 0
    finals = list(team.ctx.store.snapshots.final_labels(team.project.id))
    assert len(finals) == IMAGES
    wrong = [row for row in finals if set(row.value.labels) != team.true(row.sha256)]  # type: ignore[union-attr]
    assert len(wrong) <= certificate.inputs.wrong_allowed < IMAGES
    assert all(row.by is FinalKind.ACCEPTED for row in wrong)
    assert team.report.wrong is not None
    assert team.report.wrong.count == len(wrong)
    assert team.report.wrong.share == pytest.approx(len(wrong) / IMAGES)


def test_the_report_says_what_the_label_store_says(team: Team) -> None:
    store, project, report = team.ctx.store, team.project, team.report
    cycle = store.cycles.current(project.id)
    assert cycle is not None
    asked = store.rounds.list(cycle.id)
    assert [(r.number, r.images, r.answered) for r in report.rounds] == [
        (r.number, r.size, r.answered) for r in asked
    ]
    assert (report.images, report.duplicates) == (store.images.count(project.id), 1) == (IMAGES, 1)
    finals = Counter(row.by for row in store.snapshots.final_labels(project.id))
    assert report.accepted == finals[FinalKind.ACCEPTED]
    human = {row.sha256 for row in store.snapshots.final_labels(project.id, human_only=True)}
    assert report.human.share == pytest.approx(len(human) / IMAGES)
    by_kind = Counter(dict.fromkeys(RoundKind, 0))
    for each in asked:
        by_kind[each.kind] += len(store.rounds.answers(each.id))
    looked = (report.human.manual, report.human.review, report.human.audit)
    kinds = (RoundKind.MANUAL, RoundKind.REVIEW, RoundKind.AUDIT)
    assert looked == tuple(by_kind[kind] for kind in kinds)
    assert report.human.audit == report.certificate.inputs.audited  # type: ignore[union-attr]
    assert [m.version for m in report.models] == [m.number for m in store.models.list(project.id)]


def test_two_labelers_shared_the_work_and_answered_no_image_twice(team: Team) -> None:
    store, project = team.ctx.store, team.project
    histories = [
        store.labeling.history(project.id, i.sha256) for i in store.images.iterate(project.id)
    ]
    by_people = [h for history in histories for h in history if h.person_id]
    assert {len(history) for history in histories} == {1}
    workers = Counter(each.person for each in store.progress.of(project).labelers)
    assert set(workers) == {"simulated-1", "simulated-2"}
    assert (
        len(by_people)
        == team.report.human.manual + team.report.human.review + team.report.human.audit
    )


def test_every_image_and_the_delivery_lie_in_the_container(team: Team) -> None:
    blobs, project = team.ctx.blobs, team.project
    assert len(list(blobs.list("images/"))) == IMAGES
    for image in team.ctx.store.images.iterate(project.id):
        assert len(blobs.get(image.blob)) == image.size
    kept = RunReport.model_validate_json(blobs.get(f"{names.report(project.id, 1)}/report.json"))
    assert kept.rounds == team.report.rounds
    assert (kept.accepted, kept.claim) == (team.report.accepted, team.report.claim)


def test_what_is_exported_is_what_the_store_holds(team: Team) -> None:
    [path] = team.exported.rglob("*.csv")
    exported = read_answers(path, TaskType.MULTILABEL)
    assert len(exported) == IMAGES
    for row in team.ctx.store.snapshots.final_labels(team.project.id):
        name, *copies = team.ctx.store.images.get(team.project.id, row.sha256).paths
        assert exported.get(name) == row.value
        assert all(copy in path.read_text() for copy in copies)
