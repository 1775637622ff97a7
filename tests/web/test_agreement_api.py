"""Agreement over HTTP."""

from models.person import Role
from models.round import ApprovedVia, RoundKind

from .conftest import Desk, SignIn
from .test_labeling_api import answer, lease

ADDRESS = "/api/projects/pets/agreement"


def test_a_reviewer_sees_who_said_what_and_decides(desk: Desk, sign_in: SignIn) -> None:
    desk.store.projects.update("pets", overlap=2)
    opened = desk.store.rounds.open(
        desk.claim, RoundKind.MANUAL, desk.shas[:2], key="both", overlap=2
    )
    for name, labels in (("ann", ("cat", "cat")), ("bob", ("cat", "dog"))):
        client = sign_in(Role.LABELER, name)
        for item in lease(client, 2)["items"]:
            label = labels[desk.shas.index(item["sha256"])]
            sent = answer(item, label, key=f"{name}-{item['sha256'][:20]}")
            assert client.post("/api/projects/pets/answers", json=sent).status_code == 201
        assert client.get(ADDRESS).status_code == 403
    reviewer = sign_in(Role.REVIEWER, "rita")
    assert reviewer.get(ADDRESS).json()["images"] == 0, "the round is open"
    assert "Agreeing" not in reviewer.get("/projects/pets").text
    desk.store.rounds.approve(opened.id, "rita", ApprovedVia.PAGE)
    found = reviewer.get(ADDRESS).json()
    assert (found["images"], found["agreed"], found["measure"]) == (2, 1, "Cohen's kappa")
    assert reviewer.get("/projects/pets").text.count('<td class="num">50\u2009%</td>') == 2
    assert "Agreeing" not in sign_in(Role.LABELER, "ann").get("/projects/pets").text
    page = reviewer.get(f"{ADDRESS}/disagreements?limit=1").json()
    (one,) = page["disagreements"]
    assert one["sha256"] == desk.shas[1]
    assert {said["person"]: said["value"]["label"] for said in one["said"]} == {
        "ann": "cat",
        "bob": "dog",
    }
    rest = reviewer.get(f"{ADDRESS}/disagreements", params={"after": page["after"]}).json()
    assert rest == {"disagreements": [], "after": None}
    value = {"kind": "class", "label": "dog"}
    decided = reviewer.post(
        f"/api/projects/pets/images/{one['sha256']}/correct", json={"value": value}
    )
    assert decided.json()["kind"] == "adjudication"


def test_a_broken_place_is_refused(desk: Desk, sign_in: SignIn) -> None:
    response = sign_in(Role.REVIEWER, "rita").get(f"{ADDRESS}/disagreements?after=nonsense")
    assert response.status_code == 422
