"""What Azure says where the Azure ML client has no call for it."""

import os
from dataclasses import dataclass
from typing import Any

from azure.core import PipelineClient
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    RetryPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest, HttpResponse

from tenfold.azure.errors import explained
from tenfold.blobs.azure_identity import identity

SCOPE = "https://management.azure.com/.default"
_ENDPOINT = "https://management.azure.com"
_RETRIES = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, and when by Azure's clock."""

    content: dict[str, Any]
    date: str


def ask(path: str, what: str, *, base: str = "", **query: str) -> Answer:
    """Return a resource by its id.

    Args:
        path: the id, or the path of a list.
        what: names it in errors.
        base: who is asked; empty: the resource manager.
        query: `api_version`, and `filter`, as Azure names them.

    Raises:
        NotFoundError, ServiceError, TransientServiceError: as of `explained`.
    """
    base = base or os.environ.get("AZUREML_DEV_URL_MFE", _ENDPOINT)  # as the client has it
    spelled = {"api_version": "api-version", "filter": "$filter"}
    given = {spelled[name]: value for name, value in query.items()}
    response = _get(f"{base}{path}", what, given, signed=True)
    return Answer(response.json(), response.headers.get("Date", ""))


def read(url: str, what: str) -> str:
    """Return the text at an address that needs no token, such as a signed one."""
    return _get(url, what, {}, signed=False).text()


def _get(url: str, what: str, query: dict[str, str], *, signed: bool) -> HttpResponse:
    policies: list[Any] = [UserAgentPolicy("tenfold"), RetryPolicy(retry_total=_RETRIES)]
    if signed:
        policies.append(BearerTokenCredentialPolicy(identity(), SCOPE))
    client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(url, policies=policies)
    with explained(what), client:
        response: HttpResponse = client.send_request(HttpRequest("GET", url, params=query))
        response.raise_for_status()
        response.read()
        return response
