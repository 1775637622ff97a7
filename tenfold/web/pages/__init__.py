"""Server-rendered pages."""

from fastapi import APIRouter

from tenfold.web.pages import projects, signing

router = APIRouter(include_in_schema=False)
for part in (signing, projects):
    router.include_router(part.router)
