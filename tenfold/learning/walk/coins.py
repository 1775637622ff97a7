"""Sealed coins: fixed before anybody commits, looked at only afterwards."""

import hashlib
import hmac
import secrets

BITS = 53
"""As many as a double holds exactly."""


def seal() -> str:
    """Return a fresh secret seed, 32 bytes in hexadecimal."""
    return secrets.token_hex(32)


def coin(seed: str, sha256: str) -> float:
    """Return u in [0, 1) of an image: an HMAC of its hash under the sealed seed."""
    digest = hmac.new(bytes.fromhex(seed), sha256.encode(), hashlib.sha256).digest()
    return (int.from_bytes(digest[:8], "big") >> (64 - BITS)) / float(1 << BITS)


def commitment(seed: str) -> str:
    """Return what may be shown of a sealed seed while the walk goes on: its SHA-256."""
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()
