"""What services ask of notices: to send a mail, once."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.notices.models import WAITING, Mail
from services.notices.texts import written
from shared.clock import JST


def post(session: Session, form: dict, address: str) -> Mail:
    """Takes a mail in; the same id again is the same mail. Links are paths, made whole with the installation's own address."""
    session.info["actor"].need("service")
    held = session.get(Mail, form["id"])
    if held is not None:
        return held
    params = form["params"]
    expires = datetime.fromisoformat(params["expires"]).astimezone(JST).strftime("%Y-%m-%d %H:%M JST")
    words = {"org": params.get("org") or "", "expires": expires, "link": address.rstrip("/") + params["path"]}
    title, text = written(form["template"], form["locale"], **words)
    mail = Mail(id=form["id"], recipient=form["to"], template=form["template"], title=title, text=text, state=WAITING, tries=0)
    mail.next_at = mail.written_at = session.info["now"]
    session.add(mail)
    return mail
