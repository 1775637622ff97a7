"""Session cookies: the id of a person, signed and dated."""

import hashlib

from fastapi import Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from tenfold.web.context import Web

DAYS = 30
SECONDS = DAYS * 24 * 3600


def cookie_name(web: Web) -> str:
    """Name of the cookie; browsers share cookies between ports, so each server has its own."""
    return "tenfold_" + hashlib.sha256(web.cookie_secret.encode()).hexdigest()[:8]


def _signer(web: Web) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(web.cookie_secret, salt="tenfold-session")


def read(web: Web, cookie: str | None) -> int | None:
    """Return the id of the person that a cookie names; None where it is wrong or too old."""
    if not cookie:
        return None
    try:
        person_id = _signer(web).loads(cookie, max_age=SECONDS)
    except BadSignature:
        return None
    return person_id if isinstance(person_id, int) else None


def begin(web: Web, response: Response, person_id: int) -> None:
    """Sign a person in."""
    response.set_cookie(
        cookie_name(web),
        str(_signer(web).dumps(person_id)),
        max_age=SECONDS,
        httponly=True,
        samesite="lax",
        secure=web.settings.public_url.startswith("https://"),
    )


def end(web: Web, response: Response) -> None:
    """Sign a person out."""
    response.delete_cookie(cookie_name(web), httponly=True, samesite="lax")
