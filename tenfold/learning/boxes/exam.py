"""What a detector does with images that it has not learned."""

from collections.abc import Sequence

import numpy as np

from models.label import Box
from tenfold.blobs.port import BlobStore
from tenfold.learning.boxes.confidence import Confidence, fit_confidence
from tenfold.learning.boxes.deciding import best_threshold, measure
from tenfold.learning.boxes.kinds import Finds
from tenfold.learning.boxes.scoring import average_precision, class_ap50
from tenfold.learning.boxes.tags import Tagged, rare_classes
from tenfold.learning.port import Metrics

MOST_EXAMINED = 300
"""Held-out images that are looked at, at most."""


class Exam:
    """Candidates on held-out images; threshold, confidence and figures follow from them."""

    def __init__(
        self,
        tags: Sequence[Tagged],
        places: Sequence[int],
        detector: Finds,
        classes: Sequence[str],
        blobs: BlobStore,
    ) -> None:
        self._tags, self._classes = tags, classes
        self.held_out = [tags[place] for place in places[:MOST_EXAMINED]]
        self._truth = [tag.truth.boxes for tag in self.held_out]
        self._candidates: list[list[Box]] = [
            found.named(classes)
            for found in detector.candidates([tag.row for tag in self.held_out], blobs)
        ]
        self.threshold = best_threshold(self._candidates, self._truth)
        self.result = measure(self._candidates, self._truth, self.threshold)

    def confidence(self) -> Confidence:
        """Learn the chance that all boxes of an image are right."""
        return fit_confidence(self._candidates, self._truth, self.threshold)

    def metrics(self) -> Metrics:
        """Return the figures that a person sees.

        `ap50`: mean over the classes of average precision at IoU 0.5, of held-out images;
        `ap50_any_class`: all boxes taken as one class; `all_right`: share of images whose
        proposed boxes are all right; `corrections_per_box`: 1 is as much work as drawing all;
        `few_boxes`: classes that have too few boxes to be learned, and how many.
        """
        rare = rare_classes(self._tags, self._classes)
        return {
            "images": len(self._tags),
            "boxes": sum(len(tag.boxes) for tag in self._tags),
            "held_out": len(self.held_out),
            **self._precision(),
            "all_right": round(self.result.all_right, 4),
            "corrections_per_box": round(self.result.per_box, 4),
            "threshold": self.threshold,
            "few_boxes": ", ".join(f"{name} ({count})" for name, count in rare.items()),
            "kept_previous": 0,
        }

    def _precision(self) -> Metrics:
        each = class_ap50(self._candidates, self._truth, self._classes)
        if not each:
            return {}
        return {
            "ap50": round(float(np.mean(list(each.values()))), 4),
            "ap50_any_class": round(average_precision(self._candidates, self._truth), 4),
            **{f"ap50 {name}": round(value, 4) for name, value in each.items()},
        }
