"""Who may write blobs: the identities of the workspace and of the cluster."""

from typing import Any

from tenfold.azure.resource_manager import ask
from tenfold.azure.workspace import account_id
from tenfold.settings import Settings

CONTRIBUTOR = "Storage Blob Data Contributor"
_MAY_WRITE = {
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",  # Storage Blob Data Contributor
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",  # Storage Blob Data Owner
}
_API = "2022-04-01"


def principals(identity: Any) -> list[str]:
    """Return the principals of an identity of the Azure ML client, the system's first."""
    if identity is None:
        return []
    users = getattr(identity, "user_assigned_identities", None) or []
    found = [getattr(identity, "principal_id", None)]
    found += [getattr(each, "principal_id", None) for each in users]
    return [str(each) for each in found if each]


def may_write(settings: Settings, principal: str) -> bool:
    """Whether a principal has a role on the storage account that lets it write blobs."""
    listed = ask(
        f"{account_id(settings)}/providers/Microsoft.Authorization/roleAssignments",
        f"roles on {settings.azure_storage_account}",
        api_version=_API,
        filter=f"assignedTo('{principal}')",
    )
    return any(_role(row) in _MAY_WRITE for row in listed.content.get("value", []))


def grant_command(settings: Settings, principal: str, kind: str = "ServicePrincipal") -> str:
    """Return the command that lets a principal write blobs."""
    return _create(principal, kind, CONTRIBUTOR, account_id(settings))


def read_command(settings: Settings, person: str) -> str:
    """Return the command that lets a person look at what is there: sizes, quota, roles."""
    return _create(person, "User", "Reader", f"/subscriptions/{settings.azure_subscription}")


def _create(principal: str, kind: str, role: str, scope: str) -> str:
    return (
        f"az role assignment create --assignee-object-id {principal} "
        f'--assignee-principal-type {kind} --role "{role}" --scope {scope}'
    )


def _role(assignment: dict[str, Any]) -> str:
    definition: str = assignment["properties"]["roleDefinitionId"]
    return definition.rsplit("/", 1)[-1].lower()
