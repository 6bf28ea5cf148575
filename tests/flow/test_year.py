"""A programme's year, told by the office that runs it: 200 applications, 12 reviewers, 20 places, 4
hubs, two years of outcomes.

Everybody here is invented and drawn from one seed. Read the test at the foot first: it is the table
of contents. Every figure of the report it ends with is worked out a second time, by other code,
from nothing but the events.
"""

import json
import random
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from nakodo_client import Refused
from shared.auth import Actor
from shared.timers import Timekeeper
from tests.conftest import Stack

pytestmark = pytest.mark.timeout(600)
OFFICE, AT = Actor("officer", "year-office", frozenset({"officer"})), "/api/v1/cohorts/year-2025"
HUBS = ("hub-boston-cambridge", "hub-san-diego", "hub-sf-bay", "hub-nyc")
AREAS = ("aml", "onc-solid", "neuroscience", "rare-genetic")
MODALITIES = ("car-t", "small-molecule", "gt-aav", "ipsc-derived")
RUBRIC = [
    {"key": "science", "en": "Science", "ja": "科学性", "weight": 3},
    {"key": "team", "en": "Team", "ja": "チーム", "weight": 2},
    {"key": "plan", "en": "US plan", "ja": "米国展開計画", "weight": 2},
]


class Year:
    def __init__(self, folder):
        self.stack = Stack(folder, at=datetime(2025, 4, 7, 0, 0, tzinfo=UTC))
        self.dice = random.Random(20250407)
        self.office = self.stack.client(OFFICE)
        self.worth = {f"year-bio-{n:03}": self.dice.gauss(3, 0.8) for n in range(200)}

    def until(self, year: int, month: int, day: int, hour: int = 3) -> None:
        """Time passes; what fell due meanwhile happens."""
        self.stack.clock.move(
            seconds=(
                datetime(year, month, day, hour, tzinfo=UTC) - self.stack.clock.now()
            ).total_seconds()
        )
        service = self.stack.composition.services["programs"]
        Timekeeper("programs", service.db, service.timers).fire_due()

    def founder(self, startup: str):
        return self.stack.client(Actor(f"founder-of-{startup}", startup, frozenset({"startup"})))

    def board(self, **query) -> list[dict]:
        return self.office.get(f"{AT}/applications", **query)["items"]

    def move(self, act: str, items: list[dict]) -> dict:
        return self.office.post(
            f"{AT}/moves",
            {"act": act, "applications": [{"id": i["id"], "version": i["version"]} for i in items]},
        )

    # -- April: the call

    def the_call_opens_in_april(self) -> None:
        rule = {
            "rule": "field-match",
            "op": "in",
            "value": ["drug"],
            "unit": "field_scope",
            "text": "drugs and cell therapies",
        }
        facts = [{"field": "eligibility", "value": rule}]
        self.stack.client().register(
            "programs",
            {
                "id": "year-bridge",
                "name": {"en": "Year Bridge (invented)"},
                "owner": OFFICE.org,
                "facts": facts,
            },
        )
        call = {
            "id": "year-2025",
            "program": "year-bridge",
            "name": {"en": "Year Bridge 2025 (invented)", "ja": "イヤーブリッジ2025（架空）"},
        }
        call |= {
            "capacity": 20,
            "hubs": [{"hub": hub, "places": 5} for hub in HUBS],
            "opens_at": "2025-04-07T09:00:00+09:00",
        }
        call |= {
            "deadline": "2025-06-30T17:00:00+09:00",
            "starts_on": "2025-11-01",
            "ends_on": "2026-03-31",
        }
        call["questions"] = [
            {"key": "plan", "en": "What will you do in the US?", "ja": "米国での計画", "limit": 400}
        ]
        self.office.post("/api/v1/cohorts", call)

    # -- April to June: 60 apply by themselves, 140 come on the ministry's sheet, one is a second
    # late

    def two_hundred_apply_until_june(self) -> None:
        for n, startup in enumerate(self.worth):
            facts = [
                {"field": "modality", "value": MODALITIES[n % 4]},
                {"field": "therapeutic_area", "value": AREAS[n % 4]},
            ]
            self.stack.client().register(
                "startups",
                {
                    "id": startup,
                    "name": {"en": f"Year Bio {n} (invented)"},
                    "owner": startup,
                    "facts": facts,
                },
            )
        self.stack.settle()
        self.until(2025, 5, 20)
        names = list(self.worth)
        for n, startup in enumerate(names[:60]):
            form = {
                "name": f"Year Bio {n} (invented)",
                "hubs": [HUBS[n % 4]],
                "answers": {"plan": "治験とBD"},
            }
            made = self.founder(startup).post(f"{AT}/applications", form)
            if n:
                self.founder(startup).post(
                    f"/api/v1/applications/{made['id']}/steps", {"act": "submit"}
                )
        book = Workbook()
        book.active.append(["企業名", "企業ID", "希望拠点", "分野", "計画", "受付日時"])
        for n, startup in enumerate(names[60:], 60):
            book.active.append(
                [
                    f"Year Bio {n} (invented)",
                    startup,
                    HUBS[n % 4],
                    f"{AREAS[n % 4]};{MODALITIES[n % 4]}",
                    "治験とBD",
                    "2025/06/20 09:30",
                ]
            )
        raw = BytesIO()
        book.save(raw)
        means = {
            "企業名": "name",
            "企業ID": "startup",
            "希望拠点": "hubs",
            "分野": "topics",
            "計画": "answer:plan",
            "受付日時": "submitted_at",
        }
        form = {"mapping": json.dumps(means), "saved": "Ministry's sheet", "apply": "true"}
        told = self.office.request(
            "POST", f"{AT}/imports", files={"file": ("応募一覧.xlsx", raw.getvalue())}, data=form
        ).json()
        assert told["applied"] and told["count"] == 140
        self.until(2025, 6, 30, 8)
        self.stack.clock.move(seconds=1)  # 17:00:01 in Japan
        late = self.founder(names[0]).get(f"{AT}/applications")["items"][0]
        with pytest.raises(Refused) as told:
            self.founder(names[0]).post(
                f"/api/v1/applications/{late['id']}/steps", {"act": "submit"}
            )
        assert told.value.problem["code"] == "deadline-passed"

    # -- July: what the rules could not confirm is asked, and found by staff

    def the_office_asks_what_is_missing_in_july(self) -> None:
        self.until(2025, 7, 1)
        assert len(self.board()) == 199
        open_ = self.board(check="eligibility:unknown")
        assert len(open_) == 59, "nobody has said whether it makes a drug"
        assert self.office.post(f"{AT}/chasers")["count"] == 59
        for item in open_[:-1]:
            finding = {
                "state": "pass",
                "note": "医薬品",
                "evidence": f"{item['receipt']} 添付資料 p.2",
            }
            self.office.request(
                "PUT", f"/api/v1/applications/{item['id']}/checks/eligibility", json=finding
            )
        failed = {"state": "fail", "note": "医療機器", "evidence": "添付資料 p.1"}
        self.office.request(
            "PUT", f"/api/v1/applications/{open_[-1]['id']}/checks/eligibility", json=failed
        )
        self.move("decline", self.board(check="eligibility:fail"))

    # -- July and August: twelve reviewers, three to an application, each with a leaning of their
    # own

    def twelve_reviewers_read_over_the_summer(self) -> None:
        self.panel = {}
        for n in range(12):
            form = {
                "name": f"Reviewer {n} (invented)",
                "expertise": [AREAS[n % 4], MODALITIES[(n + 1) % 4]],
                "most": 60,
            }
            form["interests"] = [f"year-bio-{self.dice.randrange(200):03}" for _ in range(3)]
            made = self.office.post(f"{AT}/reviewers", form)
            path = self.office.post(f"{AT}/reviewers/{made['id']}/link")["path"]
            self.panel[made["id"]] = {
                "path": f"/api/v1{path}",
                "lean": self.dice.gauss(0, 0.7),
                "barred": form["interests"],
            }
        form = {
            "kind": "documents",
            "name": {"en": "Documents", "ja": "書類審査"},
            "rubric": RUBRIC,
            "blind": ["name", "startup"],
        }
        self.documents = self.office.post(
            f"{AT}/rounds", form | {"per_application": 3, "due": "2025-08-31T17:00:00+09:00"}
        )
        self._share_out(self.documents)
        self._read(self.documents, steps_back=6)
        self._share_out(self.documents)  # whom somebody stepped back from is given to another
        self._read(self.documents)

    def _share_out(self, round_: dict) -> None:
        self.office.post(f"/api/v1/rounds/{round_['id']}/allocation", {})
        assert self.stack.composition.services["programs"].queue("jobs").step()
        job = self.office.get(f"/api/v1/rounds/{round_['id']}")["job"]
        assert job["state"] == "done" and job["best"]["short"] == [], job["said"]

    def _read(self, round_: dict, steps_back: int = 0) -> None:
        startup_of = {a["receipt"]: a["startup"] for a in self.board()}
        for who in self.panel.values():
            for item in self.stack.client().get(who["path"])["items"]:
                if item["state"] != "assigned" or item["round"] != round_["name"]:
                    continue
                at = f"{who['path']}/{item['id']}"
                assert startup_of[item["receipt"]] not in who["barred"]
                if steps_back:
                    steps_back -= 1
                    self.stack.client().request(
                        "PUT", f"{at}/recusal", json={"reason": "同じ研究室の出身"}
                    )
                    continue
                self.stack.client().request("PUT", f"{at}/interest")
                level = self.worth[startup_of[item["receipt"]]] + who["lean"]
                scores = {
                    c["key"]: min(5, max(1, round(level + self.dice.gauss(0, 0.4)))) for c in RUBRIC
                }
                self.stack.client().request(
                    "PUT", at, json={"scores": scores, "comment": "よい計画"}
                )

    # -- September: the first forty are heard by panels of three

    def forty_are_heard_in_september(self) -> None:
        self.until(2025, 9, 1)
        listed = self.office.get(f"/api/v1/rounds/{self.documents['id']}/ranking")["items"]
        assert len(listed) == 198 and all(item["open"] == 0 for item in listed)
        self.move("shortlist", listed_items(listed[:40]))
        form = {
            "kind": "interview",
            "name": {"en": "Interview", "ja": "面接審査"},
            "rubric": RUBRIC,
            "blind": [],
        }
        self.interviews = self.office.post(
            f"{AT}/rounds", form | {"per_application": 3, "due": "2025-09-30T17:00:00+09:00"}
        )
        people = list(self.panel)
        for p in range(4):
            slots = [
                _window(datetime(2025, 9, 15 + n // 6, n % 6, 0, tzinfo=UTC)) for n in range(12)
            ]
            place = {
                "panel": people[p * 3 : p * 3 + 3],
                "place": f"第{p + 1}会議室（架空）",
                "zone": "Asia/Tokyo",
            }
            self.office.post(
                f"/api/v1/rounds/{self.interviews['id']}/slots", place | {"slots": slots}
            )
        told = self.office.post(f"/api/v1/rounds/{self.interviews['id']}/slots/fill")
        assert told == {"count": 40, "left": []}  # and each panel reads whom it hears
        self._read(self.interviews)

    # -- October: the meeting decides, results go out in the office's words at one hour, one leaves
    # and the waiting list moves up

    def the_meeting_decides_in_october(self) -> None:
        self.until(2025, 10, 6)
        listed = self.office.get(f"/api/v1/rounds/{self.interviews['id']}/ranking")["items"]
        assert len(listed) == 40
        self.move("accept", listed_items(listed[:20]))
        self.move("waitlist", listed_items(listed[20:28]))
        self.move("decline", listed_items(listed[28:]) + self.board(state="submitted"))
        for item in self.board(state="declined"):
            reason = {
                "en": "Others were further on the way to the US.",
                "ja": "米国展開の準備状況を総合的に勘案しました。",
            }
            self.office.request("PUT", f"/api/v1/applications/{item['id']}/reason", json=reason)
        minutes = {
            "held_on": "2025-10-06",
            "present": ["見本太郎（架空）"],
            "notes": "上位20件を採択、8件を補欠とする。",
        }
        self.office.post(f"{AT}/minutes", minutes | {"round": self.interviews["id"]})
        words = {
            "subject_en": "{call}",
            "subject_ja": "{call}",
            "text_en": "{name}: {reason}",
            "text_ja": "{name} 御中\n{reason}",
        }
        self.office.request("PUT", f"{AT}/messages", json={"declined": words})
        self.office.post(f"{AT}/announcement", {"at": "2025-10-15T10:00:00+09:00"})
        first = next(i for i in self.board(state="accepted") if not i["imported"])
        assert (
            self.founder(first["startup"]).get(f"/api/v1/applications/{first['id']}")["state"]
            == "submitted"
        ), "held"
        self.until(2025, 10, 15, 1)
        assert (
            self.founder(first["startup"]).get(f"/api/v1/applications/{first['id']}")["state"]
            == "accepted"
        )
        assert len(self.office.get(f"{AT}/deliveries")["items"]) == 199
        self.founder(first["startup"]).post(
            f"/api/v1/applications/{first['id']}/steps", {"act": "withdraw"}
        )
        self.move(
            "accept", listed_items([next(i for i in listed[20:28])], self.board(state="waitlisted"))
        )
        self.accepted = self.board(state="accepted")
        assert len(self.accepted) == 20

    # -- November to March: mentors, consultations

    def support_runs_from_november_to_march(self) -> None:
        self.until(2025, 11, 4)
        booked = []
        for n in range(6):
            mentor = self.office.post(
                "/api/v1/mentors",
                {"name": f"Mentor {n} (invented)", "hub": HUBS[n % 4], "languages": ["en", "ja"]},
            )
            slots = [
                _window(datetime(2025, 12, 1 + k, 14 + n % 4, 0, tzinfo=UTC), 60) for k in range(10)
            ]
            offer = {"slots": slots, "zone": "America/New_York"}
            booked += self.office.post(f"/api/v1/mentors/{mentor['id']}/hours", offer)["items"]
        for hour in booked[:50]:
            who = self.dice.choice(self.accepted)["startup"]
            self.founder(who).request(
                "PUT", f"/api/v1/mentors/hours/{hour['id']}/booking", json={"cohort": "year-2025"}
            )
        agencies, made = ("pmda", "amed", "jetro", "inpit", "nedo"), []
        for n in range(30):
            form = {
                "startup": self.dice.choice(self.accepted)["startup"],
                "cohort": "year-2025",
                "topic": "治験届前の相談",
            }
            form |= {"agency": agencies[n % 5], "handler": "見本花子（架空）", "due": "2026-02-27"}
            made.append(self.office.post("/api/v1/consultations", form))
        self.until(2026, 2, 20)
        for hour in booked[:50]:
            self.office.request(
                "PUT",
                f"/api/v1/mentors/hours/{hour['id']}/log",
                json={"minutes": self.dice.choice((30, 45, 60))},
            )
        for one in made[:24]:
            done = {"state": "done", "outcome": "次回までに試験計画を修正"}
            self.office.patch(f"/api/v1/consultations/{one['id']}", done, one["version"])

    # -- two years of outcomes, each with its evidence; one counted by mistake is taken back, one
    # comes twice and is refused

    def outcomes_are_entered_for_two_years(self) -> None:
        for n, (year, month, day) in enumerate(((2026, 9, 30), (2027, 3, 31), (2028, 3, 31))):
            self.until(year, month, day)
            begin = (date(2025, 11, 10), date(2026, 10, 1), date(2027, 4, 1))[n]
            for item in self.accepted:
                for indicator, chance, amount in OUTCOMES:
                    if self.dice.random() < chance:
                        self._enter(
                            item["startup"],
                            indicator,
                            begin + timedelta(days=self.dice.randrange(170)),
                            self.dice.choice(amount),
                            n,
                        )
        rows = self.office.get("/api/v1/kpis/entries", cohort="year-2025")["items"]
        wrong, twin = rows[0], rows[1]
        self.office.post(
            f"/api/v1/kpis/entries/{wrong['id']}/withdrawal", {"reason": "証憑と日付が一致しない"}
        )
        again = {
            k: twin[k]
            for k in ("cohort", "indicator", "startup", "on", "amount", "evidence", "same")
        } | {"on": rows[-1]["on"]}
        with pytest.raises(Refused) as told:
            self.office.post(
                "/api/v1/kpis/entries",
                again | ({"currency": twin["currency"]} if twin["currency"] else {}),
            )
        assert told.value.problem["code"] == "counted-already"

    def _enter(self, startup: str, indicator: str, on: date, amount: int, n: int) -> None:
        form = {
            "cohort": "year-2025",
            "indicator": indicator,
            "startup": startup,
            "on": on.isoformat(),
            "amount": amount,
        }
        form |= {
            "evidence": f"https://year.example/{startup}/{indicator}/{n}",
            "same": f"{startup}/{indicator}/{n}",
        }
        self.office.post(
            "/api/v1/kpis/entries",
            form | ({"currency": "USD" if amount % 3 else "JPY"} if indicator == "raised" else {}),
        )

    # -- the report, and every figure of it once more from the events

    def every_figure_of_the_report_follows_from_the_events(self) -> None:
        self.stack.relay()
        told = self.office.get("/api/v1/kpis/reports/year-2025")
        again = from_events(events_of(self.stack))
        compared = 0
        for indicator in told["indicators"]:
            for hub, values in indicator["figures"].items():
                for window, value in values.items():
                    expected = again[indicator["key"]].get((hub, window), 0)
                    if isinstance(value, dict):
                        cents = {
                            c: sum(
                                round(paid(e, c) * (100 if c == "USD" else 1))
                                for e in expected or ()
                            )
                            for c in ("JPY", "USD")
                        }
                        assert (value["JPY"], value["USD"]) == (
                            cents["JPY"],
                            cents["USD"] // 100,
                        ), (indicator["key"], hub, window)
                    else:
                        assert value == pytest.approx(
                            expected, abs=0.051 if indicator["unit"] == "hours" else 0
                        ), (
                            indicator["key"],
                            hub,
                            window,
                        )
                    rows = self.office.get(
                        f"/api/v1/kpis/reports/{told['cohort']}/rows",
                        indicator=indicator["key"],
                        hub=hub,
                        window=window,
                    )["items"]
                    assert bool(rows) == bool(
                        value if not isinstance(value, dict) else value["JPY"]
                    ) and all(r["evidence"] for r in rows)
                    compared += 1
        assert compared == 12 * 5 * 5
        totals = {i["key"]: i["figures"]["total"]["total"] for i in told["indicators"]}
        assert (
            totals["applications"] == 199
            and totals["accepted"] == 20
            and totals["consultations"] == 24
            and totals["raised"]["JPY"] > 0
        )

    def what_is_published_hides_small_counts(self) -> None:
        told = self.office.get("/api/v1/kpis/reports/year-2025", public="true")
        flat = [
            v
            for i in told["indicators"]
            if i["unit"] in ("startups", "count")
            for h in i["figures"].values()
            for v in h.values()
        ]
        assert "<5" in flat and not [v for v in flat if isinstance(v, int) and 0 < v < 5]
        for lang in ("en", "ja"):
            for kind in ("xlsx", "pdf"):
                raw = self.stack.client(OFFICE, lang).request(
                    "GET",
                    "/api/v1/kpis/reports/year-2025",
                    params={"format": kind, "public": "true"},
                )
                assert raw.content[:4] in (b"PK\x03\x04", b"%PDF")
        inside = self.office.request(
            "GET", "/api/v1/kpis/reports/year-2025", params={"format": "xlsx"}
        ).content
        book = load_workbook(BytesIO(inside))
        assert book["Evidence"].max_row > 700, "every review, hour and entry with what shows it"


OUTCOMES = (  # indicator, chance in a period, amounts
    ("partner-meetings", 0.7, (1,)),
    ("us-entities", 0.3, (1,)),
    ("pre-ind", 0.2, (1,)),
    ("agreements", 0.15, (1,)),
    ("raised", 0.35, (300_000_000, 800_000_000, 250_000_001, 1_200_000_001)),
    ("jobs", 0.4, (2, 3, 8)),
    ("above-10bn", 0.05, (1,)),
)


def listed_items(ranked: list[dict], board: list[dict] | None = None) -> list[dict]:
    """Lines of a ranking as the board's moves want them."""
    now = {a["id"]: a["version"] for a in board or []}
    return [
        {"id": r["application"], "version": now.get(r["application"], r["version"])} for r in ranked
    ]


def _window(begins: datetime, minutes: int = 45) -> dict:
    return {
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(minutes=minutes)).isoformat(),
    }


def events_of(stack) -> list[dict]:
    """Every event of the programme desk, as the log has it."""
    reader, found = stack.composition.eventlog.reader({("cohorts", 0): 0}), []
    while entries := reader.poll(5000, 0):
        found += [json.loads(e.value) for e in entries]
    reader.close()
    return found


ENDS = (("2026-03-31", "during"), ("2026-09-30", "6"), ("2027-03-31", "12"), ("9999", "24"))


def newest_by_type(events: list[dict]) -> dict[str, list[dict]]:
    newest: dict[tuple, dict] = {}
    for event in events:
        key = event["type"], event["subject"]
        if key not in newest or newest[key]["subjectversion"] < event["subjectversion"]:
            newest[key] = event
    by_type: dict[str, list[dict]] = {}
    for (kind, subject), event in newest.items():
        by_type.setdefault(kind, []).append(
            event["data"] | {"subject": subject, "time": event["time"]}
        )
    return by_type


def from_events(events: list[dict]) -> dict:
    """The report's figures by a reader who has nothing but the log: plain loops, no code of the
    product.
    """
    by_type = newest_by_type(events)
    hub, things = {}, []
    for a in by_type["application.changed.v1"]:
        hub[a["startup"]] = hub[a["subject"]] = a["hub"]
        if a["submitted_at"]:
            things.append(("applications", a["startup"], a["submitted_at"][:10], a))
            if a["state"] == "accepted":
                things.append(("accepted", a["startup"], a["submitted_at"][:10], a))
    things += [
        ("reviews", r["application"], r["time"][:10], r)
        for r in by_type["review.changed.v1"]
        if r["state"] == "submitted"
    ]
    things += [
        ("mentoring-hours", h["startup"], h["on"], h) for h in by_type["mentoring.logged.v1"]
    ]
    things += [
        ("consultations", c["startup"], c["closed_on"], c)
        for c in by_type["consultation.changed.v1"]
        if c["state"] == "done"
    ]
    things += [
        (k["indicator"], k["startup"], k["on"], k)
        for k in by_type["kpi.recorded.v1"]
        if k["state"] == "counted"
    ]
    figures: dict = {key: {} for key in (*(t[0] for t in things), *(o[0] for o in OUTCOMES))}
    seen = set()
    for key, who, on, thing in sorted(things, key=lambda t: (t[2], t[3]["subject"])):
        once = key in ("applications", "accepted", "us-entities", "above-10bn")
        if once and (key, who) in seen:
            continue
        seen.add((key, who))
        window = next(name for last, name in ENDS if on <= last)
        for place in {
            (hub[who], window),
            (hub[who], "total"),
            ("total", window),
            ("total", "total"),
        }:
            if key == "raised":
                figures[key].setdefault(place, []).append(thing)
            else:
                more = (
                    thing["minutes"] / 60
                    if key == "mentoring-hours"
                    else thing["amount"]
                    if key == "jobs"
                    else 1
                )
                figures[key][place] = figures[key].get(place, 0) + more
    return figures


def paid(entry: dict, currency: str) -> float:
    """An amount in whole units of a currency, by the yearly rate of the shipped table."""
    rates = {(r["base"], r["quote"], r["year"]): float(r["rate"]) for r in RATES}
    year = min(int(entry["on"][:4]), max(y for _, _, y in rates))
    whole = entry["amount"] / (100 if entry["currency"] == "USD" else 1)
    if entry["currency"] == currency:
        return whole
    return (
        whole * rates["USD", "JPY", year]
        if currency == "JPY"
        else whole / rates["USD", "JPY", year]
    )


RATES = json.loads(open("shared/vocabulary/fx_rates.json", encoding="utf-8").read())["rates"]


def test_a_year_of_a_programme(tmp_path):
    year = Year(tmp_path)
    try:
        year.the_call_opens_in_april()
        year.two_hundred_apply_until_june()
        year.the_office_asks_what_is_missing_in_july()
        year.twelve_reviewers_read_over_the_summer()
        year.forty_are_heard_in_september()
        year.the_meeting_decides_in_october()
        year.support_runs_from_november_to_march()
        year.outcomes_are_entered_for_two_years()
        year.every_figure_of_the_report_follows_from_the_events()
        year.what_is_published_hides_small_counts()
    finally:
        year.stack.composition.close()
