"""A project's certificate on the command line: shown, recomputed, and written as a page."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner, Result

from models.annotation import Answer
from models.cycle import Claim
from models.dataset import DatasetVersion
from models.image import Image, SourceEntry
from models.label import ClassLabel, TaskType
from models.person import Role
from models.prelabel import ModelVersion, Prelabel
from models.project import Project, ProjectSettings, label_classes
from models.record import now
from models.round import ApprovedVia, Round
from tenfold.cli.app import app
from tenfold.learning.certificate import order_sha256
from tenfold.learning.walk.ladder import geometric
from tenfold.pipeline import walking
from tenfold.pipeline.certify import certify_closed_audits
from tenfold.pipeline.context import Context, make_context
from tenfold.pipeline.frozen import frozen_look
from tenfold.pipeline.recompute import certified
from tenfold.settings import Settings
from tenfold.store.audits import ClassDraw
from tenfold.store.tables import annotations, certificates, images, prelabels, walk_commits

IMAGES, LADDER = 120, geometric(12, 0.95, 2.0)
SEED = "0c" * 32
"""Of coins that find just one of the six wrong labels, in front of others."""


def sha(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


SHAS = [sha(i) for i in range(IMAGES)]


@dataclass
class Desk:
    """A project of a hundred images, most of which the model proposes the right label for."""

    ctx: Context
    project: Project
    claim: Claim
    model: ModelVersion

    def answer(self, opened: Round) -> None:
        ann = self.ctx.store.people.ensure("ann", Role.LABELER)
        while items := self.ctx.store.labeling.lease(self.project.id, ann.id, 20):
            for item in items:
                word = "dog" if item.sha256 in SHAS[-6:] else "cat"
                told = {
                    "key": f"{opened.id}-{item.sha256[:20]}",
                    "round_id": opened.id,
                    "sha256": item.sha256,
                    "value": ClassLabel(label=word),
                }
                self.ctx.store.labeling.submit(ann.id, Answer.model_validate(told))
        self.ctx.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE, note="looks <fine>")

    def look(self) -> None:
        opened = self.ctx.store.rounds.open_audit(
            self.claim, self.model.id, 60, key="audit", seed=3, pool=SHAS
        )
        self.answer(opened)
        certify_closed_audits(self.ctx, self.claim)

    def each(self) -> None:
        draws = [ClassDraw("cat", SHAS, 60, 100), ClassDraw("dog", [], 0, 0)]
        opened = self.ctx.store.rounds.open_class_audits(
            self.claim, self.model.id, draws, key="audit", seed=3, pool=SHAS
        )
        self.answer(opened)
        certify_closed_audits(self.ctx, self.claim)

    def walk(self) -> None:
        opened = walking.commit(self.ctx, self.claim, self.model, SHAS, LADDER)
        while opened is not None:
            self.answer(opened)
            opened = walking.go_on(self.ctx, self.claim)
        walking.go_on(self.ctx, self.claim)

    def spoil(self, statement: object) -> None:
        with self.ctx.store.database.write() as connection:
            connection.execute(statement)  # type: ignore[call-overload]


def fill(ctx: Context, project: Project, claim: Claim) -> ModelVersion:
    found = [
        Image(sha256=one, width=9, height=9, size=9, media_type="image/png", blob="b")
        for one in SHAS
    ]
    entries = {one: [SourceEntry(path=f"{one}.png", mark="m")] for one in SHAS}
    ctx.store.images.add(claim, found, entries, [])
    number = ctx.store.datasets.next_version(claim)
    version = {"id": "d1", "project_id": project.id, "number": number, "images": IMAGES}
    more = {"size": 9, "manifest": "m", "sha256": sha(0), "uri": "", "created_at": now()}
    ctx.store.datasets.add(claim, DatasetVersion.model_validate({**version, **more}))
    model = ModelVersion(
        id=f"{project.id}-m1", project_id=project.id, cycle_id=claim.cycle_id, number=1,
        task=project.task, classes=project.class_names, snapshot_id="s", trained_on=7, blob="b",
        created_at=now(),
    )  # fmt: skip
    ctx.store.models.add(claim, model)
    cat = ClassLabel(label="cat")
    told = [
        Prelabel(sha256=one, value=cat, confidence=0.99 - i / 500) for i, one in enumerate(SHAS)
    ]
    ctx.store.models.add_prelabels(claim, model.id, told)
    return model


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    ctx = make_context(Settings(home=tmp_path / "home", threads=1))
    monkeypatch.setattr("tenfold.cli.certificate_show.open_context", lambda: ctx)
    monkeypatch.setattr("tenfold.learning.walk.coins.seal", lambda: SEED)
    project = ctx.store.projects.create(
        ProjectSettings(
            name="pets", task=TaskType.CLASSIFICATION, source=str(tmp_path), error=0.1,
            classes=label_classes(["cat", "dog"]),
        )
    )  # fmt: skip
    claim = ctx.store.cycles.claim(ctx.store.cycles.ensure(project.id).id, "run-1")
    yield Desk(ctx, project, claim, fill(ctx, project, claim))
    ctx.store.close()


Ways = Callable[[Desk], None]
ways = pytest.mark.parametrize(
    "way", [Desk.look, Desk.walk, Desk.each], ids=["look", "walk", "each"]
)


def shown(*options: str) -> Result:
    return CliRunner().invoke(app, ["certificate", "pets", *options])


def whole(text: str) -> str:
    return " ".join(text.split())


@ways
def test_the_certificate_is_shown_with_what_it_rests_on(desk: Desk, way: Ways) -> None:
    way(desk)
    said = shown()
    assert said.exit_code == 0
    text = whole(said.output)
    claims = (
        "At most 10 % of the 120 delivered labels (12) are wrong, 95 % sure",
        "In each class at most 10 % of the delivered labels are wrong, 95 % sure of all 2 ",
    )
    assert text.startswith(claims[way is Desk.each])
    assert "approved by rev (page)" in text
    assert "learned from 7 labels" in text
    assert "blind" in text
    assert "What is not covered" in text
    assert "recomputed" not in text


@ways
def test_a_certificate_that_holds_is_recomputed_number_by_number(desk: Desk, way: Ways) -> None:
    way(desk)
    said = shown("--verify")
    assert said.exit_code == 0
    assert "every number holds" in said.output
    assert "differs" not in said.output
    certificate = json.loads(shown("--json").output)["certificate"]
    row = next(line for line in said.output.splitlines() if line.strip().startswith("audit errors"))
    assert row.split().count(str(certificate["inputs"]["audit_errors"])) == 2


def argued(desk: Desk) -> object:
    """Turn one of the answers that disagree around, as in the audit's rows."""
    cat = ClassLabel(label="cat").model_dump_json()
    return update(annotations).where(annotations.c.sha256.in_(SHAS[-6:])).values(value=cat)


@ways
def test_answers_that_were_argued_away_fail_the_certificate(desk: Desk, way: Ways) -> None:
    way(desk)
    certificate = json.loads(shown("--json").output)["certificate"]
    assert certificate["inputs"]["audit_errors"] > 0
    desk.spoil(argued(desk))
    said = shown("--verify")
    assert said.exit_code == 1
    assert "differs" in said.output
    assert "error:" in said.output


@ways
def test_a_label_that_was_changed_behind_the_certificate_is_named(desk: Desk, way: Ways) -> None:
    way(desk)
    final = next(
        row
        for row in desk.ctx.store.snapshots.final_labels(desk.project.id)
        if row.by.value == "accepted"
    )
    dog = ClassLabel(label="dog").model_dump_json()
    desk.spoil(update(images).where(images.c.sha256 == final.sha256).values(final_value=dog))
    said = shown("--verify")
    assert said.exit_code == 1
    assert final.sha256 in said.output
    assert "carries another label" in whole(said.output)


def test_a_certificate_of_each_class_says_what_is_claimed_of_each(
    desk: Desk, tmp_path: Path
) -> None:
    desk.each()
    said = shown("--verify", "--html", str(tmp_path / "page.html"))
    assert said.exit_code == 0
    certificate = json.loads(shown("--json").output)["certificate"]
    cat, dog = certificate["classes"]
    assert (cat["label"], cat["wrong_allowed"], cat["audited"], cat["pool"]) == ("cat", 10, 60, 120)
    assert cat["accepted"] == certificate["accepted"] > 0
    assert (dog["audited"], dog["accepted"]) == (0, 0)
    assert "people alone give the labels of dog" in certificate["statement"]
    html = (tmp_path / "page.html").read_text()
    assert "60 of 120" in html
    assert "no audit: people label it" in html
    text = whole(shown("--verify").output)
    assert "In each class" in text
    assert "cat: audit errors" in text


def test_labels_that_change_between_count_and_acceptance_are_counted_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds, counted = desk.ctx.store.rounds, []

    def hasty(claim: Claim) -> dict[str, int]:
        found = people_by_class(claim)
        counted.append(found)
        return {**found, "cat": found["cat"] + (len(counted) == 1)}

    people_by_class = rounds.people_by_class
    monkeypatch.setattr(rounds, "people_by_class", hasty)
    desk.each()
    assert len(counted) == 2
    certificate = json.loads(shown("--json").output)["certificate"]
    assert certificate["classes"][0]["by_people"] == counted[0]["cat"]
    assert certificate["accepted"] > 0


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("wrong_allowed", 30, "the number of wrong labels allowed"),
        ("planned", 110, "the number of wrong labels allowed"),
        ("audited", 50, "another than the seed draws"),
        ("human", 5, "fixed of each class before the draw"),
        ("accepted", 61, "more labels were accepted"),
        ("by_people", 1, "too many of its"),
    ],
)
def test_a_claim_of_a_class_that_was_changed_fails(
    desk: Desk, field: str, value: int, problem: str
) -> None:
    desk.each()
    with desk.ctx.store.database.read() as connection:
        record = json.loads(connection.scalar(select(certificates.c.record)) or "")
    record["classes"][0][field] = value
    desk.spoil(update(certificates).values(record=json.dumps(record)))
    said = shown("--verify")
    assert said.exit_code == 1
    assert problem in whole(said.output)


def test_labels_that_were_changed_since_fail_a_look_but_not_one_from_before_they_were_covered(
    desk: Desk,
) -> None:
    desk.look()
    with desk.ctx.store.database.read() as connection:
        record = json.loads(connection.scalar(select(certificates.c.record)) or "")
    found = certified(desk.ctx, "pets")
    order = frozen_look(desk.ctx, desk.project, found.certificate.round_id or "", desk.model.id, 3)
    old = {**record, "pool_sha256": order_sha256(order.order, "hash")}
    del old["pool_lines"]
    desk.spoil(update(certificates).values(record=json.dumps(old)))
    assert shown("--verify").exit_code == 0
    # Wrong it was, and wrong it stays: nothing else gives it away.
    wrong = next(sha for sha, is_wrong in order.wrong.items() if is_wrong)
    cow = ClassLabel(label="cow").model_dump_json()
    desk.spoil(update(prelabels).where(prelabels.c.sha256 == wrong).values(value=cow))
    assert shown("--verify").exit_code == 0
    desk.spoil(update(certificates).values(record=json.dumps(record)))
    said = shown("--verify")
    assert said.exit_code == 1
    assert "hash of the frozen order" in said.output


@pytest.mark.parametrize("way", [Desk.look, Desk.each], ids=["look", "each"])
def test_the_promise_is_that_of_the_draw_whatever_the_project_says_by_then(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, way: Ways
) -> None:
    answer = Desk.answer

    def changed(self: Desk, opened: Round) -> None:
        answer(self, opened)
        self.ctx.store.projects.update("pets", error=0.4, confidence=0.6, each_class=False)

    monkeypatch.setattr(Desk, "answer", changed)
    way(desk)
    certificate = json.loads(shown("--json").output)["certificate"]
    assert (certificate["inputs"]["error"], certificate["inputs"]["confidence"]) == (0.1, 0.95)
    assert shown("--verify").exit_code == 0


def test_a_walk_whose_log_was_changed_fails(desk: Desk) -> None:
    desk.walk()
    dog = ClassLabel(label="dog").model_dump_json()
    desk.spoil(update(walk_commits).where(walk_commits.c.position == 5).values(value=dog))
    said = shown("--verify")
    assert said.exit_code == 1
    assert "hash of the log" in said.output


def test_a_look_at_other_confidences_fails(desk: Desk) -> None:
    desk.look()
    desk.spoil(update(prelabels).where(prelabels.c.sha256 == SHAS[3]).values(confidence=0.1))
    said = shown("--verify")
    assert said.exit_code == 1
    assert "hash of the frozen order" in said.output


@ways
def test_the_page_stands_alone_and_shows_the_same(desk: Desk, way: Ways, tmp_path: Path) -> None:
    way(desk)
    said = shown("--html", str(tmp_path / "made" / "page.html"))
    assert said.exit_code == 0
    html = (tmp_path / "made" / "page.html").read_text()
    certificate = json.loads(shown("--json").output)["certificate"]
    assert certificate["statement"].replace("'", "&#39;") in html
    assert "every number holds" in html
    assert not re.search(r"<script|<link|href=|url\(", html)
    pictures = re.findall(r'src="([^"]{22})', html)
    assert pictures == ["data:image/png;base64,"]
    assert "{{" not in html
    if certificate["kind"] == "look":
        assert "looks &lt;fine&gt;" in html


def test_a_page_of_a_certificate_that_fails_says_so(desk: Desk, tmp_path: Path) -> None:
    desk.look()
    desk.spoil(argued(desk))
    said = shown("--html", str(tmp_path / "page.html"))
    assert said.exit_code == 1
    html = (tmp_path / "page.html").read_text()
    assert "doesn&#39;t hold" in html or "doesn't hold" in html
    assert 'class="fails"' in html
    assert 'class="claim void"' in html
    assert "every number holds" not in html


def test_json_is_whole_and_is_all_that_stands_on_standard_output(desk: Desk) -> None:
    desk.walk()
    said = json.loads(CliRunner().invoke(app, ["certificate", "pets", "--verify", "--json"]).stdout)
    assert said["certificate"]["kind"] == "walk"
    assert len(said["certificate"]["inputs"]["seed"]) == 64
    assert all(figure["holds"] for figure in said["recomputed"]["figures"])
    assert said["recomputed"]["problems"] == []
    assert sum(model["labels"] for model in said["models"]) == IMAGES


def test_a_project_without_a_certificate_is_told_apart_from_an_unknown_one(desk: Desk) -> None:
    with pytest.raises(Exception, match="no certificate yet"):
        CliRunner().invoke(app, ["certificate", "pets"], catch_exceptions=False)
    with pytest.raises(Exception, match="nobody"):
        CliRunner().invoke(app, ["certificate", "nobody"], catch_exceptions=False)
