"""Rows of queues that failed."""

from shared.migrations.chassis import add_setbacks, drop_setbacks

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_setbacks()


def downgrade() -> None:
    drop_setbacks()
