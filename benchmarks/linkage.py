"""Precision and recall of the linkage of names, on ways of writing the organisations of the data
and on names of others.

    python -m benchmarks.linkage            # by kind of variation
"""

import csv
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from shared.linkage import Directory, Match, Record

ROOT = Path(__file__).resolve().parents[1]
LABELLED, REFERENCE = ROOT / "tests/linkage", ROOT / "deploy/reference"
KINDS = ("startups", "investors", "programs", "providers", "sites")


@dataclass
class Measured:
    """What became of the labelled names; `missed` and `wrong` hold (name, organisation, match)."""

    asked_for: Counter = field(default_factory=Counter)
    found: Counter = field(default_factory=Counter)
    links: int = 0
    missed: list[tuple[str, str, Match]] = field(default_factory=list)
    wrong: list[tuple[str, str, Match]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Of the names that mean an organisation, how many find it: linked, or asked about where a
        question is right.
        """
        return self.found.total() / self.asked_for.total()

    @property
    def precision(self) -> float:
        """Of the links made without asking, how many are right."""
        return 1 - len(self.wrong) / self.links


def directory() -> Directory:
    """Every organisation of the reference data; those of numbers.csv with invented numbers."""
    numbers = {row["organization"]: row["number"] for row in rows("numbers")}
    made = Directory([])
    for kind in KINDS:
        for o in json.loads((REFERENCE / f"{kind}.json").read_text())["organizations"]:
            entities = list(o.get("legal_entities") or [])
            entities += [{"corporate_number": numbers[o["id"]]}] if o["id"] in numbers else []
            made.add(
                Record.of(o["id"], o["name"], o.get("aliases"), o.get("former_names"), entities)
            )
    return made


def rows(name: str) -> list[dict[str, str]]:
    """A labelled list."""
    with (LABELLED / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def measure(labelled: list[dict[str, str]], known: Directory) -> Measured:
    """Looks every name up as a file's row would be."""
    made = Measured()
    for row in labelled:
        match, right = known.find(row["given"], number=row["number"]), row["organization"]
        made.links += match.one is not None
        if match.one and (match.one != right or row["right"] == "ask"):
            made.wrong.append((row["given"], right, match))
        if right:
            made.asked_for[row["kind"]] += 1
            hit = match.one == right if row["right"] == "link" else right in match.candidates
            made.found[row["kind"]] += hit
            made.missed += [] if hit else [(row["given"], right, match)]
    return made


def main() -> None:
    labelled = rows("variants")
    made = measure(labelled, directory())
    for kind, count in sorted(made.asked_for.items()):
        print(f"{kind:22} {made.found[kind]:4} of {count}")
    for name, part in (("missed", made.missed), ("wrong", made.wrong)):
        for given, right, match in part:
            print(f"{name}: {given!r} means {right or 'nobody known'}, found {match}")
    figures = f"recall {made.recall:.4f}, precision {made.precision:.4f} of {made.links} links"
    print(f"{len(labelled)} names: {figures}")


if __name__ == "__main__":
    main()
