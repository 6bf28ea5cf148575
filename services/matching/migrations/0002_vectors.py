"""Positions of startup partitions as vectors; the daily timer goes, for a vector knows its day."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vectors",
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(length=64), nullable=False),
        sa.Column("through", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("calibration", sa.String(length=32), nullable=False),
        sa.Column("toward", sa.String(length=100), nullable=True),
        sa.Column("at", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("partition", name=op.f("pk_vectors")),
    )
    op.create_index("ix_copies_topic_changed", "copies", ["topic", "changed"])
    op.execute("DELETE FROM timers WHERE name = 'sweep'")


def downgrade() -> None:
    op.drop_index("ix_copies_topic_changed", "copies")
    op.drop_table("vectors")
