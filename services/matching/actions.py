"""What people may do in matching: move a feed's cursor, publish a calibration."""

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from services.matching.engine.calibration import Calibration, calibrate
from services.matching.models import Seen, StoredCalibration
from services.matching.population import Population
from shared import outbox
from shared.events import Event


def mark_seen(session: Session, mandates: list[str]) -> None:
    """Notes that the actor has read these feeds up to now."""
    person = session.info["actor"].person
    session.execute(delete(Seen).where(Seen.person == person, Seen.mandate.in_(mandates)))
    session.execute(
        insert(Seen),
        [{"person": person, "mandate": m, "up_to": session.info["now"]} for m in mandates],
    )


def publish_calibration(session: Session, population: Population) -> Calibration:
    """Makes a calibration from the real profiles of today and switches to it; scores follow at the
    next evaluation.
    """
    session.info["actor"].need("administrator")
    made = calibrate(
        list(population.startups.values()),
        list(population.mandates.values()),
        population.on.isoformat(),
    )
    session.execute(update(StoredCalibration).values(active=False))
    stored = session.get(StoredCalibration, made.hash)
    if stored is None:
        stored = StoredCalibration(
            hash=made.hash, document=made.document, published_at=session.info["now"], active=True
        )
        session.add(stored)
    stored.active = True
    count = len(session.scalars(select(StoredCalibration.hash)).all())
    event = Event(
        type="calibration.published.v1",
        source="matching",
        subject="calibration",
        subjectversion=count + int(session.info["now"].timestamp()),
        time=session.info["now"],
        data={"hash": made.hash, "date": made.date},
    )
    outbox.publish(session, event)
    return made
