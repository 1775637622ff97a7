"""What a change of classes comes to, in sentences, before it is made."""

from collections import Counter

from sqlalchemy import Connection, exists, select

from models.certificate import any_certificate
from models.class_list import Afterwards, ClassEffect
from models.project import Project
from models.round import RoundKind, RoundState
from tenfold.store import tallies
from tenfold.store.class_plans import ClassPlan
from tenfold.store.newest import walk_is_open
from tenfold.store.tables import certificates, cycles, rounds


def effect_of(connection: Connection, project: Project, plan: ClassPlan) -> ClassEffect:
    """Say what a change comes to as things stand now."""
    counted = tallies.read(connection, project.id)
    ends = _ends(connection, project) if _shakes(project, plan) else []
    return ClassEffect(
        added=plan.added,
        removed=plan.removed,
        renamed=plan.renamed,
        merged=plan.merged,
        recolored=plan.recolored,
        ends=tuple(ends),
        choices=_choices(counted, ends) if ends or plan.changes_meaning else {},
    )


def _shakes(project: Project, plan: ClassPlan) -> bool:
    """Whether what was measured so far no longer holds.

    Another name or color changes no label. Merged classes can only make more of them right, but
    where each class is certified for itself, its numbers are others.
    """
    return plan.changes_meaning or (project.each_class and bool(plan.renamed))


def _ends(connection: Connection, project: Project) -> list[str]:
    found = []
    audits = connection.execute(
        select(rounds).where(
            rounds.c.project_id == project.id,
            rounds.c.kind == RoundKind.AUDIT,
            rounds.c.state != RoundState.CLOSED,
        )
    ).all()
    found += [
        f"The blind audit of round {row.number} ends without a result; "
        f"{row.answered} of {row.size} answers are there and stay labels."
        for row in audits
    ]
    if walk_is_open(connection, project.id):
        found.append("The walk ends without a certificate; what it committed is open again.")
    return found + [
        f"The certificate of cycle {number} claims nothing any more: {statement}"
        for number, statement in _certified(connection, project.id)
    ]


def _certified(connection: Connection, project_id: str) -> list[tuple[int, str]]:
    newer = certificates.alias("newer")
    query = (
        select(cycles.c.number, certificates.c.record)
        .join(certificates, certificates.c.cycle_id == cycles.c.id)
        .where(
            cycles.c.project_id == project_id,
            cycles.c.ended_at.is_(None),
            ~exists().where(
                newer.c.cycle_id == cycles.c.id, newer.c.position > certificates.c.position
            ),
        )
        .order_by(cycles.c.number)
    )
    return [
        (row.number, any_certificate.validate_json(row.record).statement)
        for row in connection.execute(query)
    ]


def _choices(counted: Counter[str], ends: list[str]) -> dict[Afterwards, str]:
    machine = counted["state:accepted"]
    people = counted["images"] - machine
    people -= counted["state:unlabeled"] + counted["state:pre-labeled"]
    if not people + machine:
        return {Afterwards.GO_ON: "No image has a label yet."}
    anew = f" The {machine} labels of the model are certified anew, or people are asked."
    return {
        Afterwards.GO_ON: f"The labels of {people} images that people gave stay as they are."
        + (anew if ends and machine else ""),
        Afterwards.PROPOSALS: f"People are shown the old labels of {people} images and say "
        "whether each still holds." + (anew if machine else ""),
        Afterwards.START_OVER: f"The labels of all {people + machine} images stop counting. They "
        "stay in the history.",
    }
