"""People and what they may do."""

from enum import StrEnum

from models.record import Moment, Record


class Role(StrEnum):
    """A labeler answers; a reviewer also approves, reviews and exports; an admin does all."""

    LABELER = "labeler"
    REVIEWER = "reviewer"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for a labeler, 1 for a reviewer, 2 for an admin."""
        return list(Role).index(self)

    def may_act_as(self, needed: "Role") -> bool:
        """Whether this role includes the needed one."""
        return self.rank >= needed.rank


class Person(Record):
    """Somebody who can sign in."""

    id: int
    name: str
    role: Role
    active: bool = True
    created_at: Moment


class AccessToken(Record):
    """A personal access token, without its secret."""

    id: int
    person_id: int
    title: str
    created_at: Moment
    last_used_at: Moment | None = None
