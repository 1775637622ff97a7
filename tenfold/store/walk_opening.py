"""Opening a walk: what is frozen with it, and its sealed seed."""

import json

from sqlalchemy import Connection, insert, select

from models.cycle import Claim
from models.record import now
from tenfold.errors import ConflictError
from tenfold.learning.tolerance import wrong_allowed
from tenfold.learning.walk import coins
from tenfold.learning.walk.ladder import Ladder
from tenfold.learning.walk.verify import keeps_promise
from tenfold.store.newest import project_of
from tenfold.store.rows import new_id
from tenfold.store.tables import certificates, walks
from tenfold.store.walk_rows import had_audit


def open_walk(connection: Connection, claim: Claim, ladder: Ladder, n_images: int) -> None:
    """Write the walk of a cycle, its seed sealed.

    Args:
        connection: a write that holds the project's lock.
        claim: the right to write.
        ladder: the rates, frozen before the first coin.
        n_images: N, counted right before in a transaction that kept nobody waiting.

    Raises:
        ConflictError: the rates don't keep the promise, or the cycle had an audit already.
    """
    _refuse_after_audit(connection, claim.cycle_id)
    connection.execute(insert(walks).values(_walk_values(connection, claim, ladder, n_images)))


def _walk_values(
    connection: Connection, claim: Claim, ladder: Ladder, n_images: int
) -> dict[str, object]:
    project = project_of(connection, claim.project_id)
    allowed = wrong_allowed(n_images, project.error)
    if not keeps_promise(allowed, ladder.rates, project.confidence):
        raise ConflictError(
            f"These rates don't keep the promise of at most {allowed} wrong labels.",
            "Solve the ladder for this project's error, confidence and number of images.",
        )
    seed = coins.seal()
    return {
        "id": new_id(),
        "project_id": claim.project_id,
        "cycle_id": claim.cycle_id,
        "images": n_images,
        "error": project.error,
        "confidence": project.confidence,
        "wrong_allowed": allowed,
        "rates": json.dumps(ladder.rates),
        "overlap": project.overlap,
        "seed": seed,
        "seal_commitment": coins.commitment(seed),
        "opened_at": now(),
    }


def _refuse_after_audit(connection: Connection, cycle_id: str) -> None:
    certified = select(certificates.c.id).where(certificates.c.cycle_id == cycle_id).limit(1)
    if had_audit(connection, cycle_id) or connection.scalar(certified) is not None:
        raise ConflictError("This cycle had an audit already; a walk beside it isn't covered.")
