"""Walks: labels that are committed, and who is asked about them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rounds", sa.Column("walk_id", sa.String(length=40), nullable=True))
    op.create_table(
        "walks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("error", sa.Float(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("wrong_allowed", sa.Integer(), nullable=False),
        sa.Column("rates", sa.Text(), nullable=False),
        sa.Column("overlap", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("seal_commitment", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_walks_cycle_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_walks_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walks")),
        sa.UniqueConstraint("cycle_id", name=op.f("uq_walks_cycle_id")),
    )
    op.create_index(op.f("ix_walks_project_id"), "walks", ["project_id"], unique=False)
    op.create_table(
        "walk_chunks",
        sa.Column("walk_id", sa.String(length=40), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["walk_id"], ["walks.id"], name=op.f("fk_walk_chunks_walk_id")),
        sa.PrimaryKeyConstraint("walk_id", "first", name=op.f("pk_walk_chunks")),
        sa.UniqueConstraint("walk_id", "key", name=op.f("uq_walk_chunks_walk_id_key")),
    )
    op.create_table(
        "walk_commits",
        sa.Column("walk_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("model_version", sa.String(length=40), nullable=False),
        sa.Column("round_id", sa.String(length=40), nullable=True),
        sa.Column("annotation_id", sa.BigInteger(), nullable=True),
        sa.Column("wrong", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["walk_id"], ["walks.id"], name=op.f("fk_walk_commits_walk_id")),
        sa.PrimaryKeyConstraint("walk_id", "position", name=op.f("pk_walk_commits")),
        sa.UniqueConstraint("walk_id", "sha256", name=op.f("uq_walk_commits_walk_id_sha256")),
    )
    op.create_index(
        op.f("ix_walk_commits_project_id_sha256"),
        "walk_commits",
        ["project_id", "sha256"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_walk_commits_project_id_sha256"), table_name="walk_commits")
    op.drop_table("walk_commits")
    op.drop_table("walk_chunks")
    op.drop_index(op.f("ix_walks_project_id"), table_name="walks")
    op.drop_table("walks")
    op.drop_column("rounds", "walk_id")
