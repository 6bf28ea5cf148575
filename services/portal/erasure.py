"""Erasure for people without an account: found and taken out by an office, or by the reader of a
mail through its link.
"""

from flask import request

from nakodo_client import Refused
from services.portal.board import faults
from services.portal.pages import client, lang, page, portal, signed_in, visitor
from services.portal.texts import say


@portal.get("/erasure")
@signed_in
def erasure():
    return page("erasure", form={}, found=None, count=None, faults=[])


@portal.post("/erasure")
@signed_in
def erasure_now():
    """Looks first; what was found is shown before anything goes."""
    form = {k: v for k in ("name", "address") if (v := request.form.get(k, "").strip())}
    shown = {"form": form, "found": None, "count": None, "faults": []}
    try:
        if request.form.get("do") == "erase":
            shown["count"] = client().post("/api/v1/erasures", form)["count"]
        else:
            shown["found"] = client().post("/api/v1/erasures/searches", form)["items"]
    except Refused as refused:
        return page(
            "erasure",
            refused.status,
            **shown | {"faults": faults(refused, {"name": say("erasure-name", lang())})},
        )
    return page("erasure", **shown)


@portal.get("/erasure/<token>")
def erasure_by_mail(token):
    return page(
        "erasure_mail",
        address=visitor().get(f"/api/v1/erasures/{token}")["address"],
        done=False,
        fault=None,
    )


@portal.post("/erasure/<token>")
def erase_by_mail(token):
    address = visitor().get(f"/api/v1/erasures/{token}")["address"]
    try:
        visitor().post(f"/api/v1/erasures/{token}", {})
    except Refused as refused:
        return page("erasure_mail", refused.status, address=address, done=False, fault=str(refused))
    return page("erasure_mail", address=address, done=True, fault=None)
