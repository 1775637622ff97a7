"""Runs migrations on the connection that `tenfold.store.migrate` hands over."""

from alembic import context

from tenfold.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # The caller's transaction holds it all: a migration is there whole or not at all.
    transactional_ddl=False,
    render_as_batch=True,
)
context.run_migrations()
