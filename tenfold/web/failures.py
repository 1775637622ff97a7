"""Errors as answers: a sentence for people, a status for programs, never a stack trace."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from tenfold.errors import (
    BlobError,
    ConflictError,
    ForbiddenError,
    FormatError,
    InvalidAnswerError,
    ModelError,
    NotFoundError,
    RoundNotFinishedError,
    ServiceError,
    SettingsError,
    SignInError,
    SourceError,
    TenfoldError,
)

log = logging.getLogger("tenfold.web")

STATUS: tuple[tuple[type[TenfoldError], int], ...] = (
    (NotFoundError, 404),
    (ConflictError, 409),
    (InvalidAnswerError, 422),
    (SourceError, 422),
    (FormatError, 422),
    (SettingsError, 422),
    (ModelError, 422),
    (SignInError, 401),
    (ForbiddenError, 403),
    (BlobError, 503),
    (ServiceError, 503),
)
"""The first class that fits says the status; others are 400."""


def status_of(error: TenfoldError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 400)


def wants_html(request: Request) -> bool:
    """Whether the answer is for a person's browser window."""
    is_page = not request.url.path.startswith(("/api", "/static"))
    return is_page and "text/html" in request.headers.get("accept", "")


def _answer(request: Request, status: int, sentence: str, **more: object) -> Response:
    if not wants_html(request):
        return JSONResponse({"error": sentence, **more}, status)
    if status == HTTPStatus.UNAUTHORIZED:
        return RedirectResponse(f"/signin?next={request.url.path}", 303)
    from tenfold.web.pages.rendering import render

    title = {404: "Not here", 403: "Not for you", 503: "Not now"}.get(status, "That didn't work")
    return render(
        request, "error.html", status_code=status, title=title, sentence=sentence, person=None
    )


def fields_of(error: RequestValidationError) -> dict[str, str]:
    """Return field → what is wrong with it, by dotted name, without `body`."""
    fields: dict[str, str] = {}
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"] if part not in {"body", "query"})
        message = str(problem["msg"]).removeprefix("Value error, ")
        fields.setdefault(where, message)
    return fields


def _sentence(fields: dict[str, str]) -> str:
    return "; ".join(f"{name}: {what}" if name else what for name, what in fields.items()) + "."


LEFT = 499
"""Nobody is there to be answered; the number is for the log alone."""


def install(app: FastAPI) -> None:
    """Answer every error in the same form: `{"error": sentence, ...}`."""

    @app.exception_handler(TenfoldError)
    def _known(request: Request, error: TenfoldError) -> Response:
        more = {"missing": error.missing} if isinstance(error, RoundNotFinishedError) else {}
        return _answer(request, status_of(error), str(error), **more)

    @app.exception_handler(RequestValidationError)
    def _malformed(request: Request, error: RequestValidationError) -> Response:
        fields = fields_of(error)
        return _answer(request, 422, _sentence(fields), fields=fields)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        missing = error.status_code == HTTPStatus.NOT_FOUND
        detail = "There is nothing at this address." if missing else error.detail
        return _answer(request, error.status_code, str(detail))

    @app.exception_handler(ClientDisconnect)
    def _gone(request: Request, error: ClientDisconnect) -> Response:
        del error
        log.info("%s %s: who sent it left before its end", request.method, request.url.path)
        return Response(status_code=LEFT)

    @app.exception_handler(Exception)
    def _unknown(request: Request, error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        sentence = "Something went wrong on the server. Nothing that was saved is lost; try again."
        return _answer(request, 500, sentence)
