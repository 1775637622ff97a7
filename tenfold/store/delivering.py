"""Accepting the labels that a walk delivers."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, insert, literal, select

from models.annotation import AnnotationKind, FinalKind
from models.certificate import WalkCertificate
from models.cycle import Claim
from models.record import now
from tenfold.store.certificates import make_final, store_certificate
from tenfold.store.finals import contribution, row_contribution
from tenfold.store.membership import of_cycle
from tenfold.store.newest import project_of
from tenfold.store.tables import annotations, images, walk_commits
from tenfold.store.tallies import bump

CHUNK = 500
"""Images accepted by one statement."""


def images_delivered(connection: Connection, project_id: str, cycle_id: str) -> int:
    """Count the images that a cycle delivers a label for, as they are now."""
    condition = of_cycle(connection, project_id, cycle_id)
    query = select(func.count()).select_from(images).where(condition)
    return connection.execute(query).scalar_one()


def to_be_accepted(connection: Connection, project_id: str, shas: Sequence[str]) -> int:
    """Count the images among these that are there and that nobody has said anything of since."""
    return sum(
        connection.execute(
            select(func.count())
            .select_from(images)
            .where(_unspoken(project_id, shas[start : start + CHUNK]))
        ).scalar_one()
        for start in range(0, len(shas), CHUNK)
    )


def deliver_commits(
    connection: Connection, claim: Claim, certificate: WalkCertificate, shas: Sequence[str]
) -> None:
    """Keep a walk's certificate and make its delivered labels final.

    Where a person has said something meanwhile, that stands.
    """
    store_certificate(connection, claim.cycle_id, certificate)
    version = project_of(connection, claim.project_id).classes_version
    wanted = sorted(shas)
    for start in range(0, len(wanted), CHUNK):
        _accept(connection, claim, certificate, wanted[start : start + CHUNK], version)


def _unspoken(project_id: str, shas: Sequence[str]) -> ColumnElement[bool]:
    return and_(
        images.c.project_id == project_id,
        images.c.sha256.in_(shas),
        images.c.touched.is_(False),
        images.c.final_by.is_(None),
        images.c.excluded.is_(False),
        images.c.gone.is_(False),
    )


def _accept(
    connection: Connection,
    claim: Claim,
    certificate: WalkCertificate,
    shas: Sequence[str],
    classes_version: int,
) -> None:
    query = (
        select(images, walk_commits.c.value)
        .join(walk_commits, walk_commits.c.sha256 == images.c.sha256)
        .where(
            walk_commits.c.walk_id == certificate.id,
            walk_commits.c.sha256.in_(shas),
            _unspoken(claim.project_id, shas),
        )
    )
    rows = connection.execute(query).all()
    changes: Counter[str] = Counter()
    for row in rows:
        changes.update(contribution("accepted", row.value, FinalKind.ACCEPTED, excluded=False))
        changes.subtract(row_contribution(row))
    if rows:
        accepted = [row.sha256 for row in rows]
        _annotate(connection, certificate, accepted, classes_version)
        make_final(connection, claim.project_id, accepted)
        bump(connection, claim.project_id, changes)


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
