"""What a change of a project's settings comes to, said before it is made."""

from models.record import Record


class SettingsEffect(Record):
    """What follows from a change as things stand now."""

    follows: tuple[str, ...] = ()
    """What it means for the work that is under way, a sentence each."""
    refused: tuple[str, ...] = ()
    """Why it can't be made now, and when it can; empty where it can."""
