"""What sites, providers and programmes need before they are published; the steps of an application,
what its applicant sees, its answers.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

DRAFT, SUBMITTED, SHORTLISTED, ACCEPTED, WAITLISTED, DECLINED, WITHDRAWN = (
    "draft",
    "submitted",
    "shortlisted",
    "accepted",
    "waitlisted",
    "declined",
    "withdrawn",
)
APPLICANT, OFFICE = "applicant", "office"
SUBMIT, RECALL, WITHDRAW, SHORTLIST, ACCEPT, WAITLIST, DECLINE = (
    "submit",
    "recall",
    "withdraw",
    "shortlist",
    "accept",
    "waitlist",
    "decline",
)
_LEAVE = {(APPLICANT, WITHDRAW): WITHDRAWN}
STEPS: dict[str, dict[tuple[str, str], str]] = {  # state -> (who, act) -> state
    DRAFT: {(APPLICANT, SUBMIT): SUBMITTED, **_LEAVE},
    SUBMITTED: {
        (APPLICANT, RECALL): DRAFT,
        (OFFICE, SHORTLIST): SHORTLISTED,
        (OFFICE, ACCEPT): ACCEPTED,
        (OFFICE, WAITLIST): WAITLISTED,
        (OFFICE, DECLINE): DECLINED,
        **_LEAVE,
    },
    SHORTLISTED: {
        (OFFICE, ACCEPT): ACCEPTED,
        (OFFICE, WAITLIST): WAITLISTED,
        (OFFICE, DECLINE): DECLINED,
        **_LEAVE,
    },
    WAITLISTED: {(OFFICE, ACCEPT): ACCEPTED, (OFFICE, DECLINE): DECLINED, **_LEAVE},
    ACCEPTED: {(OFFICE, WAITLIST): WAITLISTED, (OFFICE, DECLINE): DECLINED, **_LEAVE},
    DECLINED: {(OFFICE, SHORTLIST): SHORTLISTED},
    WITHDRAWN: {},
}
BULK = (SHORTLIST, ACCEPT, WAITLIST, DECLINE)
ASSIGNED, CLEAR, DONE, RECUSED, RELEASED = "assigned", "clear", "submitted", "recused", "released"
REVIEWER, REVIEW, RECUSE, RELEASE, ASSIGN, NO_CONFLICT = (
    "reviewer",
    "submit",
    "recuse",
    "release",
    "assign",
    "no-conflict",
)
_OUT = {(REVIEWER, RECUSE): RECUSED, (OFFICE, RELEASE): RELEASED}
# a review: nothing is read before the interest is declared
REVIEW_STEPS: dict[str, dict[tuple[str, str], str]] = {
    ASSIGNED: {(REVIEWER, NO_CONFLICT): CLEAR, **_OUT},
    CLEAR: {(REVIEWER, REVIEW): DONE, **_OUT},
    DONE: {(REVIEWER, REVIEW): DONE, (REVIEWER, RECUSE): RECUSED},
    RECUSED: {},
    RELEASED: {(OFFICE, ASSIGN): ASSIGNED},
}
READS = (CLEAR, DONE)
# what an applicant does not see before the announcement
HELD = (SHORTLISTED, ACCEPTED, WAITLISTED, DECLINED)


def place_gaps(profile, facts) -> list[str]:
    """A site or provider says where it is."""
    return [] if any(f.field == "location" for f in facts) else ["facts.location"]


def program_gaps(profile, facts) -> list[str]:
    return [] if profile.name.get("en") or profile.name.get("ja") else ["name"]


def seen_by_applicant(state: str, told: bool) -> str:
    """The state an applicant reads: decisions are held until they are told."""
    return SUBMITTED if state in HELD and not told else state


def legal(state: str, who: str) -> list[str]:
    return sorted(act for side, act in STEPS[state] if side == who)


def call_faults(form: dict) -> list[tuple[str, str, dict]]:
    """What makes no sense in a call: (field, code, parameters) of each fault."""
    found = []
    opens, closes, starts, ends = (
        form.get(k) for k in ("opens_at", "deadline", "starts_on", "ends_on")
    )
    if opens and closes and closes <= opens:
        found.append(("deadline", "window-order", {}))
    if closes and starts and starts < _day(closes):
        found.append(("starts_on", "before-deadline", {}))
    if starts and ends and ends < starts:
        found.append(("ends_on", "window-order", {}))
    hubs = [h["hub"] for h in form.get("hubs") or []]
    found += [(f"hubs.{i}.hub", "twice", {"given": h}) for i, h in enumerate(hubs) if h in hubs[:i]]
    if hubs and sum(h["places"] for h in form["hubs"]) < form.get("capacity", 0):
        found.append(("hubs", "hubs-too-small", {"max": sum(h["places"] for h in form["hubs"])}))
    criteria = form.get("criteria") or []
    if criteria and not any(c["weight"] > 0 for c in criteria):
        found.append(("criteria", "weights-all-zero", {}))
    for part in ("criteria", "questions"):
        keys = [c["key"] for c in form.get(part) or []]
        found += [
            (f"{part}.{i}.key", "twice", {"given": k}) for i, k in enumerate(keys) if k in keys[:i]
        ]
    return found


def round_faults(
    form: dict, questions: list[dict], deadline: datetime | None
) -> list[tuple[str, str, dict]]:
    """What makes no sense in a round: a rubric without weights or with a key twice, a blind field
    that does not exist, due before the call closes.
    """
    rubric, found = form["rubric"], []
    if not any(c["weight"] > 0 for c in rubric):
        found.append(("rubric", "weights-all-zero", {}))
    keys = [c["key"] for c in rubric]
    found += [
        (f"rubric.{i}.key", "twice", {"given": k}) for i, k in enumerate(keys) if k in keys[:i]
    ]
    known = ["name", "startup", "hubs", *(f"answers.{q['key']}" for q in questions)]
    found += [
        (f"blind.{i}", "not-a-choice", {"given": name})
        for i, name in enumerate(form["blind"])
        if name not in known
    ]
    if deadline and form["due"] <= deadline:
        found.append(("due", "before-deadline", {}))
    return found


def score_faults(rubric: list[dict], scores: dict) -> list[tuple[str, str, dict]]:
    """What is wrong with a review's scores: every criterion has one, a whole number from 1 to its
    levels.
    """
    known = {c["key"]: c for c in rubric}
    found = [
        (f"scores.{key}", "unknown-key", {"nearest": sorted(known)[:3]})
        for key in scores
        if key not in known
    ]
    for key, criterion in known.items():
        value = scores.get(key)
        if value is None:
            found.append((f"scores.{key}", "required", {}))
        elif (
            not isinstance(value, int)
            or isinstance(value, bool)
            or not 1 <= value <= criterion["levels"]
        ):
            found.append((f"scores.{key}", "out-of-range", {"min": 1, "max": criterion["levels"]}))
    return found


def shown_to_reviewers(questions: list[dict], blind: list[str]) -> list[dict]:
    """The questions a reviewer reads: neither the office's own nor what the round hides."""
    return [
        q for q in questions if q.get("audience") != OFFICE and f"answers.{q['key']}" not in blind
    ]


def blinded(application: dict, blind: list[str], questions: list[dict]) -> dict:
    """An application as a reviewer sees it: receipt, answers to `questions`, wishes and topics,
    less what the round hides.
    """
    told = {name: application[name] for name in ("name", "startup", "hubs") if name not in blind}
    answers = {q["key"]: application["answers"].get(q["key"]) for q in questions}
    return told | {
        "receipt": application["receipt"],
        "topics": application["topics"] or [],
        "answers": answers,
    }


def overlapping(windows: list[tuple[datetime, datetime, frozenset[str]]]) -> list[int]:
    """Windows that cross an earlier one which needs one of the same people, by their place in the
    list.
    """
    return [
        i
        for i, (begin, end, who) in enumerate(windows)
        if any(b < end and begin < e and who & w for b, e, w in windows[:i])
    ]


def _day(at: datetime) -> date:
    return at.astimezone(ZoneInfo("Asia/Tokyo")).date()


def answer_faults(questions: list[dict], answers: dict, whole: bool) -> list[tuple[str, str, dict]]:
    """What is wrong with an applicant's answers; `whole`: gaps count, as on submitting."""
    known = {q["key"]: q for q in questions}
    found = [
        (f"answers.{key}", "unknown-key", {"nearest": sorted(known)[:3]})
        for key in answers
        if key not in known
    ]
    for key, question in known.items():
        value = answers.get(key)
        if value in (None, ""):
            if whole and question["required"]:
                found.append((f"answers.{key}", "required", {}))
        elif fault := _answer_fault(question, value):
            found.append((f"answers.{key}", *fault))
    return found


def _answer_fault(question: dict, value) -> tuple[str, dict] | None:
    kind = question["type"]
    if kind == "number":
        return (
            None
            if isinstance(value, (int, float)) and not isinstance(value, bool)
            else ("not-number", {"given": str(value)[:80]})
        )
    if kind == "yes-no":
        return None if isinstance(value, bool) else ("not-boolean", {"given": str(value)[:80]})
    if not isinstance(value, str):
        return "not-text", {}
    if kind == "choice":
        return None if value in question["choices"] else ("not-a-choice", {"given": value[:80]})
    return ("too-long", {"max": question["limit"]}) if len(value) > question["limit"] else None
