"""What the page works on: stores, settings and the two secrets of this machine."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from tenfold.blobs.port import BlobStore
from tenfold.settings import Settings
from tenfold.store import Store


@dataclass(frozen=True, slots=True)
class Web:
    """All that a request may use."""

    store: Store
    blobs: BlobStore
    settings: Settings
    cookie_secret: str
    """Signs the session cookies."""
    machine_token: str
    """Signs this machine's user in, in the local profile."""


def web_of(request: Request) -> Web:
    """Return the context of the app that serves a request."""
    web: Web = request.app.state.web
    return web


WebContext = Annotated[Web, Depends(web_of)]


def kept_secret(path: Path) -> str:
    """Return the secret in a file that only its owner can read; made where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        secret = secrets.token_urlsafe(32)
        file.write(secret)
    return secret


def machine_token(settings: Settings) -> str:
    """Return the token of this machine's sign-in link."""
    return kept_secret(settings.home_dir / "token")


def cookie_secret(settings: Settings) -> str:
    """Return the key that signs session cookies."""
    return kept_secret(settings.home_dir / "cookie-key")
