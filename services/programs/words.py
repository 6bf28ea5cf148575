"""What the programs service says in reports, English and Japanese side by side."""

WORDS = {
    "title": ("Report", "事業報告書"),
    "until": ("As of {date}", "{date}現在"),
    "public": (
        (
            "For publication: counts from one to four are shown as <5; * marks figures withheld so"
            " that these cannot be worked out."
        ),
        "公表用：1〜4件は「<5」と表示し、差し引きで特定されないよう「*」の数値も非表示としています。",
    ),
    "indicator": ("Indicator", "指標"),
    "hub": ("Hub", "拠点"),
    "unit": ("Unit", "単位"),
    "baseline": ("Baseline", "基準値"),
    "no-baseline": ("baseline not set", "基準値未設定"),
    "target": ("Target", "目標値"),
    "input": ("Input", "インプット"),
    "output": ("Output", "アウトプット"),
    "outcome": ("Outcome", "アウトカム"),
    "impact": ("Impact", "インパクト"),
    "during": ("During", "期間中"),
    "6": ("Months 1–6", "終了後1〜6か月"),
    "12": ("Months 7–12", "終了後7〜12か月"),
    "24": ("Months 13–24", "終了後13〜24か月"),
    "total": ("Total", "合計"),
    "-": ("no hub", "拠点未定"),
    "startups": ("startups", "社"),
    "count": ("count", "件"),
    "hours": ("hours", "時間"),
    "number": ("number", "人"),
    "money": ("JPY / USD", "円／米ドル"),
    "figures": ("Figures", "集計"),
    "rows": ("Evidence", "根拠一覧"),
    "date": ("Date", "日付"),
    "startup": ("Startup", "スタートアップ"),
    "amount": ("Amount", "数値"),
    "currency": ("Currency", "通貨"),
    "evidence": ("Evidence", "根拠資料"),
    "window": ("Window", "期間"),
    "rates": ("Yearly average rates of {years}.", "換算レート：{years}年の年平均。"),
    "unconverted": (
        "{n} amounts have no dated rate and are in their own currency only.",
        "{n}件は該当年のレートがなく、換算していません。",
    ),
    "method": (
        (
            "Windows do not overlap: until the cohort's end, then months 1-6, 7-12 and 13-24 after"
            " it. A company counts once, where it first appears. Every figure opens to its rows:"
            " nakodo kpis trace."
        ),
        (
            "各期間は重複しません（期間終了まで、終了後1〜6か月、7〜12か月、13〜24か月）。"
            "企業数は最初に該当した期間に1社として計上します。"
            "すべての数値は根拠一覧までさかのぼって確認できます（nakodo kpis trace）。"
        ),
    ),
}


def say(key: str, lang: str, **values) -> str:
    return WORDS[key][lang == "ja"].format(**values)
