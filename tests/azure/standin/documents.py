"""What was put, by its path, as ARM keeps it: names are the same in any case."""

import datetime as dt
import re
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from tests.azure.standin.messages import Answer, Request, not_found, refusal

Document = dict[str, Any]

_IMMUTABLE = re.compile(r"/(data|models|environments|codes)/[^/]+/versions/[^/]+$")
_MAY_CHANGE = {"tags", "description", "isArchived", "isAnonymous", "stage", "autoDeleteSetting"}


@dataclass
class Documents:
    """Documents by lower-case path."""

    kept: dict[str, Document] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def put(self, path: str, content: Document) -> Document:
        """Keep a document with what ARM adds to it, and return it."""
        with self.lock:
            before = self.kept.get(path.lower(), {})
            document = {
                **content,
                "id": path,
                "name": path.rsplit("/", 1)[-1],
                "systemData": before.get("systemData", {"createdAt": _now(), "createdBy": "ann"}),
            }
            self.kept[path.lower()] = document
            return document

    def get(self, path: str) -> Document | None:
        """Return a document, None where there is none."""
        with self.lock:
            return self.kept.get(path.lower())

    def under(self, path: str) -> list[Document]:
        """Return the documents right under a path, in the order of their names."""
        start = f"{path.lower()}/"
        with self.lock:
            names = sorted(n for n in self.kept if n.startswith(start))
            return [self.kept[n] for n in names if "/" not in n.removeprefix(start)]

    def answer(self, request: Request) -> Answer:
        """Answer a request for a document or a list of them."""
        if request.method == "PUT":
            return self._replace(request)
        if request.method == "GET":
            found = self.get(request.path)
            if found is not None:
                return Answer(200, found)
            if request.path.rsplit("/", 1)[-1] in _COLLECTIONS:
                return Answer(200, {"value": self.under(request.path)})
        return not_found(request.path)

    def _replace(self, request: Request) -> Answer:
        content, before = request.json(), self.get(request.path)
        if before and _IMMUTABLE.search(request.path):
            if _fixed(before) != _fixed(content):
                return refusal(409, "Conflict", f"{request.path} is there, with other content.")
            content["properties"] = {**before["properties"], **content["properties"]}
        return Answer(200 if before else 201, self.put(request.path, _completed(request, content)))


_COLLECTIONS = {"versions", "jobs", "computes", "datastores", "workspaces", "roleAssignments"}


def _completed(request: Request, content: Document) -> Document:
    """Return a body with what the service fills in."""
    properties = dict(content.get("properties", {}))
    if "/models/" in request.path:
        properties.setdefault("flavors", {})
    if "/computes/" in request.path:
        properties["provisioningState"] = "Succeeded"
    return {**content, "properties": properties}


def _fixed(document: Document) -> Document:
    """Return what of an asset can't change."""
    properties = document.get("properties", {})
    given = {k: v for k, v in properties.items() if k not in _MAY_CHANGE and v not in (None, {})}
    return {k: v for k, v in given.items() if k not in {"provisioningState", "flavors"}}


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()
