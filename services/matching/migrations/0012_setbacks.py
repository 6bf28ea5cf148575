"""Rows of queues that failed."""

from shared.migrations.chassis import add_setbacks, drop_setbacks

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_setbacks()


def downgrade() -> None:
    drop_setbacks()
