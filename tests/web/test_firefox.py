"""Firefox, as Debian delivers it: tagging, through an outage too, a grid, a box and an outline."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from models.label import Boxes, ClassLabel, Polygons, TaskType
from models.project import FinishMode
from models.round import RoundKind
from tenfold.web.link import sign_in_link

from .browsing import Server, answers, needs_canvas
from .conftest import HEIGHT, WIDTH, Desk, MakeDesk

pytestmark = [pytest.mark.browser, needs_canvas]

SCRIPT = Path(__file__).with_name("firefox.mjs")


def labels(desk: Desk) -> list[str]:
    return [a.value.label for a in answers(desk) if isinstance(a.value, ClassLabel)]


def test_firefox_labels_images_of_each_kind_and_loses_nothing_in_an_outage(
    make_desk: MakeDesk,
) -> None:
    pets = make_desk(images=20)
    checked = make_desk(name="checked", finish=FinishMode.REVIEW)
    boxes = make_desk(TaskType.BOXES, name="boxes")
    outlines = make_desk(TaskType.POLYGONS, name="outlines")
    for desk in (pets, boxes, outlines):
        desk.open()
    checked.open(RoundKind.REVIEW)
    said = drive(Server(pets))
    assert "firefox" in said["version"].lower()
    assert said["complaints"] == []
    assert labels(pets) == ["cat", "dog", "bird", "bird", "dog", "cat"]
    assert sorted(labels(checked)) == ["cat"] * 5 + ["dog"]
    [drawn] = [a.value for a in answers(boxes)]
    assert isinstance(drawn, Boxes)
    [box] = drawn.boxes
    assert box.label == "dog"
    edges = (box.xmin / WIDTH, box.ymin / HEIGHT, box.xmax / WIDTH, box.ymax / HEIGHT)
    assert edges == pytest.approx((0.25, 0.25, 0.75, 0.75), abs=0.02)
    [drawn] = [a.value for a in answers(outlines)]
    assert isinstance(drawn, Polygons)
    [outline] = drawn.polygons
    assert outline.label == "dog"
    corners = ((0.25, 0.25), (0.75, 0.25), (0.5, 0.75))
    for (x, y), there in zip(outline.points, corners, strict=True):
        assert (x / WIDTH, y / HEIGHT) == pytest.approx(there, abs=0.02)


def drive(server: Server) -> dict[str, Any]:
    """Run Firefox; stop and start the server when it asks for that; return its last word."""
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    assert firefox, "There is no Firefox: tests/install_browser.sh installs it."
    server.start()
    link = sign_in_link(server.desk.settings, server.address)
    command = ["node", str(SCRIPT), firefox, link, server.address]
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile("w+") as trouble,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=trouble, text=True) as running,
    ):
        assert running.stdin
        assert running.stdout
        line = ""
        try:
            for line in running.stdout:
                if line.strip() not in {"stop", "start"}:
                    break
                getattr(server, line.strip())()
                running.stdin.write("done\n")
                running.stdin.flush()
        finally:
            running.stdin.close()
            code = running.wait(120)
            server.stop()
        trouble.seek(0)
        assert code == 0, trouble.read()
    said: dict[str, Any] = json.loads(line)
    return said
