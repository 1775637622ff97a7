"""Removing for good, from the label store and from the blob store.

Blobs go before the rows that know them, so that a removal that was killed finds them again.
"""

from tenfold.blobs import BlobStore, names
from tenfold.blobs.names import VIEWS
from tenfold.store import Store
from tenfold.uploads import remove_upload, upload_in

IMAGES_AT_ONCE = 500


def finish_removals(store: Store, blobs: BlobStore) -> int:
    """Remove what is left of projects that were taken away; return how many projects."""
    left = store.removals.notes(unfinished=True)
    for removed in left:
        _forget(store, blobs, removed.id)
    return len(left)


def _forget(store: Store, blobs: BlobStore, project_id: str) -> None:
    while shas := store.removals.images(project_id, IMAGES_AT_ONCE):
        for own in store.removals.own_blobs(project_id, shas):
            remove_image_blobs(blobs, own.sha256, own.blob)
        store.removals.forget_images(project_id, shas)
    for blob in list(blobs.list(names.project(project_id))):
        blobs.delete(blob.name)
    _remove_sent(store, blobs, project_id)
    store.removals.forget(project_id)


def _remove_sent(store: Store, blobs: BlobStore, project_id: str) -> None:
    """Remove the files that were sent for a project, unless another one shows some of them."""
    source = store.projects.by_id(project_id).source
    made = upload_in(source, blobs)
    if made is None:
        return
    others = [p.source for p in store.projects.list(include_archived=True) if p.id != project_id]
    if source not in others and not store.removals.shown_elsewhere(project_id, names.upload(made)):
        remove_upload(blobs, made)
        blobs.delete(names.upload_note(made))


def remove_image_blobs(blobs: BlobStore, sha256: str, blob: str) -> None:
    """Remove an image's bytes and its views; bytes that lie in their source are not ours."""
    if blob.startswith(names.IMAGES):
        blobs.delete(blob)
    for size in VIEWS:
        blobs.delete(names.view(sha256, size))
