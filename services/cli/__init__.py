"""The `nakodo` command: run it, ask it, look after it."""

from services.cli import ask, history, operate, papers, rules, run
from services.cli.group import main

__all__ = ["ask", "history", "main", "operate", "papers", "rules", "run"]
