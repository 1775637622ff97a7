"""Rows of one image that lie anywhere in a file, brought together on disk instead of in memory."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, Self


class Temporary:
    """A database of SQLite's own that is gone when it is closed."""

    def __init__(self) -> None:
        # An empty name makes SQLite keep it in memory while small, in an unnamed file when large.
        self._db = sqlite3.connect("", isolation_level=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the database go."""
        self._db.close()


class Names(Temporary):
    """File names that are given out once each, also where upper and lower case are the same."""

    def __init__(self) -> None:
        super().__init__()
        self._db.execute("CREATE TABLE taken (name TEXT PRIMARY KEY) WITHOUT ROWID")
        self._db.execute("BEGIN")

    def take(self, name: str, sha256: str) -> str:
        """Return the name, or where it is taken one with a part of the image's hash."""
        for candidate in (name, f"{name}-{sha256[:8]}", f"{name}-{sha256}"):
            done = self._db.execute(
                "INSERT OR IGNORE INTO taken VALUES (?)", (candidate.casefold(),)
            )
            if done.rowcount:
                return candidate
        raise AssertionError("an image was named twice")


class Spool(Temporary):
    """Gathers JSON items by key in a temporary database; it is gone when the spool is closed."""

    def __init__(self) -> None:
        super().__init__()
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("CREATE TABLE item (seq INTEGER PRIMARY KEY, key TEXT, item TEXT)")
        self._db.execute("CREATE TABLE first (key TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID")
        self._db.execute("BEGIN")

    def add(self, key: str, item: Any) -> None:
        """Put an item to those of its key."""
        done = self._db.execute(
            "INSERT INTO item (key, item) VALUES (?, ?)", (key, json.dumps(item))
        )
        self._db.execute("INSERT OR IGNORE INTO first VALUES (?, ?)", (key, done.lastrowid))

    def items(self, key: str) -> list[Any]:
        """Return the items of one key in the order in which they came; `ready` first."""
        rows = self._db.execute("SELECT item FROM item WHERE key = ? ORDER BY seq", (key,))
        return [json.loads(text) for (text,) in rows]

    def ready(self) -> None:
        """Make reading fast, once everything is in."""
        self._db.execute("CREATE INDEX IF NOT EXISTS by_key ON item (key, seq)")

    def most(self) -> int:
        """Return the largest count of items under one key; 0 where there are none."""
        counts = self._db.execute(
            "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM item GROUP BY key)"
        )
        return int(counts.fetchone()[0])

    def has(self, key: str) -> bool:
        """Whether there are items of a key."""
        found = self._db.execute("SELECT 1 FROM first WHERE key = ?", (key,))
        return found.fetchone() is not None

    def each_key(self) -> Iterator[str]:
        """Yield each key once."""
        yield from (key for (key,) in self._db.execute("SELECT key FROM first ORDER BY seq"))

    def groups(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield each key with its items, keys in the order in which they were first seen."""
        self.ready()
        query = self._db.execute(
            "SELECT f.key, i.item FROM first f JOIN item i ON i.key = f.key ORDER BY f.seq, i.seq"
        )
        key: str | None = None
        items: list[Any] = []
        for row_key, text in query:
            if key is not None and row_key != key:
                yield key, items
                items = []
            key = row_key
            items.append(json.loads(text))
        if key is not None:
            yield key, items
