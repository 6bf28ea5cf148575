"""The page for the platform's staff about lists of companies of concern: what is in force, what was
withdrawn, a new version from a table.
"""

from flask import abort, redirect, request, url_for

from nakodo_client import Refused
from services.portal.desk import faults_of
from services.portal.pages import client, lang, page, portal, role, signed_in
from shared.errors import DomainError, say
from shared.organizations.sheets import listed

FIELDS = ("list", "title", "published", "source")


@portal.get("/watchlists")
@signed_in
def watchlists():
    return _watchlists()


def _watchlists(faults: list[str] = (), status: int = 200):
    if role() not in ("staff", "administrator"):
        abort(404)
    return page("watchlists", status, items=client().watchlists(), faults=faults, form=request.form)


@portal.post("/watchlists")
@signed_in
def watchlists_now():
    """A new version, or one taken back; a refusal is said on the page."""
    form, file = request.form, request.files.get("file")
    try:
        if form.get("do") == "withdraw":
            made = client().withdraw_watchlist(form.get("version", ""))
        else:
            entries = listed(file.read() if file else b"", (file.filename or "") if file else "")
            made = client().add_watchlist(
                {key: form.get(key, "").strip() for key in FIELDS} | {"entries": entries}
            )
    except Refused as refused:
        return _watchlists(faults_of(refused, []), refused.status)
    except DomainError as error:
        return _watchlists([say(error.code, lang(), **error.params)], error.status)
    return redirect(url_for("portal.watchlists", changed=len(made["changed"])))
