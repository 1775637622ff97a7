"""`tenfold export`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tenfold.cli.console import note, out

if TYPE_CHECKING:
    from models.project import Project
    from tenfold.formats.export import ExportReport
    from tenfold.formats.export_rows import What
    from tenfold.pipeline.context import Context


class Format(StrEnum):
    """What labels can be exported as."""

    COCO = "coco"
    VOC = "voc"
    YOLO = "yolo"
    CSV = "csv"
    JSONL = "jsonl"
    AZURE_COCO = "azure-coco"
    GROUND_TRUTH = "ground-truth"
    LABEL_STUDIO = "label-studio"
    PREDICTIONS = "predictions"
    LABELING_JOB = "labeling-job"
    """The project itself, without its labels."""


class Included(StrEnum):
    """Which labels an export holds."""

    FINAL = "final"
    HUMAN = "human"
    PRELABELS = "prelabels"


def export(
    name: Annotated[str, typer.Argument(help="The project.")],
    to: Annotated[Path, typer.Option(help="Folder, which is made, or a .zip file.")],
    format: Annotated[Format, typer.Option(help="File format.")] = Format.COCO,  # noqa: A002
    upright_copies: Annotated[
        bool, typer.Option(help="Also write the images, EXIF rotation applied.")
    ] = False,
    include: Annotated[
        Included,
        typer.Option(help="Final labels, those of people alone, or pre-labels where is no other."),
    ] = Included.FINAL,
    provenance: Annotated[bool, typer.Option(help="Say whose word each label is.")] = True,
    split: Annotated[
        str, typer.Option(help="Shares of training, validation and test, as 80/10/10.")
    ] = "",
    split_by: Annotated[
        str, typer.Option(help="hash, or a column of the manifest, as patient or video.")
    ] = "hash",
) -> None:
    """Write the labels of a project, as far as there are any."""
    from tenfold.formats.export import export_project
    from tenfold.formats.export_rows import What
    from tenfold.pipeline.context import open_context
    from tenfold.pipeline.parting import split_of

    ctx = open_context()
    project = ctx.store.projects.get(name)
    if format is Format.LABELING_JOB:
        from tenfold.formats.labeling_job_writer import write_labeling_job

        out().print(str(write_labeling_job(project, to)))
        return
    parted = split_of(ctx.blobs, project.id, split, split_by)
    what = What(include.value, provenance, parted, upright_copies)
    if to.suffix.lower() == ".zip":
        _write_zip(ctx, project, format, to, what)
        return
    to.mkdir(parents=True, exist_ok=True)
    _tell(export_project(ctx.store, ctx.blobs, project, format.value, to, what))


def _write_zip(ctx: "Context", project: "Project", name: Format, to: Path, what: "What") -> None:
    """Write the very file that the page sends."""
    from tenfold.formats.export import export_stream

    packed = export_stream(ctx.store, ctx.blobs, project, name.value, what)
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_name(f".{to.name}.part")
    try:
        with part.open("wb") as stream:
            stream.writelines(packed)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    out().print(str(to))


def _tell(report: "ExportReport") -> None:
    note(f"{report.labels} labels in {report.file_count} files.")
    if report.parts:
        note(", ".join(f"{part}: {n}" for part, n in report.parts.items()))
    if report.unlabeled:
        note(f"{report.unlabeled} images have no label and are not among them.")
    if report.note:
        note(report.note)
    for path in list(report.files)[:5]:
        out().print(str(path))
