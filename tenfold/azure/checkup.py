"""What `tenfold doctor --profile azure` looks at, in the order in which it is mended."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tenfold.azure import capacity, roles
from tenfold.azure.clusters import state_of
from tenfold.azure.errors import DOCTOR, explained
from tenfold.azure.resource_manager import SCOPE, ask
from tenfold.azure.workspace import describe_workspace, open_workspace, place, workspace_id
from tenfold.blobs.azure import AzureBlobStore
from tenfold.blobs.azure_identity import identity
from tenfold.blobs.opening import open_blobs
from tenfold.errors import BlobError, BlobNotFoundError, NotFoundError, TenfoldError
from tenfold.settings import Settings

Look = tuple[bool, str, str]
"""Whether it is well, what was seen, and what mends it."""

MAKE = "make azure-up"
_PING = "doctor/azure"
_LONGEST_SKEW_SECONDS = 300
_API = "2024-04-01"


def sign_in(settings: Settings) -> Look:
    """Ask for a token."""
    del settings
    with explained("sign-in"):
        token = identity().get_token(SCOPE)
    until = datetime.fromtimestamp(token.expires_on, UTC)
    said = claims(token.token)
    who = said.get("upn") or said.get("appid") or said.get("oid") or "somebody"
    return True, f"{who}, until {until:%H:%M} UTC", ""


def workspace(settings: Settings) -> Look:
    """Ask for the workspace."""
    named = f"{settings.azure_workspace} in {settings.azure_resource_group}"
    try:
        found = describe_workspace(settings)
    except NotFoundError:
        return False, f"{named} is not there", MAKE
    return True, f"{named}, {found.location}", ""


def clock(settings: Settings) -> Look:
    """Compare this machine's clock with Azure's: tokens and signed addresses depend on it."""
    answer = ask(workspace_id(settings), f"workspace {settings.azure_workspace}", api_version=_API)
    there = parsedate_to_datetime(answer.date)
    seconds = abs((datetime.now(UTC) - there).total_seconds())
    well = seconds <= _LONGEST_SKEW_SECONDS
    return well, f"{seconds:.0f} s from Azure's", "" if well else "sudo timedatectl set-ntp true"


def container(settings: Settings) -> Look:
    """Ask for the container."""
    name, account = place(settings)[0], settings.azure_storage_account
    blobs = _store(settings)
    try:
        blobs.check()
    except BlobNotFoundError:
        mend = (
            f"az storage container create --account-name {account} --name {name} --auth-mode login"
        )
        return False, f"{name} is not there", mend
    return True, blobs.url(_PING).removesuffix(f"/{_PING}"), ""


def blob(settings: Settings) -> Look:
    """Write, read and remove a blob, as who runs this."""
    blobs = _store(settings)
    try:
        blobs.put(_PING, b"ping")
        well = blobs.get(_PING) == b"ping"
        blobs.delete(_PING)
    except BlobError as error:
        return False, error.args[0], roles.grant_command(settings, _own_id(), "User")
    return well, "written, read and removed", ""


def storage_roles(settings: Settings) -> Look:
    """Look whether the identities of workspace and cluster may write blobs."""
    asked = {"workspace": roles.principals(describe_workspace(settings).identity)}
    try:
        asked["cluster"] = roles.principals(_cluster(settings).identity)
    except NotFoundError:
        asked["cluster"] = []
    for whose, principals in asked.items():
        if not principals:
            return False, f"the {whose} has no identity", MAKE
        if not any(roles.may_write(settings, each) for each in principals):
            mend = roles.grant_command(settings, principals[0])
            return False, f"the {whose}'s identity may not write blobs", mend
    return True, f"{' and '.join(asked)} may write blobs", ""


def datastore(settings: Settings) -> Look:
    """Look whether the workspace's datastore is the container that the settings name."""
    name, wanted = settings.azure_datastore, place(settings)[0]
    try:
        with explained(f"datastore {name}"):
            found = open_workspace(settings).datastores.get(name)
    except NotFoundError:
        return False, f"{name} is not there", MAKE
    there = (found.account_name, found.container_name)
    well = there == (settings.azure_storage_account, wanted)
    mend = f"Set TENFOLD_AZURE_STORAGE_ACCOUNT={there[0]} TENFOLD_AZURE_CONTAINER={there[1]}"
    return well, f"{name} is {there[0]}/{there[1]}", "" if well else mend


def vm_size(settings: Settings) -> Look:
    """Look whether the region offers the VM size."""
    region, wanted = region_of(settings), settings.azure_vm_size
    size = capacity.offered_size(settings, region)
    if size is None:
        return False, f"{region} doesn't offer {wanted}", _elsewhere(settings, region)
    return True, f"{region} offers {size.name}, {size.cores} cores", ""


def quota(settings: Settings) -> Look:
    """Look whether the subscription may have a node of the size in the region."""
    region = region_of(settings)
    size = capacity.offered_size(settings, region)
    if size is None:
        return False, f"{region} doesn't offer {settings.azure_vm_size}", "See the line above."
    what = "low-priority VMs" if settings.azure_low_priority else size.family
    found = capacity.quota_for(settings, region, size)
    if found is None:
        return False, f"{region} names no quota of {what}", _elsewhere(settings, region)
    well = found.left >= size.cores
    detail = f"{found.left} of {found.allowed} cores of {what} left, {size.cores} a node"
    return well, detail, "" if well else _elsewhere(settings, region)


def cluster(settings: Settings) -> Look:
    """Look whether the cluster is there, as the settings want it, and costs nothing when idle."""
    name = settings.azure_cluster
    try:
        found = _cluster(settings)
    except NotFoundError:
        return False, f"{name} is not there", create_cluster_command(settings)
    state = state_of(found)
    if state != "Succeeded":
        return False, f"{name} is {state}", "Look at it in Azure ML studio."
    if found.size.lower() != settings.azure_vm_size.lower():
        return False, f"{name} has {found.size}", f"Set TENFOLD_AZURE_VM_SIZE={found.size}"
    if found.min_instances:
        mend = f"az ml compute update --name {name} --min-instances 0 {_where(settings)}"
        return False, f"{name} keeps {found.min_instances} nodes running when idle", mend
    return True, f"{name}: 0 to {found.max_instances} nodes of {found.size}, {found.tier}", ""


def region_of(settings: Settings) -> str:
    """Return the region of the cluster: the settings', else the workspace's."""
    return settings.azure_region or str(describe_workspace(settings).location)


def create_cluster_command(settings: Settings) -> str:
    """Return the command that makes the cluster."""
    tier = "low_priority" if settings.azure_low_priority else "dedicated"
    return (
        f"az ml compute create --type AmlCompute --name {settings.azure_cluster} "
        f"--size {settings.azure_vm_size} --min-instances 0 --max-instances "
        f"{settings.azure_nodes} --idle-time-before-scale-down 300 --tier {tier} "
        f"--identity-type SystemAssigned --location {region_of(settings)} {_where(settings)}"
    )


def claims(token: str) -> dict[str, Any]:
    """Return what a token says of who has it; nothing where it isn't readable."""
    try:
        part = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _elsewhere(settings: Settings, region: str) -> str:
    """Return what to do where the region has no room."""
    others = capacity.regions_with_room(settings, but=region)
    ask_for = "Ask for quota: https://ml.azure.com/quota"
    if not others:
        return f"{ask_for}, or set TENFOLD_AZURE_VM_SIZE; no other region was found that has room."
    return f"TENFOLD_AZURE_REGION={others[0]} (room in {', '.join(others)}), then {MAKE}. {ask_for}"


def _own_id() -> str:
    """Return the object id of who runs this."""
    with explained("sign-in"):
        said = claims(identity().get_token(SCOPE).token)
    return str(said.get("oid", "YOUR_OBJECT_ID"))


def _with_a_command(look: Callable[[Settings], Look]) -> Callable[[Settings], Look]:
    """Let a look that Azure refuses say what mends it, instead of to ask the doctor."""

    def looked(settings: Settings) -> Look:
        try:
            return look(settings)
        except NotFoundError as error:
            return False, error.args[0], MAKE
        except TenfoldError as error:
            if error.hint != DOCTOR:
                raise
            return False, error.args[0], roles.read_command(settings, _own_id())

    return looked


def _cluster(settings: Settings) -> Any:
    with explained(f"cluster {settings.azure_cluster}"):
        return open_workspace(settings).compute.get(settings.azure_cluster)


def _store(settings: Settings) -> AzureBlobStore:
    place(settings)  # says so where the blobs are elsewhere
    blobs = open_blobs(settings)
    assert isinstance(blobs, AzureBlobStore)
    return blobs


def _where(settings: Settings) -> str:
    group, name = settings.azure_resource_group, settings.azure_workspace
    return f"--resource-group {group} --workspace-name {name}"


_LOOKS: dict[str, Callable[[Settings], Look]] = {
    "azure sign-in": sign_in,
    "workspace": workspace,
    "clock": clock,
    "container": container,
    "blobs": blob,
    "datastore": datastore,
    "vm size": vm_size,
    "quota": quota,
    "cluster": cluster,
    "storage roles": storage_roles,
}

CHECKS = {what: _with_a_command(look) for what, look in _LOOKS.items()}
