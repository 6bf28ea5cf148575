"""One namespace for ids of organisations and profiles; what is known of organisations here begins
it, profiles follow by their events.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "names",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_names")),
    )
    now = sa.func.current_timestamp()
    names = sa.table(
        "names", sa.column("id"), sa.column("holder"), sa.column("kind"), sa.column("since")
    )
    held = sa.table("memberships", sa.column("org"))
    op.execute(names.insert().values(id="nakodo", holder="nakodo", kind="platform", since=now))
    known = (
        sa.select(held.c.org, held.c.org, sa.null(), now)
        .where(held.c.org.notin_(["nakodo", ""]))
        .distinct()
    )
    op.execute(names.insert().from_select(["id", "holder", "kind", "since"], known))


def downgrade() -> None:
    op.drop_table("names")
