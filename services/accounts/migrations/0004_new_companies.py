"""The name of a company that has no profile yet, in a claim."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("claims", sa.Column("name", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("claims", "name")
