"""The portal's words for placement, the sites asked for it, and triads, English and Japanese side
by side.
"""

PLACEMENT = {
    "plan-lead": (
        (
            "Who goes to which site in which window: as many as possible, then by what both sides"
            " wish. Gates, room, pins and floors always hold. Nothing is given out before you"
            " confirm a plan."
        ),
        (
            "どの企業がどの拠点にいつ入居するかの配置案です。入居企業数を最優先し、"
            "次に双方の希望を考慮します。要件・定員・指定条件は必ず守られます。"
            "確定するまで配置は行われません。"
        ),
    ),
    "plans": ("Plans", "配置案"),
    "new-plan": ("Compute a plan", "配置案を作成"),
    "plan-name": ("Name", "名称"),
    "plan-floors": ("At least so many of a kind", "分野・拠点ごとの最低数"),
    "plan-rules": ("Sites fixed or ruled out, minimum numbers", "拠点の指定・除外、最低数"),
    "plan-room": (
        "Room in this plan (change a number to try what if)",
        "この案の受け入れ枠（数値を変えて試算できます）",
    ),
    "fixed-at": ("Fixed at", "指定する拠点"),
    "not-at": ("Not at", "除外する拠点"),
    "floor-kind": ("Kind", "分野"),
    "floor-at": ("Where", "場所"),
    "floor-anywhere": ("anywhere", "すべて"),
    "floor-least": ("At least", "最低数"),
    "sites-and-windows": ("Sites and windows", "施設と期間"),
    "sites-lead": (
        (
            "Ask sites how much room they have and whom they want; their managers are written to."
            " Startups are asked where they want to be once the results are out."
        ),
        (
            "施設に受け入れ枠と希望を照会します（担当者に通知されます）。採択企業には、"
            "結果の公表後に希望する施設を伺います。"
        ),
    ),
    "window-from": ("From", "開始日"),
    "window-to": ("To", "終了日"),
    "answers-until": ("Answers until (Japan time)", "回答期限（日本時間）"),
    "ask-sites": ("Ask these sites", "この内容で照会する"),
    "sites-asked": ("The sites have been asked.", "施設に照会しました。"),
    "site-name": ("Site", "施設"),
    "site-wants": ("Wants", "受け入れ希望"),
    "answered-on": ("Answered", "回答日"),
    "answer-missing": ("waiting", "回答待ち"),
    "answer-for": ("Enter the answer", "回答を入力"),
    "wishes-of-startups": ("Where startups want to be", "スタートアップの希望"),
    "wish-missing": ("as in the application", "応募時の希望拠点による"),
    "place-given": ("The place is given.", "配置を変更しました。"),
    "give-place": ("Give this place", "この枠に配置する"),
    "move-by-hand": ("Change a place by hand", "手動で配置を変更"),
    "hosting": ("Room for startups", "受け入れ枠"),
    "hosting-lead": (
        "Programmes ask how many startups your site can take, and whom you would like to host.",
        "プログラムの事務局から、受け入れ可能な枠と希望するスタートアップについて照会を受けています。",
    ),
    "no-hosting": ("No programme asks at the moment.", "現在、照会はありません。"),
    "your-room": ("Room in each window", "期間ごとの受け入れ枠"),
    "one-more-resource": ("One more resource", "設備・枠を追加"),
    "resource-kind": ("Resource", "種類"),
    "whom-you-want": ("Whom you want", "受け入れの希望"),
    "whom-lead": (
        "Number those you would like most: 1 is the most wanted.",
        "受け入れを希望する順に番号を付けてください（1が第一希望）。",
    ),
    "save-room": ("Send the answer", "回答を送信する"),
    "saved-room": ("Thank you; the programme has your answer.", "回答を送信しました。"),
    "your-place": ("Your place", "入居先"),
    "where-you-want": ("Where would you like to be?", "入居先のご希望"),
    "where-lead": (
        "Number the sites: 1 is the most wanted.",
        "希望する施設に順位を付けてください（1が第一希望）。",
    ),
    "what-you-need": ("What you need (seats: 1 if empty)", "必要な枠（空欄の場合は1席）"),
    "when-you-can": (
        "When you can (none ticked: any time)",
        "入居できる期間（選択なしの場合はいつでも可）",
    ),
    "save-wish": ("Send", "送信する"),
    "plan-stable": (
        "Stable variant: nobody would rather swap",
        "安定配置（互いに入れ替わりを望む組がない案）",
    ),
    "depart-from": ("Change as little as possible from", "変更を最小限にする基準の案"),
    "plan-asked": (
        "Being computed; look again in a moment.",
        "計算中です。少し待ってから再読み込みしてください。",
    ),
    "best-so-far": ("Best so far: {n} placed.", "現時点の最良案：{n}社を配置"),
    "plan-made": ("The plan is there.", "配置案を作成しました。"),
    "plan-confirmed": ("The places are given out.", "配置を確定しました。"),
    "confirm-plan": ("Confirm this plan", "この案で確定する"),
    "confirmed-plan": ("confirmed", "確定済み"),
    "plan-optimal": ("proven best", "最適と証明済み"),
    "plan-gap": ("at most {gap} % from the best", "最適との差は最大{gap}%"),
    "plan-stable-word": ("stable", "安定配置"),
    "plan-figures": (
        (
            "{placed} of {of} placed · {first} at their first wish · worst off {fair} % of theirs ·"
            " wishes met {value}"
        ),
        "{of}社中{placed}社を配置・第1希望{first}社・最も低い希望充足{fair}%・希望の合計{value}",
    ),
    "plan-clash": ("These cannot hold together:", "次の条件は同時に満たせません："),
    "clash-pin": ("pin {a} at {b}", "{a}を{b}に指定"),
    "clash-floor": ("at least {n} of {a}", "{a}を{n}社以上"),
    "left-out": ("Without a place", "未配置"),
    "why-gates": ("no site whose requirements it meets", "要件を満たす拠点がありません"),
    "why-needs": (
        "no site has what it needs in its windows",
        "希望期間に必要な設備のある拠点がありません",
    ),
    "why-full": ("every site it could go to is full", "入居可能な拠点はすべて定員に達しています"),
    "why-held": ("a pin or floor needs the room", "指定条件のため枠がありません"),
    "blocking-pairs": ("Would rather be together", "互いに入れ替わりを望む組"),
    "blocking-line": ("{startup} and {site}{instead}", "{startup}と{site}{instead}"),
    "instead-of": (" (instead of {who})", "（{who}の代わり）"),
    "compare-with": ("Compare with", "比較する案"),
    "compare": ("Compare", "比較する"),
    "moves-between": ("Who moves", "移動する企業"),
    "nobody-moves": ("Nobody.", "なし"),
    "out-word": ("no place", "未配置"),
    "places-now": ("Places given out", "確定した配置"),
    "used-of": ("{used} of {of}", "{used}／{of}"),
    "cohort-triads-lead": (
        (
            "Startup, investor and site together: the startup's own hub first, others only if it"
            " says it would move; at most three each, with the weakest link."
        ),
        (
            "スタートアップ・投資家・拠点の組み合わせです（企業の希望拠点を優先、最大3件）。"
            "最も弱い点もあわせて示します。"
        ),
    ),
    "no-triads-here": ("no triad clears the floor", "基準を満たす組み合わせはありません"),
    "not-published-here": ("its profile is not published", "プロフィールが公開されていません"),
    "weakest-link": ("weakest: {what}", "最も弱い点：{what}"),
    "sponsored-by": ("golden ticket or seat: {who}", "スポンサー：{who}"),
    "field-starts_on": ("From", "開始日"),
    "field-ends_on": ("To", "終了日"),
    "field-least": ("At least", "最低数"),
    "field-until": ("Answers until", "回答期限"),
}
