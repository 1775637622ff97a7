"""What `classification` and `multilabel` have in common."""

from collections.abc import Iterable, Sequence

from tenfold.errors import InvalidAnswerError


def check_known(labels: Iterable[str], classes: Sequence[str]) -> None:
    """Refuse classes that the project doesn't have.

    Raises:
        InvalidAnswerError: with their names.
    """
    unknown = sorted(set(labels) - set(classes))
    if unknown:
        raise InvalidAnswerError(
            f"This project has no class {', '.join(map(repr, unknown))}.",
            f"Its classes are {', '.join(classes)}.",
        )
