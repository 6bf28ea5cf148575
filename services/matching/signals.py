"""What has happened: the events of one organisation, its own and those others tell of it, or of all
startups in a feed.
"""

from datetime import date

from sqlalchemy.orm import Session

from services.matching import names
from services.matching.engine.signals import Signal, settled
from services.matching.engine.views import Organisation
from services.matching.engine.words import label
from services.matching.news import event_text
from services.matching.queries import TOPICS, Asking, Reader
from services.matching.relations import everyone, may_read, named_by
from shared.auth import Actor
from shared.judgement.sources import class_of


def of_subject(
    session: Session, reader: Reader, slug: str, scope: Asking, since: date | None, limit: int
) -> list[dict]:
    """The events of an organisation, newest first, as the actor may read them. Raises NotFound."""
    actor = session.info["actor"]
    population = reader.population(session, scope, for_startups=not actor.in_network)
    _, subject = names.resolve(session, slug, TOPICS)
    everybody = everyone(population)
    found = [
        s
        for o in everybody.values()
        for s in o.signals
        if o.id == subject or subject in named_by(s.fact)
    ]
    read = _readable(found, everybody, actor, since)[:limit]
    return [_document(s, everybody, scope.lang, subject) for s in read]


def of_feed(
    session: Session, reader: Reader, mandate: str, scope: Asking, since: date | None, limit: int
) -> list[dict]:
    """The events of the startups in a mandate's or an investor's feed, newest first. Raises
    NotFound, also for a feed that is not theirs to read.
    """
    population = reader.population(session, scope)
    startups = [population.startups[i["startup"]] for i in reader.feed(session, mandate, scope)]
    found = [s for startup in startups for s in startup.signals]
    everybody = everyone(population)
    read = _readable(found, everybody, session.info["actor"], since)[:limit]
    return [_document(s, everybody, scope.lang) for s in read]


def _readable(
    found: list[Signal], everybody: dict[str, Organisation], actor: Actor, since: date | None
) -> list[Signal]:
    """The events that an actor may read, from a day on, newest first."""
    return settled(
        s
        for s in found
        if may_read(actor, everybody[s.subject], s.fact) and (since is None or s.start >= since)
    )


def _document(
    signal: Signal, everybody: dict[str, Organisation], lang: str, asked: str = ""
) -> dict:
    fact, subject = signal.fact, everybody[signal.subject]
    return {
        "kind": signal.kind,
        "label": label("signal", signal.kind, lang),
        "date": signal.day,
        "subject": subject.id,
        "subject_kind": subject.kind,
        "name": subject.name,
        "field": fact.field,
        "text": event_text(signal, everybody, lang, asked),
        "as_of": fact.as_of,
        "note": fact.note,
        "verified": fact.verified,
        "source": fact.source,
        "source_class": class_of(fact.source),
    }
