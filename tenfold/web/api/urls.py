"""Where the page's server serves an image."""

from models.record import Record


class ImageUrls(Record):
    """Paths on this server."""

    thumb: str
    screen: str
    original: str


def image_urls(project: str, sha256: str) -> ImageUrls:
    """Return the three addresses of an image."""
    base = f"/api/projects/{project}/images/{sha256}"
    return ImageUrls(thumb=f"{base}/thumb", screen=f"{base}/screen", original=f"{base}/original")
