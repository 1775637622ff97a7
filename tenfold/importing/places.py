"""Which image a labels file means: by its path, by its address, or by its name."""

from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import unquote

from tenfold.formats.grouping import Temporary
from tenfold.formats.paths import clean_path, path_of_url
from tenfold.formats.records import LabeledPath

_BATCH = 5000
_MOST_ALIKE = 1000
"""Images of one name that are compared; of more than that, the name says nothing."""


class Places(Temporary):
    """Paths of a project or a source, in a temporary database; gone when it is closed."""

    def __init__(self, paths: Iterable[str]) -> None:
        super().__init__()
        self._db.execute("CREATE TABLE place (path TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID")
        self._db.execute("BEGIN")
        for batch in _batches(iter(paths)):
            rows = [(path, (_parts(path) or [""])[-1]) for path in batch]
            self._db.executemany("INSERT OR IGNORE INTO place VALUES (?, ?)", rows)
        self._db.execute("CREATE INDEX by_name ON place (name)")

    def __len__(self) -> int:
        """Count the paths."""
        return int(self._db.execute("SELECT count(*) FROM place").fetchone()[0])

    def find(self, row: LabeledPath) -> str | None:
        """Return the path of a row's image; None where there is none, or more than one."""
        for path in (row.path, row.url):
            if path is not None and self._has(path):
                return path
        asked = [row.path] if row.url is None else [row.path, row.url]
        return self._nearest([_parts(text) for text in asked])

    def _has(self, path: str) -> bool:
        found = self._db.execute("SELECT 1 FROM place WHERE path = ?", (path,))
        return found.fetchone() is not None

    def _nearest(self, asked: list[list[str]]) -> str | None:
        """Return the one path that shares the longest end with what is asked for."""
        best: list[str] = []
        longest = 0
        for path in self._named({parts[-1] for parts in asked if parts}):
            here = _parts(path)
            shared = max(_shared(here, parts) for parts in asked)
            if shared > longest:
                best, longest = [path], shared
            elif shared == longest:
                best.append(path)
        return best[0] if len(best) == 1 else None

    def _named(self, names: set[str]) -> list[str]:
        found: list[str] = []
        for name in names:
            rows = self._db.execute(
                "SELECT path FROM place WHERE name = ? LIMIT ?", (name, _MOST_ALIKE + 1)
            ).fetchall()
            if len(rows) <= _MOST_ALIKE:
                found += [path for (path,) in rows]
        return list(dict.fromkeys(found))


def _parts(text: str) -> list[str]:
    """Return the parts of a path or an address, without what only leads to a server or store."""
    plain = text.split("?", 1)[0] if "://" in text else text
    path = plain.removeprefix("az://") if plain.startswith("az://") else path_of_url(plain)
    cleaned = clean_path(path)
    return [part for part in unquote(cleaned).replace("\\", "/").split("/") if part]


def _shared(one: list[str], other: list[str]) -> int:
    """Count the last parts that two paths share."""
    count = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        count += 1
    return count


def _batches(paths: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(paths, _BATCH)):
        yield batch
