"""What pages say, what they never carry, and how errors look."""

import pytest

from models.project import FinishMode, ProjectSettings, label_classes
from models.round import RoundKind
from tenfold.web.richtext import markdown_to_html

from .client import Client
from .conftest import Desk, MakeDesk

PAGES = (
    "/projects",
    "/new-project",
    "/import",
    "/projects/pets",
    "/projects/pets/label",
    "/projects/pets/data",
    "/projects/pets/data?state=manual&label=cat&path=photos",
    "/projects/pets/quarantine",
    "/projects/pets/disagreements",
    "/projects/pets/review",
    "/projects/pets/review?state=sent+back&person=ann",
    "/projects/pets/consensus",
    "/projects/pets/settings",
    "/projects/pets/export",
    "/people",
    "/account",
    "/api/docs",
)


@pytest.mark.parametrize("path", PAGES)
def test_pages_carry_no_inline_code_and_a_strict_policy(
    desk: Desk, admin: Client, path: str
) -> None:
    desk.open()
    response = admin.get(path, headers={"accept": "text/html"})
    assert response.status_code == 200, response.text
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    text = response.text
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text
    scripts = [part.split(">", 1)[0] for part in text.split("<script")[1:]]
    assert all('src="/static/' in s or 'type="application/json"' in s for s in scripts)


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_for_signing_in_and_lead_back(anyone: Client, path: str) -> None:
    response = anyone.get(path, headers={"accept": "text/html"}, follow_redirects=False)
    plain = path.partition("?")[0]
    if plain.startswith("/api"):
        assert response.status_code == 401
    else:
        assert response.headers["location"] == f"/signin?next={plain}"


EVIL = "<img src=x onerror=alert(1)>"


def test_class_names_are_text_wherever_they_stand(
    make_desk: MakeDesk, desk: Desk, admin: Client
) -> None:
    made = make_desk(name="evil", classes=label_classes([EVIL, "</script><script>alert(1)"]))
    made.open()
    for path in ("", "/label", "/data", "/settings", "/export", f"/data/{made.shas[0]}"):
        text = admin.get(f"/projects/evil{path}").text
        assert EVIL not in text
        assert "</script><script>" not in text


@pytest.mark.parametrize(
    "text",
    [
        EVIL,
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://evil.example/pixel.png)",
        '<a href="https://e" onclick="alert(1)">x</a>',
        "<style>body{display:none}</style>",
        '<p style="position:fixed">x</p>',
        "<iframe src=//evil.example></iframe>",
    ],
)
def test_instructions_are_cleaned(text: str) -> None:
    html = str(markdown_to_html(text))
    for tag in ("<img", "<script", "<style", "<iframe", 'href="javascript'):
        assert tag not in html
    assert " onclick=" not in html.replace("&quot;", '"').split("&lt;")[0]


def test_instructions_keep_what_helps() -> None:
    html = str(markdown_to_html("# Hi\n\n- **one**\n- [two](https://example.org)"))
    assert "<h1>Hi</h1>" in html
    assert "<strong>one</strong>" in html
    assert 'href="https://example.org"' in html
    assert 'rel="noopener noreferrer"' in html


def test_an_unknown_project_is_a_sentence_not_a_trace(admin: Client) -> None:
    api = admin.get("/api/projects/pet")
    assert api.status_code == 404
    assert "pet" in api.json()["error"]
    page = admin.get("/projects/pet", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "Traceback" not in page.text
    assert "To the projects" in page.text


def test_a_failure_of_ours_is_a_sentence_not_a_trace(
    desk: Desk, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(desk.store.projects, "list", broken)
    response = admin.get("/api/projects")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.json()["error"]


def test_a_new_project_with_wrong_fields_is_told_which(admin: Client) -> None:
    sent = {
        "name": "No Spaces!",
        "task": "classification",
        "source": "",
        "classes": [{"name": "a"}, {"name": "a"}],
        "error": 5,
    }
    response = admin.post("/api/projects", json=sent)
    assert response.status_code == 422
    assert {"name", "source", "classes", "error"} <= set(response.json()["fields"])


def test_a_name_that_is_taken_is_a_conflict(admin: Client) -> None:
    sent = {
        "name": "pets",
        "task": "boxes",
        "source": "/x",
        "classes": [{"name": "a"}],
    }
    assert admin.post("/api/projects", json=sent).status_code == 409


def test_the_empty_list_helps(admin: Client, desk: Desk) -> None:
    admin.patch("/api/projects/pets", json={"state": "archived"})
    text = admin.get("/projects").text
    assert "Make the first project" in text
    assert "archived project" in text


def test_the_dashboard_says_what_remains_and_offers_the_approval(
    desk: Desk, admin: Client, labeler: Client
) -> None:
    asked = desk.open()
    assert (
        '<strong class="num">6</strong> left before the next step'
        in admin.get("/projects/pets").text
    )
    for item in labeler.post("/api/projects/pets/lease", json={"count": 6}).json()["items"]:
        sent = {
            "key": f"key-{item['sha256'][:16]}",
            "round_id": item["round_id"],
            "sha256": item["sha256"],
            "skip": "not relevant",
        }
        assert labeler.post("/api/projects/pets/answers", json=sent).status_code == 201
    text = admin.get("/projects/pets").text
    assert f'data-approve="{asked.id}"' in text
    assert "Approve and continue" in text
    assert "Approve and continue" not in labeler.get("/projects/pets").text


def test_the_dashboard_shows_models_and_classes_with_too_few_boxes(
    desk: Desk, admin: Client
) -> None:
    desk.model(metrics={"accuracy": 0.8})
    text = admin.get("/projects/pets").text
    assert "version 1: 80" in text
    assert "Too few boxes" not in text
    desk.model(metrics={"accuracy": 0.9, "few_boxes": "bus (3)"})
    text = admin.get("/projects/pets").text
    assert "Too few boxes to be learned: bus (3)." in text
    assert "came out worse" not in text
    desk.model(metrics={"accuracy": 0.9, "kept_previous": 1})
    assert "version 3 proposes what the one before it does" in admin.get("/projects/pets").text


def test_disagreements_show_where_a_person_corrected_the_model(
    desk: Desk, labeler: Client, reviewer: Client
) -> None:
    desk.open(RoundKind.REVIEW)
    first, second = labeler.post("/api/projects/pets/lease", json={"count": 2}).json()["items"]
    for item, label in ((first, "dog"), (second, "cat")):
        sent = {
            "key": f"key-{item['sha256'][:16]}",
            "round_id": item["round_id"],
            "sha256": item["sha256"],
            "value": {"kind": "class", "label": label},
        }
        labeler.post("/api/projects/pets/answers", json=sent)
    text = reviewer.get("/projects/pets/disagreements").text
    assert first["sha256"] in text
    assert second["sha256"] not in text


def test_the_page_never_loads_torch_or_prefect() -> None:
    import subprocess
    import sys

    code = "import sys, tenfold.web.app; print({'torch', 'prefect'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_no_model_is_promised_where_people_label_every_image(desk: Desk, admin: Client) -> None:
    by_hand = desk.project.model_dump(include={"task", "source", "classes"})
    desk.store.projects.create(ProjectSettings(name="by-hand", finish=FinishMode.MANUAL, **by_hand))
    promised = "It is trained when the first round is done."
    assert promised not in admin.get("/projects/by-hand").text
    assert promised in admin.get("/projects/pets").text


def test_a_step_that_runs_is_stopped_on_the_dashboard(
    desk: Desk, labeler: Client, reviewer: Client, woken: list[str]
) -> None:
    assert reviewer.post("/api/projects/pets/stop", json={}).status_code == 409
    desk.store.cycles.begin_step(desk.claim, "train", "train-1", 9)
    assert 'data-how="stop"' in reviewer.get("/projects/pets").text
    assert 'data-how="stop"' not in labeler.get("/projects/pets").text
    assert labeler.post("/api/projects/pets/stop", json={}).status_code == 403
    assert reviewer.post("/api/projects/pets/stop", json={}).status_code == 202
    assert woken == [f"not {desk.claim.flow_run_id}"]
    text = reviewer.get("/projects/pets").text
    assert "“train” was stopped." in text
    assert "stopped it." in text
    assert ">Go on</button>" in text


def test_where_nobody_answered_twice_nothing_is_said_to_be_the_same(admin: Client) -> None:
    page = admin.get("/projects/pets/consensus").text
    assert "Nothing to compare yet" in page
    assert "People say the same" not in page
