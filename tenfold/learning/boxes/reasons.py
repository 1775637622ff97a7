"""Why each box is proposed: told from what the head sees at the place that proposes it.

A head's scores are a linear function of the values of its last layer at one location. Tagged boxes
are described by these values as well, so what lies near is what the model can hardly tell apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.box_reason import TAGGED_BOXES, BoxReason, NearBox, TaggedBox
from models.label import Box
from tenfold.learning.boxes.confidence import Confidence
from tenfold.learning.boxes.kinds import Finds
from tenfold.learning.boxes.proposing import Candidates, Detector
from tenfold.learning.boxes.tags import Tagged
from tenfold.learning.port import TrainingInputs

POINTS = "tagged-boxes.npz"
MOST_BOXES = 5_000
"""Tagged boxes that are compared with; of more, those of the images that come first by hash."""
SAME, OTHER = 3, 2
"""Tagged boxes that are told of each: of the proposed class, and of others."""
LEAST_NORM = 1e-6

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class KnownBoxes:
    """The boxes that a detector learned, as its head sees them."""

    images: tuple[str, ...]
    """Hash of the image of each of n boxes."""
    labels: NDArray[np.int64]
    """(n,)."""
    center: Floats
    """(width,): what all of them have in common."""
    points: Floats
    """(n, width), of length 1 around the center."""

    def near(self, sha256: str, point: Floats, label: int) -> tuple[NearBox, ...]:
        """Return what looks like a box of an image: of its class first, then of others."""
        likeness = self.points @ _directions(point[None], self.center)[0]
        apart = np.array([image != sha256 for image in self.images], dtype=bool)
        same, alike = self.labels == label, (likeness > 0) & apart
        return (
            *_most(likeness, alike & same, SAME),
            *_most(likeness, alike & ~same, OTHER, same=False),
        )


def _most(
    likeness: Floats, among: NDArray[np.bool_], count: int, *, same: bool = True
) -> list[NearBox]:
    places = np.flatnonzero(among)
    best = places[np.argsort(-likeness[places], kind="stable")[:count]]
    return [
        NearBox(place=place, likeness=min(1.0, one), same=same)
        for place, one in zip(best.tolist(), likeness[best].tolist(), strict=True)
    ]


def _directions(points: Floats, center: Floats) -> Floats:
    away = points - center
    length = np.maximum(np.linalg.norm(away, axis=1, keepdims=True), LEAST_NORM)
    return np.asarray(away / length, dtype=np.float32)


def note_tagged(
    detector: Finds, tags: Sequence[Tagged], inputs: TrainingInputs, folder: Path
) -> None:
    """Write the boxes that a detector has learned beside its weights, as its head sees them.

    A detector of another kind doesn't tell what it compares, and nothing is written.
    """
    if not isinstance(detector, Detector):
        return
    shown = _first(sorted(tags, key=lambda tag: tag.row.sha256))
    if not shown:
        return
    points = np.concatenate(list(detector.points_of(shown, inputs.blobs)))
    center = points.mean(axis=0)
    labels = np.concatenate([tag.labels for tag in shown])
    np.savez(
        folder / POINTS,
        labels=labels,
        center=center,
        points=_directions(points, center).astype(np.float16),
    )
    lines = (
        TaggedBox(
            sha256=tag.row.sha256, box=_box(corners, inputs.job.classes[label])
        ).model_dump_json()
        for tag in shown
        for corners, label in zip(tag.boxes, tag.labels, strict=True)
    )
    (folder / TAGGED_BOXES).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _first(tags: Sequence[Tagged]) -> list[Tagged]:
    shown: list[Tagged] = []
    boxes = 0
    for tag in tags:
        boxes += len(tag.boxes)
        if boxes > MOST_BOXES:
            break
        if len(tag.boxes):
            shown.append(tag)
    return shown


def _box(corners: Floats, label: str) -> Box:
    x1, y1, x2, y2 = corners.astype(float).round(2).tolist()
    return Box(label=label, xmin=x1, ymin=y1, xmax=x2, ymax=y2)


def load_tagged(folder: Path) -> KnownBoxes | None:
    """Read them; None where a model has none."""
    if not (folder / POINTS).is_file() or not (folder / TAGGED_BOXES).is_file():
        return None
    lines = (folder / TAGGED_BOXES).read_text(encoding="utf-8").splitlines()
    images = tuple(TaggedBox.model_validate_json(line).sha256 for line in lines)
    with np.load(folder / POINTS, allow_pickle=False) as file:
        points = file["points"].astype(np.float32)
        return KnownBoxes(images, file["labels"], file["center"], points)


def reasons_of(
    sha256: str,
    found: Candidates,
    proposed: Sequence[int],
    confidence: Confidence,
    known: KnownBoxes | None,
) -> list[BoxReason]:
    """Return why some of an image's candidates are proposed.

    Args:
        sha256: of the image.
        found: its candidates.
        proposed: places of those that are proposed.
        confidence: how scores come to chances.
        known: the boxes that the detector learned; None: it doesn't tell.
    """
    return [_reason(sha256, found, place, confidence, known) for place in proposed]


def _reason(
    sha256: str, found: Candidates, place: int, confidence: Confidence, known: KnownBoxes | None
) -> BoxReason:
    chance = confidence.of_box(float(found.scores[place]))
    seen = found.seen
    if seen is None:
        return BoxReason(chance=chance)
    near = known.near(sha256, seen.points[place], int(found.labels[place])) if known else ()
    if seen.next_label is None:
        return BoxReason(chance=chance, near=near)
    return BoxReason(
        chance=chance,
        next_class=int(seen.next_label[place]),
        next_score=min(1.0, float(seen.next_score[place])),
        near=near,
    )
