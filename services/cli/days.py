"""Commands of a partnering day: who comes, the schedule, what is lost, plans."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from services.cli.group import JSON, LANG, awaited, client, main, options, tell

LOST = ("slot", "room", "interpreter", "attendee", "nothing")


@main.group()
def day():
    """Run a partnering day: who comes, the schedule, what is lost, plans for paper and
    calendars.
    """


@day.command("list")
@options(LANG, JSON)
@click.pass_obj
def days(settings, lang, as_json):
    """Days of your office, or that you come to."""
    with client(settings, lang) as c:
        found = c.get("/api/v1/days")["items"]
    tell(
        found,
        as_json,
        lambda: (
            "\n".join(
                f"  {d['id']:<28} {_clock(d, 0, '%Y-%m-%d %H:%M')} "
                f" {_named(d['name'], lang)}{_mark(d)}"
                for d in found
            )
            or "nothing"
        ),
    )


def _mark(d: dict) -> str:
    return "  PUBLISHED" if d["published_at"] else ""


def _named(name: dict, lang: str) -> str:
    return name.get(lang) or next(iter(name.values()))


def _clock(d: dict, slot: int, shape: str = "%H:%M") -> str:
    return f"{datetime.fromisoformat(d['slots'][slot][0]).astimezone(ZoneInfo(d['zone'])):{shape}}"


@day.command()
@click.argument("which", metavar="DAY")
@click.option("--party", help="Only the plan of one who comes.")
@options(LANG, JSON)
@click.pass_obj
def show(settings, which, party, lang, as_json):
    """A DAY: its schedule by slot and room, what could not be, who comes."""
    with client(settings, lang) as c:
        told = c.get(f"/api/v1/days/{which}")
    tell(told, as_json, lambda: _day(told, lang, party))


def _day(d: dict, lang: str, party: str | None = None) -> str:
    names = {a["party"]: _named(a["name"], lang) for a in d["attendees"]}
    lines = [f"{_named(d['name'], lang)}  {_clock(d, 0, '%Y-%m-%d')}  {d['zone']}{_mark(d)}"]
    for m in sorted(d["meetings"], key=lambda m: (m["slot"], m["room"])):
        if party in (None, m["startup"], m["investor"]):
            marks = " pinned" * m["pinned"] + _absent(m)
            lines.append(
                f"  {_clock(d, m['slot'])}  room {m['room'] + 1:>2}  {names[m['startup']]} x"
                f" {names[m['investor']]}{marks}"
            )
    said = d.get("said", {})
    lines += [
        f"  NOT POSSIBLE  {names.get(u['a'], u['a'])} x {names.get(u['b'], u['b'] or 'anybody')}:"
        f" {u['why']}"
        for u in said.get("unmet", [])
    ]
    lines += [
        f"  MOVED  {names[a]} x {names[b]}: {_clock(d, x)} -> {_clock(d, y)}"
        for a, b, x, y in said.get("moved", [])
    ]
    lines += [
        f"  FELL OUT  {names[a]} x {names[b]}: {_clock(d, x)}"
        for a, b, x in said.get("dropped", [])
    ]
    if not d["meetings"]:
        lines += [
            f"  {a['party']:<32} {a['side']:<9} {len(a.get('wishes', []))} wishes"
            for a in d["attendees"]
        ]
    return "\n".join(lines)


def _absent(meeting: dict) -> str:
    if not meeting["came"]:
        return ""
    missing = [side for side, there in meeting["came"].items() if not there]
    return f"  no-show: {', '.join(missing)}" if missing else "  held"


@day.command()
@click.argument("which", metavar="DAY")
@click.option("--startup", "startups", multiple=True, help="A startup's id; as often as needed.")
@click.option(
    "--mandate", "mandates", multiple=True, help="An investor's mandate; as often as needed."
)
@click.option("--call", help="Everybody accepted in this call.")
@options(LANG, JSON)
@click.pass_obj
def invite(settings, which, startups, mandates, call, lang, as_json):
    """Add who comes to a DAY; they are written to."""
    with client(settings, lang) as c:
        accepted = c.board(call, state="accepted")["items"] if call else []
        form = {
            "startups": [*startups, *(a["startup"] for a in accepted if a["startup"])],
            "mandates": list(mandates),
        }
        told = c.post(f"/api/v1/days/{which}/attendees", form)["items"]
    tell(told, as_json, lambda: f"{len(told)} added")


@day.command()
@click.argument("which", metavar="DAY")
@click.argument("party")
@click.argument("wanted", nargs=-1)
@options(LANG, JSON)
@click.pass_obj
def wish(settings, which, party, wanted, lang, as_json):
    """Whom PARTY wants to meet at a DAY, the most wanted first; none takes all wishes back."""
    with client(settings, lang) as c:
        told = c.request(
            "PUT", f"/api/v1/days/{which}/attendees/{party}/wishes", json={"wishes": list(wanted)}
        ).json()
    tell(told, as_json, lambda: f"{len(told['wishes'])} wishes")


@day.command()
@click.argument("which", metavar="DAY")
@click.option("--limit", "limit_s", type=float, default=10.0, show_default=True, help="Seconds.")
@options(LANG, JSON)
@click.pass_obj
def schedule(settings, which, limit_s, lang, as_json):
    """Compute a DAY and wait for it; what is pinned stays."""
    with client(settings, lang) as c:
        c.post(f"/api/v1/days/{which}/schedule", {"limit_s": limit_s})
        told = awaited(lambda: c.get(f"/api/v1/days/{which}"), "job")
    tell(told, as_json, lambda: _computed(told, lang))


def _computed(d: dict, lang: str) -> str:
    if d["job"] != "done":
        return f"{d['job']}: {d['job_error'] or ''}"
    said = d["said"]
    sure = (
        "as good as can be"
        if said.get("optimal")
        else (
            f"within {said['gap'] * 100:.2f} % of the bound"
            if "gap" in said
            else f"at least {said['least']} must move"
        )
    )
    return f"{_day(d, lang)}\n{len(d['meetings'])} meetings; {sure}"


@day.command()
@click.argument("which", metavar="DAY")
@click.argument("what", type=click.Choice(LOST))
@click.option(
    "--at",
    metavar="HH:MM",
    help=(
        "From the meetings on that begin then, where the day takes place (of a slot: those alone)."
    ),
)
@click.option("--room", type=int, help="The number on the door, from 1.")
@click.option("--party", help="Who does not come, or leaves at the slot.")
@options(LANG, JSON)
@click.pass_obj
def lose(settings, which, what, at, room, party, lang, as_json):
    """Say what a DAY has lost, and wait until it is mended with the fewest moves."""
    form = {"what": what, "room": room - 1 if room else None, "party": party}
    with client(settings, lang) as c:
        form["slot"] = _slot(c.get(f"/api/v1/days/{which}"), at) if at else None
        c.post(f"/api/v1/days/{which}/losses", {k: v for k, v in form.items() if v is not None})
        told = awaited(lambda: c.get(f"/api/v1/days/{which}"), "job")
    tell(told, as_json, lambda: _computed(told, lang))


def _slot(d: dict, at: str) -> int:
    begins = [_clock(d, n) for n in range(len(d["slots"]))]
    if at not in begins:
        raise click.UsageError(f"no meetings begin at {at}; they do at {', '.join(begins)}")
    return begins.index(at)


@day.command()
@click.argument("which", metavar="DAY")
@options(LANG, JSON)
@click.pass_obj
def publish(settings, which, lang, as_json):
    """Let everybody read their own plan of a DAY, and tell them."""
    with client(settings, lang) as c:
        told = c.post(f"/api/v1/days/{which}/publication")
    tell(told, as_json, lambda: f"published at {told['published_at'][:16]}")


@day.command()
@click.argument("which", metavar="DAY")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--party", help="One who comes; without it, all, a sheet each (PDF).")
@options(LANG)
@click.pass_obj
def plan(settings, which, file, party, lang):
    """Plans of a DAY as FILE: PDF, or ICS for one who comes."""
    if not party and file.suffix != ".pdf":
        raise click.UsageError("a calendar is one person's: name --party")
    with client(settings, lang) as c:
        at = f"attendees/{party}/plan{file.suffix}" if party else "plans.pdf"
        file.write_bytes(c.request("GET", f"/api/v1/days/{which}/{at}").content)
    click.echo(f"{file}", err=True)
