"""What heads that didn't see them say of people's tags: cross-validation over all of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.annotation import FinalKind
from models.label import ClassLabel, LabelSet, TaskType
from models.prelabel import ModelVersion
from models.project import Project
from tenfold.errors import ModelError
from tenfold.learning.features import Features, load_features
from tenfold.learning.linear import Array, Labels
from tenfold.pipeline import views
from tenfold.pipeline.context import Context

ONE_WORD = (FinalKind.PERSON, FinalKind.CONSENSUS)
"""Final labels that nobody has looked at a second time."""

LEAST, MOST = 50, 20_000
"""Tags from which cross-validation says something; of more, a seeded sample is looked at."""


@dataclass(frozen=True, slots=True)
class JudgedClasses:
    """Tags of n images of one class each."""

    hashes: list[str]
    labels: Labels
    """(n,) class numbers."""
    told: Array
    """(n, C) probabilities."""


@dataclass(frozen=True, slots=True)
class JudgedSets:
    """Tags of n images of any number of classes each."""

    hashes: list[str]
    sets: NDArray[np.bool_]
    """(n, C) which classes each carries."""
    told: Array
    """(n, C) probabilities, each class for itself."""
    proposed: NDArray[np.bool_]
    """(n, C) which classes the heads would give each."""


def judge_classes(ctx: Context, project: Project, model: ModelVersion) -> JudgedClasses | None:
    """Return what is said of tags of one class each; None where there are too few.

    Args:
        ctx: the stores.
        project: a classification.
        model: whose features are used.
    """
    names = project.class_names
    tags = _tags(ctx, project)
    hashes = [sha for sha, value in tags.items() if isinstance(value, ClassLabel)]
    if project.task is not TaskType.CLASSIFICATION or len(hashes) < LEAST:
        return None
    from tenfold.learning.anchors import connect, reduce
    from tenfold.learning.label_quality import held_out_probabilities

    features = _unbiased(ctx, project, model, hashes)
    if features is None:
        return None
    values = [tags[sha] for sha in hashes]
    labels = np.array(
        [names.index(value.label) for value in values if isinstance(value, ClassLabel)],
        dtype=np.intp,
    )
    anchors = connect(reduce(features).enter(features))
    places = np.arange(len(hashes))
    told = held_out_probabilities(anchors, places, labels, len(names), project.seed)
    return JudgedClasses(hashes, labels, told)


def judge_sets(ctx: Context, project: Project, model: ModelVersion) -> JudgedSets | None:
    """Return what is said of tags of any number of classes each; None where there are too few.

    Args:
        ctx: the stores.
        project: of the task type multilabel.
        model: whose features are used.
    """
    names = project.class_names
    tags = _tags(ctx, project)
    hashes = [sha for sha, value in tags.items() if isinstance(value, LabelSet)]
    if project.task is not TaskType.MULTILABEL or len(hashes) < LEAST:
        return None
    from tenfold.learning.multilabel import fit_sets

    features = _unbiased(ctx, project, model, hashes)
    if features is None:
        return None
    values = [tags[sha] for sha in hashes]
    sets = np.array(
        [[name in value.labels for name in names] for value in values if value.kind == "set"],
        dtype=bool,
    )
    heads, told = fit_sets(features, sets, features, names, tags=tuple(hashes), seed=project.seed)
    return JudgedSets(hashes, sets, told, told >= heads.thresholds)


def _unbiased(
    ctx: Context, project: Project, model: ModelVersion, hashes: list[str]
) -> Features | None:
    """Return (n, D) features of a network that no tag has touched; None where an image has none.

    One that was tuned on the tags would agree with the wrong ones.
    """
    prefix = views.frozen_features(ctx, project.id, model.id)
    try:
        return load_features(ctx.blobs, prefix, hashes)
    except ModelError:
        return None


def _tags(ctx: Context, project: Project) -> dict[str, ClassLabel | LabelSet]:
    """Return the tags that people gave once, by hash and in its order, without those of audits."""
    audited = ctx.store.agreement.audited(project.id)
    known = set(project.class_names)
    tags: dict[str, ClassLabel | LabelSet] = {}
    for row in ctx.store.snapshots.final_labels(project.id, human_only=True):
        if row.by not in ONE_WORD or row.sha256 in audited:
            continue
        if isinstance(row.value, ClassLabel | LabelSet) and _classes(row.value) <= known:
            tags[row.sha256] = row.value
    kept = sorted(tags)
    if len(kept) > MOST:
        rng = np.random.default_rng(project.seed)
        kept = sorted(rng.choice(kept, MOST, replace=False).tolist())
    return {sha: tags[sha] for sha in kept}


def _classes(value: ClassLabel | LabelSet) -> set[str]:
    return {value.label} if isinstance(value, ClassLabel) else set(value.labels)
