"""A model of one's own in a package of one's own: the class whose mean features are nearest."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.label import ClassLabel
from models.prelabel import Prelabel
from tenfold.learning.features import load_features
from tenfold.learning.port import Metrics, PrelabelInputs, Report, Trainer, TrainingInputs
from tenfold.task_types.classification import Classification


class NearestMeanTrainer:
    """Reads features and tags, writes `means.npz` and `classes.json`; proposes from them."""

    def train(self, inputs: TrainingInputs, out: Path, report: Report) -> Metrics:
        """Keep the mean features of each class."""
        tagged = {
            label.sha256: label.value.label
            for label in inputs.labels
            if isinstance(label.value, ClassLabel)
        }
        features = load_features(inputs.blobs, inputs.job.features, list(tagged))
        names = np.array(list(tagged.values()))
        classes = sorted(set(tagged.values()))
        means = np.stack([features[names == name].mean(axis=0) for name in classes])
        np.savez(out / "means.npz", means=means)
        (out / "classes.json").write_text(json.dumps(classes))
        report(len(tagged), len(tagged))
        return {"tags": len(tagged)}

    def prelabel(self, model: Path, inputs: PrelabelInputs, report: Report) -> Iterator[Prelabel]:
        """Propose the nearest class; surer, the farther the second nearest is."""
        means = np.load(model / "means.npz")["means"]
        classes = json.loads((model / "classes.json").read_text())
        hashes = [row.sha256 for row in inputs.rows]
        features = load_features(inputs.blobs, inputs.job.features, hashes)
        distance = np.linalg.norm(features[:, None] - means, axis=2)
        for sha, row in zip(hashes, distance, strict=True):
            first, second = np.partition(row, 1)[:2]
            value = ClassLabel(label=classes[int(row.argmin())])
            yield Prelabel(sha256=sha, value=value, confidence=float(second / (first + second)))
        report(len(hashes), len(hashes))


class NearestMean(Classification):
    """One class an image, as ever, with this trainer."""

    def trainer(self) -> Trainer:
        """Return the trainer."""
        return NearestMeanTrainer()
