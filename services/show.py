"""Answers as a person reads them in a terminal."""

import textwrap
import unicodedata

from shared.judgement.dates import shown
from shared.judgement.sources import weak
from shared.vocabulary import vocabulary

WIDTH = 100
MOVES = {"appear": "+", "drop": "x", "up": "^", "down": "v"}
MARKS = {"pass": "+", "fail": "x", "unknown": "?", "review": "!"}
WORDS = {
    "match": ("match", "マッチ"),
    "near-miss": ("near miss", "あと一歩"),
    "fail": ("no match", "対象外"),
    "grade": ("grade", "評価"),
    "no-grade": ("none", "なし"),
    "of": ("{rank} of {of}", "{of}社中{rank}位"),
    "for": ("for", "理由"),
    "against": ("against", "懸念"),
    "open": ("open", "確認事項"),
    "gates": ("Gates", "判定"),
    "sum": ("Contributions (nats; they sum to the score)", "内訳（単位：nat、合計がスコア）"),
    "investor": ("for the investor", "投資家側"),
    "startup": ("for the startup", "スタートアップ側"),
    "prior": ("constants", "定数"),
    "total": ("score (log-odds; 0 is chance)", "スコア（対数オッズ、0は偶然と同じ）"),
    "invented": ("invented for the demo", "デモ用の架空組織"),
    "public-sources": (
        "compiled from public sources, not a statement of the organisation",
        "公開情報から作成（組織の公式な表明ではありません）",
    ),
    "self-declared": ("self-declared", "自己申告"),
    "source": ("source", "出典"),
    "listed": ("listed company", "上場企業"),
    "empty": ("Nothing has a grade. The feed is empty.", "評価C以上の候補はありません。"),
    "weak": ("Nothing here is graded A or B.", "評価A・Bの候補はありません。"),
    "preview": (
        "{mandate}: {before} companies listed, {after} with the change (of {startups})",
        "{mandate}：掲載{before}社から{after}社に変わります（全{startups}社）",
    ),
    "no-moves": ("No company would move.", "順位の変わる企業はありません。"),
    "exposure": (
        (
            "{with_matches} of {startups} startups have matches. Share of their first {top} places"
            " per mandate:"
        ),
        "{startups}社中{with_matches}社にマッチがあります。各社の上位{top}件に占めるマンデートの割合：",
    ),
    "unseen": (
        "Shown in no feed's first 50: {unseen_count}",
        "どのフィードの上位50件にも表示されない企業：{unseen_count}社",
    ),
    "import": (
        (
            "{rows} rows: {created} to create, {updated} to change, {same} as they are, {refused}"
            " refused"
        ),
        "{rows}行：新規{created}件、変更{updated}件、変更なし{same}件、エラー{refused}件",
    ),
    "imported": ("done", "取り込みました"),
    "planned": (
        "a plan; nothing was written (--apply does it)",
        "確認のみです（--apply で取り込みます）",
    ),
    "row": ("row {row}", "{row}行目"),
    "none": ("nothing", "なし"),
    "waiting": ("{n} mandate(s) wait", "{n}件のマンデートが回答待ち"),
    "ask-open": ("open", "回答待ち"),
    "ask-answered": ("answered", "回答あり"),
    "ask-expired": ("expired", "期限切れ"),
    "in-force": ("in force", "有効"),
    "withdrawn": ("withdrawn", "撤回"),
    "superseded": ("superseded", "旧版"),
    "screened": (
        "Every startup screened anew; changed for {n}.",
        "全スタートアップを再照合しました（変更{n}社）。",
    ),
    "proposed": (
        "{n} fact(s) proposed; each counts once a person confirms it",
        "{n}件を提案しました（確認後に反映されます）",
    ),
    "would-propose": (
        "{n} fact(s) would be proposed (--apply does it)",
        "{n}件が提案されます（--apply で実行）",
    ),
    "left-out": (
        "{unknown} row(s) of nobody here, {same} known already",
        "該当企業なし{unknown}行、登録済み{same}行",
    ),
    "weakest": ("weakest link", "最も弱い点"),
    "change": ("what would change it", "次の一手"),
}


def word(key: str, lang: str, **names) -> str:
    return WORDS[key][lang == "ja"].format(**names)


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int) -> str:
    return text + " " * max(width - _wide(text), 0)


def _wrapped(text: str, indent: str, lang: str) -> str:
    if lang == "ja":
        return indent + text
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent))


def _cited(item: dict, lang: str) -> str:
    """Date and source behind a sentence."""
    if not item.get("as_of") and not item.get("source"):
        return ""
    source = (
        (item.get("source") or "").removeprefix("https://").removeprefix("http://").split("/")[0]
    )
    kind = (
        vocabulary("source_class").label(item["source_class"], lang)
        if weak(item.get("source_class"))
        else ""
    )
    date = shown(item["as_of"], lang) if item.get("as_of") else ""
    return f" [{', '.join(part for part in (date, source, kind) if part)}]"


def headline(match: dict, lang: str, who: str) -> str:
    rank = f" ({word('of', lang, rank=match['rank'], of=match['of'])})" if match["rank"] else ""
    text = (
        f"{match['names'][who]}  {word(match['state'], lang)}  {word('grade', lang)}"
        f" {match['grade'] or word('no-grade', lang)} {match['fit']:.0f}{rank}"
        f"  {match['knowledge']['text']}"
    )
    note = f"  ({word('listed', lang)})" if match["listed"] and who == "startup" else ""
    return text + note


def feed(items: list[dict], lang: str) -> str:
    if not items:
        return word("empty", lang)
    weak = not any(m["grade"] in ("A", "B") for m in items)
    cards = [_card(i + 1, m, lang, "startup") for i, m in enumerate(items)]
    return "\n\n".join([word("weak", lang), *cards] if weak else cards)


def matches(items: list[dict], lang: str) -> str:
    if not items:
        return word("none", lang)
    return "\n".join(f"{i:>2}. {headline(m, lang, 'investor')}" for i, m in enumerate(items, 1))


def _card(number: int, match: dict, lang: str, who: str) -> str:
    lines = [f"{number:>2}. {headline(match, lang, who)}"]
    lines += (
        [_wrapped(f"{match['news']['text']}{_cited(match['news'], lang)}", "    * ", lang)]
        if (match.get("news") or {}).get("text")
        else []
    )
    for side, mark in (("for", "+"), ("against", "-")):
        lines += [
            _wrapped(f"{r['text']}{_cited(r, lang)}", f"    {mark} ", lang)
            for r in match["reasons"][side]
        ]
    lines += [_wrapped(g["text"], "    x ", lang) for g in match["gates"] if g["state"] == "fail"]
    lines += [_wrapped(g["text"], "    ! ", lang) for g in match["gates"] if g["state"] == "review"]
    lines += [_wrapped(u["text"], "    ? ", lang) for u in match["unknowns"]]
    return "\n".join(lines)


def gates(items: list[dict], lang: str) -> str:
    labels = vocabulary("gate")
    lines = []
    for gate in items:
        name = _pad(labels.label(gate["gate"], lang), 26)
        lines.append(
            _wrapped(
                f"{gate['text']}{_cited(gate, lang)}", f" {MARKS[gate['state']]} {name} ", lang
            )
        )
    return "\n".join(lines)


def preview(found: dict, lang: str) -> str:
    lines = [word("preview", lang, **found)]
    lines += [f" {MOVES[m['move']]} {m['text']}" for m in found["moves"]]
    return "\n".join(lines if found["moves"] else [*lines, word("no-moves", lang)])


def explanation(match: dict, lang: str) -> str:
    lines = [
        f"{match['names']['startup']} × {match['names']['investor']}",
        headline(match, lang, "startup"),
    ]
    lines.append(f"{word(match['origin']['startup'], lang)}")
    lines += (
        [_wrapped(f"{match['news']['text']}{_cited(match['news'], lang)}", "", lang)]
        if (match.get("news") or {}).get("text")
        else []
    )
    lines += ["", word("gates", lang), gates(match["gates"], lang)]
    for side, mark in (("for", "+"), ("against", "-")):
        if match["reasons"][side]:
            lines += ["", word(side, lang).capitalize()]
            lines += [
                _wrapped(f"{r['text']}{_cited(r, lang)}", f" {mark} ", lang)
                for r in match["reasons"][side]
            ]
    if match["change"]:
        lines += ["", _wrapped(f"{word('change', lang)}: {match['change']['text']}", "", lang)]
    lines += ["", word("sum", lang)]
    for part in match["contributions"]:
        if part["points"]:
            lines.append(
                f"  {_pad(part['text'], 36)}{_pad(word(part['side'], lang), 20)}"
                f"{part['points']:+.4f}  {_bar(part['points'])}"
            )
    lines.append(f"  {_pad(word('total', lang), 56)}{match['log_odds']:+.4f}")
    return "\n".join(lines)


def _bar(points: float) -> str:
    length = min(round(abs(points) * 20), 30)
    return ("+" if points > 0 else "-") * max(length, 1)


def triads(items: list[dict], lang: str) -> str:
    if not items:
        return word("none", lang)
    lines = []
    for i, t in enumerate(items, 1):
        lines.append(
            f"{i:>2}. {t['names']['hub']}: {t['names']['investor']} + {t['names']['site']} "
            f" {t['score']:+.2f}"
        )
        lines += [_wrapped(text, "    + ", lang) for text in t["links"]]
        lines.append(_wrapped(f"{word('weakest', lang)}: {t['weakest']['text']}", "    - ", lang))
        lines += [_wrapped(u["text"], "    ? ", lang) for u in t["unknowns"]]
    return "\n".join(lines)


def coach(found: dict, lang: str) -> str:
    if not (found["missing"] or found["stale"] or found["near"] or found["doubts"]):
        return word("none", lang)
    lines = [_wrapped(m["text"], f"{n:>2}. ", lang) for n, m in enumerate(found["missing"], 1)]
    lines += [_wrapped(m["text"], "  ~ ", lang) for m in found["near"]]
    return "\n".join(
        lines + [_wrapped(m["text"], "  ? ", lang) for m in found["doubts"] + found["stale"]]
    )


def asks(items: list[dict], lang: str) -> str:
    """A question a line: what is asked of whom, how many wait, and until when it does."""
    lines = []
    for q in items:
        told = word("ask-" + q["state"], lang)
        aside = (
            word("waiting", lang, n=q["mandates"]) if "mandates" in q else f"{q['mandate']}, {told}"
        )
        lines.append(
            _wrapped(
                f"{q['startup']} · {q['label']}: {q['text']} ({aside}, {q['expires_at'][:10]})"
                f" {q['id']}",
                "  ? ",
                lang,
            )
        )
    return "\n".join(lines) or word("none", lang)


def decisions(items: list[dict]) -> str:
    """A decision a line: the pair, where it stands, why, and what it waits for."""
    lines = []
    for d in items:
        waits = ", ".join(p for p in (d["condition_text"], d["until"]) if p)
        said = " · ".join(
            p for p in (d["state"], d["reason_text"], waits and f"-> {waits}", d["note"]) if p
        )
        lines.append(f"  {d['at'][:10]}  {d['startup']} x {d['mandate']}: {said}")
    return "\n".join(lines) or word("none", "en")


def team(found: dict) -> str:
    """Votes in a line, then comments, colleagues' views and steps, each with its day."""
    lines = [
        "  " + (", ".join(f"{v['person']}: {v['vote']}" for v in found["votes"]) or "no votes")
    ]
    lines += [f"  {c['at'][:10]}  {c['by'] or '-'}: {c['text']}" for c in found["comments"]]
    lines += [
        f"  {e['name']}: {e['state']}"
        + (f" ({e['verdict']}) {' / '.join(e['answers'])}" if e["answers"] else "")
        for e in found["experts"]
    ]
    lines += [
        f"  {s['at'][:10]}  {s['verb']} {s['state']}" + (f": {s['reason']}" if s["reason"] else "")
        for s in found["steps"]
    ]
    return "\n".join(lines)


def searches(items: list[dict]) -> str:
    """A search a line, with the first of what it finds."""
    told = [
        f"  {s['name']}: {s['count']} ({', '.join(x['name'] for x in s['startups'][:5])}) {s['id']}"
        for s in items
    ]
    return "\n".join(told) or word("none", "en")


def calls(items: list[dict], lang: str) -> str:
    """A call a line: name, places, deadline."""
    told = [
        f"  {c['name'].get(lang) or c['name'].get('en')} ({c['capacity']})"
        f" {(c['deadline'] or '-')[:16]} {c['id']}"
        for c in items
    ]
    return "\n".join(told) or word("none", lang)


def introductions(items: list[dict], lang: str) -> str:
    """An introduction a line: who, where it stands for the reader, until when; what may be done
    about it in brackets.
    """
    lines = []
    for i in items:
        names = " × ".join(
            i["names"][side].get(lang) or i["names"][side]["en"] for side in ("startup", "investor")
        )
        steps = f" [{', '.join(i['legal'])}]" if i["legal"] else ""
        lines.append(
            _wrapped(
                f"{names} ({i['mandate']}): {i['text']} {i['expires_at'][:10]}{steps} {i['id']}",
                "  · ",
                lang,
            )
        )
    return "\n".join(lines) or word("none", lang)


def introduction(found: dict, lang: str) -> str:
    """One introduction as its page shows it."""
    lines, contact = [introductions([found], lang)], found.get("contact") or {}
    if contact:
        lines.append(
            f"  {contact.get('name', contact['state'])} {contact.get('email', '')}".rstrip()
        )
    for meeting in found.get("meetings", []):
        lines.append(
            f"  {meeting['state']}: {meeting['starts_at'] or ', '.join(meeting['slots'])}"
            f" ({meeting['minutes']} min) {meeting['id']}"
        )
    lines += [
        _wrapped(f"{r['side']}, {r['at'][:16]}: {r['text']}", "  ", lang)
        for r in found.get("remarks", [])
    ]
    return "\n".join(lines)


def rules(found: list[dict], lang: str) -> str:
    """A rule a paragraph: what it says, when counsel is needed, where it is written; once at the
    end, what it is not.
    """
    lines = []
    for item in found:
        source = item["source"].get("url") or item["source"]["title"]
        lines += [item["title"], _wrapped(item["text"], "  ", lang)]
        lines += [_wrapped(item["counsel"], "  ", lang)] if item["counsel"] else []
        lines += [f"  {source} ({item['version']}, {item['in_force_since']}〜)"]
        for said in item.get("says", []):
            lines.append(_wrapped(f"{said['when']}: {said['text']}", "  - ", lang))
        lines.append("")
    return "\n".join([*lines, found[0]["note"]]) if found else word("none", lang)


def watchlists(found: list[dict], lang: str) -> str:
    lines = []
    for w in found:
        state = word(
            (
                "in-force"
                if w["in_force"]
                else "withdrawn"
                if w["state"] == "withdrawn"
                else "superseded"
            ),
            lang,
        )
        lines.append(
            f"{w['published']}  {_pad(w['list'], 14)}{_pad(w['title'], 50)}{w['entries']:>6} "
            f" {state}  {w['id']}"
        )
    return "\n".join(lines) or word("none", lang)


def screened(made: dict, lang: str) -> str:
    return "\n".join(
        [word("screened", lang, n=len(made["changed"])), *(f"  {s}" for s in made["changed"])]
    )


def documents(items: list[dict], lang: str) -> str:
    lines = [
        f"{_pad(d['kind'], 12)}{d['language']} "
        f" v{d['version']:<3}{_pad(d['tier'], 10)}{d['expires_on'] or '-':<12}{d['name']} "
        f" {d['id']}"
        for d in items
    ]
    return "\n".join(lines) or word("none", lang)


def proposed(told: dict, lang: str) -> str:
    """A fact a line, then the rows that ask a person, then what was left out."""
    lines = [
        word("proposed" if told["applied"] else "would-propose", lang, n=len(told["proposed"]))
    ]
    lines += [
        f"  + {word('row', lang, row=i['row'])}  {i['startup']}: {i['fact']['field']}"
        f" {i['fact']['value']}"
        for i in told["proposed"]
    ]
    lines += [
        f"  ? {word('row', lang, row=i['row'])}  {i['name']} -> {', '.join(i['candidates'])}"
        for i in told["near"]
    ]
    lines += [
        f"  x {word('row', lang, row=i['row'])}  {i['name']}: {i['why']}" for i in told["faulty"]
    ]
    return "\n".join(
        [*lines, word("left-out", lang, unknown=len(told["unknown"]), same=told["same"])]
    )


def exposure(found: dict, lang: str) -> str:
    lines = [word("exposure", lang, **found)]
    for m in found["mandates"]:
        price = f"  -{m['price']:.2f}" if m["price"] else ""
        lines.append(f"  {m['share']:>5.0%}  {_pad(m['name'], 44)}{m['lists']:>5}{price}")
    lines += [word("unseen", lang, **found), *(f"  {s['name']}" for s in found["unseen"])]
    return "\n".join(lines)


def search(items: list[dict], lang: str) -> str:
    if not items:
        return word("none", lang)
    kinds = vocabulary("organization_type")
    return "\n".join(
        f"{_pad(i['id'], 34)}{_pad(kinds.label(i['kind'], lang), 26)}"
        f"{i['name'].get(lang) or i['name'].get('en') or i['name'].get('ja')}"
        for i in items
    )


def replayed(done) -> str:
    verdict = (
        "equal to those in use, byte for byte"
        if done.equal
        else "NOT equal to those in use; the rebuilt ones are in use now"
    )
    return f"{done.events} events read, {done.rows} evaluations rebuilt: {verdict}"


def imported(told: dict, lang: str) -> str:
    counts = {
        "created": len(told["creates"]),
        "updated": len(told["updates"]),
        "refused": len(told["conflicts"]),
    }
    lines = [word("import", lang, rows=told["rows"], same=told["same"], **counts)]
    lines += [
        f"  + {word('row', lang, row=c['row'])}  {' / '.join(c['name'].values())}"
        for c in told["creates"][:20]
    ]
    lines += [
        f"  ~ {word('row', lang, row=u['row'])}  {u['id']}: {', '.join(u['fields'])}"
        for u in told["updates"][:20]
    ]
    lines += [
        f"  x {word('row', lang, row=c['row'])}  {e['field']}: {e['message']}"
        for c in told["conflicts"]
        for e in c["errors"]
    ]
    return "\n".join([*lines, word("imported" if told["applied"] else "planned", lang)])


def republished(service: str, done) -> str:
    lines = [f"{service}: {done.published} subjects lifted and published again"]
    if done.sent_again:
        lines.append(f"{done.sent_again} events the log had lost are sent again")
    if done.withdrawn:
        lines.append(
            "known to the log only, withdrawn there (enter them again if they are still wanted):"
        )
        lines += [f"  {subject}" for subject in done.withdrawn]
    return "\n".join(lines)


def trails(found: list[dict]) -> str:
    lines = [
        f"{'ok ' if not f['faults'] else 'BAD'}  {_pad(f['service'], 12)}{f['head'][:16]}"
        for f in found
    ]
    return "\n".join(
        [*lines, *(f"  {f['service']}: {fault}" for f in found for fault in f["faults"])]
    )


def dead(rows: list[dict]) -> str:
    if not rows:
        return "nothing is parked and nothing backs off"
    return "\n".join(f"{r['ref']}  {_standing(r)}  {r['cause']}: {r['detail'][:120]}" for r in rows)


def _standing(row: dict) -> str:
    if row["kind"] == "consumer":
        return (
            f"parked {row['parked_at'][:19]}, {row['topic']}/{row['partition']}@{row['offset']} of"
            f" {row['subject']}"
        )
    return (
        f"parked {row['parked_at'][:19]}"
        if row["parked_at"]
        else f"backs off until {row['next_at'][:19]} after {row['tries']} tries"
    )


def staff(people: list[dict]) -> str:
    if not people:
        return "nobody is staff; `nakodo staff add EMAIL` names somebody"
    return "\n".join(
        f"{_pad(s['email'], 44)}{s['name']}"
        f"{'' if s['second_factor'] else ' (no second factor yet)'}"
        for s in people
    )


def doctor(findings: list[dict]) -> str:
    return "\n".join(
        f"{'ok ' if f['ok'] else 'BAD'}  {_pad(f['what'], 44)}{f['value']}" for f in findings
    )
