"""The blob store: bytes by name, in a local directory or in Azure Blob Storage."""

from tenfold.blobs.port import BlobInfo, BlobStore
from tenfold.blobs.opening import open_blobs

__all__ = ["BlobInfo", "BlobStore", "open_blobs"]
