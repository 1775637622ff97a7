"""What is Azure's own: accounts, credentials, containers, the network."""

import base64
import datetime as dt
import hashlib
import uuid
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import (
    ContainerClient,
    ContainerSasPermissions,
    generate_container_sas,
)

from tenfold.blobs import azure_opening, open_blobs
from tenfold.blobs.azure_opening import open_azure
from tenfold.blobs.azurite import ACCOUNT, KEY, Azurite, free_port
from tenfold.errors import BlobError, BlobNotFoundError, SettingsError, TransientBlobError
from tenfold.settings import Settings
from tests.azure.standin import Cloud

pytestmark = pytest.mark.azurite


def _container() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


def _through(trouble: Any) -> Settings:
    return Settings(
        blobs=f"az://{_container()}", blob_connection_string=trouble.azurite.connection_string
    )


def test_the_container_is_made_at_the_first_put(azurite: Azurite) -> None:
    name = _container()
    client = ContainerClient.from_connection_string(azurite.connection_string, name)
    blobs = open_blobs(
        Settings(blobs=f"az://{name}", blob_connection_string=azurite.connection_string)
    )
    assert list(blobs.list()) == []
    assert not client.exists()
    blobs.put("a", b"x")
    assert client.exists()
    client.close()


def test_stores_of_different_prefixes_dont_see_each_other(azurite: Azurite) -> None:
    def store(prefix: str) -> Any:
        return open_azure(name, prefix, settings)

    name, settings = _container(), Settings(blob_connection_string=azurite.connection_string)
    store("one").put("a", b"1")
    store("one-more").put("a", b"2")
    assert [blob.name for blob in store("one").list()] == ["a"]
    assert store("one").get("a") == b"1"
    assert [blob.name for blob in store("").list()] == ["one-more/a", "one/a"]


def test_a_leading_slash_counts_from_the_containers_root(azurite: Azurite) -> None:
    name, settings = _container(), Settings(blob_connection_string=azurite.connection_string)
    open_azure(name, "", settings).put("raw/cat.jpg", b"cat")
    inside = open_azure(name, "tenfold", settings)
    assert inside.get("/raw/cat.jpg") == b"cat"
    assert inside.exists("/raw/cat.jpg")
    assert [blob.name for blob in inside.list("/raw/")] == ["/raw/cat.jpg"]
    assert inside.url("/raw/cat.jpg") == f"{azurite.account_url}/{name}/raw/cat.jpg"


def test_md5_and_media_type_are_stored_with_the_blob(azurite: Azurite, tmp_path: Path) -> None:
    name, settings = _container(), Settings(blob_connection_string=azurite.connection_string)
    blobs = open_azure(name, "", settings)
    blobs.put("a.png", b"bytes", media_type="image/png")
    (tmp_path / "b").write_bytes(b"more bytes")
    blobs.put_file("b.csv", tmp_path / "b", media_type="text/csv")
    with ContainerClient.from_connection_string(azurite.connection_string, name) as client:
        found = {blob.name: blob.content_settings for blob in client.list_blobs()}
    assert found["a.png"].content_type == "image/png"
    assert bytes(found["a.png"].content_md5) == hashlib.md5(b"bytes").digest()
    assert found["b.csv"].content_type == "text/csv"
    assert bytes(found["b.csv"].content_md5) == hashlib.md5(b"more bytes").digest()


def test_bytes_that_change_on_their_way_are_not_stored(trouble: Any) -> None:
    blobs = open_blobs(_through(trouble))
    blobs.put("whole", b"x" * 1000)
    checksum = base64.b64encode(hashlib.md5(b"x" * 1000).digest()).decode()
    assert trouble.requests[-1].endswith(f"/whole {checksum}")
    trouble.flipped = True
    with pytest.raises(BlobError):
        blobs.put("damaged", b"x" * 1000)
    trouble.flipped = False
    assert not blobs.exists("damaged")


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again(trouble: Any, tmp_path: Path, status: int) -> None:
    blobs = open_blobs(_through(trouble))
    blobs.put("first", b"x")
    (tmp_path / "file").write_bytes(b"z" * 1000)
    trouble.busy_status, trouble.busy = status, 1
    assert blobs.put_file("file", tmp_path / "file")
    assert trouble.busy == 0
    assert blobs.get("file") == b"z" * 1000


def test_a_put_whose_answer_was_lost_is_kept(trouble: Any) -> None:
    blobs = open_blobs(_through(trouble))
    blobs.put("first", b"x")
    trouble.lost_answers = 1
    blobs.put("second", b"y", replace=False)
    assert blobs.get("second") == b"y"
    assert (
        sum(request.startswith("PUT") and "second" in request for request in trouble.requests) == 2
    )


@pytest.mark.parametrize("status", [429, 503])
def test_a_service_that_stays_busy_is_a_passing_error(
    trouble: Any, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(azure_opening, "RETRIES", 0)
    trouble.busy_status = status
    blobs = open_blobs(_through(trouble))
    blobs.put("first", b"x")
    trouble.busy = 100
    for use in (blobs.get, blobs.exists, blobs.delete, lambda n: blobs.put(n, b"y")):
        with pytest.raises(TransientBlobError):
            use("first")
    with pytest.raises(TransientBlobError):
        list(blobs.list())


def test_a_service_that_is_down_is_a_passing_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(azure_opening, "RETRIES", 0)
    down = Azurite(free_port())
    blobs = open_blobs(
        Settings(blobs="az://container", blob_connection_string=down.connection_string)
    )
    with pytest.raises(TransientBlobError, match="doesn't answer"):
        blobs.put("a", b"x")
    with pytest.raises(TransientBlobError, match="doesn't answer"):
        blobs.get("a")


def test_a_wrong_key_says_which_setting_to_look_at(azurite: Azurite) -> None:
    wrong = azurite.connection_string.replace(KEY, base64.b64encode(b"wrong" * 8).decode())
    blobs = open_blobs(Settings(blobs="az://container", blob_connection_string=wrong))
    with pytest.raises(BlobError, match="TENFOLD_BLOB_CONNECTION_STRING") as caught:
        blobs.get("a")
    assert not isinstance(caught.value, BlobNotFoundError | TransientBlobError)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, "TENFOLD_BLOB_ACCOUNT_URL"),
        ({"blob_connection_string": "nonsense"}, "TENFOLD_BLOB_CONNECTION_STRING"),
        ({"blob_account_url": "https://a.blob.core.windows.net", "blobs": "az://"}, "CONTAINER"),
        ({"blobs": "s3://bucket"}, "TENFOLD_BLOBS"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, str], names: str) -> None:
    with pytest.raises(SettingsError, match=names):
        open_blobs(Settings(**{"blobs": "az://container", **settings}))


def test_a_sas_for_one_container_suffices(azurite: Azurite) -> None:
    name = _container()
    with ContainerClient.from_connection_string(azurite.connection_string, name) as client:
        client.create_container()
    sas = generate_container_sas(
        ACCOUNT,
        name,
        account_key=KEY,
        permission=ContainerSasPermissions(read=True, write=True, list=True, delete=True),
        expiry=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1),
    )
    blobs = open_blobs(
        Settings(blobs=f"az://{name}/p", blob_account_url=f"{azurite.account_url}?{sas}")
    )
    assert blobs.put("a", b"x")
    assert not blobs.put("a", b"y", replace=False)
    assert [blob.name for blob in blobs.list()] == ["a"]
    assert blobs.get("a") == b"x"
    assert "sig" not in blobs.url("a")
    assert blobs.url("a") == f"{azurite.account_url}/{name}/p/a"
    blobs.delete("a")


def test_an_azure_identity_signs_in(cloud: Cloud) -> None:
    blobs = open_blobs(
        Settings(blobs=f"az://{_container()}", blob_account_url=cloud.azurite.account_url)
    )
    assert blobs.put("a", b"x")
    assert blobs.get("a") == b"x"
    assert cloud.faults.count("GET /msi/token") >= 1


def test_the_accounts_name_is_enough_in_the_azure_profile() -> None:
    settings = Settings(profile="azure", azure_storage_account="labels", azure_container="birds")
    url = open_blobs(settings).url("a")
    assert url == "https://labels.blob.core.windows.net/birds/a"
