"""What sites and startups say before a placement."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hostings",
        sa.Column("cohort", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("windows", sa.JSON(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort"],
            ["cohorts.id"],
        ),
        sa.PrimaryKeyConstraint("cohort", name=op.f("pk_hostings")),
    )
    op.create_table(
        "hosts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("cohort", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("org", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("hub", sa.String(length=64), nullable=False),
        sa.Column("capacity", sa.JSON(), nullable=False),
        sa.Column("wants", sa.JSON(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort"],
            ["cohorts.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hosts")),
        sa.UniqueConstraint("cohort", "site", name=op.f("uq_hosts_cohort")),
    )
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hosts_cohort"), ["cohort"], unique=False)
        batch_op.create_index(batch_op.f("ix_hosts_org"), ["org"], unique=False)

    op.create_table(
        "place_wishes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("cohort", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("startup", sa.String(length=64), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("needs", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("windows", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort"],
            ["cohorts.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_wishes")),
        sa.UniqueConstraint("cohort", "startup", name=op.f("uq_place_wishes_cohort")),
    )
    with op.batch_alter_table("place_wishes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_place_wishes_cohort"), ["cohort"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("place_wishes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_place_wishes_cohort"))

    op.drop_table("place_wishes")
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hosts_org"))
        batch_op.drop_index(batch_op.f("ix_hosts_cohort"))

    op.drop_table("hosts")
    op.drop_table("hostings")
