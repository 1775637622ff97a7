"""Where a project's images come from: directories, archives, containers, manifests."""

from tenfold.sources.opening import absolute, open_source
from tenfold.sources.port import Source
from tenfold.sources.reading import read

__all__ = ["Source", "absolute", "open_source", "read"]
