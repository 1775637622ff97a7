"""Who answers which request."""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.azure.standin import code, identity
from tests.azure.standin.documents import Documents
from tests.azure.standin.faults import Faults
from tests.azure.standin.jobs import Jobs
from tests.azure.standin.messages import Answer, Request, not_found, refusal
from tests.azure.standin.regions import Region

_WORKSPACE = re.compile(r"^(/subscriptions/.*/workspaces/[^/]+)", re.IGNORECASE)
_LOCATION = re.compile(r"/locations/(?P<region>[^/]+)/(?P<what>vmSizes|usages)$", re.IGNORECASE)
_DETAILS = re.compile(
    r"^/history/v1.0(?P<workspace>/.*)/runs/(?P<name>[^/]+)/details$", re.IGNORECASE
)
_ROLES = re.compile(r"/providers/Microsoft.Authorization/roleAssignments$", re.IGNORECASE)


@dataclass
class Service:
    """All that is behind the server."""

    base_url: str
    documents: Documents
    jobs: Jobs
    faults: Faults
    regions: dict[str, Region] = field(default_factory=dict)
    roles: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of a principal and the id of a role that it has on the storage account."""

    def answer(self, request: Request) -> Answer:
        """Answer a request, as if nothing were wrong."""
        if request.path == "/msi/token":
            return identity.issue(request)
        if request.path == "/discovery":
            return Answer(200, {"api": self.base_url, "history": self.base_url})
        if request.path.startswith("/logs/"):
            return self.jobs.log_of(request.path.removeprefix("/logs"))
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return refusal(401, "AuthenticationFailed", "There is no token.")
        return self._elsewhere(request) or self._of_workspace(request)

    def _elsewhere(self, request: Request) -> Answer | None:
        """Answer what isn't the workspace's."""
        if found := _LOCATION.search(request.path):
            return self._location(found["region"], found["what"])
        if found := _DETAILS.match(request.path):
            return self.jobs.details(f"{found['workspace']}/jobs/{found['name']}", self.base_url)
        if _ROLES.search(request.path):
            return Answer(200, {"value": self._assignments(request.query.get("$filter", ""))})
        return None

    def _of_workspace(self, request: Request) -> Answer:
        path, workspace = request.path, _WORKSPACE.match(request.path)
        if workspace is None or self.documents.get(workspace[1]) is None:
            return not_found(f"The workspace of {path}")
        if path.endswith("/startPendingUpload"):
            node = self.jobs.node
            return code.start_upload(node.azurite, node.certificate)
        if "/jobs" in path.lower():
            return self._of_jobs(request, workspace[1])
        if "hash" in request.query:
            return self._codes(path, request.query["hash"])
        return self.documents.answer(request)

    def _of_jobs(self, request: Request, workspace: str) -> Answer:
        path = request.path
        if path.endswith("/cancel"):
            return self.jobs.cancel(path.removesuffix("/cancel"))
        if path.lower().endswith("/jobs"):
            return self.jobs.listed(workspace)
        return self.jobs.put(request) if request.method == "PUT" else self.jobs.get(path)

    def _codes(self, path: str, content_hash: str) -> Answer:
        """Answer which versions of a code have a hash, whatever the code is called."""
        codes = f"{path.lower().split('/codes/')[0]}/codes/"
        with self.documents.lock:
            found = [
                document
                for key, document in self.documents.kept.items()
                if key.startswith(codes) and _hash(document) == content_hash
            ]
        return Answer(200, {"value": found})

    def _location(self, region: str, what: str) -> Answer:
        there = self.regions.get(region)
        if there is None:
            return refusal(400, "LocationNotAvailable", f"There is nothing in {region}.")
        return Answer(200, there.vm_sizes() if what.lower() == "vmsizes" else there.usages())

    def _assignments(self, wanted: str) -> list[dict[str, Any]]:
        return [
            {"properties": {"principalId": who, "roleDefinitionId": f"/x/roleDefinitions/{role}"}}
            for who, role in sorted(self.roles)
            if who in wanted
        ]


def _hash(document: dict[str, Any]) -> str | None:
    properties = document.get("properties", {}).get("properties") or {}
    return properties.get("hash_sha256") or properties.get("content_hash")
