"""What Azure's resource manager says where the Azure ML client has no call for it."""

import os
from dataclasses import dataclass
from typing import Any

from azure.core import PipelineClient
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    RetryPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest

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


def ask(path: str, what: str, **query: str) -> Answer:
    """Return a resource by its id.

    Args:
        path: the id, or the path of a list.
        what: names it in errors.
        query: `api-version`, with an underscore, and filters, without their dollar.

    Raises:
        NotFoundError, ServiceError, TransientServiceError: as of `explained`.
    """
    base = os.environ.get("AZUREML_DEV_URL_MFE", _ENDPOINT)  # as the Azure ML client has it
    named = {"api-version": query.pop("api_version"), **{f"${k}": v for k, v in query.items()}}
    policies = [
        UserAgentPolicy("tenfold"),
        RetryPolicy(retry_total=_RETRIES),
        BearerTokenCredentialPolicy(identity(), SCOPE),
    ]
    client: PipelineClient[Any, Any] = PipelineClient(base, policies=policies)
    with explained(what), client:
        response = client.send_request(HttpRequest("GET", f"{base}{path}", params=named))
        response.raise_for_status()
        return Answer(response.json(), response.headers.get("Date", ""))
