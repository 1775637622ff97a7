"""Why a detector proposes its boxes, as reviewers are told."""

from collections.abc import Mapping, Sequence
from itertools import islice

from models.box_reason import TAGGED_BOXES, BoxReason, NearBox, TaggedBox, unpack
from models.image import Image
from models.label import Box, Boxes
from models.prelabel import ModelVersion
from models.project import Project
from models.record import Fraction, Record
from tenfold.errors import BlobNotFoundError
from tenfold.store import ImageView
from tenfold.task_types.matching import IOU_RIGHT, iou_matrix, xyxy
from tenfold.web.context import Web


class NearTagged(Record):
    """A tagged box that a proposed one looks like to the model."""

    image: Image
    box: Box
    """As the model learned it, with the name that its class has now."""
    likeness: Fraction
    same: bool
    """Whether the model learned for it the class that it proposes here."""
    stands: bool
    """Whether people still say so."""


class BoxWhy(Record):
    """Why one box is proposed."""

    box: Box
    chance: Fraction
    """That a person would leave it as it is, as it was with images the model hadn't learned."""
    next_label: str | None
    """Which class it would be otherwise."""
    next_score: Fraction
    near: tuple[NearTagged, ...]


class BoxesWhy(Record):
    """Why the boxes of an image are proposed."""

    image: Image
    confidence: Fraction | None
    """Chance that all boxes are right and none is missing."""
    threshold: Fraction | None
    """Score from which on a box is proposed."""
    compares: bool
    """Whether the model tells which tagged boxes a proposed one looks like."""
    boxes: tuple[BoxWhy, ...]
    """In the order of the proposal; empty where nothing was noted."""


def why_boxes(web: Web, project: Project, sha256: str) -> BoxesWhy | None:
    """Return why the boxes of an image are proposed; None where no proposal may be shown.

    It costs the same in a project of any size: what was noted beside the proposal, the model's
    file of the boxes that it learned, and the images that were named.
    """
    noted = web.store.precedents.noted(project.id, sha256)
    if noted is None or not isinstance(noted.view.prelabel, Boxes):
        return None
    model = web.store.models.get(str(noted.view.model_version))
    proposed, reasons = noted.view.prelabel.boxes, unpack(noted.line)
    if len(reasons) != len(proposed):
        reasons = []
    tagged = _tagged(web, model, {near.place for reason in reasons for near in reason.near})
    views = web.store.precedents.views(project.id, {one.sha256 for one in tagged.values()})
    known = _Known(project, model, tagged, views)
    threshold = model.metrics.get("threshold")
    return BoxesWhy(
        image=noted.view.image,
        confidence=noted.view.confidence,
        threshold=threshold if isinstance(threshold, float) else None,
        compares=bool(tagged),
        boxes=tuple(known.why(*each) for each in zip(proposed, reasons, strict=False)),
    )


def _tagged(web: Web, model: ModelVersion, places: set[int]) -> dict[int, TaggedBox]:
    """Return what stands at some places of a model's file of tagged boxes."""
    if not places:
        return {}
    try:
        lines = web.blobs.get(f"{model.blob}/{TAGGED_BOXES}").splitlines()
    except BlobNotFoundError:
        return {}
    upto = islice(enumerate(lines), max(places) + 1)
    return {place: TaggedBox.model_validate_json(line) for place, line in upto if place in places}


class _Known:
    """What the tagged boxes of a model have become."""

    def __init__(
        self,
        project: Project,
        model: ModelVersion,
        tagged: Mapping[int, TaggedBox],
        views: Mapping[str, ImageView],
    ) -> None:
        self._project, self._classes = project, model.classes
        self._tagged, self._views = tagged, views

    def why(self, box: Box, reason: BoxReason) -> BoxWhy:
        """Return what is told of one box."""
        told = (self._near(near) for near in reason.near)
        return BoxWhy(
            box=box,
            chance=reason.chance,
            next_label=self._name(reason.next_class),
            next_score=reason.next_score,
            near=tuple(each for each in told if each is not None),
        )

    def _name(self, number: int | None) -> str | None:
        if number is None or number >= len(self._classes):
            return None
        return self._project.class_today(self._classes[number])

    def _near(self, near: NearBox) -> NearTagged | None:
        tagged = self._tagged.get(near.place)
        view = self._views.get(tagged.sha256) if tagged else None
        if tagged is None or view is None or not isinstance(view.value, Boxes):
            return None
        box = tagged.box.model_copy(update={"label": self._project.class_today(tagged.box.label)})
        return NearTagged(
            image=view.image,
            box=box,
            likeness=near.likeness,
            same=near.same,
            stands=_stands(box, view.value.boxes),
        )


def _stands(box: Box, now: Sequence[Box]) -> bool:
    alike = [each for each in now if each.label == box.label]
    return bool(alike) and bool(iou_matrix(xyxy([box]), xyxy(alike)).max() >= IOU_RIGHT)
