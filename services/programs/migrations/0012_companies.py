"""Whose company a startup is, as its profile states it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "companies",
        sa.Column("startup", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("startup", name=op.f("pk_companies")),
    )
    op.create_index(op.f("ix_companies_owner"), "companies", ["owner"])


def downgrade() -> None:
    op.drop_table("companies")
