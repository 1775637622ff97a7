"""Whether the previous model is better than a new one, on images that neither has learned."""

from collections.abc import Sequence
from pathlib import Path

from tenfold.blobs.port import BlobStore
from tenfold.errors import ModelError
from tenfold.learning.boxes.deciding import measure, new_is_worse
from tenfold.learning.boxes.exam import Exam
from tenfold.learning.boxes.files import Card, read_card
from tenfold.learning.boxes.kinds import load_detector
from tenfold.learning.boxes.tags import HELD_OUT, Tagged

LEAST_COMPARED = 5
"""Images; fewer say nothing."""


def previous_if_better(
    previous: Path, exam: Exam, classes: Sequence[str], blobs: BlobStore, device: str
) -> Card | None:
    """Return the previous model's card if the new one needs more corrections, beyond chance.

    Compared are the weights that have not seen the held-out images, each at its own threshold.
    A previous model of other classes, or of another version, is not compared.
    """
    try:
        card = read_card(previous)
        detector = load_detector(previous, card, device, "measured")
    except ModelError:
        return None
    places = _unseen(exam.held_out, card)
    if tuple(classes) != card.classes or len(places) < LEAST_COMPARED:
        return None
    tags = [exam.held_out[place] for place in places]
    found = detector.candidates([tag.row for tag in tags], blobs)
    candidates = [one.named(card.classes) for one in found]
    old = measure(candidates, [tag.truth.boxes for tag in tags], card.threshold)
    return card if new_is_worse(exam.result.corrections[places], old.corrections) else None


def _unseen(held_out: Sequence[Tagged], card: Card) -> list[int]:
    return [
        place
        for place, tag in enumerate(held_out)
        if tag.draw < HELD_OUT or tag.row.sha256 in card.held_out
    ]
