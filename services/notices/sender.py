"""Sends what waits: by SMTP where it is set, else into files of the data folder. At least once; tried again with growing pauses."""

import smtplib
import ssl
import threading
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from services.notices.models import FAILED, SENT, WAITING, Mail
from services.notices.rules import pause
from shared.auth import worker
from shared.db import Database

log = structlog.get_logger()
TIMEOUT_S, LOOK_S = 20, 0.5


class Sender:
    def __init__(self, db: Database, smtp: str | None, sender: str, folder: Path):
        self.db, self.smtp, self.sender, self.folder = db, smtp, sender, folder
        self.actor = worker("notices")

    def send_due(self) -> int:
        """Tries what is due, each in a transaction of its own; returns how many."""
        with self.db.reading(self.actor) as session:
            due = select(Mail.id).where(Mail.state == WAITING, Mail.next_at <= session.info["now"]).order_by(Mail.next_at).limit(50)
            waiting = list(session.scalars(due))
        for mail_id in waiting:
            self._try(mail_id)
        return len(waiting)

    def _try(self, mail_id: str) -> None:
        with self.db.reading(self.actor) as session:
            mail = session.get(Mail, mail_id)
        fault = None
        try:
            self._send(mail)
        except (OSError, smtplib.SMTPException) as error:
            fault = f"{type(error).__name__}: {error}"[:300]
        with self.db.transaction(self.actor) as session:
            mail, now = session.get(Mail, mail_id), session.info["now"]
            mail.tries, mail.fault = mail.tries + 1, fault
            if fault is None:
                mail.state, mail.sent_at, mail.text, mail.html = SENT, now, None, None
                return
            wait = pause(mail.tries)
            mail.state, mail.next_at = (FAILED, now) if wait is None else (WAITING, now + wait)
        log.warning("mail not sent", id=mail_id, fault=fault)

    def _send(self, mail: Mail) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, mail.recipient, mail.title
        message["Date"], message["Message-ID"] = format_datetime(mail.written_at), f"<{mail.id}@nakodo>"
        message.set_content(mail.text or "")
        if mail.html:
            message.add_alternative(mail.html, subtype="html")
        if self.smtp is None:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self.folder / f"{mail.id}.eml").write_bytes(message.as_bytes())
            return
        place = urlsplit(self.smtp)
        kind = smtplib.SMTP_SSL if place.scheme == "smtps" else smtplib.SMTP
        with kind(place.hostname or "localhost", place.port or (465 if place.scheme == "smtps" else 25), timeout=TIMEOUT_S) as server:
            if place.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if place.username:
                server.login(unquote(place.username), unquote(place.password or ""))
            server.send_message(message)

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                if not self.send_due():
                    stop.wait(LOOK_S)
            except OperationalError as error:
                log.warning("cannot reach the database", error=str(error))
                stop.wait(2)
