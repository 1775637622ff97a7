"""All methods by name, in the order of the table."""

from itertools import product

from benchmarks.human_share_methods.hindsight import walks_in_hindsight
from benchmarks.human_share_methods.method import Method
from benchmarks.human_share_methods.one_look import PLANNED
from benchmarks.human_share_methods.oracle import knows_the_truth
from benchmarks.human_share_methods.ours import rehearsed
from benchmarks.human_share_methods.pac import pac_labels
from benchmarks.human_share_methods.passive import random_tags, typical_tags
from benchmarks.human_share_methods.uncertainty import least_margin

TAGS_A_CLASS = (5.0, 10.0, 20.0, 40.0, 60.0)
AUDITS = (PLANNED, 0.0, 1.0, 3.0, 8.0)
"""Audit errors that the audit tolerates."""
DRAWS = ((1.5, 1.0), (3.0, 1.0), (6.0, 1.0), (4.0, 0.3), (8.0, 0.3))
"""Of PAC labels: draws as a multiple of log(1/δ)/ε, and the least chance of being labeled."""

_ONE_LOOK = tuple(product(TAGS_A_CLASS, AUDITS))
_PAC = tuple((tags, *draws) for tags, draws in product(TAGS_A_CLASS, DRAWS))

METHODS = (
    Method("random", random_tags, _ONE_LOOK),
    Method("pac", pac_labels, _PAC),
    Method("uncertainty", least_margin, _ONE_LOOK),
    Method("typiclust", typical_tags, _ONE_LOOK),
    Method("tenfold", rehearsed),
    Method("hindsight", walks_in_hindsight),
    Method("oracle", knows_the_truth),
)
