"""The staff's page on what is known of every organisation and how well: a list to work off, also as
a workbook.
"""

from flask import abort

from services.portal.pages import client, handed_on, lang, page, portal, role, signed_in

SHOWN = 200
COUNTED = ("undated", "stale", "contradictory", "weak", "unconfirmed")


@portal.get("/coverage")
@signed_in
def coverage():
    items = _only_staff().coverage()
    sums = {key: sum(i[key] for i in items) for key in COUNTED} | {
        "missing": sum(len(i["missing"]) for i in items)
    }
    return page("coverage", items=items[:SHOWN], total=len(items), sums=sums, counted=COUNTED)


@portal.get("/coverage.xlsx")
@signed_in
def coverage_file():
    """The whole list as a workbook."""
    return handed_on(
        _only_staff().request("GET", "/api/v1/coverage", params={"format": "xlsx", "lang": lang()})
    )


def _only_staff():
    if role() not in ("staff", "administrator"):
        abort(404)
    return client()
