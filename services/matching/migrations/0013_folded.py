"""Names folded anew: old characters, more legal forms, kana of one size."""

import sqlalchemy as sa
from alembic import op

from shared.linkage import forms, grams

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NAMES = sa.table("names", *(sa.column(c) for c in ("folded", "subject", "topic", "written")))
GRAMS = sa.table("name_grams", sa.column("gram"), sa.column("folded"))
LONGEST = 200


def upgrade() -> None:
    """Every name as it was written is folded by the rule of today; nothing else is read."""
    connection, written = op.get_bind(), {}
    for row in connection.execute(sa.select(NAMES).order_by(NAMES.c.folded)):
        written.setdefault((row.subject, row.topic), []).append(row.written)
    made = [
        {"folded": folded[:LONGEST], "subject": subject, "topic": topic, "written": text[:LONGEST]}
        for (subject, topic), texts in written.items()
        for folded, text in forms({}, sorted(set(texts)), [])
    ]
    connection.execute(sa.delete(NAMES))
    connection.execute(sa.delete(GRAMS))
    unique = {(row["folded"], row["subject"], row["topic"]): row for row in made}
    if unique:
        connection.execute(sa.insert(NAMES), list(unique.values()))
        pairs = sorted({(gram, key[0]) for key in unique for gram in grams(key[0])})
        connection.execute(sa.insert(GRAMS), [{"gram": g, "folded": f} for g, f in pairs])


def downgrade() -> None:
    """Names are folded anew with the next event of their organisation."""
