"""The ledger of indicators: definitions as data, entries with evidence, each thing counted once;
figures that open to their rows.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.programs.cohorts import own_call
from services.programs.models import (
    Application,
    Cohort,
    Consultation,
    Entry,
    Indicator,
    OfficeHour,
    Place,
    Placement,
    Review,
)
from services.programs.planning.figures import (
    MONEY,
    NO_HUB,
    TOTAL,
    WINDOWS,
    Row,
    cells,
    counted,
    figure_table,
)
from services.programs.rules import ACCEPTED, DONE
from services.programs.support import DONE as ANSWERED
from shared import audit, outbox
from shared.auth import OFFICERS
from shared.clock import JST
from shared.db import unscoped
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id

SHIPPED = json.loads((Path(__file__).parent / "indicators.json").read_text(encoding="utf-8"))[
    "indicators"
]
LEDGER = "ledger"
COUNTS = ("applications", "reviews", "mentoring", "accepted", "consultations", LEDGER)
KINDS = ("input", "output", "outcome", "impact")


def indicators(session: Session, office: str) -> list[dict]:
    """An office's definitions: the shipped ones, with its own over and beside them."""
    own = {
        row.key: indicator_document(row)
        for row in session.scalars(
            select(Indicator).where(Indicator.owner == office).order_by(Indicator.key)
        )
    }
    shipped = {i["key"]: {"baseline": None, "target": None} | i for i in SHIPPED}
    merged = shipped | own
    return sorted(
        merged.values(), key=lambda i: (KINDS.index(i["kind"]), list(merged).index(i["key"]))
    )


def indicator_document(row: Indicator) -> dict:
    return {
        n: getattr(row, n) for n in ("key", "name", "kind", "unit", "counts", "baseline", "target")
    }


def define(session: Session, key: str, form: dict) -> dict:
    """Defines an indicator of one's office, or changes it; figures follow at once. Raises Conflict
    for another unit once entries exist.
    """
    actor = session.info["actor"]
    actor.need(*OFFICERS)
    held = {i["key"]: i for i in indicators(session, actor.org)}.get(key)
    used = session.scalar(
        select(Entry.id).where(Entry.owner == actor.org, Entry.indicator == key).limit(1)
    )
    if held and used and (held["unit"], held["counts"]) != (form["unit"], form["counts"]):
        raise Conflict("illegal-step", given=held["unit"], legal=held["unit"])
    row = session.scalar(
        select(Indicator)
        .where(Indicator.owner == actor.org, Indicator.key == key)
        .with_for_update()
    )
    if row is None:
        row = Indicator(id=new_id(), owner=actor.org, key=key)
        session.add(row)
    for name in ("name", "kind", "unit", "counts", "baseline", "target"):
        setattr(row, name, form.get(name))
    audit.note(session, "indicator-defined", row.id, key=key)
    return indicator_document(row)


def enter(session: Session, form: dict) -> Entry:
    """One thing that happened to an accepted startup, with its evidence. Raises Invalid, Conflict
    naming where it is counted already.
    """
    actor = session.info["actor"]
    call = own_call(session, form["cohort"])
    known = {i["key"]: i for i in indicators(session, call.owner)}
    indicator = known.get(form["indicator"])
    if faults := list(_entry_faults(session, form, indicator)):
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    held = select(Application.id).where(
        Application.cohort == call.id,
        Application.startup == form["startup"],
        Application.state == ACCEPTED,
    )
    if session.scalar(held.limit(1)) is None:
        raise Conflict("not-accepted")
    same = (
        form.get("same")
        or f"{form['on'].isoformat()}/{form['amount']}/{form.get('currency') or ''}"
    )
    thing = (
        Entry.owner == call.owner,
        Entry.indicator == form["indicator"],
        Entry.startup == form["startup"],
        Entry.same == same,
    )
    twice = session.scalar(select(Entry).where(*thing))
    if twice is not None and twice.withdrawn is None:
        raise Conflict("counted-already", given=twice.cohort)
    # whose it is and where stays theirs; that it is counted has to be known
    with unscoped(session):
        elsewhere = session.scalar(
            select(Entry.id)
            .where(*thing[1:], Entry.owner != call.owner, Entry.withdrawn.is_(None))
            .limit(1)
        )
    if elsewhere is not None:
        raise Conflict("counted-elsewhere")
    row = twice or Entry(id=new_id(), owner=call.owner, same=same, version=1)
    for name in ("cohort", "indicator", "startup", "on", "amount", "evidence"):
        setattr(row, name, form[name])
    row.currency, row.withdrawn, row.made_by, row.made_at = (
        form.get("currency"),
        None,
        actor.person,
        session.info["now"],
    )
    session.add(row)
    tell(session, row)
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
    """Takes an entry out of the figures, with the reason; it stays in the ledger. Raises
    NotFound.
    """
    session.info["actor"].need(*OFFICERS)
    row = session.scalar(select(Entry).where(Entry.id == entry).with_for_update())
    if row is None:
        raise NotFound()
    row.withdrawn = row.withdrawn or reason
    tell(session, row)
    return row


def tell(session: Session, row: Entry) -> None:
    """An entry of the ledger as it stands."""

    def data() -> dict:
        told = {
            n: getattr(row, n)
            for n in ("owner", "cohort", "indicator", "startup", "amount", "currency", "evidence")
        }
        return told | {
            "on": row.on.isoformat(),
            "state": "withdrawn" if row.withdrawn else "counted",
        }

    outbox.record(session, row, "kpi.recorded.v1", "programs", data)


def entries(session: Session, cohort: str) -> list[dict]:
    """A cohort's ledger, withdrawn entries among them."""
    own_call(session, cohort, lock=False)
    return [
        entry_document(row)
        for row in session.scalars(
            select(Entry).where(Entry.cohort == cohort).order_by(Entry.on, Entry.id)
        )
    ]


def entry_document(row: Entry) -> dict:
    names = (
        "id",
        "cohort",
        "indicator",
        "startup",
        "amount",
        "currency",
        "evidence",
        "same",
        "withdrawn",
        "made_by",
    )
    return {n: getattr(row, n) for n in names} | {
        "on": row.on.isoformat(),
        "made_at": row.made_at.isoformat(),
    }


# -- figures


@dataclass(frozen=True)
class Book:
    """Everything that counts for a call: its rows, whose hub is which, what applicants are
    called.
    """

    call: Cohort
    rows: list[Row]
    hubs: dict[str, str]
    names: dict[str, str]

    @property
    def hub_names(self) -> list[str]:
        """The call's hubs, then others an applicant goes to."""
        stated = [h["hub"] for h in self.call.hubs]
        return [*stated, *sorted(set(self.hubs.values()) - set(stated))]

    @property
    def ends(self) -> date:
        """The day after which everything is `after`; a call without an end is all `during`."""
        return self.call.ends_on or date(9000, 12, 31)

    def counting(self, indicator: dict) -> list[Row]:
        """An indicator's rows: its own entries, or a record of the platform."""
        source = indicator["key"] if indicator["counts"] == LEDGER else indicator["counts"]
        return [r for r in self.rows if r.indicator == source]


def book(session: Session, cohort: str) -> Book:
    """The ledger's entries and what the platform has recorded itself, for one's own call."""
    call = own_call(session, cohort, lock=False)
    entered = select(
        Entry.id,
        Entry.indicator,
        Entry.startup,
        Entry.on,
        Entry.amount,
        Entry.currency,
        Entry.evidence,
    )
    rows = [
        Row(*e)
        for e in session.execute(entered.where(Entry.cohort == call.id, Entry.withdrawn.is_(None)))
    ]
    hubs, names = {}, {}
    columns = (
        Application.id,
        Application.startup,
        Application.name,
        Application.hubs,
        Application.state,
        Application.submitted_at,
        Application.receipt,
    )
    for id_, startup, name, wished, state, at, receipt in session.execute(
        select(*columns).where(Application.cohort == call.id)
    ):
        who = startup or id_
        # its first wish, until it is placed
        hubs[who] = hubs[id_] = wished[0] if wished else NO_HUB
        names[who] = names[id_] = name
        counts = ("applications", "accepted") if state == ACCEPTED else ("applications",)
        rows += [Row(id_, count, who, _day(at), 1, None, receipt) for count in counts if at]
    return Book(call, rows + _recorded(session, call.id), hubs | _placed(session, call.id), names)


def _placed(session: Session, cohort: str) -> dict[str, str]:
    """The hub of everybody who has a place."""
    given = (
        select(Place.startup, Place.site, Placement.problem)
        .join(Placement, Placement.id == Place.placement)
        .where(Place.cohort == cohort)
    )
    return {
        startup: next(s["hub"] for s in problem["sites"] if s["id"] == site)
        for startup, site, problem in session.execute(given)
    }


def _recorded(session: Session, cohort: str) -> list[Row]:
    """What the platform has recorded by itself beside applications: reviews, mentors' hours,
    consultations.
    """
    reviews = select(Review.id, Review.application, Review.submitted_at).where(
        Review.cohort == cohort, Review.state == DONE
    )
    found = [
        Row(id_, "reviews", application, _day(at), 1, None, id_)
        for id_, application, at in session.execute(reviews)
    ]
    hours = select(OfficeHour.id, OfficeHour.startup, OfficeHour.starts_at, OfficeHour.minutes)
    given = session.execute(
        hours.where(OfficeHour.cohort == cohort, OfficeHour.minutes.is_not(None))
    )
    found += [
        Row(id_, "mentoring", startup, _day(at), minutes, None, id_)
        for id_, startup, at, minutes in given
    ]
    asked = select(
        Consultation.id,
        Consultation.startup,
        Consultation.closed_on,
        Consultation.agency,
        Consultation.outcome,
    )
    ended = session.execute(
        asked.where(Consultation.cohort == cohort, Consultation.state == ANSWERED)
    )
    return found + [
        Row(id_, "consultations", startup, on, 1, None, f"{agency}: {outcome}")
        for id_, startup, on, agency, outcome in ended
    ]


def _day(at: datetime) -> date:
    """The day in Japan."""
    return at.astimezone(JST).date()


def _until(session: Session, until: date | None) -> date:
    """No report sees further than today."""
    return min(until or session.info["today"], session.info["today"])


def report(session: Session, cohort: str, until: date | None, public: bool) -> dict:
    """A cohort's report: every indicator by hub and window, with its baseline, or the word that
    none is set.
    """
    held, until = book(session, cohort), _until(session, until)
    told = []
    for indicator in indicators(session, held.call.owner):
        shape = (indicator["unit"], held.ends, until, held.hubs, held.hub_names, public)
        told.append(indicator | {"figures": figure_table(held.counting(indicator), *shape)})
    head = {
        "cohort": held.call.id,
        "name": held.call.name,
        "until": until.isoformat(),
        "ends_on": held.ends.isoformat(),
        "public": public,
    }
    return head | {
        "windows": list(WINDOWS),
        "hubs": held.hub_names,
        "capacity": held.call.capacity,
        "indicators": told,
    }


def opened(session: Session, cohort: str, query: dict) -> list[dict]:
    """The rows behind one figure: what it is counted from, with the evidence of each. Raises
    NotFound for no such figure.
    """
    held = book(session, cohort)
    indicator = {i["key"]: i for i in indicators(session, held.call.owner)}.get(query["indicator"])
    if indicator is None:
        raise NotFound()
    rows = counted(
        held.counting(indicator), indicator["unit"], held.ends, _until(session, query.get("until"))
    )
    found = cells(rows, held.hubs, held.hub_names).get(
        (query.get("hub") or TOTAL, query.get("window") or TOTAL)
    )
    if found is None:
        raise NotFound()
    return [_row_document(r) | {"name": held.names.get(r.startup)} for r in found]


def ledger(session: Session, cohort: str, until: date | None) -> list[dict]:
    """Every row of every figure of a report, with its indicator, hub and window."""
    held, told = book(session, cohort), []
    for indicator in indicators(session, held.call.owner):
        for row, window in counted(
            held.counting(indicator), indicator["unit"], held.ends, _until(session, until)
        ):
            place = {
                "indicator": indicator["name"],
                "window": window,
                "hub": held.hubs.get(row.startup, NO_HUB),
            }
            told.append(_row_document(row) | place | {"name": held.names.get(row.startup)})
    return told


def _row_document(row: Row) -> dict:
    told = {n: getattr(row, n) for n in ("id", "startup", "amount", "currency", "evidence")}
    return told | {"on": row.on.isoformat()}
