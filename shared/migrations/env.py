"""Alembic's environment, shared by all services: the caller passes the connection and the
metadata.
"""

from alembic import context

config = context.config


def plain_types(kind, item, _autogen):
    """Writes our UTC instants as plain timestamps: a migration must not import what may change."""
    return (
        "sa.DateTime(timezone=True)"
        if kind == "type" and type(item).__name__ == "UtcDateTime"
        else False
    )


context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes["metadata"],
    render_as_batch=True,
    render_item=plain_types,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
