"""In which roles a subscription was made: it tells, and is read, what those may read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("subscriptions") as batch:
        batch.add_column(
            sa.Column(
                "roles",
                sa.JSON(),
                nullable=False,
                server_default='["officer", "reviewer", "site-manager"]',
            )
        )
    op.execute("""UPDATE subscriptions SET roles = '["startup"]' WHERE NOT network""")


def downgrade() -> None:
    with op.batch_alter_table("subscriptions") as batch:
        batch.drop_column("roles")
