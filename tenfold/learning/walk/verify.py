"""Recomputing a walk from its log, as anybody can once the seed is revealed."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from models.certificate import WalkCertificate, WalkInputs
from models.label import LabelValue
from models.walk import WalkCommit
from tenfold.learning.tolerance import exactly, wrong_allowed
from tenfold.learning.walk import coins
from tenfold.learning.walk.ladder import Ladder, risk_of
from tenfold.learning.walk.ledger import Commit, Resolution, resolve

Agrees = Callable[[LabelValue, LabelValue], bool]


def keeps_promise(wrong_allowed: int, rates: Sequence[float], confidence: float) -> bool:
    """Whether under these rates more than K wrong labels are as rare as 1 − confidence.

    Rates that fall don't keep it: the log is resolved as if what is due could only become more
    when answers arrive.
    """
    possible = bool(rates) and all(0.0 < rate <= 1.0 for rate in rates)
    rises = all(low <= high for low, high in pairwise(rates))
    return possible and rises and risk_of(wrong_allowed, rates) <= float(1 - exactly(confidence))


def replay(commits: Sequence[WalkCommit], seed: str, rates: Sequence[float]) -> Resolution:
    """Go through the log with the coins of a seed."""
    tossed = [Commit(one.sha256, coins.coin(seed, one.sha256), one.wrong) for one in commits]
    return resolve(tossed, Ladder(tuple(rates)))


def log_sha256(commits: Iterable[WalkCommit]) -> str:
    """Return the SHA-256 of a log: a line a commit, tabs between hash, label, model and answer.

    Labels and answers are written as JSON. The answer is `-` where nobody was asked, `skip` where
    a person gave no label.
    """
    digest = hashlib.sha256()
    for one in commits:
        fields = (one.sha256, one.value.model_dump_json(), one.model_version, _answer(one))
        digest.update("\t".join(fields).encode() + b"\n")
    return digest.hexdigest()


def _answer(commit: WalkCommit) -> str:
    if commit.wrong is None:
        return "-"
    return "skip" if commit.answer is None else commit.answer.model_dump_json()


def verify_walk(
    certificate: WalkCertificate, commits: Iterable[WalkCommit], agrees: Agrees | None = None
) -> list[str]:
    """Recompute a walk's certificate from the stored log.

    Args:
        certificate: as it was issued, the seed in its inputs.
        commits: the whole log of the walk.
        agrees: of the task type; given, it is also checked which answers disagree.

    Returns:
        What doesn't hold, a sentence each; empty where everything does.
    """
    said, log = certificate.inputs, sorted(commits, key=lambda one: one.position)
    if said.seed is None:
        return ["The seed isn't revealed, so that no coin can be recomputed."]
    if coins.commitment(said.seed) != said.seal_commitment:
        return ["The seed isn't the one that was sealed."]
    return [
        *_of_promise(said),
        *_of_log(log, agrees),
        *_of_coins(said, log),
        *_of_numbers(certificate, log),
    ]


def _of_promise(said: WalkInputs) -> list[str]:
    problems = []
    allowed = wrong_allowed(said.images, said.error)
    if said.wrong_allowed != allowed:
        problems.append(_other("number of wrong labels allowed (K)", allowed, said.wrong_allowed))
    if not keeps_promise(said.wrong_allowed, said.rates, said.confidence):
        problems.append(
            f"The rates let more than {said.wrong_allowed} wrong labels through more often than "
            f"a confidence of {said.confidence} allows."
        )
    return problems


def _of_log(log: Sequence[WalkCommit], agrees: Agrees | None) -> list[str]:
    problems = []
    if [one.position for one in log] != list(range(len(log))):
        problems.append("The log has gaps.")
    if len({one.sha256 for one in log}) != len(log):
        problems.append("An image was committed twice.")
    for one in log:
        if one.wrong is False and one.answer is None:
            problems.append(f"A skip of image {one.sha256} isn't counted as an error.")
        elif agrees and one.answer and one.wrong is agrees(one.value, one.answer):
            problems.append(f"The answer for image {one.sha256} is counted the wrong way.")
    return problems


def _of_coins(said: WalkInputs, log: Sequence[WalkCommit]) -> list[str]:
    """Whether just those were looked at whose coins showed heads."""
    problems, rates = [], Ladder(said.rates)
    errors, highest = 0, max(said.rates, default=0.0)
    for one in log:
        rate = rates.rate(errors)
        coin = coins.coin(said.seed or "", one.sha256)
        if one.wrong is None and rate is not None and coin < rate:
            problems.append(f"Nobody looked at image {one.sha256}, though its coin asked for it.")
        if one.wrong is not None and coin >= (highest if rate is None else rate):
            problems.append(f"Image {one.sha256} was looked at, though its coin didn't ask for it.")
        errors += bool(one.wrong) and rate is not None
    return problems


def _of_numbers(certificate: WalkCertificate, log: Sequence[WalkCommit]) -> list[str]:
    said = certificate.inputs
    found = replay(log, said.seed or "", said.rates)
    checks: list[tuple[str, object, object]] = [
        ("number of commits", said.commits, len(log)),
        ("number of looks", said.audited, sum(one.wrong is not None for one in log)),
        ("number of audit errors", said.audit_errors, found.errors),
        ("number of delivered labels", said.delivered, len(found.delivered)),
        ("hash of the log", said.log_sha256, log_sha256(log)),
    ]
    problems = [_other(name, true, stated) for name, stated, true in checks if stated != true]
    if certificate.accepted > len(found.delivered):
        problems.append(
            f"{certificate.accepted} labels were accepted, more than the walk delivers."
        )
    return problems


def _other(name: str, found: object, stated: object) -> str:
    return f"The {name} is {found}, but the certificate says {stated}."
