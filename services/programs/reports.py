"""A cohort's report as the ministry takes it: a workbook with charts and every row behind it, and a paper."""

from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font

from services.programs.planning.figures import MONEY, NO_HUB, TOTAL, WINDOWS
from services.programs.words import say
from shared.judgement.money import Money
from shared.organizations.sheets import safe
from shared.paper import printed
from shared.vocabulary import vocabulary

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
    return f"{say('baseline', lang)}: {held['amount']:,} ({held['as_of']}; {held['source']})" if held else say("no-baseline", lang)


def sheet(told: dict, rows: list[dict], lang: str) -> bytes:
    """The report as XLSX: figures by hub and window, a chart of the totals, and the rows they are counted from. Bytes of the file."""
    book = Workbook()
    page = book.active
    page.title = say("figures", lang)
    page.append([safe(f"{_name(told, lang)} {say('title', lang)}")])
    page.append([say("until", lang, date=told["until"])] + ([say("public", lang)] if told["public"] else []))
    page.append([say(k, lang) for k in ("indicator", "unit", "hub", *COLUMNS, "baseline", "target")])
    for indicator in told["indicators"]:
        _lines(page, indicator, lang)
    for cell in (*page[1], *page[3]):
        cell.font = Font(bold=True)
    for column, width in zip("ABCDEFGHIJ", (44, 12, 22, 16, 16, 16, 16, 16, 30, 14), strict=True):
        page.column_dimensions[column].width = width
    page.freeze_panes = "D4"
    _chart(book, told, lang)
    if not told["public"]:
        _evidence(book, rows, lang)
    raw = BytesIO()
    book.save(raw)
    return raw.getvalue()


def _lines(page, indicator: dict, lang: str) -> None:
    currencies = ("JPY", "USD") if indicator["unit"] == MONEY else (None,)
    for hub, values in indicator["figures"].items():
        for currency in currencies:
            shown = [v[currency] if isinstance(v, dict) else v for v in (values[w] for w in COLUMNS)]
            target = indicator["target"] if hub == TOTAL and indicator["target"] is not None else ""
            ends = [safe(_baseline(indicator, lang)) if hub == TOTAL else "", target]
            page.append([safe(_name(indicator, lang)), currency or say(indicator["unit"], lang), _hub(hub, lang), *shown, *ends])


def _chart(book: Workbook, told: dict, lang: str) -> None:
    """Totals of what is counted in things, window by window; a hidden figure has no bar."""
    data = book.create_sheet(say("total", lang))
    data.append([say("indicator", lang), *(say(w, lang) for w in WINDOWS)])
    counted = [i for i in told["indicators"] if i["unit"] != MONEY and TOTAL in i["figures"]]
    for indicator in counted:
        values = [indicator["figures"][TOTAL][w] for w in WINDOWS]
        data.append([safe(_name(indicator, lang)), *(v if isinstance(v, (int, float)) else None for v in values)])
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.height, chart.width = "bar", "stacked", 100, 12, 24
    last = 1 + max(1, len(counted))
    chart.add_data(Reference(data, min_col=2, max_col=1 + len(WINDOWS), min_row=1, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(data, min_col=1, min_row=2, max_row=last))
    data.add_chart(chart, f"A{last + 3}")
    data.column_dimensions["A"].width = 44


def _evidence(book: Workbook, rows: list[dict], lang: str) -> None:
    page = book.create_sheet(say("rows", lang))
    page.append(["id", *(say(k, lang) for k in ("indicator", "startup", "hub", "window", "date", "amount", "currency", "evidence"))])
    for row in rows:
        told = [
            row["id"],
            _name({"name": row["indicator"]}, lang),
            row["name"] or row["startup"],
            _hub(row["hub"], lang),
            say(row["window"], lang),
        ]
        page.append([*(safe(v) for v in told), row["on"], row["amount"], row["currency"] or "", safe(row["evidence"])])
    for cell in page[1]:
        cell.font = Font(bold=True)
    page.freeze_panes = "A2"


def paper(told: dict, lang: str) -> bytes:
    """The report as PDF: kinds of indicators in turn, totals by window with bars, and the hubs beneath. Bytes of the file."""
    parts = []
    for kind in ("input", "output", "outcome", "impact"):
        mine = [_block(i, lang) for i in told["indicators"] if i["kind"] == kind]
        if mine:
            parts.append({"title": say(kind, lang), "items": mine})
    foot = [say("method", lang)]
    money = [v for i in told["indicators"] if i["unit"] == MONEY for v in i["figures"].get(TOTAL, {}).values() if isinstance(v, dict)]
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
    return printed(SOURCE, content | {"foot": foot, "columns": [say(w, lang) for w in COLUMNS], "mark": "Nakodo 仲人"})


def _block(indicator: dict, lang: str) -> dict:
    totals = indicator["figures"].get(TOTAL, {})
    lengths = [v["JPY"] if isinstance(v, dict) else v if isinstance(v, (int, float)) else 0 for v in (totals.get(w, 0) for w in WINDOWS)]
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
