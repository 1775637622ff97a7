"""Server-rendered pages."""

from fastapi import APIRouter

from tenfold.web.pages import (
    dashboard,
    data,
    export,
    importing,
    joining,
    label,
    people,
    projects,
    reference,
    review,
    settings,
    signing,
)

router = APIRouter(include_in_schema=False)
for part in (
    signing,
    joining,
    projects,
    importing,
    dashboard,
    label,
    review,
    data,
    export,
    settings,
    people,
    reference,
):
    router.include_router(part.router)
