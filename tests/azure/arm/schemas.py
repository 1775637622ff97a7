"""Azure's own schemas of the resources that are deployed, cut down to them.

`python -m tests.azure.arm.schemas CHECKOUT` writes `schemas.json` anew from a clone of
Azure/azure-resource-manager-schemas (MIT license, Microsoft), for the types and versions that the
Bicep file names. Expressions are no alternative there, since a template is looked at with its
values; and where Azure's schemas leave open what else an object may hold, these don't: a word that
Azure doesn't know is an error, as it is to a Bicep compiler.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from pycep import BicepParser

Schema = dict[str, Any]

FILE = Path(__file__).with_name("schemas.json")
BICEP = Path(__file__).parents[3] / "deployments" / "azure" / "main.bicep"
_HERE = "#/definitions/"
_ADDED = {"condition", "dependsOn", "scope"}
"""What every resource of a template may have, whatever its type."""


def problems(resource: Schema) -> list[str]:
    """Return where a resource of an ARM template isn't as Azure's schema of its type has it.

    Some of the schemas mean a child's whole name, some its last part: one of them must do.
    """
    known = _known()
    wanted = f"{resource['type']}@{resource['apiVersion']}"
    if wanted not in known:
        return [f"{wanted}: Azure has no such type or version, or `schemas.json` is old"]
    own = {key: value for key, value in resource.items() if key not in _ADDED}
    validator = Draft202012Validator(known[wanted])
    names = (own["name"], own["name"].rpartition("/")[2])
    tried = [list(validator.iter_errors({**own, "name": name})) for name in names]
    found = [each for error in min(tried, key=len) for each in _leaves(error)]
    return [f"{resource['name']}: {error.json_path}: {error.message}" for error in found]


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """Yield an error, or of one in alternatives what is wrong with each of them."""
    if not error.context:
        yield error
    for each in error.context or ():
        yield from _leaves(each)


@cache
def _known() -> dict[str, Schema]:
    known: dict[str, Schema] = json.loads(FILE.read_text())
    return known


def cut(file: Schema, resource_type: str) -> Schema:
    """Return the schema of one resource type of a schema file, with the definitions it needs.

    Raises:
        StopIteration: the file has no such type.
    """
    found = next(
        each
        for each in file["resourceDefinitions"].values()
        if each["properties"]["type"]["enum"] == [resource_type]
    )
    found = {**found, "properties": {**found["properties"]}}
    found["properties"].pop("resources", None)  # children are resources of their own
    definitions = file.get("definitions", {})
    needed: dict[str, Schema] = {}
    waiting = list(_referred(found))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = definitions[name]
            waiting.extend(_referred(needed[name]))
    parts = {name for each in needed.values() for name in _parts(each)}
    return {
        **_strict(found),
        "definitions": {
            name: _strict(each, whole=name not in parts) for name, each in sorted(needed.items())
        },
    }


def _referred(schema: Any) -> Iterator[str]:
    """Yield the names of the definitions that a schema refers to."""
    if isinstance(schema, dict):
        if str(schema.get("$ref", "")).startswith(_HERE):
            yield schema["$ref"].removeprefix(_HERE)
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from _referred(each)


def _parts(schema: Any) -> Iterator[str]:
    """Yield the definitions that are but parts of an object: those within `allOf`."""
    if isinstance(schema, dict):
        for part in schema.get("allOf", []):
            yield from _own_references(part)
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from _parts(each)


def _own_references(schema: Schema) -> Iterator[str]:
    """Yield what a part of an object refers to on its own level."""
    if "$ref" in schema:
        yield schema["$ref"].removeprefix(_HERE)
    for each in (*schema.get("allOf", []), *schema.get("oneOf", [])):
        yield from _own_references(each)


def _strict(schema: Schema, *, whole: bool = True) -> Schema:
    """Return a schema without words for people and without expressions, that leaves nothing open.

    `whole` says that the schema describes a whole object, not a part of one.
    """
    alternatives = [each for each in schema.get("oneOf", []) if not _is_expression(each)]
    if "oneOf" in schema and len(alternatives) == 1:
        return _strict(alternatives[0], whole=whole)
    told: Schema = {}
    for key, value in schema.items():
        if key == "properties":
            told[key] = {name: _strict(each) for name, each in value.items()}
        elif key in ("allOf", "oneOf"):
            parts = whole and key == "oneOf" and "properties" not in schema
            kept = [each for each in value if not _is_expression(each)]
            told[key] = [_strict(each, whole=parts) for each in kept]
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            told[key] = _strict(value)
        elif key == "pattern":
            told[key] = value.replace("\\\\", "\\")  # Azure's files have them twice
        elif key != "description" and (key, value) != ("additionalProperties", False):
            told[key] = value
    if whole and (told.get("properties") or "allOf" in told) and "additionalProperties" not in told:
        told["unevaluatedProperties"] = False
    return told


def _is_expression(schema: Schema) -> bool:
    return str(schema.get("$ref", "")).endswith("definitions.json#/definitions/expression")


def _main(checkout: str) -> None:
    resources = BicepParser().parse(text=BICEP.read_text())["resources"].values()
    wanted = sorted({(each["type"], each["api_version"]) for each in resources})
    found = {f"{kind}@{version}": _fetched(checkout, kind, version) for kind, version in wanted}
    lines = [f'"{name}":{json.dumps(each, separators=(",", ":"))}' for name, each in found.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def _fetched(checkout: str, kind: str, version: str) -> Schema:
    """Return a type's schema from whichever of its provider's files has it."""
    beginning = f"schemas/{version}/{kind.split('/', maxsplit=1)[0]}."
    for path in _git(checkout, "ls-tree", "--name-only", "HEAD", f"schemas/{version}/").split():
        if path.startswith(beginning):
            with suppress(StopIteration):
                return cut(json.loads(_git(checkout, "show", f"HEAD:{path}")), kind)
    raise SystemExit(f"{kind}@{version}: no such type or version.")


def _git(checkout: str, *arguments: str) -> str:
    command = ["git", "-C", checkout, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    _main(sys.argv[1])
