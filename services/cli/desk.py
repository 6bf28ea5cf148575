"""Commands of a CVC team, for whoever holds its token (NAKODO_TOKEN): decisions, searches,
suggestions, funnel, live feed; and calls.
"""

from pathlib import Path

import click

from services import show
from services.cli.group import JSON, LANG, client, main, options, tell


@main.command()
@click.argument("startup")
@click.argument("mandate")
@click.argument("state", type=click.Choice(["advance", "hold", "pass"]))
@click.option("--reason", help="Coded reason of a pass, such as too-early.")
@click.option("--until", metavar="DATE", help="Bring it back on a day.")
@click.option(
    "--condition",
    type=click.Choice(["ind-cleared", "round-opened", "lead-found", "exposure-resolved"]),
    help="Bring it back then.",
)
@click.option("--note", help="For your team alone.")
@click.option("--told", is_flag=True, help="The startup may read the state and the reason.")
@options(LANG, JSON)
@click.pass_obj
def decide(settings, startup, mandate, state, lang, as_json, **more):
    """Advance, hold or pass a pair of your mandate; what a hold or pass waits for brings it
    back.
    """
    with client(settings, lang) as c:
        made = c.decide(startup, mandate, state, **{k: v for k, v in more.items() if v})
    tell(made, as_json, lambda: show.decisions([made]))


@main.command()
@click.option("--state", type=click.Choice(["advance", "hold", "pass", "returned"]))
@click.option(
    "--ageing", is_flag=True, help="Advanced, given to somebody, and left alone for two weeks."
)
@options(LANG, JSON)
@click.pass_obj
def decisions(settings, state, ageing, lang, as_json):
    """What your organisation has decided, the newest first."""
    with client(settings, lang) as c:
        found = c.decisions(
            **({"state": state} if state else {}), **({"ageing": "true"} if ageing else {})
        )
    tell(found, as_json, lambda: show.decisions(found))


@main.group()
def searches():
    """Searches your team keeps; what they find later stands in the weekly digest."""


@searches.command("list")
@options(LANG, JSON)
@click.pass_obj
def list_searches(settings, lang, as_json):
    """Your searches, with what they find today."""
    with client(settings, lang) as c:
        found = c.get("/api/v1/searches")["items"]
    tell(found, as_json, lambda: show.searches(found))


@searches.command("add")
@click.argument("name")
@click.option(
    "--area", "areas", multiple=True, help="Therapeutic area, those under it included; repeat it."
)
@click.option("--modality", "modalities", multiple=True)
@click.option("--place", "places", multiple=True)
@click.option("--text", help="Words in names and technology.")
@click.option("--raising", is_flag=True, help="Raising now.")
@options(LANG, JSON)
@click.pass_obj
def add_search(settings, name, lang, as_json, **parts):
    """Keep a search under a name."""
    with client(settings, lang) as c:
        made = c.post(
            "/api/v1/searches",
            {"name": name}
            | {k: list(v) if isinstance(v, tuple) else v for k, v in parts.items() if v},
        )
    tell(made, as_json, lambda: show.searches([made]))


@searches.command("drop")
@click.argument("search")
@click.pass_obj
def drop_search(settings, search):
    """Drop a search by its id."""
    with client(settings) as c:
        c.request("DELETE", f"/api/v1/searches/{search}")
    click.echo("dropped", err=True)


@main.command()
@click.argument("mandate")
@options(LANG, JSON)
@click.pass_obj
def suggestions(settings, mandate, lang, as_json):
    """Changes to your mandate that your coded passes of half a year suggest."""
    with client(settings, lang) as c:
        found = c.get(f"/api/v1/team/proposals/{mandate}")["items"]
    tell(
        found,
        as_json,
        lambda: (
            "\n".join(f"  · {s['text']} ({s['key']})" for s in found) or show.word("none", lang)
        ),
    )


@main.command()
@click.argument("mandate")
@click.argument("title", required=False)
@click.option("--until", metavar="DATE", help="It ends by itself, at most half a year ahead.")
@click.option("--area", "areas", multiple=True)
@click.option("--modality", "modalities", multiple=True)
@click.option("--published", is_flag=True, help="Every startup may read it.")
@click.option("--end", is_flag=True, help="End it now.")
@options(JSON)
@click.pass_obj
def mission(settings, mandate, title, until, areas, modalities, published, end, as_json):
    """What your mandate looks for this quarter: set it, or --end it."""
    if not end and not (title and until):
        raise click.UsageError("give a title and --until, or --end")
    with client(settings) as c:
        if end:
            c.request("DELETE", f"/api/v1/missions/{mandate}")
            click.echo("ended", err=True)
            return
        said = {
            "title": title,
            "until": until,
            "areas": list(areas),
            "modalities": list(modalities),
            "published": published,
        }
        made = c.request("PUT", f"/api/v1/missions/{mandate}", json=said).json()
    tell(made, as_json, lambda: f"{made['title']} ({made['until']})")


@main.command()
@click.argument("quarter", metavar="QUARTER")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@options(LANG, JSON)
@click.pass_obj
def funnel(settings, quarter, file, lang, as_json):
    """What went through your mandates in a quarter such as 2026-Q4; with FILE, as an XLSX for the
    parent company.
    """
    with client(settings, lang) as c:
        if file:
            told = c.request(
                "GET",
                "/api/v1/team/funnel",
                params={"quarter": quarter, "format": "xlsx", "lang": lang},
            )
            file.write_bytes(told.content)
            click.echo(f"{file}: {len(told.content)} bytes", err=True)
            return
        found = c.get("/api/v1/team/funnel", quarter=quarter, lang=lang)
    tell(
        found,
        as_json,
        lambda: (
            "\n".join("  ".join(f"{k} {v}" for k, v in m.items()) for m in found["mandates"])
            or show.word("none", lang)
        ),
    )


@main.command()
@options(LANG, JSON)
@click.pass_obj
def calls(settings, lang, as_json):
    """Calls that take applications, the next deadline first."""
    with client(settings, lang) as c:
        found = c.get("/api/v1/cohorts")["items"]
    tell(found, as_json, lambda: show.calls(found, lang))
