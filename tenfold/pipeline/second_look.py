"""People's tags that are probably wrong, for a reviewer to look at again.

It only reads: no tag is changed, and nothing that a certificate rests on is among them.
"""

import numpy as np

from models.annotation import FinalKind
from models.label import ClassLabel, LabelValue, TaskType
from models.project import Project
from models.record import Record, Sha256
from tenfold.learning.jobs import load_features
from tenfold.pipeline import views
from tenfold.pipeline.context import Context

ONE_WORD = (FinalKind.PERSON, FinalKind.CONSENSUS)
"""Final labels that nobody has looked at a second time, each image asked once."""

LEAST, MOST = 50, 20_000
"""Tags from which cross-validation says something; of more, a seeded sample is looked at."""


class Suspect(Record):
    """A tag that a model which didn't see it contradicts."""

    sha256: Sha256
    value: LabelValue
    likelier: LabelValue
    believed: float
    """Probability that the model gives the tag."""


def suspects(ctx: Context, project: Project) -> list[Suspect]:
    """Return tags that are probably wrong, the likeliest first; at most a tenth of them.

    Args:
        ctx: the stores.
        project: of one class an image; of other task types none is known.
    """
    tags = _tags(ctx, project)
    model = ctx.store.models.latest(project.id)
    if model is None or len(tags) < LEAST:
        return []
    from tenfold.learning.anchors import connect, reduce
    from tenfold.learning.label_quality import held_out_probabilities, suspicious

    hashes = list(tags)
    names = project.class_names
    prefix = views.model_features(ctx, project.id, model.id)
    features = load_features(ctx.blobs, prefix, hashes)
    labels = np.array([names.index(tags[sha]) for sha in hashes], dtype=np.intp)
    anchors = connect(reduce(features).enter(features))
    told = held_out_probabilities(anchors, np.arange(len(hashes)), labels, len(names), project.seed)
    return [
        Suspect(
            sha256=hashes[place],
            value=ClassLabel(label=tags[hashes[place]]),
            likelier=ClassLabel(label=names[int(np.argmax(told[place]))]),
            believed=float(told[place, labels[place]]),
        )
        for place in suspicious(labels, told)
    ]


def _tags(ctx: Context, project: Project) -> dict[str, str]:
    """Return the class of each image that people tagged once, without those of any audit."""
    if project.task is not TaskType.CLASSIFICATION:
        return {}
    known = set(project.class_names)
    tags = {
        row.sha256: row.value.label
        for row in ctx.store.snapshots.final_labels(project.id, human_only=True)
        if row.by in ONE_WORD and isinstance(row.value, ClassLabel) and row.value.label in known
    }
    audited = ctx.store.agreement.audited(project.id)
    kept = sorted(sha for sha in tags if sha not in audited)
    if len(kept) > MOST:
        rng = np.random.default_rng(project.seed)
        kept = sorted(rng.choice(kept, MOST, replace=False).tolist())
    return {sha: tags[sha] for sha in kept}
