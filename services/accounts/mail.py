"""Mail of this service: written in the transaction that makes it due, handed to notices by the
courier.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from services.accounts.models import Letter
from shared.ids import new_id


def write(
    session: Session,
    recipient: str,
    locale: str,
    template: str,
    path: str = "/account",
    expires: datetime | None = None,
    **words: str | None,
) -> None:
    """A letter to one address, leading to a page; `words` are what its template says besides."""
    now = session.info["now"]
    params = {"path": path, "expires": (expires or now).isoformat(), **words}
    session.add(
        Letter(
            id=new_id(),
            recipient=recipient,
            template=template,
            locale=locale,
            params=params,
            written_at=now,
            handed_at=None,
        )
    )
