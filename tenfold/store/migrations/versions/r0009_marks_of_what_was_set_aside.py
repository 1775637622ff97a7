"""What was set aside isn't read again before it changes."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("mark", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("quarantine", "mark")
