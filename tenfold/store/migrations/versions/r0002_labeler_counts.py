"""What each labeler did, counted as they work; filled from what is there."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "labeler_counts",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", SERIAL, nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_labeler_counts_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_labeler_counts_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "person_id", name=op.f("pk_labeler_counts")),
    )
    op.execute(
        """
        INSERT INTO labeler_counts (project_id, person_id, answers, skipped, corrected, seconds)
        SELECT project_id, person_id, count(*), count(skip), 0, sum(seconds)
        FROM annotations
        WHERE person_id IS NOT NULL AND kind IN ('manual', 'review', 'audit')
          AND id NOT IN (SELECT annotation_id FROM undone)
        GROUP BY project_id, person_id
        """
    )


def downgrade() -> None:
    op.drop_table("labeler_counts")
