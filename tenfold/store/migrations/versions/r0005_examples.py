"""Examples that reviewers pin to the instructions; an index of answers with a comment."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "examples",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_examples_person_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_examples_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "sha256", name=op.f("pk_examples")),
    )
    op.create_index(
        "ix_annotations_commented",
        "annotations",
        ["project_id", "id"],
        unique=False,
        sqlite_where=sa.text("comment != ''"),
        postgresql_where=sa.text("comment != ''"),
    )


def downgrade() -> None:
    op.drop_index("ix_annotations_commented", table_name="annotations")
    op.drop_table("examples")
