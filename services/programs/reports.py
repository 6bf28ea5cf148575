"""A cohort's report as the ministry takes it: a workbook with charts and every row behind it, and a
paper.
"""

from collections.abc import Iterator
from pathlib import Path

from services.programs.planning.figures import MONEY, NO_HUB, TOTAL, WINDOWS
from services.programs.words import say
from shared.judgement.money import Money
from shared.paper import printed
from shared.vocabulary import vocabulary
from shared.workbooks import Chart, Sheet, workbook

SOURCE = (Path(__file__).parent / "report.typ").read_text(encoding="utf-8")
COLUMNS = (*WINDOWS, TOTAL)


def _hub(hub: str, lang: str) -> str:
    return say(hub, lang) if hub in (NO_HUB, TOTAL) else vocabulary("geography").label(hub, lang)


def _name(told: dict, lang: str) -> str:
    return told["name"].get(lang) or next(iter(told["name"].values()))


def _shown(value, lang: str) -> str:
    """A cell as a person reads it: amounts in both currencies."""
    if isinstance(value, dict):
        return " / ".join(Money.of(value[c], c).text(lang) for c in ("JPY", "USD"))
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def _baseline(indicator: dict, lang: str) -> str:
    held = indicator["baseline"]
    return (
        f"{say('baseline', lang)}: {held['amount']:,} ({held['as_of']}; {held['source']})"
        if held
        else say("no-baseline", lang)
    )


def sheet(told: dict, rows: list[dict], lang: str) -> bytes:
    """The report as XLSX: figures by hub and window, a chart of the totals, and the rows they are
    counted from. Bytes of the file.
    """
    head = [
        [f"{_name(told, lang)} {say('title', lang)}"],
        [say("until", lang, date=told["until"])]
        + ([say("public", lang)] if told["public"] else []),
        [say(k, lang) for k in ("indicator", "unit", "hub", *COLUMNS, "baseline", "target")],
    ]
    figures = [line for indicator in told["indicators"] for line in _lines(indicator, lang)]
    widths = (44, 12, 22, 16, 16, 16, 16, 16, 30, 14)
    sheets = [
        Sheet(say("figures", lang), head + figures, (1, 3), "D4", widths),
        _totals(told, lang),
    ]
    return workbook(*sheets, *([] if told["public"] else [_evidence(rows, lang)]))


def _lines(indicator: dict, lang: str) -> Iterator[list]:
    currencies = ("JPY", "USD") if indicator["unit"] == MONEY else (None,)
    for hub, values in indicator["figures"].items():
        for currency in currencies:
            shown = [
                v[currency] if isinstance(v, dict) else v for v in (values[w] for w in COLUMNS)
            ]
            target = indicator["target"] if hub == TOTAL and indicator["target"] is not None else ""
            ends = [_baseline(indicator, lang) if hub == TOTAL else "", target]
            yield [
                _name(indicator, lang),
                currency or say(indicator["unit"], lang),
                _hub(hub, lang),
                *shown,
                *ends,
            ]


def _totals(told: dict, lang: str) -> Sheet:
    """Totals of what is counted in things, window by window; a hidden figure has no bar."""
    rows = [[say("indicator", lang), *(say(w, lang) for w in WINDOWS)]]
    for indicator in (
        i for i in told["indicators"] if i["unit"] != MONEY and TOTAL in i["figures"]
    ):
        values = [indicator["figures"][TOTAL][w] for w in WINDOWS]
        rows.append(
            [_name(indicator, lang), *(v if isinstance(v, (int, float)) else None for v in values)]
        )
    bars = Chart(kind="bar", stacked=True, height=12, width=24)
    return Sheet(say("total", lang), rows, (), None, (44,), bars)


def _evidence(rows: list[dict], lang: str) -> Sheet:
    names = ("indicator", "startup", "hub", "window", "date", "amount", "currency", "evidence")
    lines = [["id", *(say(k, lang) for k in names)]]
    for row in rows:
        told = [
            row["id"],
            _name({"name": row["indicator"]}, lang),
            row["name"] or row["startup"],
            _hub(row["hub"], lang),
        ]
        counted = [
            say(row["window"], lang),
            row["on"],
            row["amount"],
            row["currency"] or "",
            row["evidence"],
        ]
        lines.append(told + counted)
    return Sheet(say("rows", lang), lines)


def paper(told: dict, lang: str) -> bytes:
    """The report as PDF: kinds of indicators in turn, totals by window with bars, and the hubs
    beneath. Bytes of the file.
    """
    parts = []
    for kind in ("input", "output", "outcome", "impact"):
        mine = [_block(i, lang) for i in told["indicators"] if i["kind"] == kind]
        if mine:
            parts.append({"title": say(kind, lang), "items": mine})
    foot = [say("method", lang)]
    money = [
        v
        for i in told["indicators"]
        if i["unit"] == MONEY
        for v in i["figures"].get(TOTAL, {}).values()
        if isinstance(v, dict)
    ]
    if years := sorted({y for v in money for y in v["rates"]}):
        foot.append(say("rates", lang, years=", ".join(map(str, years))))
    if told["public"]:
        foot.append(say("public", lang))
    content = {
        "lang": lang,
        "title": _name(told, lang),
        "sub": f"{say('title', lang)} · {say('until', lang, date=told['until'])}",
        "parts": parts,
    }
    return printed(
        SOURCE,
        content | {"foot": foot, "columns": [say(w, lang) for w in COLUMNS], "mark": "Nakodo 仲人"},
    )


def _block(indicator: dict, lang: str) -> dict:
    totals = indicator["figures"].get(TOTAL, {})
    lengths = [
        v["JPY"] if isinstance(v, dict) else v if isinstance(v, (int, float)) else 0
        for v in (totals.get(w, 0) for w in WINDOWS)
    ]
    top = max([*lengths, 1])
    hubs = [
        {"name": _hub(hub, lang), "values": [_shown(values[w], lang) for w in COLUMNS]}
        for hub, values in indicator["figures"].items()
        if hub != TOTAL
    ]
    return {
        "name": _name(indicator, lang),
        "unit": say(indicator["unit"], lang),
        "baseline": _baseline(indicator, lang),
        "target": f"{indicator['target']:,}" if indicator["target"] is not None else "",
        "values": [_shown(totals.get(w, 0), lang) for w in COLUMNS],
        "bars": [v / top for v in lengths],
        "hubs": hubs,
        "words": {k: say(k, lang) for k in ("target", "total")},
    }
