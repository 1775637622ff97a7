"""What is asked and what is answered."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    def json(self) -> Any:
        """Return the body's content."""
        return json.loads(self.body or b"{}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; a text as it is, everything else as JSON."""

    status: int
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the bytes that are sent."""
        if isinstance(self.content, str):
            return self.content.encode()
        return b"" if self.content is None else json.dumps(self.content).encode()


def refusal(status: int, code: str, message: str, **headers: str) -> Answer:
    """Return an error as ARM words it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"error": {"code": code, "message": message}}, named)


def not_found(what: str) -> Answer:
    """Return that a thing isn't there."""
    return refusal(404, "ResourceNotFound", f"{what} was not found.")
