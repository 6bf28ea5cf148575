"""Whom a startup has been introduced to."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "introduced",
        sa.Column("introduction", sa.String(length=36), nullable=False),
        sa.Column("startup", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("introduction", name=op.f("pk_introduced")),
    )
    op.create_index(op.f("ix_introduced_startup"), "introduced", ["startup"])


def downgrade() -> None:
    op.drop_table("introduced")
