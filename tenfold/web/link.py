"""The link that signs this machine's user in."""

from tenfold.settings import Settings
from tenfold.web.secret import machine_token


def sign_in_link(settings: Settings, page: str) -> str:
    """Return the page's address; in the local profile with the token that signs in.

    Args:
        settings: whose home holds the token.
        page: address of the page, without a path.
    """
    base = page.rstrip("/")
    if settings.profile != "local":
        return base
    return f"{base}/signin?token={machine_token(settings)}"
