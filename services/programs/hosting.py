"""What both sides of a placement say before a plan is made: sites their room and whom they want,
accepted startups where they want to go.

An office asks sites over its time windows; each site's own manager answers, or the office for a
site nobody has claimed.
"""

from datetime import timedelta
from uuid import uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.programs.cohorts import SPACE, own_call
from services.programs.models import Application, Cohort, Host, Hosting, Letter, PlaceWish, Site
from services.programs.models.companies import owner_of
from services.programs.rules import ACCEPTED
from shared import audit
from shared.auth import OFFICERS, PLATFORM
from shared.db import held, unscoped
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.ids import new_id
from shared.letters import write
from shared.organizations.models import PUBLISHED

SEAT = "seat"
ANSWER = timedelta(days=14)  # what a letter says where the office sets no date


def names_of(windows: list[dict]) -> list[str]:
    """Windows as ISO 8601 intervals."""
    return [f"{w['starts_on'].isoformat()}/{w['ends_on'].isoformat()}" for w in windows]


def window_faults(windows: list[dict]) -> list[tuple[str, str, dict]]:
    """Windows that end before they begin, or cross an earlier one."""
    found = []
    for i, one in enumerate(windows):
        if one["ends_on"] < one["starts_on"]:
            found.append((f"windows.{i}.ends_on", "window-order", {}))
        elif any(
            one["starts_on"] <= other["ends_on"] and other["starts_on"] <= one["ends_on"]
            for other in windows[:i]
        ):
            found.append((f"windows.{i}", "windows-overlap", {}))
    return found


def by_rank(names: list[str]) -> dict[str, int]:
    """A list, the most wanted first, as weights from 100 down."""
    return {name: max(100 - 100 * rank // len(names), 1) for rank, name in enumerate(names)}


def accepted(session: Session, cohort: str) -> list[Application]:
    """Startups with a place in a call, by receipt."""
    held = select(Application).where(
        Application.cohort == cohort,
        Application.state == ACCEPTED,
        Application.startup.is_not(None),
    )
    return list(session.scalars(held.order_by(Application.receipt)))


def ask_sites(session: Session, cohort: str, form: dict) -> Hosting:
    """Asks sites for room over windows; a site asked before keeps its answer while the windows stay
    the same. Raises Invalid naming each fault.
    """
    call = own_call(session, cohort)
    faults = window_faults(form["windows"])
    sites = {
        s.id: s
        for s in session.scalars(
            select(Site).where(Site.id.in_(form["sites"]), Site.state == PUBLISHED)
        )
    }
    faults += [
        (f"sites.{i}", "not-found", {}) for i, s in enumerate(form["sites"]) if s not in sites
    ]
    faults += [
        (f"sites.{i}", "twice", {"given": s})
        for i, s in enumerate(form["sites"])
        if s in form["sites"][:i]
    ]
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    row = session.get(Hosting, call.id) or Hosting(
        cohort=call.id, owner=call.owner, windows=[], version=0
    )
    before, row.windows, row.until = row.windows, names_of(form["windows"]), form.get("until")
    row.version += 1
    session.add(row)
    session.flush()
    held = {h.site: h for h in _hosts(session, call.id)}
    for site in held.keys() - sites.keys():
        session.delete(held[site])
    for site in form["sites"]:
        if site not in held:
            held[site] = _host(call, sites[site])
            session.add(held[site])
        elif before != row.windows:
            held[site].capacity, held[site].answered_at = {}, None
        if held[site].answered_at is None:
            _ask(session, row, held[site], sites[site])
    audit.note(session, "sites-asked", call.id, count=len(sites))
    return row


def _host(call: Cohort, site: Site) -> Host:
    hub = next((f.value for f in site.facts if f.field == "location"), "")
    host = Host(
        id=new_id(),
        cohort=call.id,
        owner=call.owner,
        site=site.id,
        name=site.name,
        hub=hub,
        capacity={},
        wants=[],
    )
    host.answered_at, host.version = None, 1
    return host


def _ask(session: Session, row: Hosting, host: Host, site: Site) -> None:
    """Writes to whoever answers for a site now: its owner, or the office itself where nobody has
    claimed it.
    """
    host.org = row.owner if site.owner == PLATFORM else site.owner
    if host.org != row.owner:
        params = {
            "path": f"/hosting/{row.cohort}/{site.id}",
            "expires": (row.until or session.info["now"] + ANSWER).isoformat(),
        }
        write(
            session,
            Letter,
            str(uuid5(SPACE, f"{row.cohort}/{site.id}/asked/{row.version}")),
            host.org,
            "site-asked",
            params,
        )


def _hosts(session: Session, cohort: str) -> list[Host]:
    return list(session.scalars(select(Host).where(Host.cohort == cohort).order_by(Host.site)))


def offer(session: Session, cohort: str, site: str, form: dict) -> Host:
    """Room by resource and window, and whom a site wants, by its own manager or the office. Raises
    NotFound, Forbidden, Invalid, Conflict once it is too late.
    """
    actor = session.info["actor"]
    row = session.scalar(
        select(Host).where(Host.cohort == cohort, Host.site == site).with_for_update()
    )
    if row is None:
        raise NotFound()
    if not (
        actor.acts_for(row.org, "site-manager", "officer") or actor.acts_for(row.owner, "officer")
    ):
        raise Forbidden()
    with unscoped(session):
        asked, known = (
            session.get_one(Hosting, cohort),
            {a.startup for a in accepted(session, cohort)},
        )
    if asked.until and session.info["now"] > asked.until and actor.org != row.owner:
        raise Conflict("requests-over")
    many = len(asked.windows)
    capacity, wants = form.get("capacity", row.capacity), form.get("wants", row.wants)
    faults = [
        (f"capacity.{r}", "window-count", {"max": many})
        for r, amounts in capacity.items()
        if len(amounts) != many
    ]
    faults += [(f"wants.{i}", "not-found", {}) for i, s in enumerate(wants) if s not in known]
    faults += [(f"wants.{i}", "twice", {"given": s}) for i, s in enumerate(wants) if s in wants[:i]]
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    row.capacity, row.wants, row.answered_at, row.version = (
        capacity,
        wants,
        session.info["now"],
        row.version + 1,
    )
    audit.note(session, "site-offered", site, cohort=cohort)
    return row


def wish(session: Session, cohort: str, startup: str, form: dict) -> PlaceWish:
    """Where an accepted startup wants to be, what it needs and when it can, by itself once results
    are out, or by the office. Raises NotFound, Forbidden, Invalid, Conflict.
    """
    actor, call = session.info["actor"], session.get(Cohort, cohort)
    if call is None:
        raise NotFound()
    office = actor.acts_for(call.owner, "officer")
    if not office and not actor.acts_for(owner_of(session, startup), "startup"):
        raise Forbidden()
    if startup not in {a.startup for a in accepted(session, cohort)}:
        raise Conflict("not-accepted")  # before the results are out it reads the same for all
    with unscoped(session):
        asked, sites = session.get(Hosting, cohort), {h.site for h in _hosts(session, cohort)}
    if asked is None:
        raise Conflict("sites-unasked")
    if asked.until and session.info["now"] > asked.until and not office:
        raise Conflict("requests-over")
    faults = [
        (f"sites.{i}", "not-found", {}) for i, s in enumerate(form["sites"]) if s not in sites
    ]
    faults += [
        (f"sites.{i}", "twice", {"given": s})
        for i, s in enumerate(form["sites"])
        if s in form["sites"][:i]
    ]
    faults += [
        ("windows", "window-count", {"max": len(asked.windows)})
        for w in form.get("windows", [])
        if w >= len(asked.windows)
    ][:1]
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    row = session.scalar(
        select(PlaceWish)
        .where(PlaceWish.cohort == cohort, PlaceWish.startup == startup)
        .with_for_update()
    )
    if row is None:
        row = PlaceWish(id=new_id(), cohort=cohort, owner=call.owner, startup=startup, version=0)
        session.add(row)
    row.sites, row.needs, row.windows = form["sites"], form.get("needs"), form.get("windows")
    row.version += 1
    audit.note(session, "place-wished", startup, cohort=cohort)
    return row


# -- reads


def whole(session: Session, cohort: str) -> dict | None:
    """What has been asked and answered, for the office. Raises NotFound, Forbidden."""
    call = own_call(session, cohort, lock=False)
    row = session.get(Hosting, call.id)
    if row is None:
        return None
    wishes = session.scalars(
        select(PlaceWish).where(PlaceWish.cohort == call.id).order_by(PlaceWish.startup)
    )
    told = document(row) | {
        "sites": [host_document(h) for h in _hosts(session, call.id)],
        "wishes": [wish_document(w) for w in wishes],
    }
    return told | {
        "topics": sorted({t for a in accepted(session, call.id) for t in a.topics or []})
    }


def document(row: Hosting) -> dict:
    return {
        "cohort": row.cohort,
        "windows": row.windows,
        "until": row.until and row.until.isoformat(),
        "version": row.version,
    }


def host_document(row: Host) -> dict:
    told = {
        n: getattr(row, n)
        for n in ("cohort", "site", "name", "hub", "org", "capacity", "wants", "version")
    }
    return told | {"answered_at": row.answered_at and row.answered_at.isoformat()}


def wish_document(row: PlaceWish) -> dict:
    return {
        n: getattr(row, n) for n in ("cohort", "startup", "sites", "needs", "windows", "version")
    }


def asked_of(session: Session) -> list[dict]:
    """Calls whose office asks sites of the reader's for room, the newest first."""
    actor, found = session.info["actor"], []
    for host in session.scalars(
        select(Host)
        .where(held(Host.org, actor, "site-manager", "officer"))
        .order_by(Host.id.desc())
        .limit(200)
    ):
        call = session.get(Cohort, host.cohort)
        if call is not None:
            found.append(host_document(host) | {"call": call.name})
    return found


def one_host(session: Session, cohort: str, site: str) -> dict:
    """A site's own answer with what it needs to give it: the windows and who has been accepted.
    Raises NotFound.
    """
    actor = session.info["actor"]
    row = session.scalar(select(Host).where(Host.cohort == cohort, Host.site == site))
    if row is None:
        raise NotFound()
    actor.need("site-manager", *OFFICERS)
    with unscoped(session):
        call, asked = session.get_one(Cohort, cohort), session.get_one(Hosting, cohort)
        startups = [
            {"startup": a.startup, "name": a.name, "topics": a.topics or []}
            for a in accepted(session, cohort)
        ]
    return document(asked) | host_document(row) | {"call": call.name, "startups": startups}


def own_wish(session: Session, cohort: str, startup: str) -> dict | None:
    """An accepted startup's wish with what there is to choose from; None where it is not asked, or
    not yet. Raises NotFound.
    """
    actor, call = session.info["actor"], session.get(Cohort, cohort)
    own = actor.acts_for(owner_of(session, startup), "startup")
    if call is None or not (own or actor.may_change(call.owner, "officer")):
        raise NotFound()
    if not call.announced or startup not in {a.startup for a in accepted(session, cohort)}:
        return None
    with unscoped(session):
        asked, hosts = session.get(Hosting, cohort), _hosts(session, cohort)
    if asked is None:
        return None
    row = session.scalar(
        select(PlaceWish).where(PlaceWish.cohort == cohort, PlaceWish.startup == startup)
    )
    resources = sorted(
        {r for h in hosts for r in h.capacity} | {SEAT}, key=lambda r: (r != SEAT, r)
    )
    sites = [{"site": h.site, "name": h.name, "hub": h.hub} for h in hosts]
    return document(asked) | {
        "sites": sites,
        "resources": resources,
        "wish": row and wish_document(row),
    }
