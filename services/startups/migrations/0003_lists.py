"""No index on the state: nearly everything is published, and lists should walk the ids instead of
sorting all of it.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
TABLES = ("startups",)


def upgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_state", table)


def downgrade() -> None:
    for table in TABLES:
        op.create_index(f"ix_{table}_state", table, ["state"])
