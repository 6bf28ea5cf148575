"""What came of a day's meetings; rooms by number instead of how many, so that it can be said which
one is lost; days called off.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
DAYS = sa.table("days", sa.column("id", sa.String), sa.column("rooms", sa.JSON))


def _rooms(shape) -> None:
    """Rewrites the rooms of every day, slot by slot."""
    connection = op.get_bind()
    for day, rooms in connection.execute(sa.select(DAYS.c.id, DAYS.c.rooms)).all():
        connection.execute(
            DAYS.update().where(DAYS.c.id == day).values(rooms=[shape(slot) for slot in rooms])
        )


def upgrade() -> None:
    op.create_table(
        "day_outcomes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.String(length=64), nullable=False),
        sa.Column("meeting", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("by", sa.String(length=128), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["day"],
            ["days.id"],
        ),
        sa.ForeignKeyConstraint(
            ["meeting"],
            ["day_meetings.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_outcomes")),
    )
    with op.batch_alter_table("day_outcomes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_day_outcomes_day"), ["day"], unique=False)
    _rooms(lambda many: list(range(many)))
    with op.batch_alter_table("days", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("day_outcomes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_day_outcomes_day"))

    op.drop_table("day_outcomes")
    with op.batch_alter_table("days", schema=None) as batch_op:
        batch_op.drop_column("cancelled_at")
    _rooms(len)
