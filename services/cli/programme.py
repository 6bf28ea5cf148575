"""Commands of a programme's office: its board, applications from a table, moves, reviews, the
ledger, the report and what each figure rests on.
"""

import json
from pathlib import Path

import click

from services.cli.group import AS_OF, JSON, LANG, awaited, client, main, options, tell

WINDOWS = ("during", "6", "12", "24", "total")
ACTS = ("shortlist", "accept", "waitlist", "decline")


@main.group()
def cohort():
    """Run a call: its board, reviews, placement, support and report."""


@cohort.command()
@click.argument("call")
@click.option("--state", help="Only those of a state, such as shortlisted.")
@click.option("--check", help="Only those with a result of a rule, such as eligibility:unknown.")
@click.option("-q", "--name", help="Part of a name or receipt.")
@options(LANG, JSON)
@click.pass_obj
def board(settings, call, state, check, name, lang, as_json):
    """Applications to CALL with the result of every rule, and how many there are of what."""
    query = {k: v for k, v in {"state": state, "check": check, "q": name}.items() if v}
    with client(settings, lang) as c:
        found = c.board(call, **query)
    tell(found, as_json, lambda: _board(found))


def _board(found: dict) -> str:
    lines = [
        f"  {i['receipt']}  {i['state']:<11} {i['name']}  {_checks(i['checks'])}"
        for i in found["items"]
    ]
    counts = ", ".join(f"{state} {n}" for state, n in found["states"].items())
    rules = [
        f"  {rule}: {', '.join(f'{s} {n}' for s, n in counts.items())}"
        for rule, counts in found["rules"].items()
    ]
    return "\n".join([*lines, f"{found['total']} ({counts})", *rules])


def _checks(checks: dict[str, str]) -> str:
    """Only what is not met, in the order of the rules."""
    return ", ".join(f"{rule}: {state}" for rule, state in checks.items() if state != "pass")


@cohort.command("import")
@click.argument("call")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="HEADING=MEANING",
    help="What a column means: name, kind, startup, hubs, topics, submitted_at or answer:KEY.",
)
@click.option("--saved", help="The name this mapping is kept under.")
@click.option(
    "--apply", "really", is_flag=True, help="Bring them in; without it, only say what would be."
)
@options(LANG, JSON)
@click.pass_obj
def bring(settings, call, file, pairs, saved, really, lang, as_json):
    """Bring applications to CALL from FILE (XLSX or CSV): first what it would bring, with --apply
    all or nothing.
    """
    form = {"apply": str(really).lower()} | ({"saved": saved} if saved else {})
    if pairs:
        form["mapping"] = json.dumps(dict(pair.split("=", 1) for pair in pairs if "=" in pair))
    with client(settings, lang) as c:
        told = c.request(
            "POST",
            f"/api/v1/cohorts/{call}/imports",
            files={"file": (file.name, file.read_bytes())},
            data=form,
        ).json()
    tell(told, as_json, lambda: _brought(told))


def _brought(told: dict) -> str:
    lines = [
        f"  {f['row']}: {'; '.join(e['field'] + ': ' + e['message'] for e in f['errors'])}"
        for f in told["faults"]
    ]
    return "\n".join(
        [
            *lines,
            (
                f"{told['count']} {'in' if told['applied'] else 'would come in'},"
                f" {len(told['faults'])} rows with faults"
            ),
        ]
    )


@cohort.command()
@click.argument("call")
@click.argument("act", type=click.Choice(ACTS))
@click.argument("receipts", nargs=-1, required=True)
@options(LANG, JSON)
@click.pass_obj
def move(settings, call, act, receipts, lang, as_json):
    """Shortlist, accept, waitlist or decline applications of CALL by their RECEIPTS, all or
    none.
    """
    with client(settings, lang) as c:
        held = {i["receipt"]: i for i in c.board(call)["items"]}
        if unknown := [r for r in receipts if r not in held]:
            raise click.UsageError(f"no such receipt: {', '.join(unknown)}")
        items = [{"id": held[r]["id"], "version": held[r]["version"]} for r in receipts]
        made = c.post(f"/api/v1/cohorts/{call}/moves", {"act": act, "applications": items})
    tell(
        made,
        as_json,
        lambda: f"{made['count']} moved; undo: nakodo cohort undo {call} {made['id']}",
    )


@cohort.command()
@click.argument("call")
@click.argument("batch")
@options(LANG, JSON)
@click.pass_obj
def undo(settings, call, batch, lang, as_json):
    """Put a BATCH of moves back, within a day."""
    with client(settings, lang) as c:
        made = c.post(f"/api/v1/cohorts/{call}/moves/{batch}/undo")
    tell(made, as_json, lambda: f"{made['count']} put back")


@cohort.command()
@click.argument("call")
@options(LANG, JSON)
@click.pass_obj
def rounds(settings, call, lang, as_json):
    """Rounds of CALL, how far their reviews are, and who is late."""
    with client(settings, lang) as c:
        found = c.get(f"/api/v1/cohorts/{call}/rounds")["items"]
        panel = c.get(f"/api/v1/cohorts/{call}/reviewers")["items"]
    tell({"rounds": found, "panel": panel}, as_json, lambda: _rounds(found, panel, lang))


def _rounds(found: list[dict], panel: list[dict], lang: str) -> str:
    lines = []
    for r in found:
        name = r["name"].get(lang) or next(iter(r["name"].values()))
        lines.append(
            f"  {r['id']}  {name}  due {r['due'][:16]}{' LATE' if r['late'] else ''} "
            f" {r['counts'] or '-'}"
        )
    lines += [f"    {p['name']}: {p['counts'] or '-'}" for p in panel]
    return "\n".join(lines) or "-"


@cohort.command()
@click.argument("round_", metavar="ROUND")
@options(LANG, JSON)
@click.pass_obj
def allocate(settings, round_, lang, as_json):
    """Share the applications of ROUND out among its panel, and wait for the answer."""
    with client(settings, lang) as c:
        c.post(f"/api/v1/rounds/{round_}/allocation", {})
        job = awaited(lambda: c.get(f"/api/v1/rounds/{round_}")["job"])
    tell(
        job,
        as_json,
        lambda: (
            f"{job['state']}: {len((job['best'] or {}).get('pairs', []))} assigned, {job['said']}"
        ),
    )


@cohort.command()
@click.argument("round_", metavar="ROUND")
@options(LANG, JSON)
@click.pass_obj
def ranking(settings, round_, lang, as_json):
    """The list of ROUND for the decision meeting, with how sure the order is."""
    with client(settings, lang) as c:
        found = c.get(f"/api/v1/rounds/{round_}/ranking")
    tell(found, as_json, lambda: _ranking(found))


def _ranking(found: dict) -> str:
    lines = []
    for i in found["items"]:
        marks = " apart" * i["split"] + f" missing {i['open']}" * bool(i["open"])
        score = f"{i['worth'] * 100:5.1f} ({i['low'] * 100:.0f}-{i['high'] * 100:.0f})"
        lines.append(
            f"{i['rank']:>4} ({i['best']}-{i['worst']})  {score}  {i['chance'] * 100:3.0f} % "
            f" {i['receipt']}  {i['name']}{marks}"
        )
    return "\n".join(lines) or "-"


@main.command()
@click.argument("other")
@click.option("--ask", "asks", is_flag=True, help="Print the open questions too.")
@options(LANG, JSON, AS_OF)
@click.pass_obj
def eligible(settings, other, asks, lang, as_json, as_of):
    """Every startup against the rules of a programme, call, funding instrument or site: who meets
    them, what is open, what fails.
    """
    told = []
    with client(settings, lang) as c:
        startups = list(c.every("/api/v1/startups", fields="id,name", as_of=as_of or None))
        for one in startups:
            found = c.gates(one["id"], other, as_of=as_of)
            told.append(
                {
                    "id": one["id"],
                    "name": one["name"].get(lang) or one["name"].get("en") or one["name"]["ja"],
                    "gates": found,
                }
            )
    tell(told, as_json, lambda: _eligible(told, asks))


def _eligible(told: list[dict], asks: bool) -> str:
    """Grouped by what stands in the way, the first to fail or to ask before the rest."""
    groups: dict[str, list[str]] = {"meets": [], "open": [], "fails": []}
    for one in told:
        states = {g["state"] for g in one["gates"]}
        group = (
            "fails" if "fail" in states else "open" if states & {"unknown", "review"} else "meets"
        )
        wanted = ("fail",) if group == "fails" else ("unknown", "review") if asks else ()
        lines = [
            f"      {g['text']} [{g['source'] or g['gate']}]"
            for g in one["gates"]
            if g["state"] in wanted
        ]
        counts = ", ".join(
            f"{s} {sum(g['state'] == s for g in one['gates'])}"
            for s in ("pass", "unknown", "review", "fail")
        )
        groups[group].append("\n".join([f"    {one['name']} ({one['id']}): {counts}", *lines]))
    return "\n".join(
        line for name, lines in groups.items() for line in (f"{name}: {len(lines)}", *lines)
    )


@main.group()
def kpis():
    """The ledger of indicators: enter, report, and what a figure rests on."""


@kpis.command()
@click.argument("call")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--public", is_flag=True, help="As it may be published: small counts hidden.")
@click.option("--until", metavar="DATE", help="The last day that counts.")
@options(LANG, JSON)
@click.pass_obj
def report(settings, call, file, public, until, lang, as_json):
    """The report of CALL; with FILE, as XLSX or PDF by its ending."""
    query = {"public": str(public).lower()} | ({"until": until} if until else {})
    with client(settings, lang) as c:
        if file:
            kind = file.suffix.removeprefix(".")
            file.write_bytes(
                c.request(
                    "GET", f"/api/v1/kpis/reports/{call}", params=query | {"format": kind}
                ).content
            )
            click.echo(f"{file}", err=True)
            return
        found = c.get(f"/api/v1/kpis/reports/{call}", **query)
    tell(found, as_json, lambda: _report(found, lang))


def _report(found: dict, lang: str) -> str:
    lines = [f"{found['until']}  {' | '.join(WINDOWS)}"]
    for i in found["indicators"]:
        values = " | ".join(_value(i["figures"]["total"][w]) for w in WINDOWS)
        lines.append(
            f"  {i['kind']:<8} {i['key']:<18} {values} "
            f" {'' if i['baseline'] else 'baseline not set'}"
        )
    return "\n".join(lines)


def _value(value) -> str:
    return f"JPY {value['JPY']:,} (USD {value['USD']:,})" if isinstance(value, dict) else str(value)


@kpis.command()
@click.argument("call")
@click.argument("indicator")
@click.option("--hub", default="total", show_default=True)
@click.option("--window", type=click.Choice(WINDOWS), default="total", show_default=True)
@options(LANG, JSON)
@click.pass_obj
def trace(settings, call, indicator, hub, window, lang, as_json):
    """The rows one figure of CALL is counted from, each with its evidence."""
    with client(settings, lang) as c:
        found = c.get(
            f"/api/v1/kpis/reports/{call}/rows", indicator=indicator, hub=hub, window=window
        )["items"]
    tell(found, as_json, lambda: _rows(found))


def _rows(found: list[dict]) -> str:
    lines = [
        f"  {r['on']}  {r['name'] or r['startup']}  {r['amount']} {r['currency'] or ''} "
        f" {r['evidence']}  {r['id']}"
        for r in found
    ]
    return "\n".join([*lines, f"{len(found)} rows"])


@kpis.command()
@click.argument("call")
@click.argument("indicator")
@click.argument("startup")
@click.argument("on", metavar="DATE")
@click.option(
    "--amount",
    type=int,
    default=1,
    show_default=True,
    help="Minor units of its currency (yen, cents), or a number.",
)
@click.option("--currency", type=click.Choice(["JPY", "USD", "EUR"]))
@click.option("--evidence", required=True, help="What shows it: an address or a document.")
@click.option("--same", help="The thing itself, such as series-a: it counts once.")
@options(LANG, JSON)
@click.pass_obj
def enter(settings, call, indicator, startup, on, amount, currency, evidence, same, lang, as_json):
    """Enter what happened to STARTUP of CALL on DATE."""
    form = {
        "cohort": call,
        "indicator": indicator,
        "startup": startup,
        "on": on,
        "amount": amount,
        "evidence": evidence,
    }
    with client(settings, lang) as c:
        made = c.post(
            "/api/v1/kpis/entries",
            form | ({"currency": currency} if currency else {}) | ({"same": same} if same else {}),
        )
    tell(made, as_json, lambda: f"counted: {made['id']}")
