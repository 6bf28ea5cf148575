"""The ledger of indicators: definitions as data, entries with evidence, each thing counted once; figures that open to their rows."""

import json
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.programs.cohorts import own_call
from services.programs.models import Application, Cohort, Consultation, Entry, Indicator, OfficeHour, Review
from services.programs.planning.figures import MONEY, NO_HUB, TOTAL, WINDOWS, Row, cells, counted, figure_table
from services.programs.rules import ACCEPTED, DONE
from services.programs.support import DONE as ANSWERED
from shared import audit, outbox
from shared.clock import JST
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id

SHIPPED = json.loads((Path(__file__).parent / "indicators.json").read_text(encoding="utf-8"))["indicators"]
LEDGER = "ledger"
COUNTS = ("applications", "reviews", "mentoring", "accepted", "consultations", LEDGER)
KINDS = ("input", "output", "outcome", "impact")


def indicators(session: Session, office: str) -> list[dict]:
    """An office's definitions: the shipped ones, with its own over and beside them."""
    own = {
        row.key: indicator_document(row)
        for row in session.scalars(select(Indicator).where(Indicator.owner == office).order_by(Indicator.key))
    }
    shipped = {i["key"]: {"baseline": None, "target": None} | i for i in SHIPPED}
    merged = shipped | own
    return sorted(merged.values(), key=lambda i: (KINDS.index(i["kind"]), list(merged).index(i["key"])))


def indicator_document(row: Indicator) -> dict:
    return {n: getattr(row, n) for n in ("key", "name", "kind", "unit", "counts", "baseline", "target")}


def define(session: Session, key: str, form: dict) -> dict:
    """Defines an indicator of one's office, or changes it; figures follow at once. Raises Conflict for another unit once entries exist."""
    actor = session.info["actor"]
    actor.need("officer")
    held = {i["key"]: i for i in indicators(session, actor.org)}.get(key)
    used = session.scalar(select(Entry.id).where(Entry.owner == actor.org, Entry.indicator == key).limit(1))
    if held and used and (held["unit"], held["counts"]) != (form["unit"], form["counts"]):
        raise Conflict("illegal-step", given=held["unit"], legal=held["unit"])
    row = session.scalar(select(Indicator).where(Indicator.owner == actor.org, Indicator.key == key).with_for_update())
    if row is None:
        row = Indicator(id=new_id(), owner=actor.org, key=key)
        session.add(row)
    for name in ("name", "kind", "unit", "counts", "baseline", "target"):
        setattr(row, name, form.get(name))
    audit.note(session, "indicator-defined", row.id, key=key)
    return indicator_document(row)


def enter(session: Session, form: dict) -> Entry:
    """One thing that happened to an accepted startup, with its evidence. Raises Invalid, Conflict naming where it is counted already."""
    actor = session.info["actor"]
    call = own_call(session, form["cohort"])
    known = {i["key"]: i for i in indicators(session, call.owner)}
    indicator = known.get(form["indicator"])
    if faults := list(_entry_faults(session, form, indicator)):
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    held = select(Application.id).where(
        Application.cohort == call.id, Application.startup == form["startup"], Application.state == ACCEPTED
    )
    if session.scalar(held.limit(1)) is None:
        raise Conflict("not-accepted")
    same = form.get("same") or f"{form['startup']}/{form['on'].isoformat()}/{form['amount']}/{form.get('currency') or ''}"
    twice = session.scalar(select(Entry).where(Entry.owner == call.owner, Entry.indicator == form["indicator"], Entry.same == same))
    if twice is not None and twice.withdrawn is None:
        raise Conflict("counted-already", given=twice.cohort)
    row = twice or Entry(id=new_id(), owner=call.owner, same=same, version=1)
    for name in ("cohort", "indicator", "startup", "on", "amount", "evidence"):
        setattr(row, name, form[name])
    row.currency, row.withdrawn, row.made_by, row.made_at = form.get("currency"), None, actor.person, session.info["now"]
    session.add(row)
    _tell(session, row)
    return row


def _entry_faults(session: Session, form: dict, indicator: dict | None):
    if indicator is None:
        yield "indicator", "indicator-unknown", {"given": form["indicator"]}
    elif indicator["counts"] != LEDGER:
        yield "indicator", "indicator-derived", {}
    elif indicator["unit"] == MONEY and not form.get("currency"):
        yield "currency", "currency-missing", {}
    elif indicator["unit"] != MONEY and form.get("currency"):
        yield "currency", "currency-unwanted", {}
    if form["on"] > session.info["today"]:
        yield "on", "future-date", {}


def withdraw(session: Session, entry: str, reason: str) -> Entry:
    """Takes an entry out of the figures, with the reason; it stays in the ledger. Raises NotFound."""
    session.info["actor"].need("officer")
    row = session.scalar(select(Entry).where(Entry.id == entry).with_for_update())
    if row is None:
        raise NotFound()
    row.withdrawn = row.withdrawn or reason
    _tell(session, row)
    return row


def _tell(session: Session, row: Entry) -> None:
    def data() -> dict:
        told = {n: getattr(row, n) for n in ("owner", "cohort", "indicator", "startup", "amount", "currency", "evidence")}
        return told | {"on": row.on.isoformat(), "state": "withdrawn" if row.withdrawn else "counted"}

    outbox.record(session, row, "kpi.recorded.v1", "programs", data)


def entries(session: Session, cohort: str) -> list[dict]:
    """A cohort's ledger, withdrawn entries among them."""
    own_call(session, cohort, lock=False)
    return [entry_document(row) for row in session.scalars(select(Entry).where(Entry.cohort == cohort).order_by(Entry.on, Entry.id))]


def entry_document(row: Entry) -> dict:
    names = ("id", "cohort", "indicator", "startup", "amount", "currency", "evidence", "same", "withdrawn", "made_by")
    return {n: getattr(row, n) for n in names} | {"on": row.on.isoformat(), "made_at": row.made_at.isoformat()}


# -- figures


def rows_of(session: Session, call: Cohort) -> list[Row]:
    """Everything that counts for a cohort: the ledger's entries and what the platform has recorded itself."""
    found = [
        Row(e.id, e.indicator, e.startup, e.on, e.amount, e.currency, e.evidence)
        for e in session.scalars(select(Entry).where(Entry.cohort == call.id, Entry.withdrawn.is_(None)))
    ]
    for a in session.scalars(select(Application).where(Application.cohort == call.id, Application.submitted_at.is_not(None))):
        who = a.startup or a.id
        found.append(Row(a.id, "applications", who, _day(a.submitted_at), 1, None, a.receipt or a.id))
        if a.state == ACCEPTED:
            found.append(Row(a.id, "accepted", who, _day(a.submitted_at), 1, None, a.receipt or a.id))
    for r in session.scalars(select(Review).where(Review.cohort == call.id, Review.state == DONE)):
        found.append(Row(r.id, "reviews", r.application, _day(r.submitted_at), 1, None, r.id))
    for h in session.scalars(select(OfficeHour).where(OfficeHour.cohort == call.id, OfficeHour.minutes.is_not(None))):
        found.append(Row(h.id, "mentoring", h.startup, _day(h.starts_at), h.minutes, None, h.id))
    for c in session.scalars(select(Consultation).where(Consultation.cohort == call.id, Consultation.state == ANSWERED)):
        found.append(Row(c.id, "consultations", c.startup, c.closed_on, 1, None, f"{c.agency}: {c.outcome}"))
    return found


def _day(at: datetime) -> date:
    """The day in Japan."""
    return at.astimezone(JST).date()


def report(session: Session, cohort: str, until: date | None, public: bool) -> dict:
    """A cohort's report: every indicator by hub and window, with its baseline, or the word that none is set."""
    call = own_call(session, cohort, lock=False)
    until = min(until or session.info["today"], session.info["today"])
    rows, hubs, names = rows_of(session, call), _hubs(session, call), _hub_names(session, call)
    told = []
    for indicator in indicators(session, call.owner):
        mine = [r for r in rows if r.indicator == _source(indicator)]
        table = figure_table(mine, indicator["unit"], ends(call), until, hubs, names, public)
        told.append(indicator | {"figures": table})
    head = {"cohort": call.id, "name": call.name, "until": until.isoformat(), "ends_on": ends(call).isoformat(), "public": public}
    return head | {"windows": list(WINDOWS), "hubs": names, "capacity": call.capacity, "indicators": told}


def _source(indicator: dict) -> str:
    """Whose rows an indicator counts: its own entries, or a record of the platform."""
    return indicator["key"] if indicator["counts"] == LEDGER else indicator["counts"]


def ends(call: Cohort) -> date:
    """The day after which everything is `after`; a call without an end is all `during`."""
    return call.ends_on or date.max.replace(year=9000)


def _hubs(session: Session, call: Cohort) -> dict[str, str]:
    """The hub of each applicant, by startup and by application: its first wish until it is placed."""
    found = {}
    for a in session.scalars(select(Application).where(Application.cohort == call.id)):
        found[a.id] = found[a.startup or a.id] = a.hubs[0] if a.hubs else NO_HUB
    return found


def _hub_names(session: Session, call: Cohort) -> list[str]:
    used = set(_hubs(session, call).values())
    return [*(h["hub"] for h in call.hubs), *sorted(used - {h["hub"] for h in call.hubs})]


def opened(session: Session, cohort: str, query: dict) -> list[dict]:
    """The rows behind one figure: what it is counted from, with the evidence of each. Raises NotFound for no such figure."""
    call = own_call(session, cohort, lock=False)
    indicator = {i["key"]: i for i in indicators(session, call.owner)}.get(query["indicator"])
    hub, window = query.get("hub") or TOTAL, query.get("window") or TOTAL
    until = min(query.get("until") or session.info["today"], session.info["today"])
    if indicator is None:
        raise NotFound()
    mine = [r for r in rows_of(session, call) if r.indicator == _source(indicator)]
    found = cells(counted(mine, indicator["unit"], ends(call), until), _hubs(session, call), _hub_names(session, call))
    if (hub, window) not in found:
        raise NotFound()
    names = _names(session, call)
    return [row_document(r) | {"name": names.get(r.startup)} for r in found[hub, window]]


def ledger(session: Session, cohort: str, until: date | None) -> list[dict]:
    """Every row of every figure of a report, with its indicator, hub and window."""
    call = own_call(session, cohort, lock=False)
    until, hubs = min(until or session.info["today"], session.info["today"]), _hubs(session, call)
    rows, names, told = rows_of(session, call), _names(session, call), []
    for indicator in indicators(session, call.owner):
        mine = [r for r in rows if r.indicator == _source(indicator)]
        for row, window in counted(mine, indicator["unit"], ends(call), until):
            place = {"indicator": indicator["name"], "window": window, "hub": hubs.get(row.startup, NO_HUB), "name": names.get(row.startup)}
            told.append(row_document(row) | place)
    return told


def row_document(row: Row) -> dict:
    told = {n: getattr(row, n) for n in ("id", "startup", "amount", "currency", "evidence")}
    return told | {"on": row.on.isoformat()}


def _names(session: Session, call: Cohort) -> dict[str, str]:
    applications = list(session.scalars(select(Application).where(Application.cohort == call.id)))
    return {a.id: a.name for a in applications} | {a.startup: a.name for a in applications if a.startup}
