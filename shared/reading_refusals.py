"""What is said where a date, an amount or a code cannot be read; part of `shared.refusals`."""

TEXTS: dict[str, tuple[str, str]] = {
    "bad-date": (
        (
            "“{given}” cannot be read as a date. Write it as 2026-01-05, 2026/1/5, 令和8年1月5日,"
            " 5 January 2026, 2026-01 or 2026."
        ),
        (
            "「{given}」は日付として読み取れません。"
            "2026-01-05、2026/1/5、令和8年1月5日、2026年1月、2026年のように入力してください。"
        ),
    ),
    "no-such-day": (
        "“{given}”: the calendar has no such day.",
        "「{given}」は暦に存在しない日付です。",
    ),
    "no-such-time": (
        "“{given}”: there is no such time on that day. Write 9:05, 17:00, 24:00 or 午後3時.",
        ("「{given}」の時刻は存在しません。9:05、17:00、24:00、午後3時のように入力してください。"),
    ),
    "time-ambiguous": (
        "“{given}” may be noon or midnight. Write 12:00 (正午) or 24:00.",
        "「{given}」は正午とも午前0時とも読めます。12:00（正午）または24:00と入力してください。",
    ),
    "date-ambiguous": (
        "“{given}” may be {first} or {second}. Write the one that is meant.",
        "「{given}」は{first}とも{second}とも読めます。どちらかを入力してください。",
    ),
    "date-short-year": (
        "“{given}”: write the year in full, for example {example}.",
        "「{given}」の年を4桁で入力してください（例：{example}）。",
    ),
    "weekday-differs": (
        "“{given}”: {date} is no such day of the week (it is {day}). Write the date that is meant.",
        "「{given}」の曜日が一致しません（{date}は{day}曜日です）。正しい日付を入力してください。",
    ),
    "years-differ": (
        "“{given}” names two different years. Write the one that is meant.",
        "「{given}」の西暦と和暦が一致しません。正しい年を入力してください。",
    ),
    "era-over": (
        "“{given}”: that era has no such date; {year} is {era}. Write the year that is meant.",
        "「{given}」はその元号に存在しません（{year}年は{era}です）。正しい年を入力してください。",
    ),
    "date-too-wide": (
        "“{given}” lasts from {first} to {last}. Write a day, a month or a year.",
        "「{given}」は{first}から{last}までの期間です。年、年月または年月日で入力してください。",
    ),
    "date-not-a-day": (
        "“{given}” lasts from {first} to {last}. Write one day.",
        "「{given}」は{first}から{last}までを指します。年月日で入力してください。",
    ),
    "not-whole-amount": (
        "“{given}” cannot be read as an amount. Write it as 45億円, JPY 4,500,000,000 or USD 7M.",
        (
            "「{given}」は金額として読み取れません。"
            "45億円、4,500,000,000円、USD 7Mのように入力してください。"
        ),
    ),
    "amount-negative": (
        "“{given}” is negative. Write an amount above 0.",
        "「{given}」は負の金額です。0より大きい金額を入力してください。",
    ),
    "amount-no-currency": (
        "“{given}” names no currency. Write {examples}.",
        "「{given}」に通貨がありません（入力例：{examples}）。",
    ),
    "amount-currencies": (
        "“{given}” names two currencies. Write one of them.",
        "「{given}」に2つの通貨が含まれています。1つにしてください。",
    ),
    "amount-currency": (
        "“{given}” is in {currency}. Amounts are kept in JPY, USD or EUR.",
        "「{given}」の通貨（{currency}）は使用できません。JPY、USD、EURで入力してください。",
    ),
    "amount-range": (
        "“{given}” reads as {read}. Write one amount.",
        "「{given}」は「{read}」と読めます。1つの金額を入力してください。",
    ),
    "amount-order": (
        "“{given}”: the first amount is above the second. Write the unit of both.",
        "「{given}」は下限が上限を超えています。両方に単位を付けて入力してください。",
    ),
    "amount-not-whole": (
        "“{given}” reads as {read}. Write a whole amount above 0.",
        "「{given}」は「{read}」と読めます。0より大きい整数の金額を入力してください。",
    ),
    "not-number": (
        "“{given}” cannot be read as a number. Write it as 34, 1,234 or 12.5.",
        "「{given}」は数値として読み取れません。34、1,234、12.5のように入力してください。",
    ),
    "number-not-whole": (
        "“{given}” is no whole number.",
        "「{given}」は整数ではありません。整数で入力してください。",
    ),
    "not-boolean": (
        "“{given}” is neither yes nor no. Write yes or no, ○ or ×, 有 or 無.",
        (
            "「{given}」は「はい」とも「いいえ」とも読み取れません。"
            "はい／いいえ、○／×、有／無のいずれかで入力してください。"
        ),
    ),
    "unread-phase": (
        "“{given}” is no phase from 1 to 3. Write it as Phase 1, Phase I/II or 第2相.",
        (
            "「{given}」は第1相から第3相として読み取れません。"
            "第2相、Phase I/IIのように入力してください。"
        ),
    ),
    "unknown-code": (
        "“{given}” is no entry of the list “{vocabulary}”.",
        "「{given}」は一覧「{vocabulary}」にありません。",
    ),
}
