"""Taking images and source paths in, and noting what is gone."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, Table, delete, insert, select, update

from models.image import Image, Quarantined, SourceEntry
from models.record import now
from tenfold.store.finals import row_contribution
from tenfold.store.rows import AnyRow
from tenfold.store.tables import erasures, images, past_memberships, quarantine, sources
from tenfold.store.tallies import bump, insert_into

CHUNK = 500
"""Values in one IN list."""


def add_images(connection: Connection, project_id: str, found: Sequence[Image]) -> list[str]:
    """Add the images that the project doesn't have; return their hashes."""
    by_hash = {image.sha256: image for image in found}
    known = _named_in(images, connection, project_id, list(by_hash))
    new = [image for sha, image in by_hash.items() if sha not in known]
    if new:
        connection.execute(insert(images), [_image_row(project_id, image) for image in new])
        bump(connection, project_id, {"images": len(new), "state:unlabeled": len(new)})
    return [image.sha256 for image in new]


def erased_among(connection: Connection, project_id: str, shas: Sequence[str]) -> set[str]:
    """Return those of the images that were erased for good."""
    return _named_in(erasures, connection, project_id, shas)


def know_erased(
    connection: Connection,
    project_id: str,
    erased: Collection[str],
    entries: Mapping[str, Sequence[SourceEntry]],
) -> None:
    """Note paths that hold an erased image, so that they aren't read again; they lead nowhere."""
    rows = [
        {
            "project_id": project_id,
            "path": entry.path,
            "sha256": sha,
            "mark": entry.mark,
            "columns": "{}",
            "size": entry.size,
            "gone": True,
        }
        for sha in sorted(erased)
        for entry in entries.get(sha, ())
    ]
    if rows:
        mark_gone(connection, project_id, [str(row["path"]) for row in rows])
        statement = insert_into(sources, connection.dialect)
        updated = {name: statement.excluded[name] for name in ("sha256", "mark", "columns", "gone")}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["project_id", "path"], set_=updated),
            rows,
        )


def _named_in(
    table: Table, connection: Connection, project_id: str, shas: Sequence[str]
) -> set[str]:
    """Return those of the images that a table has a row of."""
    found: set[str] = set()
    for start in range(0, len(shas), CHUNK):
        query = select(table.c.sha256).where(
            table.c.project_id == project_id, table.c.sha256.in_(shas[start : start + CHUNK])
        )
        found.update(connection.scalars(query))
    return found


def _image_row(project_id: str, image: Image) -> dict[str, object]:
    own = image.model_dump(exclude={"columns", "paths"})
    return {
        **own,
        "project_id": project_id,
        "columns": json.dumps(image.columns, ensure_ascii=False),
        "gone": False,
        "state": "unlabeled",
        "excluded": False,
        "touched": False,
        "skips": 0,
    }


def add_entries(
    connection: Connection, project_id: str, entries: Mapping[str, Sequence[SourceEntry]]
) -> int:
    """Note which paths hold which image; return how many paths are new to their image."""
    rows = {
        entry.path: {
            "project_id": project_id,
            "path": entry.path,
            "sha256": sha,
            "mark": entry.mark,
            "columns": json.dumps(entry.columns, ensure_ascii=False),
            "size": entry.size,
            "gone": False,
        }
        for sha, found in entries.items()
        for entry in found
    }
    before = _sources(connection, project_id, list(rows))
    if rows:
        statement = insert_into(sources, connection.dialect)
        updated = {
            name: statement.excluded[name] for name in ("sha256", "mark", "columns", "size", "gone")
        }
        connection.execute(
            statement.on_conflict_do_update(index_elements=["project_id", "path"], set_=updated),
            list(rows.values()),
        )
    _forget_quarantine(connection, project_id, list(rows))
    fresh = [path for path, row in rows.items() if before.get(path, ("", True))[0] != row["sha256"]]
    back = [path for path in rows if before.get(path, ("", True))[1]]
    bump(connection, project_id, {"paths": len(back)})
    touched = {str(row["sha256"]) for row in rows.values()} | {sha for sha, _ in before.values()}
    _refresh_gone(connection, project_id, sorted(touched))
    return len(fresh)


def _sources(
    connection: Connection, project_id: str, paths: Sequence[str]
) -> dict[str, tuple[str, bool]]:
    found: dict[str, tuple[str, bool]] = {}
    for start in range(0, len(paths), CHUNK):
        query = select(sources.c.path, sources.c.sha256, sources.c.gone).where(
            sources.c.project_id == project_id, sources.c.path.in_(paths[start : start + CHUNK])
        )
        found.update((path, (sha, gone)) for path, sha, gone in connection.execute(query))
    return found


def _forget_quarantine(connection: Connection, project_id: str, paths: Sequence[str]) -> None:
    removed = 0
    for start in range(0, len(paths), CHUNK):
        removed += connection.execute(
            delete(quarantine).where(
                quarantine.c.project_id == project_id,
                quarantine.c.path.in_(paths[start : start + CHUNK]),
            )
        ).rowcount
    bump(connection, project_id, {"quarantined": -removed})


def set_aside(connection: Connection, project_id: str, aside: Sequence[Quarantined]) -> int:
    """Note paths that gave no image, with the reason; return how many are new."""
    rows = {item.path: item for item in aside}
    mark_gone(connection, project_id, list(rows))
    known = _count_quarantined(connection, project_id, list(rows))
    if rows:
        statement = insert_into(quarantine, connection.dialect)
        updated = {name: statement.excluded[name] for name in ("reason", "detail", "mark")}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["project_id", "path"], set_=updated),
            [
                {
                    "project_id": project_id,
                    "path": item.path,
                    "reason": item.reason,
                    "detail": item.detail,
                    "noticed_at": item.noticed_at or now(),
                    "mark": item.mark,
                }
                for item in rows.values()
            ],
        )
    new = len(rows) - known
    bump(connection, project_id, {"quarantined": new})
    return new


def _count_quarantined(connection: Connection, project_id: str, paths: Sequence[str]) -> int:
    known = 0
    for start in range(0, len(paths), CHUNK):
        query = select(quarantine.c.path).where(
            quarantine.c.project_id == project_id,
            quarantine.c.path.in_(paths[start : start + CHUNK]),
        )
        known += len(connection.scalars(query).all())
    return known


def mark_gone(connection: Connection, project_id: str, paths: Sequence[str]) -> None:
    """Note that paths hold nothing any more; an image without a path is gone, its labels stay."""
    shas: set[str] = set()
    lost = 0
    for start in range(0, len(paths), CHUNK):
        rows = connection.scalars(
            update(sources)
            .where(
                sources.c.project_id == project_id,
                sources.c.path.in_(paths[start : start + CHUNK]),
                sources.c.gone.is_(False),
            )
            .values(gone=True)
            .returning(sources.c.sha256)
        ).all()
        lost += len(rows)
        shas.update(rows)
    bump(connection, project_id, {"paths": -lost})
    _refresh_gone(connection, project_id, sorted(shas))


def _refresh_gone(connection: Connection, project_id: str, shas: Sequence[str]) -> None:
    """Bring `gone` of images in line with their paths, and the tallies with it."""
    for start in range(0, len(shas), CHUNK):
        part = shas[start : start + CHUNK]
        here = set(
            connection.scalars(
                select(sources.c.sha256).where(
                    sources.c.project_id == project_id,
                    sources.c.sha256.in_(part),
                    sources.c.gone.is_(False),
                )
            )
        )
        changes: Counter[str] = Counter()
        for row in connection.execute(
            select(images).where(images.c.project_id == project_id, images.c.sha256.in_(part))
        ).all():
            if row.gone and row.sha256 in here:
                changes.update(row_contribution(row))
                _bring_back(connection, row)
            elif not row.gone and row.sha256 not in here:
                changes.subtract(row_contribution(row))
                _set(connection, project_id, row.sha256, gone=True)
        bump(connection, project_id, changes)


def _bring_back(connection: Connection, row: AnyRow) -> None:
    """Let a gone image take part again; where it had left a version, the time before is kept."""
    if row.removed_in is None:
        _set(connection, row.project_id, row.sha256, gone=False)
        return
    connection.execute(
        insert(past_memberships).values(
            project_id=row.project_id,
            sha256=row.sha256,
            added_in=row.added_in,
            removed_in=row.removed_in,
        )
    )
    _set(connection, row.project_id, row.sha256, gone=False, added_in=None, removed_in=None)


def _set(connection: Connection, project_id: str, sha256: str, **values: object) -> None:
    connection.execute(
        update(images)
        .where(images.c.project_id == project_id, images.c.sha256 == sha256)
        .values(**values)
    )
