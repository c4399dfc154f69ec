"""Run by alembic for every upgrade and for a new revision. The connection, and with it the transaction, is given."""

from alembic import context
from sqlmodel import SQLModel

connection = context.config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
