"""What sites, providers and programmes need before they are published; the steps of an application, what its applicant sees, its answers."""

from datetime import date, datetime

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
    SHORTLISTED: {(OFFICE, ACCEPT): ACCEPTED, (OFFICE, WAITLIST): WAITLISTED, (OFFICE, DECLINE): DECLINED, **_LEAVE},
    WAITLISTED: {(OFFICE, ACCEPT): ACCEPTED, (OFFICE, DECLINE): DECLINED, **_LEAVE},
    ACCEPTED: {(OFFICE, WAITLIST): WAITLISTED, (OFFICE, DECLINE): DECLINED, **_LEAVE},
    DECLINED: {(OFFICE, SHORTLIST): SHORTLISTED},
    WITHDRAWN: {},
}
BULK = (SHORTLIST, ACCEPT, WAITLIST, DECLINE)
HELD = (SHORTLISTED, ACCEPTED, WAITLISTED, DECLINED)  # what an applicant does not see before the announcement


def place_gaps(profile, facts) -> list[str]:
    """A site or provider says where it is."""
    return [] if any(f.field == "location" for f in facts) else ["facts.location"]


def program_gaps(profile, facts) -> list[str]:
    return [] if profile.name.get("en") or profile.name.get("ja") else ["name"]


def seen_by_applicant(state: str, announced: bool) -> str:
    """The state an applicant reads: decisions are held until the announcement."""
    return SUBMITTED if state in HELD and not announced else state


def legal(state: str, who: str) -> list[str]:
    return sorted(act for side, act in STEPS[state] if side == who)


def call_faults(form: dict) -> list[tuple[str, str, dict]]:
    """What makes no sense in a call: (field, code, parameters) of each fault."""
    found = []
    opens, closes, starts, ends = (form.get(k) for k in ("opens_at", "deadline", "starts_on", "ends_on"))
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
        found += [(f"{part}.{i}.key", "twice", {"given": k}) for i, k in enumerate(keys) if k in keys[:i]]
    return found


def _day(at: datetime) -> date:
    return at.date()


def answer_faults(questions: list[dict], answers: dict, whole: bool) -> list[tuple[str, str, dict]]:
    """What is wrong with an applicant's answers; `whole`: gaps count, as on submitting."""
    known = {q["key"]: q for q in questions}
    found = [(f"answers.{key}", "unknown-key", {"nearest": sorted(known)[:3]}) for key in answers if key not in known]
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
        return None if isinstance(value, (int, float)) and not isinstance(value, bool) else ("not-number", {})
    if kind == "yes-no":
        return None if isinstance(value, bool) else ("not-boolean", {})
    if not isinstance(value, str):
        return "not-text", {}
    if kind == "choice":
        return None if value in question["choices"] else ("not-a-choice", {"given": value[:80]})
    return ("too-long", {"max": question["limit"]}) if len(value) > question["limit"] else None
