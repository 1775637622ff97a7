"""Exports from the page: what is asked for, and that it is the file of the command line."""

import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from models.label import ClassLabel
from models.person import Role
from tenfold.cli.app import app
from tenfold.pipeline import context

from .client import Client
from .conftest import Desk, SignIn

ADDRESS = "/api/projects/pets/export"


@pytest.fixture
def reviewer(desk: Desk, sign_in: SignIn) -> Client:
    person = desk.store.people.ensure("rita", Role.REVIEWER)
    for sha in desk.shas[:4]:
        desk.store.labeling.correct(person.id, desk.project.id, sha, ClassLabel(label="bird"))
    return sign_in(Role.REVIEWER, "rita")


def inside(content: bytes) -> dict[str, str]:
    with ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_page_offers_formats_and_parts(reviewer: Client) -> None:
    page = reviewer.get("/projects/pets/export").text
    for value in ("csv", "jsonl", "coco", "human", "prelabels", "hash"):
        assert f'value="{value}"' in page
    assert 'value="voc"' not in page, "it can't hold classes"


def test_a_split_file_holds_three_folders_and_says_how(reviewer: Client) -> None:
    asked = reviewer.get(ADDRESS, params={"format": "csv", "split": "50/25/25"})
    files = inside(asked.content)
    folders = {name.split("/")[0] for name in files if "/" in name}
    assert folders == {"train", "validation", "test"}
    assert sum(text.count("bird") for name, text in files.items() if "/" in name) == 4
    assert "Split 50/25/25" in files["README.txt"]


def test_without_provenance_nobody_is_named(reviewer: Client) -> None:
    told = reviewer.get(ADDRESS, params={"format": "csv"})
    plain = reviewer.get(ADDRESS, params={"format": "csv", "provenance": "false"})
    assert "rita" in inside(told.content)["labels.csv"]
    assert "rita" not in inside(plain.content)["labels.csv"]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"split": "half"}, "80/10/10"),
        ({"split": "1/1", "split_by": "patient"}, "patient"),
        ({"format": "voc"}, "csv"),
    ],
)
def test_what_cant_be_made_is_refused_before_the_first_byte(
    reviewer: Client, query: dict[str, str], word: str
) -> None:
    refused = reviewer.get(ADDRESS, params=query)
    assert refused.status_code == 422
    assert word in refused.json()["error"]


def test_it_is_the_same_file_as_the_command_lines(
    desk: Desk, reviewer: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = context.make_context(desk.settings)
    monkeypatch.setattr(context, "open_context", lambda: made)
    file = tmp_path / "labels.zip"
    options = ("--format", "csv", "--include", "human", "--split", "50/50", "--split-by", "hash")
    done = CliRunner().invoke(
        app, ["export", "pets", *options, "--no-provenance", "--to", str(file)]
    )
    assert done.exit_code == 0, done.output
    query = {
        "format": "csv",
        "include": "human",
        "split": "50/50",
        "split_by": "hash",
        "provenance": "false",
    }
    assert reviewer.get(ADDRESS, params=query).content == file.read_bytes()
    made.store.close()
