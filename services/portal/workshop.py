"""The mandate workshop and the team's table: what would move, what decisions suggest, conflicts,
missions, searches, the funnel.
"""

from collections.abc import Sequence
from datetime import timedelta

from flask import abort, redirect, request, session, url_for

from nakodo_client import Client, Refused
from services.portal import present
from services.portal.desk import faults_of, options
from services.portal.directory import called, named_in
from services.portal.pages import client, handed_on, lang, page, portal, signed_in, today
from services.portal.texts import say
from shared.judgement.fields import FIELDS, WEIGHED

GATING = (
    "focus_area",
    "focus_modality",
    "focus_stage",
    "focus_geography",
    "focus_product_class",
    "ticket",
    "exclusion",
    "eligibility",
)
KEPT = ("conflict_policy", "relationship", "blocked_org")


def _own(api: Client, mandate: str) -> dict:
    profile = api.profile("mandates", mandate)
    if profile is None or profile["owner"] != session.get("org"):
        abort(404)
    return profile


@portal.get("/workshop")
@signed_in
def workshops():
    """The first of one's mandates."""
    mine = list(client().every("/api/v1/mandates", investor=session.get("org", "-")))
    if not mine:
        abort(404)
    return redirect(url_for("portal.workshop", mandate=mine[0]["id"]))


@portal.get("/workshop/<mandate>")
@signed_in
def workshop(mandate):
    return _shown(mandate)


def _shown(mandate: str, moves: dict | None = None, faults: Sequence[str] = (), status: int = 200):
    api = client()
    profile = _own(api, mandate)
    facts = [
        f for f in profile["facts"] if not f.get("valid_to") or f["valid_to"] >= today().isoformat()
    ]
    found = api.get(f"/api/v1/team/proposals/{mandate}")
    shares = {name: f"{100 * share:.1f}" for name, share in found["shares"].items()}
    investor = api.profile("investors", profile["investor"]) or {"facts": []}
    names = called(api, named_in([*facts, *investor["facts"]]))
    facts = [f | {"text": present.words(f, lang(), names)} for f in facts]
    mission = next(
        (m for m in api.get("/api/v1/missions")["items"] if m["mandate"] == mandate), None
    )
    return page(
        "workshop",
        status,
        m=profile,
        at=mandate,
        others=mandates_of(api, profile["investor"]),
        weights=[
            (
                w,
                present.label("criterion", w, lang()),
                request.form.get(f"weight-{w}", shares.get(w, "")),
            )
            for w in WEIGHED
        ],
        gating=[
            (f, getattr(FIELDS[f], lang()), [x for x in facts if x["field"] == f])
            for f in GATING
            if any(x["field"] == f for x in facts)
        ],
        without=request.form.getlist("without"),
        moves=moves,
        proposals=found["items"],
        held=shares,
        names=called(api, [b for s in found["items"] for b in s["because"]]),
        policy=next(
            (f["value"]["policy"] for f in facts if f["field"] == "conflict_policy"), "note"
        ),
        kept=[f for f in facts if f["field"] in KEPT[1:]],
        holdings=[
            f | {"text": present.words(f, lang(), names)}
            for f in investor["facts"]
            if f["field"] in ("holding", "internal_programme")
        ],
        mission=mission,
        areas=options("therapeutic_area", lang()),
        modalities=options("modality", lang()),
        faults=faults,
        form=request.form,
    )


@portal.post("/workshop/<mandate>")
@signed_in
def change_workshop(mandate):
    """Previews, or does, what one of the page's forms asks for."""
    api, form = client(), request.form
    profile = _own(api, mandate)
    try:
        if form.get("do") == "preview":
            wanted = {
                "mandate": mandate,
                "weights": _weights() or None,
                "without": form.getlist("without"),
            }
            return _shown(
                mandate,
                api.post("/api/v1/previews", {k: v for k, v in wanted.items() if v is not None}),
            )
        CHANGES[form.get("do", "")](api, mandate, profile)
    except KeyError:
        abort(400)
    except Refused as refused:
        return _shown(mandate, faults=faults_of(refused, []), status=refused.status)
    return redirect(url_for("portal.workshop", mandate=mandate))


def mandates_of(api: Client, investor: str) -> dict[str, str]:
    """The mandates of an investor by id: each as it is called, else what kind it is."""
    items = list(api.every("/api/v1/mandates", investor=investor))
    return {
        x["id"]: present.title(x, lang()) if x.get("name") else say(f"mandate-{x['kind']}", lang())
        for x in items
    }


def _weights() -> dict:
    """The shares typed, where any is another than the form came with; what is no number goes on for
    the service to refuse.
    """
    typed = {name: request.form.get(f"weight-{name}", "").strip() for name in WEIGHED}
    if all(text == request.form.get(f"held-{name}", "") for name, text in typed.items()):
        return {}
    return {
        name: float(text) / 100 if text.replace(".", "", 1).isdecimal() else text
        for name, text in typed.items()
        if text
    }


def _save(api: Client, mandate: str, profile: dict) -> None:
    """A new version: own weights as a fact of today, and the statements left out ended yesterday:
    older days keep them.
    """
    now, without = today(), request.form.getlist("without")
    for fact in [f for f in profile["facts"] if f["field"] in without and not f.get("valid_to")]:
        at = f"/api/v1/mandates/{mandate}/facts/{fact['id']}"
        if fact.get("as_of") == now.isoformat():
            api.request("DELETE", at)  # it never held on any other day
        else:
            api.request("PATCH", at, json={"valid_to": (now - timedelta(days=1)).isoformat()})
    if weights := _weights():
        api.add_facts(
            "mandates",
            mandate,
            [{"field": "criterion_weights", "value": weights, "as_of": now.isoformat()}],
        )


def _judge(api: Client, mandate: str, profile: dict) -> None:
    said = {"key": request.form.get("key", ""), "verdict": request.form.get("verdict", "")}
    made = next(
        (
            s
            for s in api.get(f"/api/v1/team/proposals/{mandate}")["items"]
            if s["key"] == said["key"]
        ),
        None,
    )
    if made and said["verdict"] == "accepted" and made["facts"]:
        # first: a refusal here leaves the suggestion standing
        api.add_facts("mandates", mandate, made["facts"])
    api.post(f"/api/v1/team/proposals/{mandate}", said)


def _policy(api: Client, mandate: str, profile: dict) -> None:
    fact = {
        "field": "conflict_policy",
        "value": {"policy": request.form.get("policy", "")},
        "tier": "private",
        "as_of": today().isoformat(),
    }
    api.add_facts("mandates", mandate, [fact])


def _relate(api: Client, mandate: str, profile: dict) -> None:
    value = {
        "org": request.form.get("org", "").strip(),
        "relation": request.form.get("relation", ""),
    }
    api.add_facts(
        "mandates", mandate, [{"field": "relationship", "value": value, "tier": "private"}]
    )


def _hold(api: Client, mandate: str, profile: dict) -> None:
    names = ("asset", "therapeutic_area", "modality")
    value = {k: request.form[k].strip() for k in names if request.form.get(k, "").strip()} | {
        "status": "active"
    }
    api.add_facts(
        "investors", profile["investor"], [{"field": "holding", "value": value, "tier": "private"}]
    )


def _copy(api: Client, mandate: str, profile: dict) -> None:
    api.post(f"/api/v1/mandates/{mandate}/copies", {"source": request.form.get("source", "")})


def _mission(api: Client, mandate: str, profile: dict) -> None:
    form = request.form
    if form.get("end"):
        api.request("DELETE", f"/api/v1/missions/{mandate}")
        return
    said = {
        "title": form.get("title", "").strip(),
        "until": form.get("until", ""),
        "published": form.get("published") == "yes",
    }
    said |= {part: [form[part]] if form.get(part) else [] for part in ("areas", "modalities")}
    api.request("PUT", f"/api/v1/missions/{mandate}", json=said)


CHANGES = {
    "save": _save,
    "judge": _judge,
    "policy": _policy,
    "relate": _relate,
    "hold": _hold,
    "copy": _copy,
    "mission": _mission,
}


# -- the team's table


@portal.get("/team")
@signed_in
def team_table():
    return _team()


def _team(faults: Sequence[str] = (), status: int = 200):
    api = client()
    members = {m["person"]: m["name"] for m in api.get("/api/v1/accounts/members")["items"]}
    items = api.decisions()
    names = {s: _name(api, s) for s in dict.fromkeys(d["startup"] for d in items)}
    ageing = {d["id"] for d in api.decisions(ageing="true")}
    funnel = api.get("/api/v1/team/funnel")
    shown = {
        "items": items,
        "names": names,
        "ageing": ageing,
        "members": members,
        "searches": api.get("/api/v1/searches")["items"],
    }
    shown |= {
        "quarter": funnel["quarter"],
        "funnel": funnel,
        "mandates": mandates_of(api, session["org"]),
        "areas": options("therapeutic_area", lang()),
    }
    shown |= {
        "modalities": options("modality", lang()),
        "places": options("geography", lang()),
        "faults": faults,
        "form": request.form,
    }
    return page("team", status, **shown)


def _name(api: Client, startup: str) -> str:
    found = api.profile("startups", startup)
    return present.title(found, lang()) if found else startup


@portal.post("/team")
@signed_in
def change_team_table():
    """Keeps or drops a search, hands over, or sets whether interests are declared."""
    api, form = client(), request.form
    try:
        if form.get("do") == "search":
            said = {"name": form.get("name", "").strip()} | {
                p: [form[p]] for p in ("areas", "modalities", "places") if form.get(p)
            }
            said |= ({"text": form["text"].strip()} if form.get("text", "").strip() else {}) | (
                {"raising": True} if form.get("raising") else {}
            )
            api.post("/api/v1/searches", said)
        elif form.get("do") == "drop":
            api.request("DELETE", f"/api/v1/searches/{form.get('search', '')}")
        elif form.get("do") == "hand-over":
            api.post(
                "/api/v1/team/hand-over",
                {"giver": form.get("giver", ""), "taker": form.get("taker", "")},
            )
        elif form.get("do") == "declare":
            api.request(
                "PUT", "/api/v1/team/policy", json={"declare": form.get("declare") == "yes"}
            )
    except Refused as refused:
        return _team(faults_of(refused, []), refused.status)
    return redirect(url_for("portal.team_table"))


@portal.get("/team/funnel.xlsx")
@signed_in
def funnel():
    """The quarter's funnel as a workbook for the parent company."""
    told = client().request(
        "GET",
        "/api/v1/team/funnel",
        params={"quarter": request.args.get("quarter", ""), "format": "xlsx", "lang": lang()},
    )
    return handed_on(told)
