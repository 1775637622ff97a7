"""The base of every record."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Record(BaseModel):
    """An immutable record; unknown fields are refused, so that a typing error is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


def _to_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_to_utc)]
"""A point in time, always in UTC."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of an image's bytes, lower-case hex: how an image is known."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
