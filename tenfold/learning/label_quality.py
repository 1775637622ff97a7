"""How good people's tags are: which are probably wrong, and what several people together say.

Never for an audit: a consensus that a model has a voice in can't measure that model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.anchors import Anchors
from tenfold.learning.class_model import held_out, likelihoods
from tenfold.learning.linear import Array, Labels

NOBODY = -1
"""In a table of answers: this person wasn't asked about that image."""

MOST_SUSPICIOUS = 0.1
"""Largest share of the tags that is called suspicious."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """What several people together say of n images."""

    labels: Labels
    """(n,) class numbers."""
    confidence: Array
    """(n,) that the label is right, from 0 to 1."""
    quality: Array
    """(k,) of each person, from 0 to 1; NaN for those who answered nothing."""


def held_out_probabilities(
    anchors: Anchors, places: Labels, labels: Labels, classes: int, seed: int
) -> Array:
    """Return (n, C) class probabilities of each tag by heads that didn't see it.

    Args:
        anchors: with every tagged image among them.
        places: (n,) of the tagged images among the anchors.
        labels: (n,) class numbers below `classes`.
        classes: C.
        seed: of the folds.
    """
    from scipy.special import softmax

    told = np.full((len(labels), classes), 1.0 / classes)
    for held, heads, seen in held_out(anchors, places, labels, classes, seed):
        told[held] = softmax(likelihoods(heads, seen), axis=1)
    return told


def suspicious(labels: Labels, probabilities: Array, share: float = MOST_SUSPICIOUS) -> Labels:
    """Return the places of tags that are probably wrong, the likeliest first.

    Args:
        labels: (n,) class numbers.
        probabilities: (n, C) out of sample.
        share: of the tags, at most so many.

    Source:
        Northcutt et al., Confident Learning, JAIR 2021; `cleanlab.filter.find_label_issues`.
    """
    from cleanlab.filter import find_label_issues

    present, numbers = np.unique(labels, return_inverse=True)
    if len(present) < 2:  # noqa: PLR2004 - with one class nothing contradicts a tag
        return np.empty(0, dtype=np.intp)
    found = find_label_issues(
        numbers,
        _among(probabilities, present),
        filter_by="predicted_neq_given",  # finds most; a look costs less than a wrong tag
        return_indices_ranked_by="self_confidence",
        n_jobs=1,  # otherwise it forks
    )
    return np.asarray(found, dtype=np.intp)[: int(share * len(labels))]


def suspicious_sets(
    sets: NDArray[np.bool_],
    probabilities: Array,
    proposed: NDArray[np.bool_],
    share: float = MOST_SUSPICIOUS,
) -> Labels:
    """Return the places of tagged sets that are probably wrong, the likeliest first.

    Args:
        sets: (n, C) which classes each tag names.
        probabilities: (n, C) of each class for itself, out of sample.
        proposed: (n, C) which classes the model would name; what it agrees with isn't suspicious.
        share: of the tags, at most so many.

    Source:
        Thyagarajan et al., Identifying Incorrect Annotations in Multi-Label Classification Data,
        2022; `cleanlab.multilabel_classification`.
    """
    from cleanlab.multilabel_classification.filter import find_label_issues

    found = find_label_issues(
        [np.flatnonzero(members).tolist() for members in sets],
        probabilities,
        return_indices_ranked_by="self_confidence",
        filter_by="predicted_neq_given",
        n_jobs=1,  # otherwise it forks
    )
    places = np.asarray(found, dtype=np.intp)
    contradicted = (proposed[places] != sets[places]).any(axis=1)
    kept: Labels = places[contradicted][: int(share * len(sets))]
    return kept


def ranked(labels: Labels, probabilities: Array) -> Labels:
    """Return the places of all tags, those that the model believes least first."""
    from cleanlab.rank import order_label_issues

    everything = np.ones(len(labels), dtype=bool)
    order = order_label_issues(everything, labels, probabilities, rank_by="self_confidence")
    return np.asarray(order, dtype=np.intp)


def majority(answers: Labels) -> Labels:
    """Return (n,) the commonest answer to each image; of equally common ones the first given.

    Args:
        answers: (n, k) class numbers or `NOBODY`, in the order in which they were given.
    """
    chosen = []
    for row in answers:
        given = row[row != NOBODY]
        counts = np.bincount(given)
        chosen.append(next(answer for answer in given if counts[answer] == counts.max()))
    return np.array(chosen, dtype=np.intp)


def weighted_consensus(answers: Labels, probabilities: Array) -> Consensus:
    """Weigh people by how well they agree with each other and with a model.

    Args:
        answers: (n, k) class numbers or `NOBODY`; every image has an answer.
        probabilities: (n, C) of a model that was trained without the image in question.

    Source:
        Goh et al., CROWDLAB, NeurIPS 2022 HILL workshop; `cleanlab.multiannotator`.
    """
    from cleanlab.multiannotator import get_label_quality_multiannotator

    people = np.flatnonzero((answers != NOBODY).any(axis=0))
    present, numbers = np.unique(answers[:, people], return_inverse=True)
    numbers = numbers.reshape(len(answers), len(people)).astype(np.float64)
    unasked = answers[:, people] == NOBODY
    if present[0] == NOBODY:
        present, numbers = present[1:], numbers - 1
    quality = np.full(answers.shape[1], np.nan)
    if len(present) == 1 or len(people) == 1 or (~unasked).sum(axis=1).max() == 1:
        return Consensus(majority(answers), np.ones(len(answers)), quality)
    numbers[unasked] = np.nan
    found = get_label_quality_multiannotator(
        numbers, _among(probabilities, present), return_detailed_quality=False, verbose=False
    )
    said, stats = found["label_quality"], found["annotator_stats"].sort_index()
    quality[people] = stats["annotator_quality"].to_numpy(dtype=np.float64)
    return Consensus(
        present[said["consensus_label"].to_numpy(dtype=np.intp)],
        said["consensus_quality_score"].to_numpy(dtype=np.float64),
        quality,
    )


def _among(probabilities: Array, present: Labels) -> Array:
    """Keep the classes that have tags, as probabilities again."""
    kept = np.maximum(probabilities[:, present], 1e-9)
    scaled: Array = kept / kept.sum(axis=1, keepdims=True)
    return scaled
