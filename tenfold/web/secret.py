"""Secrets of this machine: made once, kept in files that only their owner can read."""

import os
import secrets
from pathlib import Path

from tenfold.settings import Settings


def kept_secret(path: Path) -> str:
    """Return the secret in a file; made where it is not there, whole or not at all."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
        try:
            path.hardlink_to(unfinished)
        except FileExistsError:
            pass
        finally:
            unfinished.unlink()
    return path.read_text().strip()


def machine_token(settings: Settings) -> str:
    """Return the token of this machine's sign-in link."""
    return kept_secret(settings.home_dir / "token")


def cookie_secret(settings: Settings) -> str:
    """Return the key that signs session cookies."""
    return kept_secret(settings.home_dir / "cookie-key")
