"""The endpoint that gives tokens to a managed identity, as in jobs of Azure ML."""

import base64
import json
import time
from typing import Any

from tests.azure.standin.messages import Answer, Request, refusal

SECRET = "a-secret-of-the-test"
PERSON = "11111111-aaaa-4aaa-8aaa-000000000001"


def issue(request: Request) -> Answer:
    """Answer a request for a token of a resource."""
    if request.headers.get("secret") != SECRET:
        return refusal(401, "Unauthorized", "The secret is wrong.")
    resource, expires = request.query["resource"].removesuffix("/.default"), int(time.time()) + 3600
    token = unsigned_token(resource, expires)
    return Answer(
        200,
        {
            "access_token": token,
            "expires_on": str(expires),
            "resource": resource,
            "token_type": "Bearer",
        },
    )


def unsigned_token(resource: str, expires: int) -> str:
    """Return a token that Azurite takes: it doesn't look for a signature."""
    claims = {
        "aud": resource,
        "iss": "https://sts.windows.net/22222222-bbbb-4bbb-8bbb-000000000002/",
        "iat": expires - 4000,
        "nbf": expires - 4000,
        "exp": expires,
        "oid": PERSON,
        "tid": "22222222-bbbb-4bbb-8bbb-000000000002",
        "upn": "ann@example.org",
    }
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}.{_encoded(b'none')}"


def _part(content: dict[str, Any]) -> str:
    return _encoded(json.dumps(content).encode())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
