"""Placement of a cohort: asked for, computed as a job, compared, confirmed by a person; then
places, changed by hand within what is free.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.programs import hosting
from services.programs.cohorts import own_call
from services.programs.hosting import accepted
from services.programs.models import Application, Host, Hosting, Job, Place, Placement, PlaceWish
from services.programs.planning import PLACEMENT
from services.programs.planning.case import Case, moves, pin_faults
from shared import audit, jobs, outbox
from shared.auth import OFFICERS
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id

NEXT_WISH = 20  # each later wish counts so much less than the one before it


def completed(session: Session, cohort: str, form: dict) -> dict:
    """The form, with what sites and startups have said where it says nothing itself. Raises Invalid
    without windows or sites.
    """
    call = own_call(session, cohort, lock=False)
    asked = session.get(Hosting, call.id)
    hosts = list(
        session.scalars(
            select(Host)
            .where(Host.cohort == call.id, Host.answered_at.is_not(None))
            .order_by(Host.site)
        )
    )
    form, crossing = dict(form), hosting.window_faults(form.get("windows") or [])
    form["windows"] = (
        hosting.names_of(form["windows"])
        if form.get("windows")
        else (asked.windows if asked else [])
    )
    stated = form.get("sites") or [{"site": h.site} for h in hosts]
    known = {
        h.site: {"hub": h.hub, "capacity": h.capacity, "wants": hosting.by_rank(h.wants)}
        for h in hosts
    }
    form["sites"] = [known.get(one["site"], {}) | one for one in stated]
    own = {
        w.startup: _own(w)
        for w in session.scalars(select(PlaceWish).where(PlaceWish.cohort == call.id))
    }
    form["startups"] = {
        s: own.get(s, {}) | form["startups"].get(s, {})
        for s in own.keys() | form["startups"].keys()
    }
    faults = crossing + [(name, "required", {}) for name in ("windows", "sites") if not form[name]]
    faults += [
        (f"sites.{i}.{k}", "required", {})
        for i, s in enumerate(form["sites"])
        for k in ("hub", "capacity")
        if not s.get(k)
    ]
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    return form


def _own(row: PlaceWish) -> dict:
    told = {"wants": hosting.by_rank(row.sites), "needs": row.needs, "windows": row.windows}
    return {k: v for k, v in told.items() if v is not None}


def ask(
    session: Session, cohort: str, form: dict, barred: dict[tuple[str, str], dict]
) -> Placement:
    """A plan to be computed from a completed form. `barred`: pairs a gate refuses, with its words.
    Raises Invalid naming each fault, Conflict while one is computed, NotFound.
    """
    call = own_call(session, cohort)
    before = _plan(session, form["depart_from"], call.id) if form.get("depart_from") else None
    problem = _problem(accepted(session, cohort), form, barred, before)
    case = Case(problem)
    faults = [*_window_faults(form), *pin_faults(case), *_floor_faults(case)]
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    row = Placement(
        id=new_id(),
        cohort=call.id,
        owner=call.owner,
        name=form["name"],
        problem=problem,
        placed=None,
        said={},
        job=None,
        version=0,
    )
    row.texts = {
        "names": {a.startup: a.name for a in accepted(session, cohort)},
        "barred": [[*pair, told] for pair, told in sorted(barred.items())],
    }
    row.made_at, row.confirmed_by, row.confirmed_at = session.info["now"], None, None
    if form["stable"]:
        row.placed, row.said = case.stable(), {"by": "stable", "optimal": False}
    else:
        row.job = jobs.ask(
            session, Job, PLACEMENT, call.id, problem, form["limit_s"], form["seed"]
        ).id
    session.add(row)
    audit.note(session, "placement-asked", row.id, cohort=call.id)
    return row


def _problem(
    applications: list[Application], form: dict, barred: dict, before: Placement | None
) -> dict:
    """The form and the cohort as `planning.placement` reads them; wishes not stated follow the hubs
    an applicant named, in order.
    """
    windows = list(range(len(form["windows"])))
    sites = [
        {"id": s["site"], "hub": s["hub"], "capacity": s["capacity"], "prefs": s.get("wants", {})}
        for s in form["sites"]
    ]
    stated = form["startups"]
    startups = []
    for a in applications:
        own = stated.get(a.startup, {})
        wishes = {
            s["id"]: 100 - NEXT_WISH * a.hubs.index(s["hub"])
            for s in sites
            if s["hub"] in a.hubs[:5]
        }
        one = {
            "id": a.startup,
            "needs": own.get("needs") or {hosting.SEAT: 1},
            "windows": own.get("windows", windows),
            "prefs": own.get("wants") or wishes,
        }
        startups.append(one | {"tags": own.get("tags", list(a.topics or []))})
    out = {tuple(pair) for pair in form["bans"]} | set(barred)
    held = [
        p for p in (before.placed or [] if before else []) if p[0] in {s["id"] for s in startups}
    ]
    pins = [[p["startup"], p["site"], p.get("window")] for p in form["pins"]]
    parts = {
        "barred": sorted(list(p) for p in out),
        "pins": pins,
        "floors": form["floors"],
        "held": held,
    }
    return {"windows": form["windows"], "startups": startups, "sites": sites} | parts


def _window_faults(form: dict) -> list[tuple[str, str, dict]]:
    """Sites named twice, capacities that are not one number a window, windows there are not."""
    many, found = len(form["windows"]), []
    sites = [s["site"] for s in form["sites"]]
    found += [
        (f"sites.{i}.site", "twice", {"given": s}) for i, s in enumerate(sites) if s in sites[:i]
    ]
    for i, site in enumerate(form["sites"]):
        for resource, amounts in site["capacity"].items():
            found += [(f"sites.{i}.capacity.{resource}", "window-count", {"max": many})] * (
                len(amounts) != many
            )
    for startup, own in form["startups"].items():
        found += [
            (f"startups.{startup}.windows", "window-count", {"max": many})
            for w in own.get("windows", [])
            if w >= many
        ]
    return found


def _floor_faults(case: Case) -> list[tuple[str, str, dict]]:
    """Floors that ask for more than there are startups of that kind."""
    many = {
        f["tag"]: sum(f["tag"] in s["tags"] for s in case.startups.values())
        for f in case.problem["floors"]
    }
    return [
        (f"floors.{i}.least", "floor-too-high", {"max": many[f["tag"]]})
        for i, f in enumerate(case.problem["floors"])
        if f["least"] > many[f["tag"]]
    ]


def on_placed(session: Session, job: Job) -> None:
    """A plan's answer lies beside its question."""
    row = session.scalar(select(Placement).where(Placement.job == job.id).with_for_update())
    row.placed, row.said = (
        job.best.get("placed", []),
        job.said | ({"clash": job.best["clash"]} if "clash" in job.best else {}),
    )


def _plan(session: Session, placement: str, cohort: str | None = None) -> Placement:
    row = session.scalar(select(Placement).where(Placement.id == placement))
    if row is None or cohort not in (None, row.cohort):
        raise NotFound()
    session.info["actor"].need(*OFFICERS)
    return row


def stop(session: Session, placement: str) -> dict:
    """Stops a plan being computed; the best so far may still be read. Raises NotFound, Conflict."""
    row = _plan(session, placement)
    job = jobs.cancel(session, Job, row.job or "")
    if job.best:
        row.placed, row.said = job.best["placed"], job.said
    return document(session, row)


def confirm(session: Session, placement: str) -> Placement:
    """Gives the places of a plan out, in one step. Raises Conflict naming who has left or come
    since, or that it has no answer.
    """
    row = _plan(session, placement)
    call = own_call(session, row.cohort)
    if row.placed is None or row.said.get("clash"):
        raise Conflict("plan-unfinished")
    names = {a.startup: a.name for a in accepted(session, call.id)}
    if gone := sorted({s for s, _, _ in row.placed} - names.keys()):
        raise Conflict("plan-outdated", given=", ".join(row.texts["names"].get(s, s) for s in gone))
    for old in session.scalars(select(Place).where(Place.cohort == call.id).with_for_update()):
        session.delete(old)
    session.flush()
    for startup, site, window in row.placed:
        _seat(session, row, startup, site, window)
    row.confirmed_by, row.confirmed_at = session.info["actor"].person, session.info["now"]
    audit.note(session, "placement-confirmed", row.id, cohort=call.id)
    tell(session, row)
    return row


def tell(session: Session, row: Placement) -> None:
    """A plan of places that has been confirmed."""

    def data() -> dict:
        return {
            "cohort": row.cohort,
            "owner": row.owner,
            "places": [[s, w, row.problem["windows"][t]] for s, w, t in row.placed],
        }

    outbox.record(session, row, "placement.confirmed.v1", "programs", data)


def _seat(session: Session, plan: Placement, startup: str, site: str, window: int) -> Place:
    place = Place(
        id=new_id(),
        cohort=plan.cohort,
        owner=plan.owner,
        startup=startup,
        site=site,
        window=window,
        placement=plan.id,
        version=1,
    )
    place.window_name = plan.problem["windows"][window]
    session.add(place)
    return place


def seat(session: Session, cohort: str, startup: str, site: str, window: int) -> Place:
    """Gives one startup a place by hand, within what the confirmed plan leaves free. Raises
    Conflict for no plan, no room, a gate against it; NotFound.
    """
    call = own_call(session, cohort)
    confirmed = select(Placement).where(
        Placement.cohort == call.id, Placement.confirmed_at.is_not(None)
    )
    plan = session.scalar(confirmed.order_by(Placement.confirmed_at.desc()).limit(1))
    if plan is None:
        raise Conflict("plan-unfinished")
    if startup not in {a.startup for a in accepted(session, call.id)}:
        raise Conflict("not-accepted")
    case = Case(plan.problem)
    if (
        startup not in case.startups
        or site not in case.sites
        or window >= len(plan.problem["windows"])
    ):
        raise NotFound()
    held = list(session.scalars(select(Place).where(Place.cohort == call.id).with_for_update()))
    others = [[p.startup, p.site, p.window] for p in held if p.startup != startup]
    if (startup, site) in case.barred:
        raise Conflict("pin-barred", given=startup, site=site)
    if case.lacking(startup, site, window, case.usage(others)):
        raise Conflict("pin-full", given=startup, site=site)
    for old in held:
        if old.startup == startup:
            session.delete(old)
    session.flush()
    audit.note(session, "seated", startup, cohort=call.id, site=site)
    return _seat(session, plan, startup, site, window)


def places(session: Session, cohort: str) -> list[dict]:
    """Who has which place: all for the office, one's own for a startup once the results are out."""
    rows = session.scalars(
        select(Place)
        .where(Place.cohort == cohort)
        .order_by(Place.site, Place.window, Place.startup)
    )
    return [place_document(p) for p in rows]


def place_document(row: Place) -> dict:
    return {
        n: getattr(row, n)
        for n in ("id", "cohort", "startup", "site", "window", "window_name", "placement")
    }


def placements(session: Session, cohort: str) -> list[dict]:
    """A cohort's plans, the newest first, in figures."""
    own_call(session, cohort, lock=False)
    rows = session.scalars(
        select(Placement)
        .where(Placement.cohort == cohort)
        .order_by(Placement.made_at.desc(), Placement.id.desc())
        .limit(50)
    )
    return [_head(session, row) for row in rows]


def _head(session: Session, row: Placement) -> dict:
    job = session.get(Job, row.job) if row.job else None
    told = {n: getattr(row, n) for n in ("id", "cohort", "name", "said")} | {
        "state": job.state if job else jobs.DONE,
        "made_at": row.made_at.isoformat(),
    }
    told |= {
        "confirmed_at": row.confirmed_at and row.confirmed_at.isoformat(),
        "best": (job.best if job and row.placed is None else None),
    }
    return told | {
        "summary": Case(row.problem).summary(row.placed) if row.placed is not None else None
    }


def document(session: Session, row: Placement) -> dict:
    """A plan with everything a person needs before confirming it: who is where, who is out and why,
    who would rather be elsewhere, what each site has left.
    """
    told = _head(session, row) | {
        "windows": row.problem["windows"],
        "names": row.texts["names"],
        "floors": row.problem["floors"],
    }
    told |= {
        "placed": row.placed,
        "sites": [
            {"id": s["id"], "hub": s["hub"], "capacity": s["capacity"]}
            for s in row.problem["sites"]
        ],
    }
    if row.placed is None:
        return told
    case = Case(row.problem)
    words = {(s, w): t for s, w, t in row.texts["barred"]}
    out = case.reasons(row.placed)
    for startup, reason in out.items():
        reason["gates"] = [
            {"site": w} | words[startup, w] for w in case.sites if (startup, w) in words
        ]
    used = [
        {"site": w, "window": t, "resource": r, "used": n, "of": case.room(w, r, t)}
        for (w, t, r), n in sorted(case.usage(row.placed).items())
    ]
    return told | {"out": out, "blocking": case.blocking(row.placed), "used": used}


def one(session: Session, placement: str) -> dict:
    return document(session, _plan(session, placement))


def compare(session: Session, placement: str, other: str) -> dict:
    """Two plans of a cohort beside each other: who moves, and what each reaches. Raises NotFound,
    Conflict for one without an answer.
    """
    first = _plan(session, placement)
    second = _plan(session, other, first.cohort)
    if first.placed is None or second.placed is None:
        raise Conflict("plan-unfinished")
    told = {
        "moves": moves(first.placed, second.placed),
        "names": first.texts["names"] | second.texts["names"],
        "windows": first.problem["windows"],
    }
    return told | {
        "before": Case(first.problem).summary(first.placed),
        "after": Case(second.problem).summary(second.placed),
    }
