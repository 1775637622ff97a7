"""Azure's errors as those of the blob store."""

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    IncompleteReadError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)

from tenfold.errors import BlobError, BlobNotFoundError, TransientBlobError

_MAY_PASS = {408, 409, 429, 500, 502, 503, 504}
_REFUSED = {401, 403}
_ACCOUNT_HINT = (
    "Look at TENFOLD_BLOB_CONNECTION_STRING or TENFOLD_BLOB_ACCOUNT_URL, and whether the "
    "identity has the role Storage Blob Data Contributor."
)


class MissingContainerError(BlobNotFoundError):
    """The container itself is not there."""


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn Azure's errors at the blob `name` into those of the blob store."""
    try:
        yield
    except AzureError as error:
        raise _explanation(name, error) from error


def _explanation(name: str, error: AzureError) -> BlobError:
    match error:
        case ResourceNotFoundError():
            return _not_found(name, error)
        case ClientAuthenticationError():
            return BlobError(f"The storage account refuses access: {_first(error)}", _ACCOUNT_HINT)
        case ServiceRequestError() | ServiceResponseError() | IncompleteReadError():
            return TransientBlobError(f"The storage account doesn't answer: {_first(error)}")
        case HttpResponseError() if error.status_code in _REFUSED:
            return BlobError(f"The storage account refuses access: {_first(error)}", _ACCOUNT_HINT)
        case HttpResponseError() if error.status_code in _MAY_PASS:
            return TransientBlobError(f"The blob store failed at {name!r}: {_first(error)}")
    return BlobError(f"The blob store failed at {name!r}: {_first(error)}")


def _not_found(name: str, error: ResourceNotFoundError) -> BlobError:
    if code_of(error) == "ContainerNotFound":
        return MissingContainerError("The container is not there.", "Make it, or name another.")
    return BlobNotFoundError(f"There is no blob {name!r}.")


def code_of(error: HttpResponseError) -> str:
    """Return the storage service's own code, such as `BlobAlreadyExists`; empty if it gave none."""
    code = getattr(error, "error_code", None) or ""
    return str(getattr(code, "value", code))


def _first(error: AzureError) -> str:
    """Return the first line: what follows are request ids."""
    line = str(error.message).strip().splitlines()[0]
    return line if line.endswith(".") else f"{line}."
