"""tenfold's label page: a project for each job, and hands that label it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.keys_parts.hands import Counted, Hands
from benchmarks.keys_parts.jobs import CLASSES, Job, Way, corners, digit, is_as_meant
from benchmarks.photographs import Album, fill, project_settings
from models.label import Box, Boxes, ClassLabel, LabelSet, LabelValue, Polygons
from tenfold.blobs import BlobStore
from tenfold.store import Store

LETTERS = "abdefhjklmnopqrtuvwy"
"""The key of each image in a grid."""
TILES = ".gtile img"


@dataclass(slots=True)
class Tagging:
    """Hands at the label page, with what it has in mind from image to image."""

    hands: Hands
    chosen: str = CLASSES[0]
    """The class that the next box or outline gets by itself."""

    def one_class(self, value: LabelValue) -> None:
        """Choose the class, which goes on."""
        assert isinstance(value, ClassLabel)
        self.hands.press(digit(value.label))

    def several(self, value: LabelValue) -> None:
        """Choose classes and go on."""
        assert isinstance(value, LabelSet)
        self.hands.press(*map(digit, value.labels), "Enter")

    def dragged(self, value: LabelValue) -> None:
        """Draw boxes from corner to corner."""
        self._draw(value, lambda box: self.hands.drag(corners(box)[0], corners(box)[2]))

    def extreme(self, value: LabelValue) -> None:
        """Draw boxes by their extreme points."""

        def draw(box: Box) -> None:
            x, y = (box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2
            self.hands.click((x, box.ymin), (x, box.ymax), (box.xmin, y), (box.xmax, y))

        self._draw(value, draw)

    def outlined(self, value: LabelValue) -> None:
        """Draw outlines corner by corner; Enter closes one."""
        assert isinstance(value, Polygons)
        for number, outline in enumerate(value.polygons, start=1):
            self.hands.click(*outline.points)
            self.hands.press("Enter")
            self._is_there(number, outline.label)
        self.hands.press("Enter")

    def checked(self, value: LabelValue) -> None:
        """Correct the second of two proposed boxes where it is wrong."""
        assert isinstance(value, Boxes)
        box = value.boxes[1]
        if box.label != "dog":
            self.hands.click(((box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2))
            self.hands.press(digit(box.label))
        self.hands.press("Enter")

    def _draw(self, value: LabelValue, draw: Callable[[Box], None]) -> None:
        assert isinstance(value, Boxes)
        for number, box in enumerate(value.boxes, start=1):
            draw(box)
            self._is_there(number, box.label)
        self.hands.press("Enter")

    def _is_there(self, number: int, label: str) -> None:
        self.hands.page.locator(".object").nth(number - 1).wait_for()
        if label != self.chosen:
            self.hands.press(digit(label))
            self.chosen = label


def measure(store: Store, blobs: BlobStore, job: Job, photographs: list[bytes], at: Any) -> Counted:
    """Label a project in one way; return what it took.

    Args:
        store: where the project is made, and where its answers are then looked up.
        blobs: where its photographs are put.
        job: what is to be labeled.
        photographs: as many as the job has answers.
        at: opens the label page of a project, given its name, and gives the browser's page.

    Raises:
        RuntimeError: what was stored is not what was meant.
    """
    proposed = job.proposed
    settings = project_settings(job.way.name.lower().replace("_", "-"), job.task, CLASSES)
    propose = None if proposed is None else lambda _: proposed
    album = fill(store, blobs, settings, photographs, propose)
    hands = Hands(at(settings.name), TILES if job.way is Way.GRID else ".stage-canvas img")
    hands.begin()
    if job.way is Way.GRID:
        _check_grid(hands, album, job)
    else:
        _label(hands, album, job)
    hands.page.locator("#finished").wait_for()
    _compare(store, album, job)
    return hands.counted(len(photographs))


def _label(hands: Hands, album: Album, job: Job) -> None:
    tagging = Tagging(hands)
    label = {
        Way.ONE_BY_ONE: tagging.one_class,
        Way.SEVERAL: tagging.several,
        Way.DRAG: tagging.dragged,
        Way.EXTREME: tagging.extreme,
        Way.OUTLINE: tagging.outlined,
        Way.CHECK: tagging.checked,
    }[job.way]
    if job.way is Way.EXTREME:
        hands.press("x")
    for turn in range(len(job.truth)):
        hands.look()
        [number] = _shown(hands, album)
        label(job.truth[number])
        if turn + 1 < len(job.truth):
            hands.wait(turn + 1)


def _check_grid(hands: Hands, album: Album, job: Job) -> None:
    left, page = len(job.truth), 0
    while left:
        hands.look()
        shown = _shown(hands, album)
        for place, number in enumerate(shown):
            if job.truth[number] != job.proposed:
                hands.press(LETTERS[place], "2")
        hands.press("Enter")
        left, page = left - len(shown), page + 1
        if left:
            hands.wait(page)


def _shown(hands: Hands, album: Album) -> list[int]:
    sources = hands.page.locator(hands.images).evaluate_all("all => all.map((one) => one.src)")
    shas = [source.split("/images/")[1].split("/")[0] for source in sources]
    return [album.shas.index(sha) for sha in shas]


def _compare(store: Store, album: Album, job: Job) -> None:
    [person] = [one for one in store.people.list() if one.role.value == "admin"]
    found = store.labeling.mine(album.project.id, person.id, 2 * len(album.shas))
    said = {one.sha256: one.value for one in found}
    wrong = [n for n, sha in enumerate(album.shas) if not is_as_meant(job.truth[n], said.get(sha))]
    if wrong or len(found) != len(album.shas):
        raise RuntimeError(f"tenfold, {job.way}: not as meant: {wrong}, {len(found)} answers")
