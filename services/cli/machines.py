"""The state machines of the product, drawn from the tables that run them."""

import click

from services.cli.group import Later, main

matching, meetings = Later("services.matching.rules"), Later("services.meetings.rules")
arrange, programs = Later("services.meetings.arrange"), Later("services.programs.rules")


@main.command()
def machines():
    """All state machines as a page of diagrams (docs/machines.md)."""
    click.echo(page(), nl=False)


def page() -> str:
    """Markdown with a Mermaid diagram of each machine."""
    decisions = [
        (before, after, after) for before, steps in matching.DECIDE.items() for after in steps
    ]
    decisions += [
        (state, matching.RETURNED, "by itself: a fact or date") for state in matching.WAITING
    ]
    introductions = [
        (before, after, f"{who}: {act}")
        for before, steps in meetings.STEPS.items()
        for (who, act), after in steps.items()
    ]
    ends = {"agree": arrange.AGREED, "cancel": arrange.CANCELLED}
    appointments = [
        (before, ends[act], act) for before, steps in arrange.STEPS.items() for act in steps
    ]
    appointments += [
        (state, arrange.REPLACED, "a new offer") for state in (arrange.OFFERED, arrange.AGREED)
    ]
    applications = [
        (before, after, f"{who}: {act}")
        for before, steps in programs.STEPS.items()
        for (who, act), after in steps.items()
    ]
    reviews = [
        (before, after, f"{who}: {act}")
        for before, steps in programs.REVIEW_STEPS.items()
        for (who, act), after in steps.items()
    ]
    return "\n".join(
        [
            "# State machines",
            "",
            "Drawn by `nakodo machines` from the tables that run them; a test compares.",
            "",
            *_drawn(
                "Decisions (`services/matching/rules.py`)",
                decisions,
                [matching.OPEN, matching.KNOWN],
            ),
            *_drawn(
                "Introductions (`services/meetings/rules.py`)",
                introductions,
                [meetings.PROPOSED, meetings.FOR_STARTUP, meetings.FOR_INVESTOR],
            ),
            "States with `rests` are a no that nobody else knows of yet; the others see "
            + ", ".join(f"`{state}` as `{meetings.SHOWN[state]}`" for state in meetings.SHOWN)
            + ".",
            "",
            *_drawn("Meetings (`services/meetings/arrange.py`)", appointments, [arrange.OFFERED]),
            *_drawn("Applications (`services/programs/rules.py`)", applications, [programs.DRAFT]),
            *_drawn("Reviews (`services/programs/rules.py`)", reviews, [programs.ASSIGNED]),
            (
                "An applicant reads decisions only from the announcement on; until then they read"
                " `submitted`."
            ),
            "",
        ]
    )


def _drawn(title: str, steps: list[tuple[str, str, str]], begin: list[str]) -> list[str]:
    merged: dict[tuple[str, str], list[str]] = {}
    for before, after, label in steps:
        merged.setdefault((before, after), []).append(label)
    lines = [f"    {_id(a)} --> {_id(b)}: {', '.join(labels)}" for (a, b), labels in merged.items()]
    left = {a for a, _ in merged}
    lines += [f"    {_id(b)} --> [*]" for b in dict.fromkeys(b for _, b in merged) if b not in left]
    return [
        f"## {title}",
        "",
        "```mermaid",
        "stateDiagram-v2",
        *[f"    [*] --> {_id(b)}" for b in begin],
        *lines,
        "```",
        "",
    ]


def _id(state: str) -> str:
    return state.replace("-", "_")
