"""The HTTP API, one router a noun."""

from fastapi import APIRouter

from tenfold.web.api import (
    agreement,
    assignments,
    classes,
    computes,
    erasing,
    export,
    health,
    images,
    imports,
    invitations,
    labeling,
    live,
    people,
    projects,
    reports,
    reviews,
    rounds,
    sessions,
    uploads,
)

router = APIRouter(prefix="/api")
for part in (
    # What is asked most is found first.
    labeling,
    health,
    sessions,
    projects,
    computes,
    live,
    classes,
    rounds,
    assignments,
    images,
    erasing,
    agreement,
    reviews,
    export,
    imports,
    uploads,
    reports,
    people,
    invitations,
):
    router.include_router(part.router)
