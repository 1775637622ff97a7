"""The label store."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "past_memberships",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("added_in", sa.Integer(), nullable=False),
        sa.Column("removed_in", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_id", "sha256", "added_in", name=op.f("pk_past_memberships")
        ),
    )
    op.create_table(
        "people",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("name", name=op.f("uq_people_name")),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("classes_version", sa.Integer(), nullable=False),
        sa.Column("dataset_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("name", name=op.f("uq_projects_name")),
    )
    op.create_table(
        "seen",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("person_id", SERIAL, nullable=False),
        sa.Column("model_version", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_id", "sha256", "person_id", "model_version", name=op.f("pk_seen")
        ),
    )
    op.create_table(
        "annotations",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("skip", sa.String(length=16), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("person_id", SERIAL, nullable=True),
        sa.Column("round_id", sa.String(length=40), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("proposed", sa.Text(), nullable=True),
        sa.Column("model_version", sa.String(length=40), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("actions", sa.Integer(), nullable=False),
        sa.Column("classes_version", sa.Integer(), nullable=False),
        sa.Column("second_opinion", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_annotations_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_annotations_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotations")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_annotations_person_id_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_annotations_project_id_person_id_id"),
        "annotations",
        ["project_id", "person_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_annotations_project_id_sha256"),
        "annotations",
        ["project_id", "sha256"],
        unique=False,
    )
    op.create_table(
        "cycles",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("dataset_version", sa.Integer(), nullable=True),
        sa.Column("flow_run_id", sa.String(length=64), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("restarts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_cycles_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycles")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_cycles_project_id_number")),
    )
    op.create_index(
        "one_running_cycle",
        "cycles",
        ["project_id"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "dataset_versions",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_dataset_versions_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "number", name=op.f("pk_dataset_versions")),
    )
    op.create_table(
        "images",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("orientation", sa.Integer(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("added_in", sa.Integer(), nullable=True),
        sa.Column("removed_in", sa.Integer(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("final_value", sa.Text(), nullable=True),
        sa.Column("final_by", sa.String(length=16), nullable=True),
        sa.Column("final_annotation", sa.BigInteger(), nullable=True),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("touched", sa.Boolean(), nullable=False),
        sa.Column("skips", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_images_project_id")),
        sa.PrimaryKeyConstraint("project_id", "sha256", name=op.f("pk_images")),
    )
    op.create_index(
        op.f("ix_images_project_id_state_sha256"),
        "images",
        ["project_id", "state", "sha256"],
        unique=False,
    )
    op.create_index(
        "ix_images_unversioned",
        "images",
        ["project_id"],
        unique=False,
        sqlite_where=sa.text("added_in IS NULL"),
        postgresql_where=sa.text("added_in IS NULL"),
    )
    op.create_table(
        "label_snapshots",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_label_snapshots_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_snapshots")),
        sa.UniqueConstraint(
            "project_id", "position", name=op.f("uq_label_snapshots_project_id_position")
        ),
    )
    op.create_table(
        "model_versions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("prelabels", sa.Integer(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_model_versions_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_versions")),
        sa.UniqueConstraint(
            "project_id", "number", name=op.f("uq_model_versions_project_id_number")
        ),
    )
    op.create_table(
        "quarantine",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=1024), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_quarantine_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "path", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "roles",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", SERIAL, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_roles_person_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_roles_project_id")),
        sa.PrimaryKeyConstraint("project_id", "person_id", name=op.f("pk_roles")),
    )
    op.create_table(
        "sources",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=1024), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_sources_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "path", name=op.f("pk_sources")),
    )
    op.create_index(
        op.f("ix_sources_project_id_sha256"), "sources", ["project_id", "sha256"], unique=False
    )
    op.create_table(
        "tallies",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_tallies_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "name", name=op.f("pk_tallies")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("person_id", SERIAL, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_tokens_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("sha256", name=op.f("uq_tokens_sha256")),
    )
    op.create_index(op.f("ix_tokens_person_id"), "tokens", ["person_id"], unique=False)
    op.create_table(
        "certificates",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_certificates_cycle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("cycle_id", "position", name=op.f("uq_certificates_cycle_id_position")),
    )
    op.create_table(
        "prelabels",
        sa.Column("model_version", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_version"], ["model_versions.id"], name=op.f("fk_prelabels_model_version")
        ),
        sa.PrimaryKeyConstraint("model_version", "sha256", name=op.f("pk_prelabels")),
    )
    op.create_table(
        "rounds",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("backlog", sa.Boolean(), nullable=False),
        sa.Column("overlap", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.String(length=40), nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_rounds_cycle_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_rounds_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
        sa.UniqueConstraint("cycle_id", "key", name=op.f("uq_rounds_cycle_id_key")),
        sa.UniqueConstraint("cycle_id", "number", name=op.f("uq_rounds_cycle_id_number")),
    )
    op.create_index(
        op.f("ix_rounds_project_id_state"), "rounds", ["project_id", "state"], unique=False
    )
    op.create_table(
        "steps",
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("flow_run_id", sa.String(length=64), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_steps_cycle_id")),
        sa.PrimaryKeyConstraint("cycle_id", "key", name=op.f("pk_steps")),
    )
    op.create_table(
        "undone",
        sa.Column("annotation_id", SERIAL, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotation_id"], ["annotations.id"], name=op.f("fk_undone_annotation_id")
        ),
        sa.PrimaryKeyConstraint("annotation_id", name=op.f("pk_undone")),
    )
    op.create_table(
        "approvals",
        sa.Column("round_id", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_approvals_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_approvals")),
    )
    op.create_table(
        "frozen_pools",
        sa.Column("round_id", sa.String(length=40), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_frozen_pools_round_id")),
        sa.PrimaryKeyConstraint("round_id", "part", name=op.f("pk_frozen_pools")),
    )
    op.create_table(
        "items",
        sa.Column("round_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("person_id", SERIAL, nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("annotation_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_items_round_id")),
        sa.PrimaryKeyConstraint("round_id", "position", name=op.f("pk_items")),
        sa.UniqueConstraint(
            "round_id", "sha256", "slot", name=op.f("uq_items_round_id_sha256_slot")
        ),
    )
    op.create_index(
        "ix_items_held",
        "items",
        ["person_id", "project_id"],
        unique=False,
        sqlite_where=sa.text("leased_until IS NOT NULL"),
        postgresql_where=sa.text("leased_until IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_items_project_id_sha256"), "items", ["project_id", "sha256"], unique=False
    )
    op.create_index(
        op.f("ix_items_round_id_state_position"),
        "items",
        ["round_id", "state", "position"],
        unique=False,
    )
    op.create_index(
        "one_slot_a_person",
        "items",
        ["round_id", "sha256", "person_id"],
        unique=True,
        sqlite_where=sa.text("person_id IS NOT NULL"),
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "one_slot_a_person",
        table_name="items",
        sqlite_where=sa.text("person_id IS NOT NULL"),
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_items_round_id_state_position"), table_name="items")
    op.drop_index(op.f("ix_items_project_id_sha256"), table_name="items")
    op.drop_index(
        "ix_items_held",
        table_name="items",
        sqlite_where=sa.text("leased_until IS NOT NULL"),
        postgresql_where=sa.text("leased_until IS NOT NULL"),
    )
    op.drop_table("items")
    op.drop_table("frozen_pools")
    op.drop_table("approvals")
    op.drop_table("undone")
    op.drop_table("steps")
    op.drop_index(op.f("ix_rounds_project_id_state"), table_name="rounds")
    op.drop_table("rounds")
    op.drop_table("prelabels")
    op.drop_table("certificates")
    op.drop_index(op.f("ix_tokens_person_id"), table_name="tokens")
    op.drop_table("tokens")
    op.drop_table("tallies")
    op.drop_index(op.f("ix_sources_project_id_sha256"), table_name="sources")
    op.drop_table("sources")
    op.drop_table("roles")
    op.drop_table("quarantine")
    op.drop_table("model_versions")
    op.drop_table("label_snapshots")
    op.drop_index(
        "ix_images_unversioned",
        table_name="images",
        sqlite_where=sa.text("added_in IS NULL"),
        postgresql_where=sa.text("added_in IS NULL"),
    )
    op.drop_index(op.f("ix_images_project_id_state_sha256"), table_name="images")
    op.drop_table("images")
    op.drop_table("dataset_versions")
    op.drop_index(
        "one_running_cycle",
        table_name="cycles",
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.drop_table("cycles")
    op.drop_index(op.f("ix_annotations_project_id_sha256"), table_name="annotations")
    op.drop_index(op.f("ix_annotations_project_id_person_id_id"), table_name="annotations")
    op.drop_table("annotations")
    op.drop_table("seen")
    op.drop_table("projects")
    op.drop_table("people")
    op.drop_table("past_memberships")
