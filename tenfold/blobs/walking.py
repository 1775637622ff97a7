"""Files of a folder in the order of their names, one folder in memory at a time."""

import os
from collections.abc import Iterator
from pathlib import Path


def walk(root: Path, prefix: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield what lies under root, links included, in the order of the whole names.

    Links to folders are yielded and not followed, so that no circle can arise.

    Args:
        root: an existing folder.
        prefix: only names that begin so; folders that can't hold any are not read.

    Yields:
        Name relative to root with forward slashes, and the entry: a file or a link.

    Raises:
        OSError: a folder can't be read.
    """
    yield from _walk(os.fspath(root), "", prefix)


def _walk(folder: str, base: str, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    for key, entry in _sorted(folder):
        name = base + key
        if entry.is_dir(follow_symlinks=False):
            if name.startswith(prefix) or prefix.startswith(name):
                yield from _walk(entry.path, name, prefix)
        elif name.startswith(prefix):
            yield name, entry


def _sorted(folder: str) -> list[tuple[str, os.DirEntry[str]]]:
    """Return the entries of one folder; a folder sorts as its name and a slash."""
    with os.scandir(folder) as entries:
        found = [(e.name + "/" if e.is_dir(follow_symlinks=False) else e.name, e) for e in entries]
    return sorted(found, key=lambda pair: pair[0])
