"""The Bicep file as an ARM template in which every value is known.

Azure compiles Bicep to such a template. Here the parsed file is worked out for given parameters:
what Azure knows alone (ids, regions, unique strings) is made up. So nothing is written down twice.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any

Parsed = dict[str, Any]

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/labels"
_GIVEN = {"resource_group": {"id": _GROUP, "name": "labels", "location": "westeurope"}}
_GIVEN["subscription"] = {"subscriptionId": SUBSCRIPTION, "tenantId": str(uuid.UUID(int=2))}
_SUFFIXES = {"suffixes": {"storage": "core.windows.net"}}


def template(bicep: Parsed, **parameters: Any) -> Parsed:
    """Return the template that a Bicep file compiles to, with its values worked out.

    Args:
        bicep: as `pycep` parses it; it doesn't tell a text from a name, so a text that is written
            like the name of a parameter, variable or resource is taken for it.
        parameters: those that differ from the file's defaults.

    Raises:
        KeyError: a function or a name that isn't known here.
    """
    return _Worked(bicep, parameters).template()


class _Worked:
    """One template, while it is worked out."""

    def __init__(self, bicep: Parsed, parameters: Parsed) -> None:
        self._bicep = bicep
        self._parameters = parameters
        self._functions: dict[str, Callable[..., Any]] = {
            "unique_string": lambda base_string, **_: uuid.uuid5(
                uuid.NAMESPACE_URL, base_string
            ).hex[:13],
            "guid": lambda **parts: str(uuid.uuid5(uuid.NAMESPACE_URL, str(parts))),
            "empty": lambda item_to_test: not item_to_test,
            "environment": lambda **_: _SUFFIXES,
            "resource_group": lambda **_: _GIVEN["resource_group"],
            "subscription": lambda **_: _GIVEN["subscription"],
            "subscription_resource_id": lambda resource_type, resource_name_1, **_: (
                f"/subscriptions/{SUBSCRIPTION}/providers/{resource_type}/{resource_name_1}"
            ),
        }

    def template(self) -> Parsed:
        return {
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "resources": [self._resource(name) for name in self._bicep["resources"]],
            "outputs": {
                name: {"type": output["type"], "value": self._value(output["value"])}
                for name, output in self._bicep["outputs"].items()
            },
        }

    def _resource(self, symbol: str) -> Parsed:
        resource = self._bicep["resources"][symbol]
        config = _config(resource)
        kept = {key: value for key, value in config.items() if key not in ("parent", "scope")}
        told: Parsed = {
            "type": resource["type"],
            "apiVersion": resource["api_version"],
            **self._value(kept),
            "name": self._name(symbol),
        }
        if "scope" in config:
            told["scope"] = self._id(config["scope"])
        if "condition" in resource["config"]:
            told["condition"] = self._value(resource["config"]["condition"])
        return told

    def _name(self, symbol: str) -> str:
        """Return a resource's name as a template has it: its parents' names before its own."""
        config = _config(self._bicep["resources"][symbol])
        name = str(self._value(config["name"]))
        return f"{self._name(config['parent'])}/{name}" if "parent" in config else name

    def _id(self, symbol: str) -> str:
        provider, *kinds = self._bicep["resources"][symbol]["type"].split("/")
        names = self._name(symbol).split("/")
        path = "/".join(f"{kind}/{name}" for kind, name in zip(kinds, names, strict=True))
        return f"{_GROUP}/providers/{provider}/{path}"

    def _value(self, parsed: Any) -> Any:
        if isinstance(parsed, list):
            return [self._value(each) for each in parsed]
        if isinstance(parsed, str):
            return self._text(parsed)
        if not isinstance(parsed, dict):
            return parsed
        if set(parsed) == {"function"}:
            return self._called(**parsed["function"])
        if set(parsed) == {"operator"}:
            return self._operated(**parsed["operator"])
        return {key: self._value(value) for key, value in parsed.items()}

    def _text(self, text: str) -> Any:
        if text in self._bicep["parameters"] or text in self._bicep["variables"]:
            return self._named(text)
        return re.sub(r"\$\{(\w+)\}", lambda found: str(self._named(found[1])), text)

    def _named(self, name: str) -> Any:
        if name in self._parameters:
            return self._parameters[name]
        if name in self._bicep["parameters"]:
            default = self._bicep["parameters"][name]["default"]
            return default if isinstance(default, str) else self._value(default)
        return self._value(self._bicep["variables"][name]["value"])

    def _called(self, type: str, parameters: Parsed | None = None) -> Any:  # noqa: A002  # pycep's word
        return self._functions[type](
            **{key: self._value(each) for key, each in (parameters or {}).items()}
        )

    def _operated(self, type: str, operands: Parsed) -> Any:  # noqa: A002  # pycep's word
        if type == "not":
            return not self._value(operands["bool_value"])
        if type == "conditional":
            which = "true_value" if self._value(operands["condition"]) else "false_value"
            return self._value(operands[which])
        if type == "property_accessor":
            return self._property(operands["operand_1"], operands["operand_2"])
        raise KeyError(type)

    def _property(self, of: Any, path: Any) -> Any:
        steps = _steps(path)
        if isinstance(of, str):
            return self._property_of_resource(of, steps)
        found = self._value(of)
        for step in steps:
            found = found[step]
        return found

    def _property_of_resource(self, symbol: str, steps: list[str]) -> Any:
        if steps == ["id"]:
            return self._id(symbol)
        if steps == ["name"]:
            return self._value(_config(self._bicep["resources"][symbol])["name"])
        if steps == ["identity", "principalId"]:
            assert _config(self._bicep["resources"][symbol])["identity"]["type"] == "SystemAssigned"
            return str(uuid.uuid5(uuid.NAMESPACE_URL, self._id(symbol)))
        raise KeyError(f"{symbol}.{'.'.join(steps)}")


def _config(resource: Parsed) -> Parsed:
    """Return what a resource is to be; under its condition where it has one."""
    found: Parsed = resource["config"]
    return found["config"] if "condition" in found else found


def _steps(path: Any) -> list[str]:
    """Return the names in `a.b.c` after the first, which pycep nests."""
    if isinstance(path, str):
        return [path]
    operands = path["operator"]["operands"]
    return [*_steps(operands["operand_1"]), *_steps(operands["operand_2"])]
