"""Every name a startup goes by, as its profile states it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("companies", sa.Column("names", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("companies", "names")
