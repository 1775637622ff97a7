"""What a change of settings comes to, in sentences, and which are refused while something is open.

An audit or a walk keeps the promise that was frozen with it, whatever the project says by then. So
the promise is changed before one is open, or between cycles, where it is plain what it speaks of.
"""

import json

from sqlalchemy import Connection, exists, select

from models.cycle import Cycle, CycleState
from models.project import FinishMode, Project, ProjectSettings
from models.round import RoundKind, RoundState
from models.setting_effect import SettingsEffect
from tenfold import percent
from tenfold.learning.certificate import wrong_allowed
from tenfold.store import tallies
from tenfold.store.cycles import newest_of
from tenfold.store.newest import newest_prelabeled
from tenfold.store.tables import certificates, rounds, walks

PROMISE = ("error", "confidence", "certificate", "each_class")
"""What an audit or a walk freezes."""

BEGUN = (
    "A job that was begun stays where it is, also while it waits there; once it is stopped on the "
    "dashboard, it is begun anew at the new place."
)
"""What a change of the compute means for what goes on."""


def effect_of(connection: Connection, before: Project, after: ProjectSettings) -> SettingsEffect:
    """Say what a change comes to as things stand now."""
    fields = ProjectSettings.model_fields
    changed = {name for name in fields if _of(before, name) != _of(after, name)}
    promised = bool(changed & set(PROMISE)) and after.finish_mode is FinishMode.CERTIFIED
    cycle = newest_of(connection, before.id)
    refused = _measuring(connection, before) if promised or "finish" in changed else None
    if "finish" in changed and refused is None:
        refused = _seen_too_much(connection, before, after, cycle)
    if refused is not None:
        return SettingsEffect(refused=(refused,))
    follows = []
    if "finish" in changed:
        follows.append(_finish(connection, before, after, cycle))
    if promised:
        follows += _promise(connection, before, after, cycle)
    if "first_round" in changed:
        follows.append(_first_round(connection, after, cycle))
    if "overlap" in changed:
        follows.append(_overlap(after))
    follows += _compute(changed, after)
    if "source" in changed:
        follows.append(_source(after, cycle))
    return SettingsEffect(follows=tuple(follows))


def _of(settings: ProjectSettings, name: str) -> object:
    return settings.finish_mode if name == "finish" else getattr(settings, name)


def _promised(error: float, confidence: float) -> str:
    return f"at most {percent.chosen(error)} wrong, {percent.chosen(confidence)} sure"


def _measuring(connection: Connection, project: Project) -> str | None:
    """Say which audit, or walk, is open, and what it promises whatever the project says."""
    audit = connection.execute(
        select(rounds.c.number, rounds.c.params)
        .where(
            rounds.c.project_id == project.id,
            rounds.c.kind == RoundKind.AUDIT,
            rounds.c.state != RoundState.CLOSED,
            rounds.c.walk_id.is_(None),
        )
        .limit(1)
    ).one_or_none()
    if audit is not None:
        params = {"error": project.error, "confidence": project.confidence}
        params |= json.loads(audit.params)
        return (
            f"The blind audit of round {audit.number} is open and measures what was promised when "
            f"it was drawn: {_promised(params['error'], params['confidence'])}. "
            "Change this once the audit is approved; it holds from the next cycle on then."
        )
    walk = connection.execute(
        select(walks.c.error, walks.c.confidence)
        .where(walks.c.project_id == project.id, walks.c.closed_at.is_(None))
        .limit(1)
    ).one_or_none()
    if walk is not None:
        return (
            "A walk is open and keeps what was promised when it began: "
            f"{_promised(walk.error, walk.confidence)}. "
            "Change this once its labels are delivered; it holds from the next cycle on then."
        )
    return None


def _runs_uncertified(connection: Connection, cycle: Cycle | None) -> bool:
    """Whether a cycle goes on that was not measured yet."""
    if cycle is None or cycle.state is not CycleState.RUNNING:
        return False
    certified = exists().where(certificates.c.cycle_id == cycle.id)
    audited = exists().where(rounds.c.cycle_id == cycle.id, rounds.c.kind == RoundKind.AUDIT)
    return not connection.scalar(select(certified | audited))


def _seen_too_much(
    connection: Connection, before: Project, after: ProjectSettings, cycle: Cycle | None
) -> str | None:
    """Refuse to certify what people may have seen proposals of: no audit would be blind."""
    wanted = after.finish_mode is FinishMode.CERTIFIED
    running = cycle is not None and cycle.state is CycleState.RUNNING
    if not (wanted and running and newest_prelabeled(connection, before.id)):
        return None
    return (
        "People may have seen what the model proposes for these images, so no audit of them would "
        "be blind. Choose this once the cycle is complete: the next one is certified then."
    )


def _finish(
    connection: Connection, before: Project, after: ProjectSettings, cycle: Cycle | None
) -> str:
    if after.finish_mode is FinishMode.CERTIFIED:
        return "A blind audit, or a walk, measures the model before its labels are accepted."
    if after.finish_mode is FinishMode.MANUAL:
        said = "People label every image that has no label yet, and no further model is trained."
    else:
        said = "From the next round on people check every label that the model proposes."
    shown = newest_prelabeled(connection, before.id) and _runs_uncertified(connection, cycle)
    if before.finish_mode is FinishMode.CERTIFIED and shown:
        said += " Its proposals are shown from now on, so that this cycle can't be certified later."
    return said


def _promise(
    connection: Connection, before: Project, after: ProjectSettings, cycle: Cycle | None
) -> list[str]:
    if cycle is not None and not _runs_uncertified(connection, cycle):
        return [f"What is certified stays as it says. The next cycle promises {_claim(after)}."]
    said = []
    if (before.certificate, before.each_class) != (after.certificate, after.each_class):
        said.append(_way(after))
    images = tallies.read(connection, before.id)["images"]
    if not images or (before.error, before.confidence) == (after.error, after.confidence):
        return [*said, f"No audit is open. The next one promises {_claim(after)}."]
    was, now = wrong_allowed(images, before.error), wrong_allowed(images, after.error)
    said.append(
        f"No audit is open. The next one promises {_claim(after)}: of {images} images {now} may be "
        f"wrong, where it was {was}."
    )
    if not now:
        said.append("So few images leave no room for a wrong one: people see nearly all of them.")
    return said


def _claim(settings: ProjectSettings) -> str:
    each = " in each class" if settings.each_class else ""
    return _promised(settings.error, settings.confidence) + each


def _way(after: ProjectSettings) -> str:
    if after.each_class:
        return "Each class is certified for itself: by one look, with an audit of each."
    if after.certificate == "look":
        return "The model is frozen once, and audited on images that are drawn at random."
    return "Labels are accepted step by step, and the model learns in between."


def _first_round(connection: Connection, after: ProjectSettings, cycle: Cycle | None) -> str:
    size = "as many images as the data ask for"
    if after.first_round is not None:
        size = f"{after.first_round} images"
    begun = cycle is not None and connection.scalar(
        select(exists().where(rounds.c.cycle_id == cycle.id))
    )
    if begun:
        return f"This cycle had its first round already. That of the next one asks for {size}."
    return f"The first round asks for {size}."


def _overlap(after: ProjectSettings) -> str:
    people = "one person answers" if after.overlap == 1 else f"{after.overlap} people answer"
    return (
        f"In manual rounds and audits that are yet to open, {people} each image. "
        "A round or a walk that is open stays as it is."
    )


def _compute(changed: set[str], after: ProjectSettings) -> list[str]:
    said = {
        "trains_on": ("Models are trained", after.trains_on),
        "infers_on": ("Features are computed and labels proposed", after.infers_on),
    }
    follows = [
        f"{what} {_place(name)}, from the next job on."
        for setting, (what, name) in said.items()
        if setting in changed
    ]
    return [*follows, BEGUN] if follows else []


def _place(target: str | None) -> str:
    return f"on {target}" if target else "where the server's settings say"


def _source(after: ProjectSettings, cycle: Cycle | None) -> str:
    if cycle is None:
        return f"Images are taken from {after.source}."
    return (
        f"The next look for new images reads {after.source}. Files that are not there count as "
        "gone: their images leave the next version of the dataset, and their labels are kept."
    )
