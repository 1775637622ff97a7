"""Paths that must stay inside a folder, and names that nobody means as images."""

import os
import stat
from pathlib import Path, PurePosixPath

_JUNK = {"Thumbs.db", "desktop.ini", "__MACOSX"}


def is_junk(path: str) -> bool:
    """Whether a relative path is a hidden file or what an operating system leaves behind."""
    return any(part.startswith(".") or part in _JUNK for part in path.split("/"))


def leaves(path: str) -> bool:
    """Whether a relative path with forward slashes leads out of its folder."""
    parts = PurePosixPath(path).parts
    windows = "\\" in path or (len(path) > 1 and path[1] == ":")
    return not parts or parts[0] == "/" or ".." in parts or windows


def file_inside(root: Path, path: str) -> Path:
    """Return the regular file at a relative path, links followed.

    Args:
        root: a resolved folder.
        path: relative, with forward slashes.

    Raises:
        FileNotFoundError: no regular file is there, or it lies outside of root.
        OSError: the folder can't be read.
    """
    if "\0" in path:
        raise FileNotFoundError(path)
    real = Path(os.path.realpath(root / path))
    if not real.is_relative_to(root) or not stat.S_ISREG(real.stat().st_mode):
        raise FileNotFoundError(path)
    return real


def mark_of(status: os.stat_result) -> str:
    """Return size and modification time: unchanged means that the file need not be read again."""
    return f"{status.st_size}-{status.st_mtime_ns}"
