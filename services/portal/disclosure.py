"""Who sees what: the tier of every fact, whom the startup will not be shown to, and rights it will
not give.
"""

from collections.abc import Sequence

from flask import redirect, request, url_for

from nakodo_client import Refused
from services.portal import present
from services.portal.desk import faults_of, options, own
from services.portal.directory import called, named_in
from services.portal.pages import client, lang, page, portal, signed_in, today
from services.portal.texts import say

TIERS = ("public", "network", "matched", "introduced", "private")
KEPT = ("blocked_org", "refused_right")


@portal.get("/startups/<slug>/disclosure")
@signed_in
def disclosure(slug):
    return _disclosure(slug)


def _disclosure(
    slug: str, faults: Sequence[str] = (), candidates: Sequence[dict] = (), status: int = 200
):
    own(slug)
    api = client()
    profile = api.profile("startups", slug)
    if profile is None:
        return redirect(url_for("portal.edit", slug=slug))
    names = called(api, named_in(profile["facts"]))
    shown = [f for f in profile["facts"] if f["field"] not in KEPT and not f.get("proposed")]
    held = {
        field: [
            f | {"text": present.words(f, lang(), names)}
            for f in profile["facts"]
            if f["field"] == field
        ]
        for field in KEPT
    }
    return page(
        "disclosure",
        status,
        slug=slug,
        groups=present.grouped(shown, lang(), today(), names, profile.get("assets", [])),
        held=held,
        names=names,
        tiers=TIERS,
        places=options("geography", lang()),
        faults=faults,
        candidates=candidates,
        form=request.form,
    )


@portal.post("/startups/<slug>/disclosure")
@signed_in
def disclosure_now(slug):
    """One of the page's small forms. A name that could be several organisations is asked about,
    never guessed.
    """
    own(slug)
    api, form = client(), request.form
    try:
        if form.get("do") == "tier":
            api.request(
                "PATCH",
                f"/api/v1/startups/{slug}/facts/{form.get('fact', '')}",
                json={"tier": form.get("tier", "")},
            )
        elif form.get("do") == "open":
            api.request("DELETE", f"/api/v1/startups/{slug}/facts/{form.get('fact', '')}")
        elif form.get("do") == "refuse":
            value = {k: form[k].strip() for k in ("right", "territory") if form.get(k, "").strip()}
            api.add_facts("startups", slug, [{"field": "refused_right", "value": value}])
        elif form.get("org"):
            api.add_facts("startups", slug, [{"field": "blocked_org", "value": form["org"]}])
        else:
            found = [
                i for i in api.search(form.get("name", "").strip() or "?") if i["kind"] != "startup"
            ][:6]
            if not found:
                return _disclosure(
                    slug, [say("nobody-by-name", lang(), name=form.get("name", ""))], status=422
                )
            return _disclosure(slug, candidates=found)
    except Refused as refused:
        return _disclosure(slug, faults_of(refused, []), status=refused.status)
    return redirect(url_for("portal.disclosure", slug=slug))
