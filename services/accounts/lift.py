"""After a restore: whatever was ended since the backup ends again, and every person's access is
told above what the log has seen.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.actions import tell, tell_of
from services.accounts.claims import approved_again
from services.accounts.membership import leave, stop_client
from services.accounts.models import ACTIVE, ENDED, ApiClient, LogIn, Membership, Person
from services.accounts.personal import erase
from shared.access import TOPIC
from shared.auth import ADMINISTRATOR
from shared.db import Database
from shared.errors import Conflict
from shared.eventlog import EventLog
from shared.events import Event
from shared.organizations.republish import Republished, newest

CLAIMED = "claim."
Seen = dict[str, Event]


def lift(db: Database, eventlog: EventLog) -> Republished:
    """Lifts persons and clients above the log's newest of them, in one transaction: what the log
    takes away is taken, nothing is given.

    Who is known to the log alone is told as ended. A claim approved since the backup is approved
    again: its profile's service hears of it.
    """
    done, seen = Republished(), {s: e for (_, s), e in newest(eventlog, {TOPIC}).items()}
    claims = {
        subject: seen.pop(subject) for subject in [*seen] if seen[subject].type.startswith(CLAIMED)
    }
    with db.transaction(ADMINISTRATOR) as session:
        people = list(session.scalars(select(Person).order_by(Person.id)))
        clients = list(session.scalars(select(ApiClient).order_by(ApiClient.id)))
        ahead = {
            row.id: seen[row.id].subjectversion - row.version
            for row in [*people, *clients]
            if row.id in seen
        }
        for row in [*people, *clients]:
            row.version += max(ahead.get(row.id, 0), 0)
        for subject, event in sorted(claims.items()):
            if not approved_again(session, subject, event):
                done.withdrawn.append(event.data["id"])
        _end_sessions(session, seen)
        for client in clients:
            _client(session, client, seen, ahead)
        for person in people:
            if ahead.get(person.id, -1) >= 0:
                _take(session, person, seen[person.id])
            tell(session, person, erased=person.state == ENDED)
            done.published += 1
        known = {row.id for row in [*people, *clients]}
        done.withdrawn += _end_unknown(session, {s: e for s, e in seen.items() if s not in known})
    return done


def _end_sessions(session: Session, seen: Seen) -> None:
    ended = {s: e for s, e in seen.items() if e.data["kind"] == "session"}
    for row in session.scalars(select(LogIn).where(LogIn.ended_at.is_(None))):
        if row.id in ended:
            row.ended_at = ended[row.id].time


def _client(session: Session, client: ApiClient, seen: Seen, ahead: dict[str, int]) -> None:
    """Ends a client that was ended since; likewise one that an owner took over, for the backup
    holds the secret its maker knows.
    """
    if ahead.get(client.id, -1) > 0 or (
        client.id in seen and seen[client.id].data["state"] == ENDED
    ):
        stop_client(session, client)


def _take(session: Session, person: Person, event: Event) -> None:
    """Takes from a person what the log's newest word of them no longer names. Held by law, they are
    not erased, and still belong nowhere.
    """
    if event.data.get("erased") and person.state == ACTIVE:
        try:
            return erase(session, person)
        except Conflict:
            pass
    named = {m["org"]: m for m in event.data["memberships"]}
    for held in list(
        session.scalars(
            select(Membership).where(Membership.person == person.id, Membership.state == ACTIVE)
        )
    ):
        word = named.get(held.org)
        if word is None:
            leave(session, held)
        else:
            held.roles = [r for r in held.roles if r in word["roles"]]
            held.since = max(
                held.since, datetime.fromisoformat(word.get("since", held.since.isoformat()))
            )
    before = event.data.get("revoked_before")
    if before is not None:
        person.revoked_before = max(
            filter(None, (person.revoked_before, datetime.fromisoformat(before)))
        )


def _end_unknown(session: Session, unknown: Seen) -> list[str]:
    """Tells as ended who has come since the backup: nobody could end them any more."""
    gone = [
        (s, e)
        for s, e in sorted(unknown.items())
        if e.data["kind"] != "session" and e.data["state"] != ENDED
    ]
    for subject, event in gone:
        tell_of(session, subject, event.data["kind"], event.subjectversion + 1, ENDED, None)
    return [subject for subject, _ in gone]
