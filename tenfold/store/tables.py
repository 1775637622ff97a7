"""The tables of the label store. The migrations make them; a test holds the two together."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always in UTC; SQLite keeps no time zone of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy calls it so
        """Turn any moment into UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy calls it so
        """Say that it is UTC where the database doesn't."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = String(40)
Hash = String(64)
# SQLite counts rows only in a column that is declared INTEGER.
Serial = BigInteger().with_variant(Integer, "sqlite")

projects = Table(
    "projects",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(63), nullable=False, unique=True),
    Column("settings", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("classes_version", Integer, nullable=False),
    Column("dataset_version", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
)

tallies = Table(
    "tallies",
    metadata,
    Column("project_id", Id, ForeignKey("projects.id"), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("n", BigInteger, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("password", Text),
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", UtcDateTime, nullable=False),
)

roles = Table(
    "roles",
    metadata,
    Column("project_id", Id, ForeignKey("projects.id"), primary_key=True),
    Column("person_id", Serial, ForeignKey("people.id"), primary_key=True),
    Column("role", String(16), nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("person_id", Serial, ForeignKey("people.id"), nullable=False, index=True),
    Column("title", String(200), nullable=False),
    Column("sha256", Hash, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
)

class_changes = Table(
    "class_changes",
    metadata,
    Column("project_id", Id, ForeignKey("projects.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("record", Text, nullable=False),
    Column("upto", BigInteger, nullable=False),
    Column("done", Boolean, nullable=False),
)

former_names = Table(
    "former_names",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
)

deleted_projects = Table(
    "deleted_projects",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(63), nullable=False, index=True),
    Column("by", String(200), nullable=False),
    Column("what", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("cleaned_at", UtcDateTime),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("sha256", Hash, nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("project_id", Id, ForeignKey("projects.id")),
    Column("many", Boolean, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("by", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

erasures = Table(
    "erasures",
    metadata,
    Column("project_id", Id, ForeignKey("projects.id"), primary_key=True),
    Column("sha256", Hash, primary_key=True),
    Column("by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("dataset_version", Integer),
    Column("cleaned_at", UtcDateTime),
)

cycles = Table(
    "cycles",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("dataset_version", Integer),
    Column("flow_run_id", String(64)),
    Column("fence", Integer, nullable=False, default=0),
    Column("restarts", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("ended_because", Text),
    UniqueConstraint("project_id", "number"),
)
Index(
    "one_running_cycle",
    cycles.c.project_id,
    unique=True,
    sqlite_where=text("state = 'running'"),
    postgresql_where=text("state = 'running'"),
)

steps = Table(
    "steps",
    metadata,
    Column("cycle_id", Id, ForeignKey("cycles.id"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("flow_run_id", String(64)),
    Column("done", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("detail", Text, nullable=False, default="{}"),
    Column("position", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
)

images = Table(
    "images",
    metadata,
    Column("project_id", Id, ForeignKey("projects.id"), primary_key=True),
    Column("sha256", Hash, primary_key=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("orientation", Integer, nullable=False),
    Column("blob", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("added_in", Integer),
    Column("removed_in", Integer),
    Column("gone", Boolean, nullable=False, default=False),
    Column("state", String(16), nullable=False),
    Column("final_value", Text),
    Column("final_by", String(16)),
    Column("final_annotation", BigInteger),
    Column("excluded", Boolean, nullable=False, default=False),
    Column("touched", Boolean, nullable=False, default=False),
    Column("skips", Integer, nullable=False, default=0),
    Index(None, "project_id", "state", "sha256"),
)
Index(
    "ix_images_unversioned",
    images.c.project_id,
    sqlite_where=text("added_in IS NULL"),
    postgresql_where=text("added_in IS NULL"),
)


def one_class(column: str) -> str:
    """Return the condition that a value is exactly one class; long ones enter no index."""
    return f"""substr({column}, 1, 15) = '{{"kind":"class"'"""


Index(
    "ix_images_class",
    images.c.project_id,
    images.c.final_value,
    images.c.sha256,
    sqlite_where=text(one_class("final_value")),
    postgresql_where=text(one_class("final_value")),
)

past_memberships = Table(
    "past_memberships",
    metadata,
    Column("project_id", Id, primary_key=True),
    Column("sha256", Hash, primary_key=True),
    Column("added_in", Integer, primary_key=True),
    Column("removed_in", Integer, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("project_id", Id, ForeignKey("projects.id"), primary_key=True),
    Column("path", String(1024), primary_key=True),
    Column("sha256", Hash, nullable=False),
    Column("mark", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("size", BigInteger),
    Column("gone", Boolean, nullable=False, default=False),
    Index(None, "project_id", "sha256"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("project_id", Id, ForeignKey("projects.id"), primary_key=True),
    Column("path", String(1024), primary_key=True),
    Column("reason", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("noticed_at", UtcDateTime, nullable=False),
    Column("mark", Text, nullable=False, server_default=""),
)

dataset_versions = Table(
    "dataset_versions",
    metadata,
    Column("project_id", Id, ForeignKey("projects.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("record", Text, nullable=False),
)

label_snapshots = Table(
    "label_snapshots",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("position", Integer, nullable=False),
    Column("record", Text, nullable=False),
    UniqueConstraint("project_id", "position"),
)

model_versions = Table(
    "model_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("prelabels", Integer, nullable=False, default=0),
    Column("record", Text, nullable=False),
    UniqueConstraint("project_id", "number"),
)

prelabels = Table(
    "prelabels",
    metadata,
    Column("model_version", Id, ForeignKey("model_versions.id"), primary_key=True),
    Column("sha256", Hash, primary_key=True),
    Column("value", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("precedents", Text),
)
"""`precedents`: as of `models.precedent`; nobody looks for one."""

Index(
    "ix_prelabels_class",
    prelabels.c.model_version,
    prelabels.c.value,
    prelabels.c.sha256,
    sqlite_where=text(one_class("value")),
    postgresql_where=text(one_class("value")),
)

rounds = Table(
    "rounds",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("cycle_id", Id, ForeignKey("cycles.id"), nullable=False),
    Column("key", String(255), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("backlog", Boolean, nullable=False),
    Column("overlap", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("answered", Integer, nullable=False, default=0),
    Column("model_version", Id),
    Column("walk_id", Id),
    Column("seed", BigInteger, nullable=False),
    Column("needs_approval", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("params", Text, nullable=False),
    Column("asks", Integer, nullable=False, default=0),
    Column("assigning", String(8), nullable=False, default="", server_default=text("''")),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    UniqueConstraint("cycle_id", "key"),
    UniqueConstraint("cycle_id", "number"),
    Index(None, "project_id", "state"),
)

items = Table(
    "items",
    metadata,
    Column("round_id", Id, ForeignKey("rounds.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("project_id", Id, nullable=False),
    Column("sha256", Hash, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("person_id", Serial),
    Column("leased_until", UtcDateTime),
    Column("annotation_id", BigInteger),
    Column("assigned_to", Serial, nullable=False, default=0, server_default=text("0")),
    UniqueConstraint("round_id", "sha256", "slot"),
    Index(
        "ix_items_round_id_state_assigned_to_position",
        "round_id",
        "state",
        "assigned_to",
        "position",
    ),
    Index(None, "project_id", "sha256"),
)
Index(
    "ix_items_assigned",
    items.c.assigned_to,
    sqlite_where=text("assigned_to != 0"),
    postgresql_where=text("assigned_to != 0"),
)
Index(
    "one_slot_a_person",
    items.c.round_id,
    items.c.sha256,
    items.c.person_id,
    unique=True,
    sqlite_where=text("person_id IS NOT NULL"),
    postgresql_where=text("person_id IS NOT NULL"),
)
Index(
    "ix_items_held",
    items.c.person_id,
    items.c.project_id,
    sqlite_where=text("leased_until IS NOT NULL"),
    postgresql_where=text("leased_until IS NOT NULL"),
)

frozen_pools = Table(
    "frozen_pools",
    metadata,
    Column("round_id", Id, ForeignKey("rounds.id"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("hashes", LargeBinary, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("round_id", Id, ForeignKey("rounds.id"), primary_key=True),
    Column("by", String(200), nullable=False),
    Column("via", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("returned", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

annotations = Table(
    "annotations",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("sha256", Hash, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("value", Text),
    Column("skip", String(16)),
    Column("comment", Text, nullable=False, default=""),
    Column("person_id", Serial, ForeignKey("people.id")),
    Column("round_id", Id),
    Column("key", String(64)),
    Column("proposed", Text),
    Column("model_version", Id),
    Column("seconds", Float, nullable=False, default=0.0),
    Column("actions", Integer, nullable=False, default=0),
    Column("classes_version", Integer, nullable=False, default=1),
    Column("second_opinion", Boolean, nullable=False, default=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("person_id", "key"),
    Index(None, "project_id", "sha256"),
    Index(None, "project_id", "person_id", "id"),
    Index(
        "ix_annotations_commented",
        "project_id",
        "id",
        sqlite_where=text("comment != ''"),
        postgresql_where=text("comment != ''"),
    ),
    sqlite_autoincrement=True,
)

undone = Table(
    "undone",
    metadata,
    Column("annotation_id", Serial, ForeignKey("annotations.id"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

seen = Table(
    "seen",
    metadata,
    Column("project_id", Id, primary_key=True),
    Column("sha256", Hash, primary_key=True),
    Column("person_id", Serial, primary_key=True),
    Column("model_version", Id, primary_key=True),
)

drafts = Table(
    "drafts",
    metadata,
    Column("project_id", Id, ForeignKey("projects.id"), primary_key=True),
    Column("sha256", Hash, primary_key=True),
    Column("person_id", Serial, ForeignKey("people.id"), primary_key=True),
    Column("round_id", Id, nullable=False),
    Column("value", Text, nullable=False),
    Column("classes_version", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

examples = Table(
    "examples",
    metadata,
    Column("project_id", Id, ForeignKey("projects.id"), primary_key=True),
    Column("sha256", Hash, primary_key=True),
    Column("good", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    Column("person_id", Serial, ForeignKey("people.id"), nullable=False),
    Column("pinned_at", UtcDateTime, nullable=False),
)

review_requests = Table(
    "review_requests",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("sha256", Hash, nullable=False),
    Column("annotation_id", BigInteger),
    Column("person_id", Serial, ForeignKey("people.id")),
    Column("by_id", Serial, ForeignKey("people.id"), nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Index(None, "project_id", "sha256"),
)
Index(
    "ix_review_requests_open",
    review_requests.c.project_id,
    review_requests.c.person_id,
    review_requests.c.id,
    sqlite_where=text("closed_at IS NULL"),
    postgresql_where=text("closed_at IS NULL"),
)

certificates = Table(
    "certificates",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cycle_id", Id, ForeignKey("cycles.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("record", Text, nullable=False),
    UniqueConstraint("cycle_id", "position"),
)

walks = Table(
    "walks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False, index=True),
    Column("cycle_id", Id, ForeignKey("cycles.id"), nullable=False, unique=True),
    Column("images", Integer, nullable=False),
    Column("error", Float, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("wrong_allowed", Integer, nullable=False),
    Column("rates", Text, nullable=False),
    Column("overlap", Integer, nullable=False),
    Column("seed", String(64), nullable=False),
    Column("seal_commitment", Hash, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)

walk_chunks = Table(
    "walk_chunks",
    metadata,
    Column("walk_id", Id, ForeignKey("walks.id"), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("key", String(255), nullable=False),
    Column("size", Integer, nullable=False),
    Column("round_id", Id),
    UniqueConstraint("walk_id", "key"),
)

walk_commits = Table(
    "walk_commits",
    metadata,
    Column("walk_id", Id, ForeignKey("walks.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("project_id", Id, nullable=False),
    Column("sha256", Hash, nullable=False),
    Column("value", Text, nullable=False),
    Column("model_version", Id, nullable=False),
    Column("round_id", Id),
    Column("annotation_id", BigInteger),
    Column("wrong", Boolean),
    UniqueConstraint("walk_id", "sha256"),
    Index(None, "project_id", "sha256"),
)

labeler_counts = Table(
    "labeler_counts",
    metadata,
    Column("project_id", Id, ForeignKey("projects.id"), primary_key=True),
    Column("person_id", Serial, ForeignKey("people.id"), primary_key=True),
    Column("answers", Integer, nullable=False, default=0),
    Column("skipped", Integer, nullable=False, default=0),
    Column("corrected", Integer, nullable=False, default=0),
    Column("reviewed", Integer, nullable=False, default=0, server_default=text("0")),
    Column("seconds", Float, nullable=False, default=0.0),
)
