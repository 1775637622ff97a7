"""Erasing an image for good: from the label store, and from all that was made of it.

The picture goes first. What was killed on the way, or waits for an open audit, is finished later.
"""

import hashlib
from collections.abc import Callable

from models.dataset import DatasetVersion
from models.removal import Erasure
from tenfold.blobs import BlobStore, names
from tenfold.errors import BlobNotFoundError
from tenfold.removal import remove_image_blobs
from tenfold.store import Store
from tenfold.uploads import remove_file, upload_in

LINES = (".jsonl", ".csv", ".txt")
"""Files with an image a line, which go on without it."""


def erase_image(
    store: Store, blobs: BlobStore, project_id: str, sha256: str, *, by: str, reason: str
) -> Erasure:
    """Erase an image of a project; its picture is gone when this returns.

    Raises:
        NotFoundError: the project has no such image.
    """
    note = store.erasures.erase(project_id, sha256, by=by, reason=reason)
    _remove_picture(store, blobs, project_id, sha256)
    return note


def finish_erasures(store: Store, blobs: BlobStore) -> int:
    """Remove what is left of erased images; return of how many something must wait still."""
    waiting = 0
    for project_id, sha256 in store.erasures.unfinished():
        _remove_picture(store, blobs, project_id, sha256)
        _blank_features(blobs, project_id, sha256)
        if store.erasures.words(project_id, sha256):
            _forget_lines(store, blobs, project_id, sha256)
            store.erasures.done(project_id, sha256)
        else:
            waiting += 1
    return waiting


def _remove_picture(store: Store, blobs: BlobStore, project_id: str, sha256: str) -> None:
    if not store.erasures.other_projects(project_id, sha256):
        remove_image_blobs(blobs, sha256, store.erasures.blob(project_id, sha256))
        _remove_files(store, blobs, project_id, sha256)
    for blob in list(blobs.list(names.reports(project_id))):
        if "/pictures/" in blob.name:  # examples of delivered images, drawn side by side
            blobs.delete(blob.name)


def _remove_files(store: Store, blobs: BlobStore, project_id: str, sha256: str) -> None:
    """Remove the files that somebody sent; those of any other source aren't ours."""
    made = upload_in(store.projects.by_id(project_id).source, blobs)
    if made is not None:
        for path in store.erasures.paths(project_id, sha256):
            remove_file(blobs, made, path, sha256)


def _blank_features(blobs: BlobStore, project_id: str, sha256: str) -> None:
    """Set the image's features to nothing; its place stays, since others are known by theirs."""
    from tenfold.learning.features import Shard, read_shard, shard_bytes

    for blob in list(blobs.list(f"{names.project(project_id)}features/")):
        if not blob.name.endswith(".npz"):
            continue
        shard = read_shard(blobs.get(blob.name))
        if sha256 in shard.hashes:
            features = shard.features.copy()
            features[shard.hashes.index(sha256)] = 0
            blobs.put(blob.name, shard_bytes(Shard(shard.hashes, features)))


def _forget_lines(store: Store, blobs: BlobStore, project_id: str, sha256: str) -> None:
    """Take the image's lines out of manifests, snapshots, proposals and kept exports."""
    wanted = sha256.encode()
    for blob in list(blobs.list(names.project(project_id))):
        if blob.name.endswith(LINES):
            _rewrite(blobs, blob.name, lambda line: wanted not in line)
        elif _is_export(project_id, blob.name) and wanted in blobs.get(blob.name):
            blobs.delete(blob.name)
    version = store.datasets.latest(project_id)
    for number in range(1, version.number + 1 if version else 1):
        _bring_in_line(store, blobs, project_id, number)


def _is_export(project_id: str, name: str) -> bool:
    return name.startswith(names.reports(project_id)) and "/labels/" in name


def _rewrite(blobs: BlobStore, name: str, keep: Callable[[bytes], bool]) -> None:
    try:
        data = blobs.get(name)
    except BlobNotFoundError:
        return
    lines = data.splitlines(keepends=True)
    kept = [line for line in lines if keep(line)]
    if len(kept) < len(lines):
        blobs.put(name, b"".join(kept))


def _bring_in_line(store: Store, blobs: BlobStore, project_id: str, number: int) -> None:
    """Let the record of a dataset version say what its manifest says."""
    try:
        version = store.datasets.get(project_id, number)
        data = blobs.get(version.manifest)
    except (BlobNotFoundError, KeyError):
        return
    digest = hashlib.sha256(data).hexdigest()
    if digest != version.sha256:
        store.erasures.forget_in_version(
            project_id, number, record=_recounted(version, data, digest).model_dump_json()
        )


def _recounted(version: DatasetVersion, data: bytes, digest: str) -> DatasetVersion:
    from models.dataset import DatasetRow

    rows = [DatasetRow.model_validate_json(line) for line in data.splitlines()]
    return version.model_copy(
        update={"images": len(rows), "size": sum(row.size for row in rows), "sha256": digest}
    )
