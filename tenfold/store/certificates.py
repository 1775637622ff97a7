"""Certificates, and taking over the labels that they cover."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, and_, func, insert, literal, or_, select, update

from models.annotation import AnnotationKind, FinalKind
from models.certificate import Certificate, WalkCertificate, any_certificate
from models.cycle import Claim
from models.project import Project
from models.record import now
from tenfold.errors import ConflictError
from tenfold.store.backlogs import withdraw_from_backlogs
from tenfold.store.class_counts import people_by_class
from tenfold.store.engine import Database
from tenfold.store.erased import ERASED
from tenfold.store.finals import contribution, recompute, row_contribution
from tenfold.store.newest import project_of
from tenfold.store.tables import annotations, certificates, images, prelabels
from tenfold.store.tallies import bump
from tenfold.store.walk_rows import refuse_beside_walk

CHUNK = 500
"""Images accepted by one statement."""


class Certificates:
    """What may be claimed, and the labels accepted with it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def accept(self, claim: Claim, certificate: Certificate, shas: Sequence[str]) -> int:
        """Store a certificate and accept the pre-labels that it covers, in one transaction.

        Images that a person has spoken of, or that came with a label, are left as they are. A
        certificate that is there already changes nothing.

        Returns:
            How many labels were accepted.

        Raises:
            ConflictError: its model version proposes nothing for one of the images; the cycle is
                certified by a walk; or each class is certified for itself, and people have said
                something meanwhile that makes a class smaller than was counted.
        """
        with self._db.claimed(claim) as connection:
            if _there(connection, certificate.id):
                return 0
            refuse_beside_walk(connection, claim.cycle_id)
            store_certificate(connection, claim.cycle_id, certificate)
            wanted = sorted(set(shas))
            withdraw_from_backlogs(connection, claim.cycle_id, wanted)
            project = project_of(connection, claim.project_id)
            accepted = sum(
                _accept(connection, claim, certificate, wanted[i : i + CHUNK], project)
                for i in range(0, len(wanted), CHUNK)
            )
            if certificate.classes:
                _refuse_smaller(connection, claim, certificate, accepted)
            return accepted

    def latest(self, cycle_id: str) -> Certificate | WalkCertificate | None:
        """Return the newest certificate of a cycle."""
        query = (
            select(certificates.c.record)
            .where(certificates.c.cycle_id == cycle_id)
            .order_by(certificates.c.position.desc())
            .limit(1)
        )
        with self._db.read() as connection:
            record = connection.scalar(query)
        return None if record is None else any_certificate.validate_json(record)

    def get(self, certificate_id: str) -> Certificate | WalkCertificate | None:
        """Return a certificate, if it is there."""
        query = select(certificates.c.record).where(certificates.c.id == certificate_id)
        with self._db.read() as connection:
            record = connection.scalar(query)
        return None if record is None else any_certificate.validate_json(record)


def _refuse_smaller(
    connection: Connection, claim: Claim, certificate: Certificate, accepted: int
) -> None:
    """Refuse a certificate of each class whose classes are smaller by now than it says."""
    people = people_by_class(connection, claim.project_id, claim.cycle_id)
    fewer = [one for one in certificate.classes if people.get(one.label, 0) < one.by_people]
    if fewer or accepted < certificate.accepted:
        raise ConflictError("People have changed labels since those of each class were counted.")


def _there(connection: Connection, certificate_id: str) -> bool:
    query = select(certificates.c.id).where(certificates.c.id == certificate_id)
    return connection.scalar(query) is not None


def store_certificate(
    connection: Connection, cycle_id: str, certificate: Certificate | WalkCertificate
) -> None:
    """Keep a certificate as the newest of its cycle."""
    newest = connection.scalar(
        select(func.max(certificates.c.position)).where(certificates.c.cycle_id == cycle_id)
    )
    connection.execute(
        insert(certificates).values(
            id=certificate.id,
            cycle_id=cycle_id,
            position=(newest or 0) + 1,
            record=certificate.model_dump_json(),
        )
    )


def _accept(
    connection: Connection,
    claim: Claim,
    certificate: Certificate,
    shas: Sequence[str],
    project: Project,
) -> int:
    model = certificate.inputs.model_version
    query = (
        select(images, prelabels.c.value.label("proposed"))
        .outerjoin(
            prelabels,
            and_(prelabels.c.model_version == model, prelabels.c.sha256 == images.c.sha256),
        )
        .where(
            images.c.project_id == claim.project_id,
            images.c.sha256.in_(shas),
            images.c.touched.is_(False),
            images.c.state != ERASED,
            or_(images.c.final_by.is_(None), images.c.final_by == FinalKind.ACCEPTED),
        )
    )
    rows = connection.execute(query).all()
    changes: Counter[str] = Counter()
    for row in rows:
        if row.proposed is None:
            raise ConflictError(f"Model version {model} proposes nothing for image {row.sha256}.")
        if not row.gone:
            changes.update(
                contribution("accepted", row.proposed, FinalKind.ACCEPTED, excluded=False)
            )
            changes.subtract(row_contribution(row))
    if rows:
        accepted = [row.sha256 for row in rows]
        _annotate(connection, claim, certificate, accepted, project.classes_version)
        make_final(connection, claim.project_id, accepted)
        bump(connection, claim.project_id, changes)
        if project.former_classes:
            recompute(connection, project, accepted)
    return len(rows)


def _annotate(
    connection: Connection,
    claim: Claim,
    certificate: Certificate,
    shas: Sequence[str],
    classes_version: int,
) -> None:
    model = certificate.inputs.model_version
    connection.execute(
        insert(annotations).from_select(
            [
                "project_id",
                "sha256",
                "kind",
                "value",
                "comment",
                "round_id",
                "model_version",
                "seconds",
                "actions",
                "classes_version",
                "second_opinion",
                "created_at",
            ],
            select(
                literal(claim.project_id),
                prelabels.c.sha256,
                literal(AnnotationKind.ACCEPTED.value),
                prelabels.c.value,
                literal(""),
                literal(certificate.round_id),
                literal(model),
                literal(0.0),
                literal(0),
                literal(classes_version),
                literal(value=False),
                literal(now(), annotations.c.created_at.type),
            )
            .where(prelabels.c.model_version == model, prelabels.c.sha256.in_(shas))
            .order_by(prelabels.c.sha256),
        )
    )


def make_final(connection: Connection, project_id: str, shas: Sequence[str]) -> None:
    """Make the newest acceptance of each image its final label."""
    newest = (
        select(func.max(annotations.c.id))
        .where(
            annotations.c.project_id == images.c.project_id,
            annotations.c.sha256 == images.c.sha256,
            annotations.c.kind == AnnotationKind.ACCEPTED,
        )
        .scalar_subquery()
    )
    own = and_(images.c.project_id == project_id, images.c.sha256.in_(shas))
    connection.execute(
        update(images)
        .where(own)
        .values(final_annotation=newest, final_by=FinalKind.ACCEPTED, state="accepted")
    )
    value = (
        select(annotations.c.value)
        .where(annotations.c.id == images.c.final_annotation)
        .scalar_subquery()
    )
    connection.execute(update(images).where(own).values(final_value=value))
