"""The client: one method per question a person asks, and the few verbs they are made of."""

import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import httpx

ORGANISATIONS = ("startups", "investors", "sites", "providers", "programs")


class Refused(Exception):
    """The service said no: `status` and its problem details."""

    def __init__(self, status: int, problem: dict):
        self.status, self.problem = status, problem
        super().__init__(problem.get("title") or f"HTTP {status}")

    @property
    def away(self) -> bool:
        """Whether the refusal is no fault of what was sent: nobody served it, or the sender's own
        right is in doubt.
        """
        return self.status in (401, 403, 408, 421, 425, 429, 502, 503, 504)

    @property
    def permanent(self) -> bool:
        """Whether the same request would be refused for ever; a newer version may know a template
        or a field that this one does not.
        """
        errors = self.problem.get("errors", [])
        newer = bool(errors) and all(
            e.get("field") == "template" or e.get("code") == "unknown-key" for e in errors
        )
        return 400 <= self.status < 500 and not self.away and not newer

    def lines(self) -> list[str]:
        """The refusal as a person reads it: the title, then each failing field."""
        return [
            str(self),
            *(f"  {e['field']}: {e['message']}" for e in self.problem.get("errors", [])),
        ]


class Unreachable(Exception):
    """Nobody answered."""

    away = True


def pinned(certificate: str) -> ssl.SSLContext:
    """Trusts one certificate and nothing else."""
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


class Client:
    """Speaks for one token, which may be a text or a function that makes a fresh one."""

    def __init__(
        self,
        url: str,
        token: str | Callable[[], str],
        transport: httpx.BaseTransport | None = None,
        lang: str = "en",
        headers: dict | None = None,
        told: Callable[[], dict[str, str]] = dict,
    ):
        """`told()`: headers of the moment, such as the id of the request this call is made for."""
        self._told = told
        self._token = token if callable(token) else lambda: token
        self._lang = lang
        self._http = httpx.Client(
            base_url=url,
            transport=transport,
            timeout=30,
            headers={"Accept-Language": lang, **(headers or {})},
        )

    @classmethod
    def inside(
        cls,
        app,
        token: str | Callable[[], str],
        lang: str = "en",
        headers: dict | None = None,
        told: Callable[[], dict[str, str]] = dict,
    ) -> "Client":
        """A client into a WSGI app of this process: no port, no second thread."""
        return cls(
            "http://nakodo.inside",
            token,
            httpx.WSGITransport(app=_latin(app), remote_addr=""),
            lang,
            headers,
            told,
        )

    @classmethod
    def near(
        cls, url: str, token: str | Callable[[], str], certificate: str | None, lang: str = "en"
    ) -> "Client":
        """A client to the server on this very machine, which is known by its certificate, whatever
        name that is made out to.
        """
        return cls(
            url,
            token,
            httpx.HTTPTransport(verify=pinned(certificate)) if certificate else None,
            lang,
        )

    def request(self, method: str, path: str, **more) -> httpx.Response:
        """One request; raises Refused for a 4xx or 5xx, Unreachable where nobody answers."""
        token = self._token()
        headers = (
            self._told()
            | ({"Authorization": f"Bearer {token}"} if token else {})
            | more.pop("headers", {})
        )
        try:
            answer = self._http.request(method, path, headers=headers, **more)
        except httpx.TransportError as error:
            raise Unreachable(str(error)) from error
        # an id with characters no address has: there is nothing of that name
        except httpx.InvalidURL as error:
            raise Refused(
                404, {"title": "There is nothing at this address.", "code": "not-found"}
            ) from error
        if answer.status_code >= 400:
            try:
                problem = answer.json()
            except ValueError:
                problem = {}
            raise Refused(answer.status_code, problem)
        return answer

    def get(self, path: str, **params) -> Any:
        return self.request(
            "GET", path, params={k: v for k, v in params.items() if v is not None}
        ).json()

    def every(self, path: str, **params) -> Iterator[dict]:
        """All items of a list, asked for a page at a time. Raises Refused, Unreachable."""
        cursor: str | None = None
        while True:
            page = self.get(path, limit=200, cursor=cursor, **params)
            yield from page["items"]
            cursor = page.get("next")
            if cursor is None:
                return

    def board(self, call: str, page: int = 2000, **query) -> dict:
        """A call's board with all its applications, asked for a page at a time, and its counts."""
        path = f"/api/v1/cohorts/{_part(call)}/board"
        told = self.get(path, limit=page, **query)
        while told["next"] is not None:
            more = self.get(path, limit=page, after=told["next"], **query)
            told |= {"items": told["items"] + more["items"], "next": more["next"]}
        return told

    def post(self, path: str, body: dict | None = None, **headers) -> Any:
        answer = (
            self.request("POST", path, json=body, headers=headers)
            if body is not None
            else self.request("POST", path, headers=headers)
        )
        return answer.json() if answer.content else None

    def patch(self, path: str, body: dict, version: int) -> Any:
        return self.request("PATCH", path, json=body, headers={"If-Match": f'"{version}"'}).json()

    def profile(self, resource: str, slug: str) -> dict | None:
        """A profile, or None where there is none to be seen."""
        try:
            return self.get(f"/api/v1/{resource}/{_part(slug)}")
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def published(self, resource: str, slug: str) -> dict | None:
        """A profile that everybody may read, or None: what a service, which sees drafts too, may
        tell its own readers of.
        """
        found = self.profile(resource, slug)
        return found if found is not None and found["state"] == "published" else None

    def register(self, resource: str, form: dict) -> dict:
        return self.post(f"/api/v1/{resource}", form)

    def add_facts(self, resource: str, slug: str, facts: list[dict]) -> dict:
        return self.post(f"/api/v1/{resource}/{_part(slug)}/facts", {"facts": facts})

    def import_startups(self, name: str, content: bytes, apply: bool = False, **more) -> dict:
        """A table of startups: the plan, or with `apply` the deed. Raises Refused; a 409 carries
        the plan with its conflicts.
        """
        form = {"apply": str(apply).lower()} | {k: str(v) for k, v in more.items() if v is not None}
        return self.request(
            "POST", "/api/v1/startups/imports", data=form, files={"file": (name, content)}
        ).json()

    def export_startups(self, kind: str = "xlsx", **filters) -> bytes:
        return self.request(
            "GET",
            "/api/v1/startups/exports",
            params={"format": kind, "lang": self._lang, **filters},
        ).content

    def feed(self, name: str, **scope) -> list[dict]:
        return self.get(f"/api/v1/feeds/{_part(name)}", **self._scope(scope))["items"]

    def signals(self, subject: str, **scope) -> list[dict]:
        """What has happened to an organisation, newest first."""
        return self.get("/api/v1/signals", subject=subject, **self._scope(scope))["items"]

    def coverage(self, **scope) -> list[dict]:
        """For staff: what is known of every organisation and how well, most matches first."""
        return self.get("/api/v1/coverage", **self._scope(scope))["items"]

    def feed_signals(self, name: str, **scope) -> list[dict]:
        """What has happened to the startups in a feed, newest first."""
        return self.get(f"/api/v1/feeds/{_part(name)}/signals", **self._scope(scope))["items"]

    def matches(self, startup: str, **scope) -> list[dict]:
        return self.get("/api/v1/matches", startup=startup, **self._scope(scope))["items"]

    def explain(self, startup: str, mandate: str, **scope) -> dict:
        return self.get(f"/api/v1/matches/{_part(startup)}/{_part(mandate)}", **self._scope(scope))

    def ask(self, startup: str, mandate: str, gate: str, named: bool = False) -> dict:
        """Puts an unknown gate of one of your mandates' pairs to the startup."""
        return self.post(
            "/api/v1/asks", {"startup": startup, "mandate": mandate, "gate": gate, "named": named}
        )

    def asks(self, startup: str | None = None) -> list[dict]:
        """The questions that wait for a startup's answer; without one, what your organisation has
        asked.
        """
        return self.get("/api/v1/asks", startup=startup)["items"]

    def decline(self, ask: str) -> None:
        """Lets a question rest, in private."""
        self.request("POST", f"/api/v1/asks/{_part(ask)}/decline")

    def letter(self, letter: dict) -> dict:
        """Hands a letter to accounts, for the owners of an organisation; says to how many."""
        return self.post("/services/accounts/internal/letters", letter)

    def reserve(self, kind: str, slug: str, owner: str) -> bool:
        """For services: takes an id for an organisation's profile; False where it is another's or
        of another kind. Raises OSError.
        """
        try:
            self.post(
                "/services/accounts/internal/names", {"id": slug, "kind": kind, "owner": owner}
            )
        except (Refused, Unreachable) as error:
            if isinstance(error, Refused) and error.status == 409:
                return False
            raise OSError(str(error)) from error
        return True

    def named(self, ids: Iterable[str]) -> dict[str, dict]:
        """For services: published organisations' names by id; of which nothing can be read now, or
        which are none, are left out.
        """
        try:
            found = {
                slug: next((p for r in ORGANISATIONS if (p := self.profile(r, slug))), None)
                for slug in ids
            }
        except (Refused, Unreachable):
            return {}
        return {
            slug: profile["name"]
            for slug, profile in found.items()
            if profile and profile["state"] == "published"
        }

    def stalled(self, service: str) -> dict:
        """For administrators: what waits, backs off and is parked in a service."""
        return self.get(f"/services/{_part(service)}/internal/stalled")

    def retry_stalled(self, service: str, place: str, item: str) -> None:
        """For administrators: has a parked row tried again, by the worker whose row it is."""
        self.post(
            f"/services/{_part(service)}/internal/stalled/retries", {"place": place, "item": item}
        )

    def discard_stalled(self, service: str, place: str, item: str, reason: str) -> None:
        """For administrators: gives a parked row up for good."""
        self.post(
            f"/services/{_part(service)}/internal/stalled/discards",
            {"place": place, "item": item, "reason": reason},
        )

    def pair(self, startup: str, mandate: str) -> dict:
        """For services: owners, names and countries of a pair that nothing keeps apart."""
        return self.get(f"/services/matching/internal/pairs/{_part(startup)}/{_part(mandate)}")

    def contact(self, person: str, purpose: str, country: str) -> dict:
        """For services: name and address of a person, under their consent."""
        return self.get(
            f"/services/accounts/internal/contacts/{_part(person)}",
            purpose=purpose,
            country=country,
        )

    def member(self, org: str, person: str) -> bool:
        """For services: whether somebody is of an organisation now. Raises OSError where accounts
        cannot be reached.
        """
        try:
            return self.get(f"/services/accounts/internal/members/{_part(org)}/{_part(person)}")[
                "member"
            ]
        except (Refused, Unreachable) as error:
            raise OSError(str(error)) from error

    def introductions(self, **query) -> list[dict]:
        """Your organisation's introductions, those that wait for its answer first."""
        return self.get("/api/v1/introductions", **query)["items"]

    def introduction(self, introduction: str) -> dict:
        return self.get(f"/api/v1/introductions/{_part(introduction)}")

    def introduce(self, startup: str, mandate: str, **more) -> dict:
        """Asks the other side for an introduction; as an officer, proposes it to both."""
        return self.post("/api/v1/introductions", {"startup": startup, "mandate": mandate} | more)

    def step(self, introduction: str, act: str, version: int | None = None) -> dict:
        """Accepts, declines, withdraws or closes an introduction; with a version only if your side
        has not moved meanwhile.
        """
        headers = {"If-Match": f'"{version}"'} if version is not None else {}
        return self.post(
            f"/api/v1/introductions/{_part(introduction)}/steps", {"act": act}, **headers
        )

    def budget(self, org: str | None = None) -> dict:
        """How many introductions may still be asked for this week."""
        return self.get("/api/v1/introductions/budget", org=org)

    def documents(self, startup: str) -> list[dict]:
        """The documents of a startup that you may read, the newest first."""
        return self.get(f"/api/v1/startups/{_part(startup)}/documents")["items"]

    def add_document(self, startup: str, name: str, content: bytes, **form) -> dict:
        """Adds a PDF: kind, language, tier, expires_on."""
        return self.request(
            "POST",
            f"/api/v1/startups/{_part(startup)}/documents",
            data=form,
            files={"file": (name, content)},
        ).json()

    def one_pager(self, startup: str, lang: str = "en", tier: str = "public") -> bytes:
        """The one-pager of a startup as a PDF."""
        return self.request(
            "GET",
            f"/api/v1/startups/{_part(startup)}/one-pager",
            params={"lang": lang, "tier": tier},
        ).content

    def share(
        self, startup: str, language: str = "en", days: int = 14, tier: str = "public"
    ) -> dict:
        """A link to the one-pager for people without an account; its path is shown this once."""
        return self.post(
            f"/api/v1/startups/{_part(startup)}/links",
            {"language": language, "days": days, "tier": tier},
        )

    def propose(self, name: str, content: bytes, apply: bool = False, **form) -> dict:
        """A registry export or a list of adopted projects: what it would propose, or with `apply`
        the deed.
        """
        data = form | {"apply": str(apply).lower()}
        return self.request(
            "POST", "/api/v1/startups/proposals", data=data, files={"file": (name, content)}
        ).json()

    def brief(self, startup: str, mandate: str, **scope) -> bytes:
        """One page about a pair for the investment meeting, as a PDF."""
        return self.request(
            "GET",
            f"/api/v1/matches/{_part(startup)}/{_part(mandate)}/brief",
            params=self._scope(scope),
        ).content

    def decide(self, startup: str, mandate: str, state: str, **more) -> dict:
        """Advances, holds or passes a pair of one of your mandates: reason, note, until,
        condition.
        """
        return self.post(
            "/api/v1/decisions", {"startup": startup, "mandate": mandate, "state": state} | more
        )

    def onboard(self, mandate: str, name: str, content: bytes, apply: bool = False) -> dict:
        """The companies a team knows already: what a list would note, or with `apply` the deed."""
        data = {"mandate": mandate, "apply": str(apply).lower()}
        return self.request(
            "POST", "/api/v1/decisions/imports", data=data, files={"file": (name, content)}
        ).json()

    def export_decisions(self, kind: str = "csv") -> bytes:
        return self.request(
            "GET", "/api/v1/decisions/exports", params={"format": kind, "lang": self._lang}
        ).content

    def decisions(self, **query) -> list[dict]:
        """What your organisation has decided, the newest first."""
        return self.get("/api/v1/decisions", **query)["items"]

    def editions(self, name: str) -> list[dict]:
        """The weeks of a mandate that have an edition, the newest first."""
        return self.get(f"/api/v1/feeds/{_part(name)}/editions")["items"]

    def edition(self, name: str, week: str) -> dict:
        """One week's feed as it was fixed."""
        return self.get(f"/api/v1/feeds/{_part(name)}/editions/{_part(week)}")

    def rules(self, startup: str, **query) -> list[dict]:
        """What dated rules say of a startup, or with `investor` of the two; `stake` in percent,
        `cheque` in whole units.
        """
        return self.get("/api/v1/rules", startup=startup, **self._scope(query))["items"]

    def watchlists(self) -> list[dict]:
        """All versions of the lists of companies of concern."""
        return self.get("/api/v1/watchlists")["items"]

    def add_watchlist(self, form: dict) -> dict:
        """Loads a published version; `changed` names the startups for which the result is another
        now.
        """
        return self.post("/api/v1/watchlists", form)

    def withdraw_watchlist(self, version: str) -> dict:
        return self.post(f"/api/v1/watchlists/{_part(version)}/withdrawal")

    def gates(self, startup: str, other: str, **scope) -> list[dict]:
        return self.get(
            f"/api/v1/matches/{_part(startup)}/{_part(other)}/gates", **self._scope(scope)
        )["items"]

    def triads(self, startup: str, **scope) -> list[dict]:
        return self.get("/api/v1/triads", startup=startup, **self._scope(scope))["items"]

    def preview(
        self,
        mandate: str,
        weights: dict | None = None,
        facts: Sequence[dict] = (),
        without: Sequence[str] = (),
    ) -> dict:
        """The moves in rank if a mandate had other weights or facts; nothing is stored."""
        return self.post(
            "/api/v1/previews",
            {
                "mandate": mandate,
                "weights": weights,
                "facts": list(facts),
                "without": list(without),
            },
        )

    def coach(self, startup: str, **scope) -> dict:
        """What a startup should state next, what has gone stale, what one change would bring."""
        return self.get("/api/v1/coach", startup=startup, **self._scope(scope))

    def exposure(self, **scope) -> dict:
        """Which mandates fill startups' lists, and which startups nobody is shown."""
        return self.get("/api/v1/exposure", **self._scope(scope))

    def search(self, text: str, **scope) -> list[dict]:
        return self.get("/api/v1/search", q=text, **self._scope(scope))["items"]

    def subscribe(self, name: str, url: str, events: list[str]) -> dict:
        """A webhook subscription of one's organisation; its signing secret is in this answer and
        never again.
        """
        return self.post("/api/v1/subscriptions", {"name": name, "url": url, "events": events})

    def subscriptions(self) -> list[dict]:
        """One's organisation's subscriptions, and how their messages fare."""
        return self.get("/api/v1/subscriptions")["items"]

    def replay(self, subscription: str, since: str) -> int:
        """Has everything since an instant (ISO 8601) sent again, each message under its old id;
        returns how many.
        """
        return self.post(f"/api/v1/subscriptions/{_part(subscription)}/replays", {"since": since})[
            "messages"
        ]

    def duplicates(self, resource: str, limit: int = 50) -> list[dict]:
        """Pairs of profiles that may be of one organisation, for staff."""
        return self.get(f"/api/v1/{resource}/duplicates", limit=limit)["items"]

    def merge(self, resource: str, winner: str, loser: str) -> dict:
        """Moves everything of `loser` to `winner`; the answer's id undoes it."""
        return self.post(f"/api/v1/{resource}/merges", {"winner": winner, "loser": loser})

    def undo_merge(self, resource: str, merge: str) -> dict:
        return self.post(f"/api/v1/{resource}/merges/{_part(merge)}/undo")

    def key(self, service: str, subject: str) -> bytes | None:
        """The key of a subject's private part from the service that keeps it; None where it is
        erased.
        """
        try:
            return bytes.fromhex(
                self.get(f"/services/{service}/internal/keys/{_part(subject)}")["key"]
            )
        except Refused as refused:
            if refused.status == 404:
                return None
            raise OSError(str(refused)) from refused
        except Unreachable as gone:
            raise OSError(str(gone)) from gone

    def _scope(self, scope: dict) -> dict:
        return {"lang": self._lang} | scope


def _latin(app):
    """The app with its path as WSGI wants it (bytes as Latin-1); httpx hands over readable text."""

    def wrapped(environ, start_response):
        return app(
            environ | {"PATH_INFO": environ["PATH_INFO"].encode().decode("latin-1")}, start_response
        )

    return wrapped


def _part(text: str) -> str:
    return quote(text, safe="")
