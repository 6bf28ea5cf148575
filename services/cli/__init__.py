"""The `nakodo` command: run it, ask it, look after it."""

from services.cli import (
    ask,
    days,
    desk,
    history,
    introductions,
    machines,
    operate,
    papers,
    people,
    placement,
    programme,
    rules,
    run,
    staff,
    team,
)
from services.cli.group import main

__all__ = [
    "ask",
    "days",
    "desk",
    "history",
    "introductions",
    "machines",
    "main",
    "operate",
    "papers",
    "people",
    "placement",
    "programme",
    "rules",
    "run",
    "staff",
    "team",
]
