"""Accepting the labels that a walk delivers."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, insert, literal, or_, select

from models.annotation import AnnotationKind, FinalKind
from models.certificate import WalkCertificate
from models.cycle import Claim
from models.record import now
from tenfold.store.certificates import make_final
from tenfold.store.finals import contribution, recompute, row_contribution
from tenfold.store.membership import count_images, of_cycle
from tenfold.store.newest import project_of
from tenfold.store.rows import AnyRow
from tenfold.store.tables import annotations, images, walk_commits
from tenfold.store.tallies import bump


def images_delivered(connection: Connection, project_id: str, cycle_id: str) -> int:
    """Count the images that count in a cycle's N, as they are now."""
    return count_images(connection, of_cycle(connection, project_id, cycle_id))


def to_be_accepted(connection: Connection, row: AnyRow, end: int) -> int:
    """Count the images that a walk delivers, are there, and that nobody has spoken of since.

    Those whose labels a delivery that was killed has accepted already are among them.

    Args:
        connection: to the store.
        row: of a walk with nothing due.
        end: the first place of the log that went back to people, or its length.
    """
    query = (
        select(func.count())
        .select_from(walk_commits)
        .join(
            images,
            and_(
                images.c.project_id == walk_commits.c.project_id,
                images.c.sha256 == walk_commits.c.sha256,
            ),
        )
        .where(
            walk_commits.c.walk_id == row.id,
            walk_commits.c.position < end,
            walk_commits.c.wrong.is_(None),
            _unspoken(),
            or_(images.c.final_by.is_(None), images.c.final_by == FinalKind.ACCEPTED),
        )
    )
    return connection.execute(query).scalar_one()


def _unspoken() -> ColumnElement[bool]:
    return and_(images.c.touched.is_(False), images.c.excluded.is_(False), images.c.gone.is_(False))


def accept_commits(
    connection: Connection, claim: Claim, certificate: WalkCertificate, shas: Sequence[str]
) -> None:
    """Make delivered labels final, as far as they aren't yet; as many as fit into one statement.

    Where a person has said something meanwhile, that stands.
    """
    query = (
        select(images, walk_commits.c.value)
        .join(walk_commits, walk_commits.c.sha256 == images.c.sha256)
        .where(
            walk_commits.c.walk_id == certificate.id,
            walk_commits.c.sha256.in_(shas),
            images.c.project_id == claim.project_id,
            images.c.final_by.is_(None),
            _unspoken(),
        )
    )
    rows = connection.execute(query).all()
    changes: Counter[str] = Counter()
    for row in rows:
        changes.update(contribution("accepted", row.value, FinalKind.ACCEPTED, excluded=False))
        changes.subtract(row_contribution(row))
    if rows:
        accepted = [row.sha256 for row in rows]
        project = project_of(connection, claim.project_id)
        _annotate(connection, certificate, accepted, project.classes_version)
        make_final(connection, claim.project_id, accepted)
        bump(connection, claim.project_id, changes)
        if project.former_classes:
            recompute(connection, project, accepted)


def _annotate(
    connection: Connection, certificate: WalkCertificate, shas: Sequence[str], classes_version: int
) -> None:
    same_for_all = {
        "kind": literal(AnnotationKind.ACCEPTED.value),
        "comment": literal(""),
        "round_id": literal(certificate.round_id, annotations.c.round_id.type),
        "seconds": literal(0.0),
        "actions": literal(0),
        "classes_version": literal(classes_version),
        "second_opinion": literal(value=False),
        "created_at": literal(now(), annotations.c.created_at.type),
    }
    own = ("project_id", "sha256", "value", "model_version")
    connection.execute(
        insert(annotations).from_select(
            [*own, *same_for_all],
            select(*(walk_commits.c[name] for name in own), *same_for_all.values())
            .where(walk_commits.c.walk_id == certificate.id, walk_commits.c.sha256.in_(shas))
            .order_by(walk_commits.c.sha256),
        )
    )
