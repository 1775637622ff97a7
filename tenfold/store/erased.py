"""What an erased image is called in the store."""

ERASED = "erased"
"""State of an image that was erased for good: its row stays, without content."""
