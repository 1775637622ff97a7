"""Files that people sent from their own machine: where they lie, and how they go.

They are tenfold's own, unlike those of any other source: what is erased, or removed with its
project, goes here, too.
"""

import hashlib
import re
from pathlib import Path
from urllib.parse import unquote

from tenfold.blobs import BlobStore, names
from tenfold.blobs.opening import AZURE_SCHEME
from tenfold.errors import BlobNotFoundError

_SOURCE = re.compile(r"(?:^|/)uploads/([0-9a-f]{16})$")
_PART = 1 << 20


def upload_in(source: str, blobs: BlobStore) -> str | None:
    """Return the id of the upload that a source is; None: it lies elsewhere."""
    found = _SOURCE.search(source)
    if found is None:
        return None
    lies = unquote(blobs.url(names.upload(found[1]).rstrip("/")))
    if source.startswith(AZURE_SCHEME):
        ours = lies.endswith(f"/{source.removeprefix(AZURE_SCHEME)}")
    else:
        ours = Path(source).is_absolute() and lies == unquote(Path(source).as_uri())
    return found[1] if ours else None


def remove_upload(blobs: BlobStore, made: str) -> None:
    """Remove all files of an upload."""
    for blob in list(blobs.list(names.upload(made))):
        blobs.delete(blob.name)


def remove_file(blobs: BlobStore, made: str, path: str, sha256: str) -> None:
    """Remove a file of an upload, if it has these bytes."""
    blob = names.upload(made) + path
    try:
        same = hash_of(blobs, blob) == sha256
    except BlobNotFoundError:
        return
    if same:
        blobs.delete(blob)


def hash_of(blobs: BlobStore, name: str) -> str:
    """Return the SHA-256 of a blob's bytes."""
    digest = hashlib.sha256()
    with blobs.open(name) as stream:
        while part := stream.read(_PART):
            digest.update(part)
    return digest.hexdigest()
