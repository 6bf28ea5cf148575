"""What an operator does: look the installation over, mind dead letters, publish a calibration."""

import os
import ssl
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from cryptography import x509

from services import permissions
from services.accounts import named, personal, proofs, staff
from services.accounts.actions import ensure as make_person
from services.accounts.lift import lift as lift_access
from services.accounts.rules import LONGEST, SHORTEST, is_invented, password_fault
from services.matching.actions import publish_calibration
from services.matching.engine.calibration import Calibration
from services.matching.engine.calibration import calibrate as make_calibration
from services.matching.lift import lift as lift_matches
from services.matching.population import Populations
from services.meetings.lift import lift as lift_meetings
from services.programs.lift import lift as lift_desk
from services.served import is_served
from services.up import Composition
from shared import audit, stalled
from shared.addresses import BadAddress, judged
from shared.auth import ADMINISTRATOR
from shared.db import SQLITE_VERSION
from shared.errors import FieldError, Invalid, NotFound, say
from shared.eventlog import LogUnavailable, PositionOutside
from shared.migrate import behind
from shared.organizations.republish import Republished, start_over
from shared.organizations.republish import republish as republish_profiles
from shared.service import Service
from shared.settings import Settings, load
from shared.web.health import measures

LATE_S = 300  # a row that has waited so long while a server runs is worth a look

# addresses a trusted network may have: proxies are few, and each is believed about everybody
WIDEST = 256
RENEW_DAYS = 14
NOBODY = "nobody: claims, duplicates and lists wait; name somebody with `nakodo staff add EMAIL`"


def calibrate(composition: Composition, publish: bool) -> Calibration:
    """A calibration from today's real profiles; published, it becomes the active one and everything
    is scored under it.
    """
    service = composition.services["matching"]
    actor = ADMINISTRATOR
    with service.db.transaction(actor) as session:
        population = Populations(service.keyring).at(session, session.info["today"])
        if not publish:
            return make_calibration(
                list(population.startups.values()),
                list(population.mandates.values()),
                population.on.isoformat(),
            )
        made = publish_calibration(session, population)
    if composition.eventlog.partitions("startups") == 1 and not is_served(composition.settings):
        while service.members[0].step():  # nobody else is there to score under it
            pass
    return made


def stalled_rows(composition: Composition) -> list[dict]:
    """Everything set back or parked, in every service there is here."""
    found = []
    for service in composition.services.values():
        if service.db is not None:
            with service.db.reading(ADMINISTRATOR) as session:
                found += stalled.overview(session, service)["items"]
    return found


def parts_of(ref: str) -> tuple[str, str, str]:
    """Service, queue or consumer, and row of a name such as notices/mail/ID. Raises NotFound."""
    service, _, rest = ref.partition("/")
    place, _, item = rest.partition("/")
    if not item:
        raise NotFound()
    return service, place, item


def retry(composition: Composition, ref: str, wait_s: float = 20.0) -> dict | None:
    """Has a parked row tried again through the path that failed; None once it went through, else
    the row as it stands.

    The worker of its service does it; where none runs, this process does a worker's part. Raises
    NotFound.
    """
    service, place, item = _of(composition, ref)
    with service.db.transaction(ADMINISTRATOR) as session:
        stalled.retry(session, service, place, item)
    with stalled.nobody_works(service, composition.settings.data / "locks") as alone:
        if alone:
            stalled.handle(service, place, item)
    deadline = time.monotonic() + wait_s
    while (
        (row := _state(service, place, item)) is not None
        and time.monotonic() < deadline
        and not alone
    ):
        if row.get("wanted") is False or (
            row["kind"] == "queue"
            and (row["parked_at"] or row["next_at"] > composition.clock.now().isoformat())
        ):
            return row
        time.sleep(0.2)
    return row


def _of(composition: Composition, ref: str) -> tuple[Service, str, str]:
    name, place, item = parts_of(ref)
    service = composition.services.get(name)
    if service is None or service.db is None:
        raise NotFound()
    return service, place, item


def _state(service: Service, place: str, item: str) -> dict | None:
    with service.db.reading(ADMINISTRATOR) as session:
        return stalled.state(session, service, place, item)


def discard(composition: Composition, ref: str, reason: str) -> None:
    """Gives a parked row up, for a reason that the trail keeps. Raises NotFound."""
    service, place, item = _of(composition, ref)
    with service.db.transaction(ADMINISTRATOR) as session:
        stalled.discard(session, service, place, item, reason)


def examine(composition: Composition) -> list[dict]:
    """What an operator looks at first, each with whether it is well."""
    served = is_served(composition.settings)
    findings = [
        {
            "what": "data folder",
            "value": str(composition.settings.data),
            "ok": os.access(composition.settings.data, os.W_OK),
        },
        {
            "what": "SQLite",
            "value": SQLITE_VERSION,
            "ok": tuple(map(int, SQLITE_VERSION.split("."))) >= (3, 51, 3),
        },
        {"what": "server", "value": served or "not running (that is fine)", "ok": True},
    ]
    findings += doors(composition.settings, composition.clock.now())
    for service in composition.services.values():
        if service.db is None:
            continue
        values = measures(service.app.extensions["nakodo"])
        missing = behind(service.db, service.models, service.name)
        findings.append(
            {"what": f"{service.name}: migrations", "value": missing or "newest", "ok": not missing}
        )
        age = values["outbox_age_seconds"]
        findings.append(
            {
                "what": f"{service.name}: oldest unpublished event",
                "value": f"{age:.1f} s",
                "ok": age < 60 or not served,
            }
        )
        findings.append(
            {
                "what": f"{service.name}: dead letters",
                "value": str(values["dead_letters"]),
                "ok": not values["dead_letters"],
            }
        )
        findings += _queues(service, bool(served))
    findings.append(_staffed(composition))
    findings += _log(composition, bool(served))
    return findings


def _log(composition: Composition, served: bool) -> list[dict]:
    """What is asked of the event log; where it does not answer, that is the finding."""
    try:
        found, lag = _lost_tail(composition), composition.services["matching"].progress.lag()
    except LogUnavailable as error:
        return [{"what": "event log", "value": f"does not answer: {error}", "ok": False}]
    applied = lag == 0 or not served
    what = "matching: events not yet applied"
    return [*found, {"what": what, "value": str(lag), "ok": applied}]


def _lost_tail(composition: Composition) -> list[dict]:
    """Consumers whose position does not fit the log: they have stopped, or will as soon as they
    start.
    """
    found = []
    for service in composition.services.values():
        for ear in service.ears() if service.db is not None else ():
            try:
                ear.open().close()
            except PositionOutside as error:
                found.append(
                    {
                        "what": f"{service.name}: consumer {ear.name}",
                        "value": str(error),
                        "ok": False,
                    }
                )
    return found


def doors(settings: Settings, now: datetime) -> list[dict]:
    """How visitors come in: the public address, the proxies whose word is taken, the certificate
    where TLS is served here.
    """
    parts = urlsplit(settings.public_url)
    at_home = parts.hostname in ("127.0.0.1", "::1", "localhost")
    fault = (
        ""
        if at_home or parts.scheme == "https"
        else "; without TLS passwords travel in the clear: NAKODO_PUBLIC_URL"
    )
    found = [{"what": "public address", "value": settings.public_url + fault, "ok": not fault}]
    for network in settings.proxies:
        wide = network.num_addresses > WIDEST
        value = f"{network}" + (
            f"; any of {network.num_addresses} addresses may name any place: list the proxies alone"
            if wide
            else ""
        )
        found.append({"what": "trusted proxy (NAKODO_PROXIES)", "value": value, "ok": not wide})
    if settings.tls_certificate:
        found.append(
            {"what": "TLS certificate"} | _certificate(settings, parts.hostname or "", now)
        )
    return found


def _certificate(settings: Settings, host: str, now: datetime) -> dict:
    """Whom the certificate is made out to and how long it stands; not well where the key is
    another's, the public name is missing or it ends soon.
    """
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            settings.tls_certificate, settings.tls_key
        )
        known = x509.load_pem_x509_certificate(Path(settings.tls_certificate).read_bytes())
        names = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound) as error:
        return {"value": f"{settings.tls_certificate}: {error}", "ok": False}
    listed = [n.lower() for n in names.get_values_for_type(x509.DNSName)] + [
        str(a) for a in names.get_values_for_type(x509.IPAddress)
    ]
    left = (known.not_valid_after_utc - now).days
    fits = not settings.public_stated or host in listed or f"*.{host.partition('.')[2]}" in listed
    value = f"{', '.join(listed)}; {left} days left" + (
        "" if fits else f"; it is not made out to {host}"
    )
    return {"value": value, "ok": fits and left >= RENEW_DAYS and known.not_valid_before_utc <= now}


def _staffed(composition: Composition) -> dict:
    """Whether anybody decides claims and duplicates: officers of programmes do not."""
    named = [s["email"] for s in staff_members(composition) if not is_invented(s["email"])]
    well = bool(named) or composition.settings.demo
    return {"what": "platform staff", "value": ", ".join(named) or NOBODY, "ok": well}


def _queues(service: Service, served: bool) -> list[dict]:
    """Each queue with rows that have failed, or whose oldest row waits too long while somebody
    should handle it.
    """
    found = []
    for name, states in service.measures().items():
        (waiting, age), (backing, since), (parked, parked_for) = (states[s] for s in stalled.STATES)
        told = (
            f"{waiting} waiting ({age:.0f} s), {backing} backing off ({since:.0f} s), {parked}"
            f" parked ({parked_for:.0f} s)"
        )
        late = served and waiting > 0 and age > LATE_S
        found.append(
            {"what": f"{service.name}: queue {name}", "value": told, "ok": not parked and not late}
        )
    return found


LIFTS = {"matching": lift_matches, "meetings": lift_meetings, "accounts": lift_access}


def republish(composition: Composition, name: str, from_start: bool = False) -> Republished:
    """Lifts a service's subjects above what the log has seen of them, and publishes them again.

    For matching, which publishes matches of its own, their numbers are lifted. With `from_start`,
    for a log that lost its tail or is new, the service first sends again what the log lacks, and
    reads the whole log again.
    """
    service, eventlog = composition.services[name], composition.eventlog
    sent = start_over(service.db, eventlog, name) if from_start else 0
    if name in LIFTS:
        done = LIFTS[name](service.db, eventlog)
    else:
        done = (
            republish_profiles(service.db, eventlog, service.kinds)
            if service.kinds
            else Republished()
        )
    if name == "programs":
        done.published += lift_desk(service.db, eventlog)
    done.sent_again = sent
    return done


def verify_trails(composition: Composition) -> list[dict]:
    """Every service's audit trail, sealed up to now and checked."""
    found = []
    for service in composition.services.values():
        if service.db is not None:
            while audit.seal(service.db, service.name):
                pass
            faults = audit.verify(service.db, service.name)
            found.append(
                {
                    "service": service.name,
                    "head": audit.head_of(service.db, service.name),
                    "faults": faults,
                }
            )
    return found


def trails_of(composition: Composition, subject: str) -> list[dict]:
    rows = []
    for service in composition.services.values():
        if service.db is not None:
            with service.db.reading(ADMINISTRATOR) as session:
                rows += [
                    {"service": service.name, **row} for row in audit.trail(session, subject, 1000)
                ]
    return sorted(rows, key=lambda r: r.get("at", ""), reverse=True)


def add_person(
    composition: Composition, email: str, name: str, org: str, roles: list[str], password: str
) -> str | None:
    """Makes a person with a membership; the fault in words where the address or password will not
    do.
    """
    try:
        email = judged(email)
    except BadAddress as bad:
        return say(bad.code, "en", given=bad.given)
    fault = password_fault(password, email, name)
    if fault:
        return say(fault, "en", min=SHORTEST, max=LONGEST)
    parts = composition.services["accounts"].app.extensions["nakodo"]
    with parts["db"].transaction(ADMINISTRATOR) as session:
        make_person(session, parts["passwords"], email, name, org, roles, password)
    return None


def add_staff(
    composition: Composition, email: str, name: str | None, password: str | None
) -> str | None:
    """Makes a person staff, who is made first where there is a name and a password; the fault in
    words where that will not do.
    """
    db = composition.services["accounts"].db
    if password is not None and (
        fault := add_person(composition, email, name or "", "", [], password)
    ):
        return fault
    with db.transaction(ADMINISTRATOR) as session:
        staff.name(session, personal.find(session, email))
    return None


def is_person(composition: Composition, email: str) -> bool:
    """Whether somebody has an account by this address."""
    with composition.services["accounts"].db.reading(ADMINISTRATOR) as session:
        try:
            return bool(personal.find(session, email))
        except NotFound:
            return False


def staff_members(composition: Composition) -> list[dict]:
    """Who is staff; in which the demo's invented people do not count as anybody."""
    with composition.services["accounts"].db.reading(ADMINISTRATOR) as session:
        return [
            {"email": p.email, "name": p.name, "second_factor": p.totp_on}
            for p in staff.members(session)
        ]


def remove_staff(composition: Composition, email: str) -> None:
    """Ends somebody's being staff, within seconds. Raises DomainError."""
    with composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
        staff.dismiss(session, personal.find(session, email))


def erase_person(composition: Composition, email: str) -> None:
    """Erases a person by address. Raises DomainError: nobody by that address, a legal hold."""
    with composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
        personal.erase(session, personal.find(session, email))


def find_named(
    composition: Composition, name: str | None, address: str | None, org: str | None
) -> list[dict]:
    """Where somebody without an account is named, in every service."""
    accounts = composition.services["accounts"]
    with accounts.db.reading(ADMINISTRATOR) as session:
        return named.find(
            session, _named(name, address, org), accounts.app.extensions["nakodo"]["doors"].named
        )


def erase_named(
    composition: Composition, name: str | None, address: str | None, org: str | None
) -> int:
    """Takes somebody without an account out of every service. Raises DomainError under a legal
    hold.
    """
    accounts = composition.services["accounts"]
    with accounts.db.transaction(ADMINISTRATOR) as session:
        count = named.erase(
            session, _named(name, address, org), accounts.app.extensions["nakodo"]["doors"].named
        )
    accounts.db.scrub()
    return count


def hold_named(composition: Composition, name: str, reason: str | None) -> int:
    """Places a legal hold on a name or address, or without a reason lifts it; returns how many
    stand.
    """
    with composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
        return named.hold(session, name, reason)


def _named(name: str | None, address: str | None, org: str | None) -> dict:
    if not (name or address):
        raise Invalid(errors=[FieldError("name", "required", {})])
    return {"name": name, "address": address, "organization": org}


def hold(composition: Composition, email: str, reason: str | None) -> str:
    """Places a legal hold on a person, or without a reason lifts all; returns what was done. Raises
    DomainError.
    """
    with composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
        person = personal.find(session, email)
        if reason:
            personal.hold(session, person, reason)
            return f"held: {email} cannot be erased until the hold is lifted"
        return f"lifted: {personal.lift(session, person)}"


def reset_factor(composition: Composition, email: str, reason: str) -> None:
    """Takes every second factor off a person who has lost it; they are told by mail, and the trail
    says why. Raises DomainError.
    """
    with composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
        proofs.reset_factor(session, personal.find(session, email), reason)


def permissions_table() -> str:
    """Who may do what, of every service as it is wired, on a data folder that is then gone."""
    with TemporaryDirectory() as folder:
        composition = Composition(load({}, data=Path(folder)))
        try:
            return permissions.table(composition.services.values())
        finally:
            composition.close()
