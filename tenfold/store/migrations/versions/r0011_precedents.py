"""Which tagged images a proposal leans on."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("prelabels", sa.Column("precedents", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("prelabels", "precedents")
