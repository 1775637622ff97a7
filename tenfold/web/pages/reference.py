"""The reference of the HTTP API, made from its OpenAPI description."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from tenfold.web.access import SignedIn
from tenfold.web.pages.rendering import render

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation of the API."""

    method: str
    path: str
    summary: str
    description: str
    parameters: list[str]
    body: str
    answer: str


def _name(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if schema.get("type") == "array":
        return f"list of {_name(schema.get('items', {}))}"
    if "anyOf" in schema:
        return " or ".join(_name(part) for part in schema["anyOf"])
    return str(schema.get("type", ""))


def _content(part: dict[str, Any]) -> str:
    return " or ".join(
        _name(content.get("schema", {})) or media
        for media, content in part.get("content", {}).items()
    )


def _good_answer(operation: dict[str, Any]) -> dict[str, Any]:
    for code, response in operation["responses"].items():
        if code.startswith("2"):
            return dict(response)
    return {}


def endpoints(description: dict[str, Any]) -> dict[str, list[Endpoint]]:
    """Return the operations of an OpenAPI description by their tag."""
    found: dict[str, list[Endpoint]] = {}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            good = _good_answer(operation)
            endpoint = Endpoint(
                method.upper(),
                path,
                operation.get("summary", ""),
                operation.get("description", ""),
                [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"],
                _content(operation.get("requestBody", {})),
                _content(good),
            )
            found.setdefault(operation.get("tags", [""])[0], []).append(endpoint)
    return found


@router.get("/api/docs")
def reference_page(request: Request, person: SignedIn) -> Response:
    """Show every endpoint of the API."""
    description = request.app.openapi()
    return render(request, "reference.html", person=person, groups=endpoints(description))
