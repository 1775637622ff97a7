"""The blob store: bytes by name, in a local directory or in Azure Blob Storage."""

from tenfold.blobs.opening import open_blobs
from tenfold.blobs.port import BlobInfo, BlobStore

__all__ = ["BlobInfo", "BlobStore", "open_blobs"]
