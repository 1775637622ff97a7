"""What a certificate says, in sentences."""

from collections.abc import Sequence

from models.certificate import CertificateInputs, ClassClaim, WalkInputs
from models.label import TaskType
from tenfold import percent
from tenfold.learning.tolerance import exactly, wrong_allowed
from tenfold.store.images import Uncounted
from tenfold.store.walk_account import WalkAccount

NAMED = 6
"""Classes that a sentence names."""

WRONG = {
    TaskType.CLASSIFICATION: "",
    TaskType.MULTILABEL: "An image is wrong when its set of labels is not exactly the person's.",
    TaskType.BOXES: (
        "An image is wrong unless its boxes pair with the person's, same class and at least half "
        "overlap, and none is left over: one missed box makes it wrong."
    ),
    TaskType.POLYGONS: (
        "An image is wrong unless its outlines pair with the person's, same class and at least "
        "half overlap, and none is left over: one missed outline makes it wrong."
    ),
}
"""When an image counts as wrong; of a single class nothing needs to be said."""


NONE_BESIDE = Uncounted(0, 0)


def with_meaning(
    said: str, task: TaskType, against: str = "", beside: Uncounted = NONE_BESIDE
) -> str:
    """Add to a claim when an image is wrong, whose word measures it, and what it doesn't cover."""
    measured = f"Measured against {against}." if against else ""
    return " ".join(part for part in (said, WRONG[task], measured, not_counted(beside)) if part)


def not_counted(beside: Uncounted) -> str:
    """Say which labels are delivered, too, but aren't among those that a claim speaks of."""
    parts = []
    if beside.imported:
        parts.append(f"{beside.imported} imported, which are as good as their source")
    if beside.earlier:
        parts.append(
            f"{beside.earlier} of images that came back, of which an earlier certificate speaks"
        )
    return f"Not among these labels: {' and '.join(parts)}." if parts else ""


def measured_against(overlap: int) -> str:
    """Say whose answers count in an audit.

    It is people's plain majority, never a consensus that is weighted with the model's own opinion:
    what the model is measured by must not depend on it.
    """
    if overlap == 1:
        return "the answer of one person for each audited image"
    return (
        f"the answer that more than half of {overlap} people gave for each audited image, each "
        "asked without seeing the others' (the first decided answer where none had such a majority)"
    )


def percent_left(confidence: float) -> str:
    """Write what is left of a confidence: 0.95 → `5 %`."""
    return percent.chosen(float(1 - exactly(confidence)))


def statement(inputs: CertificateInputs, accepted: int, classes: Sequence[ClassClaim] = ()) -> str:
    """Say in one sentence what the certificate claims, or why it claims nothing.

    Args:
        inputs: what it is recomputed from.
        accepted: labels of the model that it covers.
        classes: where each class is certified for itself.
    """
    if inputs.errors_tolerated is None:
        return (
            f"Nothing is certified: an audit of {inputs.audited} images is too small to show "
            f"that at most {percent.chosen(inputs.error)} are wrong."
        )
    if accepted == 0:
        return (
            "No label of the model is delivered unseen: its surest proposals were already wrong "
            f"in the audit ({inputs.audit_errors} of {inputs.audited})."
        )
    if classes:
        machine = f"{accepted} of the {inputs.images} labels are the model's"
        return f"{of_each_class(inputs, classes)}; {machine}{_people_alone(classes)}."
    return f"{_at_most(inputs, inputs.images)}; {_of_the_machine(inputs, accepted)}."


def of_each_class(inputs: CertificateInputs, classes: Sequence[ClassClaim]) -> str:
    """Say what is claimed of each class, where each is certified for itself."""
    return (
        f"In each class at most {percent.chosen(inputs.error)} of the delivered labels are wrong, "
        f"{percent.chosen(inputs.confidence)} sure of all {len(classes)} classes at once"
    )


def _people_alone(classes: Sequence[ClassClaim]) -> str:
    names = [one.label for one in classes if not one.accepted]
    return f", and people alone give the labels of {_listed(names)}" if names else ""


def _listed(names: Sequence[str]) -> str:
    shown, more = names[:NAMED], len(names) - NAMED
    if more > 0:
        return f"{', '.join(shown)} and {more} other classes"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def walk_statement(account: WalkAccount, *, by_rule: bool) -> str:
    """Say what a walk lets one claim, or why nothing, and how it went.

    Args:
        account: what the walk comes to.
        by_rule: whether the delivery waited for nobody's approval.
    """
    inputs = account.inputs
    looks = f"people looked at {inputs.audited} of {inputs.commits} committed labels"
    were = "was" if inputs.audit_errors == 1 else "were"
    errors = f"{inputs.audit_errors} of them {were} wrong"
    if account.accepted == 0:
        return f"No label of the model is delivered unseen: {looks}, and {errors}."
    claim = f"{_at_most(inputs, account.images)}; {_of_the_machine(inputs, account.accepted)}"
    went = f"Sealed coins decided who is looked at: {looks}, and {errors}"
    approval = "; its delivery needed no approval, as nobody was left to ask" if by_rule else ""
    return f"{claim}. {went}{approval}."


def _at_most(inputs: CertificateInputs | WalkInputs, images: int) -> str:
    """Say the promise; where images were left out meanwhile, K is a larger share of the rest."""
    share = percent.chosen(inputs.error)
    if wrong_allowed(images, inputs.error) < inputs.wrong_allowed:
        share = percent.at_most(inputs.wrong_allowed, images)
    return (
        f"At most {share} of the {images} delivered labels "
        f"({inputs.wrong_allowed}) are wrong, {percent.chosen(inputs.confidence)} sure"
    )


def _of_the_machine(inputs: CertificateInputs | WalkInputs, accepted: int) -> str:
    machine = f"{accepted} of them are the model's"
    if inputs.wrong_allowed < accepted:
        wrong = percent.at_most(inputs.wrong_allowed, accepted)
        return f"{machine}, of which at most {wrong} are wrong"
    return machine
