"""Images of a round that are meant for somebody."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("items", sa.Column("assigned_to", SERIAL, nullable=False, server_default="0"))
    op.add_column(
        "rounds", sa.Column("assigning", sa.String(length=8), nullable=False, server_default="")
    )
    op.drop_index(op.f("ix_items_round_id_state_position"), table_name="items")
    op.create_index(
        op.f("ix_items_round_id_state_assigned_to_position"),
        "items",
        ["round_id", "state", "assigned_to", "position"],
        unique=False,
    )
    op.create_index(
        "ix_items_assigned",
        "items",
        ["assigned_to"],
        unique=False,
        sqlite_where=sa.text("assigned_to != 0"),
        postgresql_where=sa.text("assigned_to != 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_items_assigned", table_name="items")
    op.drop_index(op.f("ix_items_round_id_state_assigned_to_position"), table_name="items")
    op.create_index(
        op.f("ix_items_round_id_state_position"),
        "items",
        ["round_id", "state", "position"],
        unique=False,
    )
    op.drop_column("rounds", "assigning")
    op.drop_column("items", "assigned_to")
