"""Changes of classes, ended cycles, former names, deleted projects, erased images, invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("cycles", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cycles", sa.Column("ended_because", sa.Text(), nullable=True))
    _projects()
    _people()
    op.create_table(
        "erasures",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dataset_version", sa.Integer(), nullable=True),
        sa.Column("cleaned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_erasures_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "sha256", name=op.f("pk_erasures")),
    )


def _projects() -> None:
    op.create_table(
        "class_changes",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_class_changes_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "version", name=op.f("pk_class_changes")),
    )
    op.create_table(
        "former_names",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_former_names_project_id")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_former_names")),
    )
    op.create_table(
        "deleted_projects",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleaned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deleted_projects")),
    )
    op.create_index(op.f("ix_deleted_projects_name"), "deleted_projects", ["name"], unique=False)


def _people() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=True),
        sa.Column("many", sa.Boolean(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_invitations_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("sha256", name=op.f("uq_invitations_sha256")),
    )


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("invitations")
    op.drop_index(op.f("ix_deleted_projects_name"), table_name="deleted_projects")
    op.drop_table("deleted_projects")
    op.drop_table("former_names")
    op.drop_table("class_changes")
    op.drop_column("cycles", "ended_because")
    op.drop_column("cycles", "ended_at")
