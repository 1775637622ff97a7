"""New images are taken in when somebody asks for it."""

from pathlib import Path

from models.person import Role

from .client import Client
from .conftest import MakeDesk, SignIn, painted

ADDRESS = "/api/projects/growing/refresh"


def test_a_completed_project_takes_in_what_is_new(
    make_desk: MakeDesk, sign_in: SignIn, tmp_path: Path, woken: list[str]
) -> None:
    source = tmp_path / "photos"
    source.mkdir()
    made = make_desk(images=0, name="growing", source=str(source))
    reviewer: Client = sign_in(Role.REVIEWER)
    assert reviewer.post(ADDRESS).status_code == 409, "people are asked about what is there"
    made.store.cycles.begin_step(made.claim, "complete", "complete", 0)
    made.store.cycles.finish_step(made.claim, "complete")
    made.store.cycles.complete(made.claim)
    assert 'data-how="refresh"' in reviewer.get("/projects/growing").text
    assert reviewer.post(ADDRESS).status_code == 202
    assert woken == [], "nothing is new"
    (source / "one.jpg").write_bytes(painted(1))
    assert reviewer.post(ADDRESS).status_code == 202
    assert woken == ["growing"]
    assert sign_in(Role.LABELER).post(ADDRESS).status_code == 403
