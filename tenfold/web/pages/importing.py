"""The import page: labels that were made elsewhere, looked into and then brought in."""

from fastapi import APIRouter, Request, Response

from tenfold.web.access import Admin
from tenfold.web.context import WebContext
from tenfold.web.pages.rendering import render

router = APIRouter()

KINDS = (
    ("", "As the file says", "A model's scores come in as proposals, all else as labels."),
    (
        "labels",
        "Labels",
        "As “imported”; people's own answers replace them, and no certificate counts on them.",
    ),
    ("prelabels", "Proposals", "People look at each; nothing counts as labeled before."),
)


@router.get("/import")
def import_page(request: Request, person: Admin, web: WebContext, project: str = "") -> Response:
    """Ask for the file, show what is in it, and bring it in."""
    known = [each.name for each in web.store.projects.list()]
    return render(
        request, "import.html", person=person, projects=known, chosen=project, kinds=KINDS
    )
