"""Where the machine is wrong: it contradicts people, or near-duplicates are labeled differently."""

import pytest

from models.label import ClassLabel
from models.near_duplicate import NearDuplicates, NearPair
from models.person import Role
from models.project import FinishMode
from tenfold.blobs import names
from tenfold.store import images
from tenfold.web import disagreements

from .conftest import Desk, MakeDesk, SignIn

ADDRESS = "/projects/pets/disagreements"


def note_pairs(desk: Desk, *pairs: tuple[str, str]) -> None:
    found = NearDuplicates(
        dataset_version=1,
        features="f",
        at_least=0.97,
        compared=len(desk.shas),
        pairs=tuple(
            NearPair(one=one, other=other, similarity=0.99 - place / 100)
            for place, (one, other) in enumerate(pairs)
        ),
    )
    desk.blobs.put(names.near_duplicates(desk.project.id), found.model_dump_json().encode())


def tag(desk: Desk, **words: str) -> None:
    reviewer = desk.store.people.ensure("rita", Role.REVIEWER)
    for place, word in words.items():
        sha = desk.shas[int(place.removeprefix("image"))]
        desk.store.labeling.correct(reviewer.id, desk.project.id, sha, ClassLabel(label=word))


def test_near_duplicates_with_different_labels_stand_side_by_side(
    desk: Desk, sign_in: SignIn
) -> None:
    reviewer = sign_in(Role.REVIEWER)
    assert "once their features are computed" in reviewer.get(ADDRESS).text
    a, b, c, d = desk.shas[:4]
    note_pairs(desk, (a, b), (c, d))
    assert "2 pairs of nearly the same images" in reviewer.get(ADDRESS).text
    tag(desk, image0="cat", image1="dog", image2="cat", image3="cat")
    page = reviewer.get(ADDRESS).text
    assert page.count('class="twins"') == 1
    assert f"data/{a}" in page
    assert f"data/{b}" in page
    assert f"data/{c}" not in page, "these two have the same label"


def test_disagreements_show_the_surest_first(make_desk: MakeDesk, sign_in: SignIn) -> None:
    made = make_desk(name="checked", finish=FinishMode.REVIEW)
    made.model()  # a cat everywhere
    tag(made, image0="cat", image1="dog")
    page = sign_in(Role.REVIEWER).get("/projects/checked/disagreements").text
    assert f"data/{made.shas[1]}" in page
    assert f"data/{made.shas[0]}" not in page
    assert "model: cat" in page


def test_it_is_said_where_not_all_labels_were_compared(
    make_desk: MakeDesk, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_desk(name="checked", finish=FinishMode.REVIEW)
    made.model()
    tag(made, image0="dog", image1="dog")
    reviewer = sign_in(Role.REVIEWER)
    assert "were compared" not in reviewer.get("/projects/checked/disagreements").text
    monkeypatch.setattr(disagreements, "LOOKED_AT", 1)
    monkeypatch.setattr(images, "CHUNK", 1)
    page = reviewer.get("/projects/checked/disagreements").text
    assert "Only the first 1 label were compared" in page
    assert page.count('class="tile"') == 1
