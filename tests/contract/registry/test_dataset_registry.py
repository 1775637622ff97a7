"""What every dataset registry does."""

import json

import yaml

from tests.contract.registry.conftest import PROJECT, Registries, version


def test_a_registered_version_is_found_by_project_and_number(registries: Registries) -> None:
    assert registries.datasets.uri(PROJECT, 1) is None
    uri = registries.datasets.register(version())
    registries.reopen()
    assert registries.datasets.uri(PROJECT, 1) == uri
    assert registries.datasets.uri(PROJECT, 2) is None
    assert registries.datasets.uri("fedcba9876543210", 1) is None


def test_registering_a_version_twice_changes_nothing(registries: Registries) -> None:
    first = registries.datasets.register(version())
    before = sorted(blob.name for blob in registries.blobs.list())
    registries.reopen()
    assert registries.datasets.register(version()) == first
    assert sorted(blob.name for blob in registries.blobs.list()) == before


def test_versions_have_addresses_of_their_own(registries: Registries) -> None:
    assert len({registries.datasets.register(version(number)) for number in (1, 2, 3)}) == 3


def test_the_table_beside_the_manifest_reads_its_lines(registries: Registries) -> None:
    registries.datasets.register(version())
    folder = version().manifest.rsplit("/", 1)[0]
    table = yaml.safe_load(registries.blobs.get(f"{folder}/MLTable"))
    assert table["paths"] == [{"file": "./manifest.jsonl"}]
    record = json.loads(registries.blobs.get(f"{folder}/version.json"))
    assert (record["images"], record["sha256"]) == (200, "a" * 64)
