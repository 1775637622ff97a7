"""Firefox, as Debian delivers it: images are tagged by keyboard, and a box is drawn."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from models.label import Boxes, ClassLabel, TaskType
from tenfold.web.link import sign_in_link

from .browsing import Server, answers
from .conftest import HEIGHT, WIDTH, MakeDesk

pytestmark = pytest.mark.browser

SCRIPT = Path(__file__).with_name("firefox.mjs")


def test_firefox_tags_by_keyboard_and_draws_a_box(make_desk: MakeDesk) -> None:
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    assert firefox, "There is no Firefox: tests/install_browser.sh installs it."
    pets, boxes = make_desk(), make_desk(TaskType.BOXES, name="boxes")
    pets.open()
    boxes.open()
    server = Server(pets)
    server.start()
    link = sign_in_link(pets.settings, server.address)
    command = ["node", str(SCRIPT), firefox, link, server.address]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    finally:
        server.stop()
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert "firefox" in said["version"].lower()
    assert said["complaints"] == []
    labels = [a.value for a in answers(pets)]
    assert labels == [ClassLabel(label=name) for name in ("cat", "dog", "bird")]
    [drawn] = [a.value for a in answers(boxes)]
    assert isinstance(drawn, Boxes)
    [box] = drawn.boxes
    assert box.label == "dog"
    edges = (box.xmin / WIDTH, box.ymin / HEIGHT, box.xmax / WIDTH, box.ymax / HEIGHT)
    assert edges == pytest.approx((0.25, 0.25, 0.75, 0.75), abs=0.02)
