"""What every page needs: the reader's language, the reader's token, the frame around it."""

import hashlib
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from secrets import token_hex

import structlog
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)

from nakodo_client import Client
from services.portal import present
from services.portal.texts import say
from shared.auth import OFFICERS
from shared.clock import Clock
from shared.web import door

log = structlog.get_logger()
portal = Blueprint("portal", __name__, template_folder="templates")
YEAR_S = 365 * 24 * 3600
RANKS = ("staff", "officer", "reviewer", "startup", "site-manager", "administrator")


class Tokens:
    """Access tokens by session handle, for as long as they last less a minute; kept in memory only,
    under the handle's hash.
    """

    def __init__(self, clock: Clock):
        self._clock = clock
        self._held: dict[str, tuple[str, datetime]] = {}
        self._lock = threading.Lock()

    def get(self, handle: str, fetch: Callable[[str], dict]) -> str:
        key = hashlib.sha256(handle.encode()).hexdigest()
        now, held = self._clock.now(), self._held.get(key)
        if held and now < held[1]:
            return held[0]
        told = fetch(handle)
        with self._lock:
            self._held = {k: v for k, v in self._held.items() if v[1] > now}
            self._held[key] = told["access_token"], now + timedelta(seconds=told["expires_in"] - 60)
        return told["access_token"]

    def drop(self, handle: str) -> None:
        with self._lock:
            self._held.pop(hashlib.sha256(handle.encode()).hexdigest(), None)


def part(name: str):
    return current_app.extensions["portal"][name]


def lang() -> str:
    """The language of the page: asked for, remembered, else the browser's."""
    for choice in (request.args.get("lang"), request.cookies.get("lang")):
        if choice in ("en", "ja"):
            return choice
    return request.accept_languages.best_match(["en", "ja"]) or "en"


def visitor() -> Client:
    """The API as nobody in particular; the visitor's address goes along, for limits that hold per
    place, and what browser it is.
    """
    told = {"X-Forwarded-For": door.visitor()}
    return part("client")(
        "",
        lang(),
        told
        | {
            "User-Agent": request.headers.get("User-Agent", "")
            .encode("ascii", "replace")
            .decode()[:300]
        },
    )


def client() -> Client:
    """The API as the person of this session."""
    handle = session.get("handle", "")
    token = (
        part("tokens").get(
            handle,
            lambda h: visitor().post("/api/v1/tokens", {"grant_type": "session", "session": h}),
        )
        if handle
        else ""
    )
    return part("client")(token, lang(), {})


def today() -> date:
    """The calendar day in Japan, by the clock: the day of whatever a form states without
    another.
    """
    return part("clock").today()


def role() -> str | None:
    """The role of this session; an administrator's only as long as the glass is broken."""
    over = "until" in session and datetime.fromisoformat(session["until"]) <= part("clock").now()
    return "" if over else session.get("role")


def page(template: str, status: int = 200, **content):
    """A page in the reader's language."""
    chosen = lang()
    html = render_template(
        f"{template}.html",
        t=lambda key, **names: say(key, chosen, **names),
        lang=chosen,
        role=role(),
        org=session.get("org"),
        offices=OFFICERS,
        person=session.get("name"),
        p=present,
        path=request.path,
        asked_for=_asked_for(),
        openid=current_app.extensions["nakodo"]["settings"].openid_name,
        **content,
    )
    return current_app.make_response((html, status))


@portal.after_request
def keep_language(answer: Response) -> Response:
    """The language a page is asked for in is remembered, also where it leads elsewhere; a file's
    is its own.
    """
    if request.args.get("lang") in ("en", "ja") and answer.mimetype == "text/html":
        answer.set_cookie(
            "lang", lang(), max_age=YEAR_S, samesite="Lax", httponly=True, secure=door.by_tls()
        )
    return answer


def _asked_for() -> list[tuple[str, str]]:
    """What the page was asked for beside its language, for the same page in the other one."""
    return [(name, text) for name, text in request.args.items(multi=True) if name != "lang"]


def handed_on(told) -> Response:
    """A file as a service answered it; no cache keeps it."""
    kept = {k: told.headers[k] for k in ("Content-Type", "Content-Disposition")}
    return Response(told.content, headers=kept | {"Cache-Control": "no-store"})


def signed_in(view: Callable) -> Callable:
    """Sends a visitor without a session to the front page."""

    @wraps(view)
    def wrapped(*args, **kwargs):
        if "handle" not in session:
            return redirect(url_for("portal.front"))
        return view(*args, **kwargs)

    return wrapped


def device() -> str:
    """What this browser is known by where somebody signs in; kept by it for a year, also when they
    sign out.
    """
    held = request.cookies.get("device", "")
    g.device = held if 20 <= len(held) <= 100 else token_hex(32)
    return g.device


@portal.after_request
def keep_device(answer: Response) -> Response:
    if "device" in g:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        answer.set_cookie(
            "device", g.device, max_age=YEAR_S, samesite="Lax", httponly=True, secure=secure
        )
    return answer


def settle_in(told: dict) -> str:
    """Begins the browser's session from what accounts said: everything of an earlier one is
    forgotten. Returns where to go.
    """
    session.clear()
    person = told["person"]
    role = next((r for r in RANKS if r in person["roles"]), "")
    session.update(
        handle=told["session"],
        role=role,
        org=person["org"],
        name=person["name"],
        strong=person["strong"],
    )
    return home(role, person["org"]) if role or not person["memberships"] else "/account"


def home(role: str, org: str) -> str:
    """Where a role's work begins; without a role, where one finds one's organisation."""
    own = {"reviewer": f"/feeds/{org}", "startup": f"/startups/{org}"}
    return own.get(role, "/startups" if role else "/find")


@portal.before_request
def same_origin() -> None:
    """Forms come from our own pages alone: another site's form has another origin, and every
    browser names it.
    """
    claimed = request.headers.get("Origin")
    if request.method == "POST" and not door.our_own(claimed):
        log.warning(
            "a form came from elsewhere", origin=claimed, ours=[door.address(), door.origin()]
        )
        abort(403)
