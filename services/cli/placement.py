"""Commands of a placement: sites asked, plans computed and compared, confirmed; and the triads of a
cohort.
"""

import click

from nakodo_client import Client, Refused
from services.cli.group import JSON, LANG, awaited, client, options, tell
from services.cli.programme import cohort

PAIR = {"multiple": True, "metavar": "STARTUP=SITE"}


@cohort.command("ask-sites")
@click.argument("call")
@click.argument("sites", nargs=-1, required=True)
@click.option(
    "--window",
    "windows",
    multiple=True,
    required=True,
    metavar="FROM/TO",
    help="Such as 2027-04-01/2027-09-30; as many as there are.",
)
@click.option("--until", metavar="INSTANT", help="When answers end, with its offset.")
@options(LANG, JSON)
@click.pass_obj
def ask_sites(settings, call, sites, windows, until, lang, as_json):
    """Ask SITES for room in CALL over windows of time; their managers are written to."""
    spans = [dict(zip(("starts_on", "ends_on"), w.split("/", 1), strict=False)) for w in windows]
    with client(settings, lang) as c:
        form = {"windows": spans, "sites": list(sites)} | ({"until": until} if until else {})
        told = c.request("PUT", f"/api/v1/cohorts/{call}/hosting", json=form).json()["hosting"]
    tell(told, as_json, lambda: _asked(told, lang))


@cohort.command("sites")
@click.argument("call")
@options(LANG, JSON)
@click.pass_obj
def sites_of(settings, call, lang, as_json):
    """What sites asked for CALL have answered, and where startups want to be."""
    with client(settings, lang) as c:
        told = c.get(f"/api/v1/cohorts/{call}/hosting")["hosting"]
    tell(told, as_json, lambda: _asked(told, lang) if told else "nothing asked yet")


def _asked(told: dict, lang: str) -> str:
    lines = [f"windows: {', '.join(told['windows'])}"]
    for s in told["sites"]:
        room = ", ".join(f"{r} {' '.join(map(str, of))}" for r, of in s["capacity"].items()) or "-"
        lines.append(
            f"  {s['site']:<28} {'answered' if s['answered_at'] else 'waiting ':<9} {room}  wants"
            f" {', '.join(s['wants']) or '-'}"
        )
    return "\n".join(
        [
            *lines,
            *(
                f"  {w['startup']:<28} wishes {', '.join(w['sites']) or '-'}"
                for w in told["wishes"]
            ),
        ]
    )


@cohort.command()
@click.argument("call")
@click.argument("name")
@click.option(
    "--room",
    "rooms",
    multiple=True,
    metavar="SITE:RESOURCE=N[,N]",
    help="What if: other room than answered, one number a window.",
)
@click.option("--pin", "pins", help="A startup that goes to a site whatever else.", **PAIR)
@click.option("--ban", "bans", help="A startup that must not go to a site.", **PAIR)
@click.option(
    "--floor",
    "floors",
    multiple=True,
    metavar="CODE=N[@WHERE]",
    help="At least so many of a kind, at a hub or site or anywhere.",
)
@click.option(
    "--from", "depart_from", metavar="PLAN", help="Move as few as possible from this plan."
)
@click.option("--stable", is_flag=True, help="Nobody would rather swap, instead of the best sum.")
@click.option("--limit", "limit_s", type=float, default=10.0, show_default=True, help="Seconds.")
@options(LANG, JSON)
@click.pass_obj
def place(
    settings, call, name, rooms, pins, bans, floors, depart_from, stable, limit_s, lang, as_json
):
    """Compute a plan of CALL under a NAME, and wait for it."""
    form = {"name": name, "stable": stable, "limit_s": limit_s} | (
        {"depart_from": depart_from} if depart_from else {}
    )
    form["pins"] = [dict(zip(("startup", "site"), pair, strict=True)) for pair in _pairs(pins)]
    form["bans"] = [list(pair) for pair in _pairs(bans)]
    form["floors"] = [_floor(text) for text in floors]
    with client(settings, lang) as c:
        if rooms:
            form["sites"] = _rooms(c.get(f"/api/v1/cohorts/{call}/hosting")["hosting"], rooms)
        made = c.post(f"/api/v1/cohorts/{call}/placements", form)
        told = awaited(lambda: c.get(f"/api/v1/placements/{made['id']}"))
    tell(told, as_json, lambda: _plan(told, lang))


def _pairs(given: tuple[str, ...]) -> list[list[str]]:
    if wrong := [g for g in given if "=" not in g]:
        raise click.UsageError(f"give it as STARTUP=SITE: {', '.join(wrong)}")
    return [g.split("=", 1) for g in given]


def _floor(text: str) -> dict:
    kind, _, rest = text.partition("=")
    least, _, where = rest.partition("@")
    if not least.isdigit():
        raise click.UsageError(f"give it as CODE=N or CODE=N@WHERE: {text}")
    return {"tag": kind, "least": int(least), "at": where or None}


def _rooms(asked: dict | None, rooms: tuple[str, ...]) -> list[dict]:
    """Every site that has answered, with the room given instead of its own where some is."""
    found = {
        s["site"]: dict(s["capacity"])
        for s in (asked or {"sites": []})["sites"]
        if s["answered_at"]
    }
    for text in rooms:
        site, _, rest = text.partition(":")
        resource, _, numbers = rest.partition("=")
        if not resource or not all(n.strip().isdigit() for n in numbers.split(",")):
            raise click.UsageError(f"give it as SITE:RESOURCE=N or N,N: {text}")
        found.setdefault(site, {})[resource] = [int(n) for n in numbers.split(",")]
    return [{"site": site, "capacity": capacity} for site, capacity in found.items()]


@cohort.command()
@click.argument("call")
@options(LANG, JSON)
@click.pass_obj
def plans(settings, call, lang, as_json):
    """Plans of CALL, the newest first."""
    with client(settings, lang) as c:
        found = c.get(f"/api/v1/cohorts/{call}/placements")["items"]
    tell(
        found,
        as_json,
        lambda: "\n".join(f"  {x['id']}  {x['name']}  {_figures(x)}" for x in found) or "nothing",
    )


@cohort.command()
@click.argument("plan_id", metavar="PLAN")
@click.option("--beside", metavar="PLAN", help="Who moves between the two.")
@options(LANG, JSON)
@click.pass_obj
def plan(settings, plan_id, beside, lang, as_json):
    """A PLAN: who is where, who is out and why; or, with --beside, who moves."""
    with client(settings, lang) as c:
        if beside:
            told = c.get(f"/api/v1/placements/{plan_id}/comparison", other=beside)
            tell(told, as_json, lambda: _beside(told))
            return
        told = c.get(f"/api/v1/placements/{plan_id}")
    tell(told, as_json, lambda: _plan(told, lang))


@cohort.command()
@click.argument("plan_id", metavar="PLAN")
@options(LANG, JSON)
@click.pass_obj
def confirm(settings, plan_id, lang, as_json):
    """Give the places of a PLAN out."""
    with client(settings, lang) as c:
        told = c.post(f"/api/v1/placements/{plan_id}/confirmation")
    tell(told, as_json, lambda: f"{len(told['placed'])} places given out")


def _figures(plan: dict) -> str:
    said, found = plan["said"], plan["summary"]
    if found is None:
        return plan["state"]
    sure = (
        "stable"
        if said.get("by") == "stable"
        else (
            "proven best"
            if said.get("optimal")
            else f"at most {said.get('gap', 0) * 100:.1f} % from the best"
        )
    )
    mark = "  CONFIRMED" if plan["confirmed_at"] else ""
    return (
        f"{found['placed']} of {found['of']}, {found['first_choice']} at their first wish, worst"
        f" off {found['fairness']} %; {sure}{mark}"
    )


def _plan(told: dict, lang: str) -> str:
    if clash := told["said"].get("clash"):
        named = [
            (
                f"pin {c['startup']} at {c['site']}"
                if c["kind"] == "pin"
                else f"at least {c['least']} of {c['tag']}"
            )
            for c in clash
        ]
        return "these cannot hold together: " + "; ".join(named)
    if told["placed"] is None:
        return f"{told['id']}  {told['state']}"
    lines = [f"{told['id']}  {told['name']}: {_figures(told)}"]
    lines += [
        f"  {told['names'].get(s, s):<32} {site}  {told['windows'][t]}"
        for s, site, t in sorted(told["placed"], key=lambda p: (p[1], p[2], p[0]))
    ]
    for startup, why in told["out"].items():
        gates = "".join(f"\n      {g['site']}: {g['text'][lang]}" for g in why["gates"])
        short = "; ".join(
            f"{site} lacks {', '.join(what)}"
            for site, what in why.get("lacking", {}).items()
            if what
        )
        lines.append(
            f"  {told['names'].get(startup, startup):<32} OUT ({why['why']}) {short}{gates}"
        )
    return "\n".join(lines)


def _beside(told: dict) -> str:
    def spot(place):
        return f"{place[0]} {told['windows'][place[1]]}" if place else "no place"

    lines = [
        f"  {told['names'].get(m['startup'], m['startup'])}: {spot(m['from'])} -> {spot(m['to'])}"
        for m in told["moves"]
    ]
    sums = [
        f"{told[k]['placed']} of {told[k]['of']}, worst off {told[k]['fairness']} %"
        for k in ("before", "after")
    ]
    return "\n".join([f"{len(told['moves'])} move; {sums[0]} -> {sums[1]}", *lines])


@cohort.command()
@click.argument("call")
@click.option("--invented", is_flag=True, help="Count the invented demo organisations too.")
@options(LANG, JSON)
@click.pass_obj
def triads(settings, call, invented, lang, as_json):
    """Of everybody accepted in CALL: startup, investor and site together, at most three each, with
    the weakest link and sponsors.
    """
    told = []
    with client(settings, lang) as c:
        for one in c.board(call, state="accepted")["items"]:
            if one["startup"]:
                told.append(
                    {
                        "startup": one["startup"],
                        "name": one["name"],
                        "triads": _triads(c, one["startup"], invented),
                    }
                )
    tell(
        told, as_json, lambda: "\n".join(_triad_lines(one) for one in told) or "nobody accepted yet"
    )


def _triads(c: Client, startup: str, invented: bool) -> list[dict] | None:
    """None: its profile is not published."""
    try:
        return c.get("/api/v1/triads", startup=startup, invented=str(invented).lower())["items"]
    except Refused as refused:
        if refused.status == 404:
            return None
        raise


def _triad_lines(one: dict) -> str:
    lines = [one["name"]]
    for x in one["triads"]:
        sponsors = f"  sponsored by {', '.join(x['names']['sponsors'])}" if x["sponsors"] else ""
        lines.append(
            f"  {x['names']['investor']} x {x['names']['site']}  weakest:"
            f" {x['weakest']['text']}{sponsors}"
        )
    if one["triads"] is None:
        return f"{one['name']}\n  its profile is not published"
    return "\n".join(lines if one["triads"] else [*lines, "  no triad clears the floor"])
