"""What every model registry does."""

import json

from tests.contract.registry.conftest import Registries, certificate, model


def test_models_have_addresses_of_their_own(registries: Registries) -> None:
    assert len({registries.models.register(model(number), 1) for number in (1, 2)}) == 2


def test_registering_a_model_twice_changes_nothing(registries: Registries) -> None:
    first = registries.models.register(model(), 1)
    before = sorted(blob.name for blob in registries.blobs.list())
    registries.reopen()
    assert registries.models.register(model(), 1) == first
    assert sorted(blob.name for blob in registries.blobs.list()) == before


def test_a_models_record_lies_beside_its_files(registries: Registries) -> None:
    registries.models.register(model(), 3)
    record = json.loads(registries.blobs.get(f"{model().blob}/version.json"))
    assert record["metrics"]["accuracy"] == model().metrics["accuracy"]
    assert (record["snapshot_id"], record["dataset_version"]) == ("s1", 3)


def test_a_certificate_can_be_noted_again(registries: Registries) -> None:
    registries.models.register(model(), 1)
    for _ in range(2):
        registries.models.certify(model(), certificate())
        registries.reopen()
    noted = json.loads(registries.blobs.get(f"{model().blob}/certificate.json"))
    assert noted["statement"] == certificate().statement
