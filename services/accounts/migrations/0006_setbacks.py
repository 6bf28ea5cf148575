"""Rows of queues that failed; of which letter to an organisation a mail is one."""

import sqlalchemy as sa
from alembic import op

from shared.migrations.chassis import add_setbacks, drop_setbacks

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_setbacks()
    op.add_column("letters", sa.Column("source", sa.String(36)))
    op.create_index(op.f("ix_letters_source"), "letters", ["source"])


def downgrade() -> None:
    op.drop_index(op.f("ix_letters_source"), "letters")
    op.drop_column("letters", "source")
    drop_setbacks()
