"""A head that learns from what the others believe of all images, tagged or not.

Kernel regression on everybody's probabilities draws what is believed of an image toward what is
believed of all that resemble it, far beyond its near neighbors; what it says is added to what the
others say, and it learns from that again.
"""

import numpy as np

from tenfold.learning.kernel import Kernel, log_probabilities
from tenfold.learning.landmarks import Landmarks
from tenfold.learning.linear import Array, Labels

SHARE = 0.6
"""Its weight in the product of the heads."""
ROUNDS = 6
"""Of learning from what it said itself; after three, little changes."""


def teach_itself(landmarks: Landmarks, believed: Array, places: Labels, labels: Labels) -> Kernel:
    """Return what learned from all n images.

    Args:
        landmarks: of n images.
        believed: (n, C) weighted logarithms of what the other heads say.
        places: (t,) tagged ones among them.
        labels: (t,) their class numbers.

    Source:
        Scudder, Probability of Error of Some Adaptive Pattern-Recognition Machines, IEEE
        Transactions on Information Theory 1965 (self-training), with probabilities for labels.
    """
    from scipy.special import softmax

    classes = believed.shape[1]
    told, found = believed, np.zeros((len(landmarks.points), classes))
    for _ in range(ROUNDS):
        targets = softmax(told, axis=1)
        targets[places] = np.eye(classes)[labels]
        found = landmarks.regress(targets - 1.0 / classes)
        told = believed + SHARE * log_probabilities(landmarks.seen @ found)
    return Kernel(landmarks.points, landmarks.turn @ found, landmarks.gamma)
