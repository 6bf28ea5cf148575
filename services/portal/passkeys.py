"""Passkeys: signing in by one, adding and removing them. A small script of ours hands what a device
signs to the forms.
"""

from flask import redirect, request, session, url_for

from nakodo_client import Refused
from services.portal.pages import client, portal, settle_in, signed_in, visitor
from services.portal.people import account_page, first_codes, proof, sign_in_page, told_of


def _told(ask):
    """What the script asked for, or the fault in the reader's words."""
    try:
        return ask()
    except Refused as refused:
        return {"fault": told_of(refused)}, refused.status


@portal.post("/passkey/ask")
def passkey_ask():
    """What any passkey may sign, to sign in or as a second factor."""
    return _told(lambda: visitor().post("/api/v1/sessions/passkey"))


@portal.post("/sign-in/passkey")
def sign_in_by_passkey():
    form = {key: request.form.get(key, "") for key in ("credential", "pending")}
    try:
        return redirect(settle_in(visitor().post("/api/v1/sessions/passkey/finish", form)))
    except Refused as refused:
        return sign_in_page(refused.status, told_of(refused))


@portal.post("/account/passkey-options")
@signed_in
def passkey_options():
    """What a device needs to make a passkey, once the form has shown who it is."""
    return _told(lambda: client().post("/api/v1/people/me/passkeys/options", proof(request.form)))


@portal.post("/account/passkey-add")
@signed_in
def passkey_add():
    form = request.form
    made = {
        "credential": form.get("made", ""),
        "pending": form.get("made_pending", ""),
        "name": form.get("name", ""),
    }
    try:
        client().post("/api/v1/people/me/passkeys", made)
        return first_codes(form)
    except Refused as refused:
        return account_page(fault=told_of(refused), status=refused.status)


@portal.post("/account/passkey-remove")
@signed_in
def passkey_remove():
    """Every session of this person ends with it, this one too."""
    try:
        client().request(
            "DELETE",
            f"/api/v1/people/me/passkeys/{request.form.get('passkey', '')}",
            json=proof(request.form),
        )
    except Refused as refused:
        return account_page(fault=told_of(refused), status=refused.status)
    session.clear()
    return redirect(url_for("portal.sign_in"))
