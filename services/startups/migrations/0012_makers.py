"""Who made a link: it ends with their membership."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("links", sa.Column("made_by", sa.String(length=128), nullable=True))


def downgrade() -> None:
    op.drop_column("links", "made_by")
