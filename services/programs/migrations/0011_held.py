"""How far applicants and readers of a call have counted; what is decided and held is not among
it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("cohorts", "applications"):
        op.add_column(
            table, sa.Column("shown_version", sa.Integer(), nullable=False, server_default="0")
        )
    op.execute("UPDATE cohorts SET shown_version = version")
    held = "state IN ('shortlisted', 'accepted', 'waitlisted', 'declined')"
    op.execute(
        f"UPDATE applications SET shown_version = CASE WHEN {held} AND version > 0 THEN version - 1"
        " ELSE version END"
    )


def downgrade() -> None:
    for table in ("cohorts", "applications"):
        op.drop_column(table, "shown_version")
