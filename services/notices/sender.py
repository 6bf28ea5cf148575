"""Sends what waits: by SMTP where it is set, else into files of the data folder. At least once; one
mail that cannot leave keeps none waiting.
"""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from services.notices.models import FAILED, SENT, WAITING, Mail
from shared.db import Database
from shared.queue import Away, Never, Queue
from shared.text import plain

TIMEOUT_S = 20


class Sender(Queue):
    name = "mail"

    def __init__(self, db: Database, smtp: str | None, sender: str, folder: Path):
        super().__init__("notices", db)
        self.smtp, self.sender, self.folder = smtp, sender, folder

    def send_due(self) -> int:
        """Tries what is due, each in a transaction of its own; returns how many were sent."""
        return self.round()

    def waiting(self, session: Session) -> Select:
        return (
            select(Mail.id, Mail.written_at)
            .where(Mail.state == WAITING)
            .order_by(Mail.written_at, Mail.id)
        )

    def act(self, item: str) -> None:
        with self.db.reading(self.actor) as session:
            mail = session.get(Mail, item)
        if mail is None:
            return
        try:
            message = self._composed(mail)
            content = message.as_bytes()
        except Exception as error:  # whatever the library cannot write it never will
            raise Never(f"cannot be written: {type(error).__name__}: {error}") from error
        if self.smtp is None:
            self._file(mail.id, content)
            return
        try:
            self._post(message)
        except smtplib.SMTPException as error:
            raise judged(error) from error
        except UnicodeError as error:
            raise Never(f"cannot be written: {error}") from error

    def settle(self, session: Session, item: str, told: Any) -> None:
        """A link that lets somebody in is not kept once it is on its way."""
        sent = {"state": SENT, "sent_at": session.info["now"], "text": None, "html": None}
        session.execute(update(Mail).where(Mail.id == item).values(sent))

    def drop(self, session: Session, item: str) -> None:
        session.execute(
            update(Mail).where(Mail.id == item).values(state=FAILED, text=None, html=None)
        )

    def _composed(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = (
            self.sender,
            mail.recipient,
            " ".join(plain(mail.title).split()),
        )
        message["Date"], message["Message-ID"] = (
            format_datetime(mail.written_at),
            f"<{mail.id}@nakodo>",
        )
        message.set_content(plain(mail.text))
        if mail.html:
            message.add_alternative(plain(mail.html), subtype="html")
        return message

    def _file(self, name: str, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.folder / f"{name}.eml").write_bytes(content)

    def _post(self, message: EmailMessage) -> None:
        place = urlsplit(self.smtp)
        kind = smtplib.SMTP_SSL if place.scheme == "smtps" else smtplib.SMTP
        with kind(
            place.hostname or "localhost",
            place.port or (465 if place.scheme == "smtps" else 25),
            timeout=TIMEOUT_S,
        ) as server:
            if place.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if place.username:
                server.login(unquote(place.username), unquote(place.password or ""))
            server.send_message(message)


def judged(error: smtplib.SMTPException) -> Exception:
    """Whose fault it is that a mail did not leave: the mail's for good, the mail's for now, or
    nobody's but the server's.
    """
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return Never(said) if codes and all(code >= 500 for code in codes) else error
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Never(said)
    if isinstance(error, smtplib.SMTPDataError):
        return Never(said) if error.smtp_code >= 500 else error
    return Away(said)
