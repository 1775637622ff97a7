"""Which VM sizes a region offers, and how many cores a subscription may use there."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tenfold.azure.errors import explained
from tenfold.azure.workspace import open_workspace
from tenfold.errors import ServiceError
from tenfold.settings import Settings

REGIONS = (
    "eastus", "eastus2", "southcentralus", "westus2", "westus3", "canadacentral", "brazilsouth",
    "northeurope", "westeurope", "swedencentral", "uksouth", "francecentral", "germanywestcentral",
    "centralindia", "japaneast", "koreacentral", "southeastasia", "australiaeast",
)  # fmt: skip
"""Where another region is looked for."""

_THREADS, _SUGGESTED = 6, 3
_LOW_PRIORITY = "lowpriority"


@dataclass(frozen=True, slots=True)
class VmSize:
    """A VM size that a region offers."""

    name: str
    family: str
    cores: int


@dataclass(frozen=True, slots=True)
class Quota:
    """Cores of a family, or of all low-priority VMs, in a region."""

    used: int
    allowed: int

    @property
    def left(self) -> int:
        """Cores that may still be used."""
        return max(0, self.allowed - self.used)


def offered_size(settings: Settings, region: str) -> VmSize | None:
    """Return the settings' VM size if a region offers it."""
    with explained(f"VM sizes of {region}"):
        sizes: Iterable[Any] = open_workspace(settings).compute.list_sizes(location=region)
    for size in sizes:
        if size.name.lower() == settings.azure_vm_size.lower():
            cores = int(either(size, "v_cp_us", "vCPUs") or 0)
            return VmSize(name=size.name, family=str(size.family), cores=cores)
    return None


def quota_for(settings: Settings, region: str, size: VmSize) -> Quota | None:
    """Return the quota that a node of a size counts against, None where Azure names none."""
    with explained(f"quota of {region}"):
        usages = list(open_workspace(settings).compute.list_usage(location=region))
    for usage in usages:
        if _counts(usage, settings, size):
            used = either(usage, "current_value", "currentValue")
            return Quota(used=int(used or 0), allowed=int(usage.limit or 0))
    return None


def regions_with_room(settings: Settings, but: str) -> list[str]:
    """Return a few other regions that offer the size and have quota for a node."""
    others = [region for region in REGIONS if region != but]
    with ThreadPoolExecutor(_THREADS) as pool:
        found = pool.map(lambda region: _has_room(settings, region), others)
        return [region for region, room in zip(others, found, strict=True) if room][:_SUGGESTED]


def either(record: Any, *spellings: str) -> Any:
    """Return a field by whichever spelling it has: the client leaves some as the service sent them.

    Of azure-ai-ml 1.35: `Usage.current_value` and `VmSize.v_cp_us` are None, and the values are
    under the service's own names.
    """
    for name in spellings:
        value = getattr(record, name, None)
        if value is not None:
            return value
    return None


def _counts(usage: Any, settings: Settings, size: VmSize) -> bool:
    """Whether a row of the usages is the one that the settings' nodes count against."""
    low = _LOW_PRIORITY in str(usage.type).lower()
    if settings.azure_low_priority or low:
        return low and settings.azure_low_priority
    name = usage.name.get("value") if isinstance(usage.name, dict) else usage.name.value
    return str(name).lower() == size.family.lower()


def _has_room(settings: Settings, region: str) -> bool:
    try:
        size = offered_size(settings, region)
        quota = quota_for(settings, region, size) if size else None
    except ServiceError:  # a region that the subscription doesn't have
        return False
    return size is not None and quota is not None and quota.left >= size.cores
