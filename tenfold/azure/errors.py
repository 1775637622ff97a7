"""Azure's errors as those of tenfold."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)

from tenfold.errors import (
    ConflictError,
    NotFoundError,
    ServiceError,
    TenfoldError,
    TransientServiceError,
)

Found = TypeVar("Found")

_MAY_PASS = {408, 429, 500, 502, 503, 504}
_REFUSED, _MISSING, _CONFLICT = {401, 403}, 404, 409
_OURS = "UserError"
"""How the Azure ML client calls what won't pass; all else of its own it calls a system's error."""
DOCTOR = "`tenfold doctor --profile azure` says what is missing."


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn Azure's errors about a thing into those of tenfold.

    Raises:
        NotFoundError: it is not there.
        ConflictError: it is there, and different.
        TransientServiceError: Azure doesn't answer now.
        ServiceError: Azure refuses.
    """
    try:
        yield
    except AzureError as error:
        raise _explanation(what, error) from error


def if_there(what: str, ask: Callable[[], Found]) -> Found | None:
    """Return what is asked for, None where there is none; other errors as of `explained`."""
    try:
        with explained(what):
            return ask()
    except NotFoundError:
        return None


def _explanation(what: str, error: AzureError) -> TenfoldError:
    said = first_line(error)
    match error:
        case ResourceNotFoundError():
            return NotFoundError(f"Azure has no {what}: {said}", DOCTOR)
        case ClientAuthenticationError():
            return ServiceError(f"Nobody is signed in to Azure: {said}", "Run `az login`.")
        case ServiceRequestError() | ServiceResponseError():
            return TransientServiceError(f"Azure doesn't answer about {what}: {said}")
        case HttpResponseError():
            return _refusal(what, error.status_code, said)
    if getattr(error, "error_category", _OURS) == _OURS:
        return ServiceError(f"Azure refuses {what}: {said}", DOCTOR)
    return TransientServiceError(f"Azure failed with {what}: {said}")


def _refusal(what: str, status: int | None, said: str) -> TenfoldError:
    if status in _MAY_PASS:
        return TransientServiceError(f"Azure can't answer about {what} now: {said}")
    if status in _REFUSED:
        return ServiceError(f"Azure refuses access to {what}: {said}", DOCTOR)
    if status == _MISSING:
        return NotFoundError(f"Azure has no {what}: {said}", DOCTOR)
    if status == _CONFLICT:
        return ConflictError(f"{what} is there already, and different: {said}")
    return ServiceError(f"Azure refuses {what}: {said}", DOCTOR)


def first_line(error: BaseException) -> str:
    """Return what Azure says, without codes and request ids."""
    text = str(getattr(error, "message", None) or error).strip()
    line = (_message_in(text) or text.splitlines()[0] if text else type(error).__name__).strip()
    return line if line.endswith(".") else f"{line}."


def _message_in(text: str) -> str:
    """Return the message of an error that is written as JSON, else nothing."""
    try:
        said = json.loads(text[text.index("{") : text.rindex("}") + 1])
    except ValueError:
        return ""
    inner = said.get("error", said) if isinstance(said, dict) else {}
    return str(inner.get("message", "")) if isinstance(inner, dict) else ""
