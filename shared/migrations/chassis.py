"""Steps that the migrations of every service share, for tables of the chassis."""

import sqlalchemy as sa
from alembic import op

from shared.db import UtcDateTime


def add_setbacks() -> None:
    """Rows of queues that failed, and parked events that somebody asks to be tried again."""
    op.create_table(
        "setbacks",
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("item", sa.String(200), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("parked_at", UtcDateTime()),
        sa.Column("discarded_at", UtcDateTime()),
        sa.Column("cause", sa.String(200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "item", name=op.f("pk_setbacks")),
    )
    op.add_column("dead_letters", sa.Column("wanted_at", UtcDateTime()))


def drop_setbacks() -> None:
    op.drop_column("dead_letters", "wanted_at")
    op.drop_table("setbacks")
