"""Who made a reviewer's link, and when: it ends with their membership."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reviewers", sa.Column("made_by", sa.String(length=128), nullable=True))
    op.add_column("reviewers", sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("reviewers", "linked_at")
    op.drop_column("reviewers", "made_by")
