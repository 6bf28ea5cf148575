"""Rights to invite, links that end, where a session was begun and by which factor, passkeys,
recovery codes, places a person is known at.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "memberships", sa.Column("invites", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for name, length in (("factor", 36), ("place", 64), ("agent", 300)):
        op.add_column("log_ins", sa.Column(name, sa.String(length=length), nullable=True))
    op.execute(
        "UPDATE log_ins SET factor = 'code' WHERE strong AND person IN (SELECT id FROM people WHERE"
        " totp_on)"
    )
    op.add_column("links", sa.Column("person", sa.String(length=36), nullable=True))
    op.add_column("links", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_links_email"), "links", ["email"])
    op.create_index(op.f("ix_links_made_by"), "links", ["made_by"])
    op.create_index(op.f("ix_api_clients_created_by"), "api_clients", ["created_by"])
    op.create_table(
        "recovery_codes",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=36), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_recovery_codes_person"), "recovery_codes", ["person"])
    op.create_table(
        "passkeys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=36), nullable=False),
        sa.Column("credential", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkeys_credential")),
    )
    op.create_index(op.f("ix_passkeys_person"), "passkeys", ["person"])
    op.create_table(
        "familiar",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=36), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_familiar")),
    )
    op.create_index(op.f("ix_familiar_person"), "familiar", ["person"])


def downgrade() -> None:
    for table in ("familiar", "passkeys", "recovery_codes"):
        op.drop_table(table)
    op.drop_index(op.f("ix_api_clients_created_by"), "api_clients")
    op.drop_index(op.f("ix_links_made_by"), "links")
    op.drop_index(op.f("ix_links_email"), "links")
    for name in ("ended_at", "person"):
        op.drop_column("links", name)
    for name in ("agent", "place", "factor"):
        op.drop_column("log_ins", name)
    op.drop_column("memberships", "invites")
