"""Images and pre-labels are found by their one class."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index("ix_images_class", "images", "project_id", "final_value")
    _index("ix_prelabels_class", "prelabels", "model_version", "value")


def _index(name: str, table: str, owner: str, value: str) -> None:
    one_class = sa.text(f"""substr({value}, 1, 15) = '{{"kind":"class"'""")
    op.create_index(
        name,
        table,
        [owner, value, "sha256"],
        sqlite_where=one_class,
        postgresql_where=one_class,
    )


def downgrade() -> None:
    op.drop_index("ix_prelabels_class", table_name="prelabels")
    op.drop_index("ix_images_class", table_name="images")
