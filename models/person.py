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


class Invitation(Record):
    """A link by which people make their own accounts, without its secret."""

    id: int
    role: Role
    project: str | None = None
    """Where the role holds; elsewhere they are labelers. None: everywhere."""
    many: bool = False
    """Whether several people may use it; else it is worthless after the first."""
    uses: int = 0
    by: str
    created_at: Moment
    expires_at: Moment
    revoked_at: Moment | None = None

    def open_at(self, moment: Moment) -> bool:
        """Whether somebody may still use it."""
        spent = self.uses > 0 and not self.many
        return not spent and self.revoked_at is None and moment < self.expires_at
