"""Who a person is at an OpenID Connect provider."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("openid", sa.String(length=400), nullable=True))


def downgrade() -> None:
    op.drop_column("people", "openid")
