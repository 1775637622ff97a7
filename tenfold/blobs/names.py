"""The names of all blobs, in one place."""

EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
    "image/gif": ".gif",
}


IMAGES = "images/"
"""Prefix of originals that were uploaded; others lie in place, in a container of somebody's."""

VIEWS = ("thumb", "screen")
"""Sizes that are kept of each image beside the original."""


UPLOADS = "uploads/"
"""Prefix of files that people sent from their own machine."""

UPLOAD_NOTES = "uploads-begun/"
"""Prefix of notes of uploads that no project was known to have."""


def upload(made: str) -> str:
    """Prefix of the files of one upload, under their own names."""
    return f"{UPLOADS}{made}/"


def upload_note(made: str) -> str:
    """Note that an upload was begun, by whom and when."""
    return f"{UPLOAD_NOTES}{made}.json"


def project(project_id: str) -> str:
    """Prefix of all that is a project's own: everything but images and their views."""
    return f"projects/{project_id}/"


def image(sha256: str, media_type: str) -> str:
    """Original bytes of an image, shared by all projects."""
    return f"{IMAGES}{sha256[:2]}/{sha256}{EXTENSIONS.get(media_type, '')}"


def view(sha256: str, size: str) -> str:
    """A thumbnail (`thumb`) or screen-sized version (`screen`), upright, JPEG."""
    return f"views/{size}/{sha256[:2]}/{sha256}.jpg"


def dataset(project_id: str, number: int) -> str:
    """Prefix of a dataset version: `manifest.jsonl` and `MLTable` lie under it."""
    return f"{project(project_id)}datasets/v{number:04d}"


def features(project_id: str, backbone: str, views: int = 1, others: tuple[str, ...] = ()) -> str:
    """Prefix of feature shards, taken from so many views of each image, by these networks."""
    networks = "-".join((backbone, *others))
    folder = backbone if views == 1 else f"{networks}-{views}-views"
    return f"{project(project_id)}features/{folder}"


def tuned_features(base: str, snapshot_id: str) -> str:
    """Prefix of features of a network that was tuned on a snapshot, beside those under `base`."""
    return f"{base}-tuned-{snapshot_id}"


def plan(project_id: str) -> str:
    """What the project is expected to cost, as of its last decision."""
    return f"{project(project_id)}plan.json"


def weighing(project_id: str) -> str:
    """How people's answers were weighed the last time."""
    return f"{project(project_id)}weighing.json"


def groups(project_id: str, cycle_id: str, key: str) -> str:
    """Which images of a round look alike."""
    return f"{project(project_id)}groups/{cycle_id}-{key}.npz"


def near_duplicates(project_id: str) -> str:
    """Pairs of images that show nearly the same, as of the last embedding."""
    return f"{project(project_id)}near-duplicates.json"


def snapshot(project_id: str, snapshot_id: str) -> str:
    """A label snapshot, JSON lines."""
    return f"{project(project_id)}snapshots/{snapshot_id}.jsonl"


def job(project_id: str, job_id: str) -> str:
    """Prefix of a job: `job.json`, and for training and pre-labeling its outputs under `out/`."""
    return f"{project(project_id)}jobs/{job_id}"


def reports(project_id: str) -> str:
    """Prefix of the reports of all cycles."""
    return f"{project(project_id)}reports/"


def report(project_id: str, cycle_number: int) -> str:
    """Prefix of a cycle's report and exports."""
    return f"{reports(project_id)}c{cycle_number:04d}"


def picture(project_id: str, cycle_number: int, name: str) -> str:
    """A picture of a cycle's report, PNG."""
    return f"{report(project_id, cycle_number)}/pictures/{name}.png"
