"""The `nakodo` command: run it, ask it, look after it."""

from services.cli import ask, desk, history, introductions, machines, operate, papers, programme, rules, run, team
from services.cli.group import main

__all__ = ["ask", "desk", "history", "introductions", "machines", "main", "operate", "papers", "programme", "rules", "run", "team"]
