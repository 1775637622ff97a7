"""The trainer of box projects: tags in, a detector's files out; then proposals."""

import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from models.label import Box, Boxes
from models.prelabel import Prelabel
from tenfold.learning.boxes.comparing import previous_if_better
from tenfold.learning.boxes.confidence import fit_confidence
from tenfold.learning.boxes.deciding import Measured, at_least, best_threshold, measure
from tenfold.learning.boxes.files import CARD, WEIGHTS, Card, load_head, read_card, save, to_cpu
from tenfold.learning.boxes.frozen import Frozen
from tenfold.learning.boxes.learning import Learner
from tenfold.learning.boxes.proposing import Detector
from tenfold.learning.boxes.scoring import average_precision, class_ap50
from tenfold.learning.boxes.tags import Tagged, input_side, rare_classes, read_tags, split
from tenfold.learning.port import Metrics, PrelabelInputs, Report, TrainingInputs

MOST_MEASURED = 300
"""Held-out images that are looked at, at most."""


class BoxTrainer:
    """Trains a small detection head on frozen maps, and proposes boxes with it."""

    def train(self, inputs: TrainingInputs, out: Path, report: Report) -> Metrics:
        """Learn from tagged images; see `Trainer.train`.

        A head that knows four fifths of the images is measured on the others: that gives the
        threshold, the confidence and the figures. It then learns on with all of them.
        """
        started = time.monotonic()
        classes = inputs.job.classes
        tags = read_tags(inputs.rows, inputs.labels, classes)
        parts, side = split(tags), input_side(tags)
        frozen = Frozen(inputs.device)
        learner = Learner(inputs, tags, frozen, side, out, report)
        head = learner.learn_most(parts)
        measured = to_cpu(head)
        held_out = [tags[index] for index in parts.held_out[:MOST_MEASURED]]
        candidates = _candidates(Detector(frozen, head, side), inputs, held_out)
        truth = [tag.truth.boxes for tag in held_out]
        threshold = best_threshold(candidates, truth)
        result = measure(candidates, truth, threshold)
        metrics = {
            **_counts(tags, held_out, classes),
            **_figures(candidates, truth, classes),
            **_work(result),
            "threshold": threshold,
            "side": side,
        }
        if inputs.previous is not None:
            card = previous_if_better(
                inputs.previous, held_out, result, classes, blobs=inputs.blobs, frozen=frozen
            )
            if card is not None:
                learner.clean()
                return _keep(card, inputs.previous, out, time.monotonic() - started)
        delivered = to_cpu(learner.learn_all())
        metrics["seconds"] = round(time.monotonic() - started, 1)
        confidence = fit_confidence(candidates, truth, threshold)
        card = Card(
            classes=classes,
            backbone=frozen.name,
            side=side,
            threshold=threshold,
            box_confidence=confidence.box,
            image_confidence=confidence.image,
            held_out=tuple(tag.row.sha256 for tag in held_out),
            seed=inputs.job.seed,
            metrics=metrics,
        )
        save(out, card, {"delivered": delivered, "measured": measured})
        learner.clean()
        return metrics

    def prelabel(self, model: Path, inputs: PrelabelInputs, report: Report) -> Iterator[Prelabel]:
        """Propose boxes for each image; see `Trainer.prelabel`."""
        card = read_card(model)
        frozen = Frozen(inputs.device)
        detector = Detector(frozen, load_head(model, card, frozen, "delivered"), card.side)
        found = detector.candidates(inputs.rows, inputs.blobs, report)
        for row, candidates in zip(inputs.rows, found, strict=True):
            known = [
                box for box in candidates.named(card.classes) if box.label in inputs.job.classes
            ]
            yield Prelabel(
                sha256=row.sha256,
                value=Boxes(boxes=tuple(at_least(known, card.threshold))),
                confidence=card.confidence.of(known, card.threshold),
            )


def _candidates(
    detector: Detector, inputs: TrainingInputs, tags: Sequence[Tagged]
) -> list[list[Box]]:
    found = detector.candidates([tag.row for tag in tags], inputs.blobs)
    return [one.named(inputs.job.classes) for one in found]


def _keep(card: Card, previous: Path, out: Path, seconds: float) -> Metrics:
    """Deliver the previous model's files again."""
    metrics: Metrics = {**card.metrics, "kept_previous": 1, "seconds": round(seconds, 1)}
    shutil.copyfile(previous / WEIGHTS, out / WEIGHTS)
    kept = card.model_copy(update={"metrics": metrics})
    (out / CARD).write_text(kept.model_dump_json(indent=1), encoding="utf-8")
    return metrics


def _counts(tags: Sequence[Tagged], held_out: Sequence[Tagged], classes: Sequence[str]) -> Metrics:
    rare = rare_classes(tags, classes)
    return {
        "images": len(tags),
        "boxes": sum(len(tag.boxes) for tag in tags),
        "held_out": len(held_out),
        "few_boxes": ", ".join(f"{name} ({count})" for name, count in rare.items()),
        "kept_previous": 0,
    }


def _figures(
    candidates: Sequence[Sequence[Box]], truth: Sequence[Sequence[Box]], classes: Sequence[str]
) -> Metrics:
    each = class_ap50(candidates, truth, classes)
    if not each:
        return {}
    anything = average_precision(candidates, truth)
    return {
        "ap50": round(float(np.mean(list(each.values()))), 4),
        "ap50_any_class": round(anything, 4),
        **{f"ap50 {name}": round(value, 4) for name, value in each.items()},
    }


def _work(result: Measured) -> Metrics:
    return {
        "all_right": round(result.all_right, 4),
        "corrections_per_box": round(result.per_box, 4),
    }
