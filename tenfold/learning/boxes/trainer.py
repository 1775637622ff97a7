"""The trainer of box projects: tags in, a detector's files out; then proposals."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from models.box_reason import TAGGED_BOXES, pack
from models.label import Boxes
from models.prelabel import Prelabel
from tenfold.learning.boxes.comparing import previous_if_better
from tenfold.learning.boxes.deciding import at_least
from tenfold.learning.boxes.exam import Exam
from tenfold.learning.boxes.files import CARD, WEIGHTS, Card, clean, read_card, save
from tenfold.learning.boxes.frozen import Frozen
from tenfold.learning.boxes.kinds import load_detector, open_learner
from tenfold.learning.boxes.reasons import POINTS, load_tagged, note_tagged, reasons_of
from tenfold.learning.boxes.tags import held_out, input_side, read_tags
from tenfold.learning.port import Metrics, PrelabelInputs, Report, TrainingInputs


class BoxTrainer:
    """Trains the kind of detector that the settings name, and proposes boxes with it."""

    def train(self, inputs: TrainingInputs, out: Path, report: Report) -> Metrics:
        """Learn from tagged images; see `Trainer.train`.

        A detector that knows four fifths of the images is measured on the others: that gives the
        threshold, the confidence and the figures. It then learns on with all of them.
        """
        started = time.monotonic()
        classes = inputs.job.classes
        tags = read_tags(inputs.rows, inputs.labels, classes)
        side = input_side(tags)
        learner = open_learner(inputs, tags, side, out, report)
        measured = learner.learn_most()
        exam = Exam(tags, held_out(tags), measured, classes, inputs.blobs)
        if inputs.previous is not None:
            kept = previous_if_better(inputs.previous, exam, classes, inputs.blobs, inputs.device)
            if kept is not None:
                clean(out)
                return _keep(kept, inputs.previous, out, started)
        delivered = learner.learn_all()
        weights = {"measured": measured.weights(), "delivered": delivered.weights()}
        metrics = {**exam.metrics(), "side": side, **_since(started)}
        card = _card(inputs, side, exam, metrics)
        save(out, card, weights)
        note_tagged(delivered, tags, inputs, out)
        clean(out)
        return metrics

    def prelabel(self, model: Path, inputs: PrelabelInputs, report: Report) -> Iterator[Prelabel]:
        """Propose boxes for each image; see `Trainer.prelabel`."""
        card = read_card(model)
        detector, tagged = load_detector(model, card, inputs.device), load_tagged(model)
        found = detector.candidates(inputs.rows, inputs.blobs, report)
        for row, candidates in zip(inputs.rows, found, strict=True):
            named = candidates.named(card.classes)
            places = [place for place, box in enumerate(named) if box.label in inputs.job.classes]
            known = [named[place] for place in places]
            proposed = at_least(known, card.threshold)  # the first of them: the best come first
            reasons = reasons_of(
                row.sha256, candidates, places[: len(proposed)], card.confidence, tagged
            )
            yield Prelabel(
                sha256=row.sha256,
                value=Boxes(boxes=tuple(proposed)),
                confidence=card.confidence.of(known, card.threshold),
                precedents=pack(reasons),
            )


def _card(inputs: TrainingInputs, side: int, exam: Exam, metrics: Metrics) -> Card:
    confidence = exam.confidence()
    return Card(
        classes=inputs.job.classes,
        backbone=Frozen.name,
        detector=inputs.job.detector,
        side=side,
        threshold=exam.threshold,
        box_confidence=confidence.box,
        image_confidence=confidence.image,
        held_out=tuple(tag.row.sha256 for tag in exam.held_out),
        seed=inputs.job.seed,
        metrics=metrics,
    )


def _keep(card: Card, previous: Path, out: Path, started: float) -> Metrics:
    """Deliver the previous model's files again."""
    metrics: Metrics = {**card.metrics, "kept_previous": 1, **_since(started)}
    for name in (WEIGHTS, POINTS, TAGGED_BOXES):
        if (previous / name).is_file():
            shutil.copyfile(previous / name, out / name)
    kept = card.model_copy(update={"metrics": metrics})
    (out / CARD).write_text(kept.model_dump_json(indent=1), encoding="utf-8")
    return metrics


def _since(started: float) -> Metrics:
    return {"seconds": round(time.monotonic() - started, 1)}
