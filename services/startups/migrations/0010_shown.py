"""What each class of readers has seen of a profile; what stands counts as seen."""

import sqlalchemy as sa
from alembic import op

from shared.organizations import seen

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
TABLES = (("startups", "startup_facts"),)


def upgrade() -> None:
    for table, facts in TABLES:
        op.add_column(table, sa.Column("shown", sa.JSON(none_as_null=True), nullable=True))
        seen.begin(op.get_bind(), table, facts)


def downgrade() -> None:
    for table, _ in TABLES:
        op.drop_column(table, "shown")
