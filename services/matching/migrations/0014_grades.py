"""Feeds are read by the number of the grade."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
READ = ["mandate", "state", "score"]


def upgrade() -> None:
    op.drop_index("ix_matches_feed", "matches")
    op.create_index("ix_matches_feed", "matches", ["mandate", "state", "fit", "score"])


def downgrade() -> None:
    op.drop_index("ix_matches_feed", "matches")
    op.create_index("ix_matches_feed", "matches", READ)
