"""Rows of queues that failed, mails given up among them."""

from alembic import op

from shared.migrations.chassis import add_setbacks, drop_setbacks

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_setbacks()
    op.execute(
        "INSERT INTO setbacks (queue, item, tries, first_at, next_at, parked_at, cause, detail)"
        " SELECT 'mail', id, tries, written_at, next_at, next_at, 'GivenUp', COALESCE(fault, '')"
        " FROM mails WHERE state = 'failed'"
    )
    op.execute("UPDATE mails SET state = 'waiting' WHERE state = 'failed'")


def downgrade() -> None:
    drop_setbacks()
