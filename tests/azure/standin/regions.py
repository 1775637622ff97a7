"""Which sizes a region offers, and how many cores may be used there."""

from dataclasses import dataclass, field
from typing import Any

T4, T4_FAMILY = "Standard_NC4as_T4_v3", "standardNCASv3_T4Family"


@dataclass
class Region:
    """What a subscription has in a region."""

    families: dict[str, tuple[int, int]] = field(default_factory=lambda: {T4_FAMILY: (0, 8)})
    """Cores used and allowed, by family."""
    low_priority: tuple[int, int] = (0, 8)
    sizes: dict[str, tuple[str, int]] = field(default_factory=lambda: {T4: (T4_FAMILY, 4)})
    """Family and cores, by size."""

    def vm_sizes(self) -> dict[str, Any]:
        """Answer `vmSizes`."""
        return {
            "value": [
                {
                    "name": name,
                    "family": family,
                    "vCPUs": cores,
                    "gpus": 1,
                    "memoryGB": 28.0,
                    "osVhdSizeMB": 1047552,
                    "maxResourceVolumeMB": 180224,
                    "lowPriorityCapable": True,
                    "premiumIO": True,
                }
                for name, (family, cores) in self.sizes.items()
            ]
        }

    def usages(self) -> dict[str, Any]:
        """Answer `usages`."""
        kind = "Microsoft.MachineLearningServices/vmFamily/usages"
        rows = [_usage(kind, name, *cores) for name, cores in self.families.items()]
        low = "Microsoft.MachineLearningServices/lowPriorityCores/usages"
        return {"value": [*rows, _usage(low, "TotalLowPriorityCores", *self.low_priority)]}


def _usage(kind: str, name: str, used: int, allowed: int) -> dict[str, Any]:
    return {
        "type": kind,
        "unit": "Count",
        "currentValue": used,
        "limit": allowed,
        "name": {"value": name, "localizedValue": f"{name} Cluster Dedicated vCPUs"},
    }
