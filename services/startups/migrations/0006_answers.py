"""The question a fact answers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("startup_facts", sa.Column("answers", sa.String(length=36), nullable=True))


def downgrade() -> None:
    op.drop_column("startup_facts", "answers")
