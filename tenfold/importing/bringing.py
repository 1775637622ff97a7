"""An import from its beginning to its end."""

from dataclasses import replace
from pathlib import Path

from models.project import FinishMode, Project, ProjectSettings, label_classes
from tenfold import formats
from tenfold.errors import ConflictError, FormatError, NotFoundError
from tenfold.formats.declared import declared_classes
from tenfold.formats.labeling_job import read_labeling_job
from tenfold.formats.recognition import LABELING_JOB
from tenfold.importing.places import Places
from tenfold.importing.report import Full, ImportReport, Seen
from tenfold.importing.taking_in import ask_people, is_taken_in, take_in
from tenfold.importing.wanted import Wanted, settled
from tenfold.importing.writing import Writer, finds_any, look_up
from tenfold.pipeline.context import Context
from tenfold.sources import absolute, open_source


def bring(
    ctx: Context, wanted: Wanted, *, dry: bool = False, full: Path | None = None
) -> ImportReport:
    """Bring labels into a project; a second time nothing changes.

    A project that is there gets them for images that it has. A new one is made with the classes
    that are found, and takes its images in.

    Args:
        ctx: the stores.
        wanted: what is to be imported.
        dry: only say what would come in.
        full: a file for all that is missing or not understood; None: only the first ones are kept.

    Raises:
        FormatError: the file as a whole can't be read, or says too little.
        ConflictError: the project's task, source or classes don't fit.
        SourceError: the images' source can't be read.
    """
    path, name = settled(wanted)
    known = _project(ctx, wanted.name)
    with Full(full) as everything:
        if name == LABELING_JOB:
            return _bring_job(ctx, wanted, path, known, dry=dry)
        settings = _settings(wanted, path, name) if known is None else known
        report = ImportReport(
            project=wanted.name,
            format=name,
            task=settings.task,
            made=known is None,
            prelabels=wanted.as_prelabels(name),
            full=everything,
        )
        if known is None:
            return _bring_new(ctx, path, settings, report, dry=dry)
        _check_fits(wanted, known, path, name)
        return _bring_known(ctx, path, known, report, dry=dry)


def _project(ctx: Context, name: str) -> Project | None:
    try:
        return ctx.store.projects.get(name)
    except NotFoundError:
        return None


def _bring_new(
    ctx: Context, path: Path, settings: ProjectSettings, report: ImportReport, *, dry: bool
) -> ImportReport:
    source = open_source(settings.source, ctx.settings, settings.task)
    with Places(entry.path for entry in source.entries()) as places:
        if dry:
            return look_up(path, places, report)
        _refuse_nothing_found(path, places, report)
    project = ctx.store.projects.create(settings)
    return _bring_known(ctx, path, project, report, dry=False)


def _refuse_nothing_found(path: Path, places: Places, report: ImportReport) -> None:
    """Make no project whose images aren't there; one that is there suffices."""
    trial = ImportReport(report.project, report.format, report.task)
    if finds_any(path, places, trial):
        return
    named = ", ".join(trial.missing.first[:3])
    raise FormatError(
        f"{path}: none of its {trial.images} images was found ({named}, …).",
        "Say where they are: --images FOLDER, or --images az://CONTAINER.",
    )


def _bring_known(
    ctx: Context, path: Path, project: Project, report: ImportReport, *, dry: bool
) -> ImportReport:
    if not dry and not is_taken_in(ctx, project):
        take_in(ctx, project)
    with Places(ctx.store.images.all_paths(project.id)) as places:
        if dry:
            return look_up(path, places, report)
        Writer(ctx, project, places, report).write(path)
    if report.prelabels and report.new:
        ask_people(ctx, project)
    return report


def _check_fits(wanted: Wanted, project: Project, path: Path, name: str) -> None:
    """Refuse what can't be meant for a project that is there.

    Raises:
        ConflictError: another task, another source, or classes that the project doesn't have.
    """
    if wanted.task not in (None, project.task):
        raise ConflictError(
            f"{project.name} is a project of {project.task.value}, not of {wanted.task}."
        )
    if wanted.images is not None and absolute(wanted.images) != project.source:
        raise ConflictError(
            f"{project.name} takes its images from {project.source}.",
            "Leave --images out: labels come in for images that the project has.",
        )
    seen = _look(path, name, replace(wanted, task=project.task))
    foreign = [one for one in seen.classes if one not in project.class_names]
    foreign = [one for one in foreign if one not in project.former_classes]
    if foreign:
        adds = " ".join(f"--add '{one}'" for one in foreign[:8])
        raise ConflictError(
            f"{path} has classes that {project.name} doesn't: {', '.join(foreign[:8])}.",
            f"Add them with `tenfold classes {project.name} {adds}` and import again.",
        )


def _look(path: Path, name: str, wanted: Wanted) -> Seen:
    """Go through a file to see what is in it."""
    seen = Seen()
    rows = formats.read(
        path,
        name,
        task=wanted.task,
        size_of=lambda _path: (1, 1),
        on_bad=lambda _path, _error: None,
        on_unread=lambda _error: None,
    )
    for row in rows:
        seen.add(row.value)
    return seen


def _settings(wanted: Wanted, path: Path, name: str) -> ProjectSettings:
    """Return the project that the file makes."""
    prelabels = wanted.as_prelabels(name)
    if prelabels and wanted.images is None:
        raise FormatError(
            f"{path} holds what a model proposes: the images of {wanted.name} are elsewhere.",
            "Say where: --images FOLDER, or --images az://CONTAINER.",
        )
    seen = _look(path, name, wanted)
    task = wanted.task or seen.task(str(path))
    classes = dict.fromkeys((*wanted.classes, *declared_classes(path, name), *seen.classes))
    return ProjectSettings(
        name=wanted.name,
        task=task,
        source=absolute(wanted.images or str(path)),
        classes=label_classes(list(classes)),
        finish=FinishMode.REVIEW if prelabels else None,
    )


def _bring_job(
    ctx: Context, wanted: Wanted, path: Path, known: Project | None, *, dry: bool
) -> ImportReport:
    """Make the project that a saved labeling job describes; one that is there stays as it is."""
    job = read_labeling_job(path)
    report = ImportReport(wanted.name, LABELING_JOB, job.task, made=known is None)
    report.labels.update(dict.fromkeys(job.classes, 0))
    if known is not None:
        missing = [name for name in job.classes if name not in known.class_names]
        if missing or known.task is not job.task:
            raise ConflictError(
                f"{known.name} is there already, with another task or other classes: "
                f"{', '.join(missing) or known.task.value}.",
                "Choose another name.",
            )
        return report
    if wanted.images is None:
        asset = f" ({job.dataset})" if job.dataset else ""
        raise FormatError(
            f"{path}: a labeling job doesn't hold its images{asset}.",
            "Say where they are: --images FOLDER, or --images az://CONTAINER.",
        )
    settings = ProjectSettings(
        name=wanted.name,
        task=job.task,
        source=absolute(wanted.images),
        classes=label_classes(list(job.classes)),
        instructions=job.instructions,
        finish=FinishMode.REVIEW if job.assisted else FinishMode.MANUAL,
    )
    open_source(settings.source, ctx.settings, settings.task)
    if not dry:
        ctx.store.projects.create(settings)
    return report
