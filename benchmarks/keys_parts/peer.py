"""Label Studio's label stream: a project for each job, and hands that label it."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.keys_parts.hands import Counted, Hands
from benchmarks.keys_parts.jobs import CLASSES, Job, Way, corners, digit, is_as_meant
from benchmarks.page_load_parts.label_studio import ADMIN, PASSWORD, TOKEN
from benchmarks.photographs import HEIGHT, WIDTH
from models.label import Boxes, ClassLabel, LabelSet, LabelValue, Polygons, TaskType
from tenfold.formats.label_studio import read_label_studio
from tenfold.formats.records import Reading

IMAGE = "img[alt=image]"
SUBMIT = "Control+Enter"
STORED = 60.0
"""Seconds within which the last answer should be stored."""
FORMS = {
    TaskType.CLASSIFICATION: ("Choices", "Choice", ""),
    TaskType.MULTILABEL: ("Choices", "Choice", ' choice="multiple"'),
    TaskType.BOXES: ("RectangleLabels", "Label", ""),
    TaskType.POLYGONS: ("PolygonLabels", "Label", ""),
}
"""The tags of its own templates for these tasks."""
QUIET = {
    "COLLECT_ANALYTICS": "false",
    "FRONTEND_SENTRY_DSN": "",
    "LATEST_VERSION_CHECK": "false",
    "SENTRY_DSN": "",
}
"""Without reports to other hosts; all else is as delivered."""


def form(task: TaskType) -> str:
    """Return the labeling interface of a project, as XML."""
    tag, item, more = FORMS[task]
    items = "".join(f'<{item} value="{name}"/>' for name in CLASSES)
    return (
        '<View><Image name="image" value="$image"/>'
        f'<{tag} name="label" toName="image"{more}>{items}</{tag}></View>'
    )


@dataclass(frozen=True, slots=True)
class Studio:
    """A running server, spoken to through its API."""

    address: str
    api: httpx.Client

    @classmethod
    def at(cls, port: int) -> "Studio":
        """Return the server at a port of this machine."""
        address, head = f"http://127.0.0.1:{port}", {"Authorization": f"Token {TOKEN}"}
        return cls(address, httpx.Client(base_url=address, headers=head, timeout=600))

    def sign_in(self, page: Any) -> None:
        """Sign in with the form."""
        page.goto(f"{self.address}/user/login/")
        page.fill("[name=email]", ADMIN)
        page.fill("[name=password]", PASSWORD)
        page.click("[type=submit]")
        page.wait_for_load_state("networkidle")

    def make(self, job: Job, photographs: list[bytes]) -> int:
        """Make a project of photographs; return its id."""
        given = {"title": job.way.value[:50], "label_config": form(job.task)}
        made = self.api.post("/api/projects/", json=given).raise_for_status().json()
        project = int(made["id"])
        files = [
            (f"file {number}", (f"{number:04d}.jpg", raw, "image/jpeg"))
            for number, raw in enumerate(photographs)
        ]
        self.api.post(f"/api/projects/{project}/import", files=files).raise_for_status()
        if job.proposed is not None:
            self._propose(project, job.proposed)
        return project

    def _propose(self, project: int, value: LabelValue) -> None:
        asked = {"project": project, "page_size": 1000}
        tasks = self.api.get("/api/tasks/", params=asked).raise_for_status().json()["tasks"]
        for task in tasks:
            said = {"task": task["id"], "model_version": "1", "result": results(value)}
            self.api.post("/api/predictions/", json=said).raise_for_status()
        shown = {"model_version": "1"}
        self.api.patch(f"/api/projects/{project}", json=shown).raise_for_status()

    def stored(self, project: int, task: TaskType) -> dict[int, LabelValue | None]:
        """Return what its export says of each photograph that was labeled, by number."""
        got = self.api.get(f"/api/projects/{project}/export", params={"exportType": "JSON"})
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "export.json"
            file.write_bytes(got.raise_for_status().content)
            return {
                int(Path(row.path).stem.rpartition("-")[2]): row.value
                for row in read_label_studio(file, Reading(task=task))
            }


def results(value: LabelValue) -> list[dict[str, Any]]:
    """Return what a prediction says, in Label Studio's way: shapes in percent."""
    about = {"from_name": "label", "to_name": "image", "image_rotation": 0}
    about |= {"original_width": WIDTH, "original_height": HEIGHT}
    if isinstance(value, ClassLabel):
        return [{**about, "type": "choices", "value": {"choices": [value.label]}}]
    assert isinstance(value, Boxes)
    return [
        {
            **about,
            "type": "rectanglelabels",
            "value": {
                "x": 100 * box.xmin / WIDTH,
                "y": 100 * box.ymin / HEIGHT,
                "width": 100 * (box.xmax - box.xmin) / WIDTH,
                "height": 100 * (box.ymax - box.ymin) / HEIGHT,
                "rotation": 0,
                "rectanglelabels": [box.label],
            },
        }
        for box in value.boxes
    ]


def measure(studio: Studio, page: Any, job: Job, photographs: list[bytes]) -> Counted:
    """Label a project in one way; return what it took.

    Raises:
        RuntimeError: what was stored is not what was meant.
    """
    project = studio.make(job, photographs)
    page.goto(f"{studio.address}/projects/{project}/data?labeling=1")
    hands = Hands(page, IMAGE)
    hands.begin()
    for number, value in enumerate(job.truth):
        hands.look()
        label(hands, value, job.proposed)
        hands.press(SUBMIT)
        if number + 1 < len(job.truth):
            hands.wait(number + 1)
    _compare(studio, project, job)
    return hands.counted(len(photographs))


def label(hands: Hands, value: LabelValue, proposed: LabelValue | None) -> None:
    """Do all but submit: a digit before every shape, an outline closed on its first corner."""
    match value:
        case _ if value == proposed:
            return
        case ClassLabel():
            hands.press(digit(value.label))
        case LabelSet():
            hands.press(*map(digit, value.labels))
        case Boxes() if proposed is not None:
            box = value.boxes[1]
            hands.click(((box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2))
            hands.press(digit(box.label))
        case Boxes():
            for box in value.boxes:
                hands.press(digit(box.label))
                hands.drag(corners(box)[0], corners(box)[2])
        case Polygons():
            for outline in value.polygons:
                hands.press(digit(outline.label))
                hands.click(*outline.points, outline.points[0])


def has_a_way(job: Job) -> bool:
    """Tell whether there is such a way: it has no extreme points."""
    return job.way is not Way.EXTREME


def _compare(studio: Studio, project: int, job: Job) -> None:
    deadline = time.monotonic() + STORED
    while len(found := studio.stored(project, job.task)) < len(job.truth):
        if time.monotonic() > deadline:
            break
        time.sleep(1)
    wrong = [n for n, meant in enumerate(job.truth) if not is_as_meant(meant, found.get(n))]
    if wrong:
        first = f"{found.get(wrong[0])} for {job.truth[wrong[0]]}"
        raise RuntimeError(f"Label Studio, {job.way}: not as meant: {wrong}, such as {first}")
