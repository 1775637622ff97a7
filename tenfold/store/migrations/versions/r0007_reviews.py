"""Answers that are sent back, images to be looked at, and how many answers were looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "review_requests",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("annotation_id", sa.BigInteger()),
        sa.Column("person_id", SERIAL),
        sa.Column("by_id", SERIAL, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_review_requests_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_review_requests_person_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_review_requests_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_requests")),
    )
    op.create_index(
        op.f("ix_review_requests_project_id_sha256"), "review_requests", ["project_id", "sha256"]
    )
    op.create_index(
        "ix_review_requests_open",
        "review_requests",
        ["project_id", "person_id", "id"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.add_column(
        "labeler_counts",
        sa.Column("reviewed", sa.Integer(), nullable=False, server_default=sa.text("0")),
    )
    # How many were looked at was not counted; those that were changed certainly were.
    op.execute("UPDATE labeler_counts SET reviewed = corrected")


def downgrade() -> None:
    op.drop_column("labeler_counts", "reviewed")
    op.drop_table("review_requests")
