"""The export page: which labels, in which format, in which parts."""

from fastapi import APIRouter, Request, Response

from tenfold.errors import TenfoldError
from tenfold.pipeline.noted import read_near_duplicates
from tenfold.task_types import task_kind
from tenfold.web.access import AsReviewer
from tenfold.web.context import WebContext
from tenfold.web.pages.rendering import render_of_project

router = APIRouter()

FORMATS = {
    "csv": ("CSV", "One row a label; opens in a spreadsheet."),
    "jsonl": ("JSON lines", "One image a line, with who labeled it and when."),
    "coco": ("COCO", "One JSON file, boxes and outlines in absolute pixels."),
    "voc": ("Pascal VOC", "One XML file an image."),
    "yolo": ("YOLO", "One text file an image, and a data.yaml."),
    "azure-coco": ("Azure ML COCO", "As its data labeling exported: parts of width and height."),
    "label-studio": ("Label Studio", "A JSON file of tasks."),
    "ground-truth": ("SageMaker", "An augmented manifest, one image a line."),
    "predictions": ("AutoML predictions", "As a model's scoring output: classes with chances."),
}


@router.get("/projects/{name}/export")
def export_page(request: Request, member: AsReviewer, web: WebContext) -> Response:
    """Offer the formats that can hold this project's labels, and the columns to split by."""
    from tenfold.formats.export import columns_of

    project = member.project
    try:
        able = tuple(task_kind(project.task).formats)
    except TenfoldError:
        able = tuple(FORMATS)
    near = read_near_duplicates(web.blobs, project.id)
    return render_of_project(
        request,
        "export.html",
        member,
        tab="export",
        progress=web.store.progress.of(project),
        formats=[(name, *FORMATS[name]) for name in FORMATS if name in able],
        columns=columns_of(web.store, project),
        near=len(near.pairs) if near else 0,
    )
