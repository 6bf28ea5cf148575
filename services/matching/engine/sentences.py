"""The sentences of gates, reasons and questions, English and Japanese side by side. Parameters are
already in the language.
"""

SENTENCES = {
    "learn.out-of-modality": (
        "{n} companies were passed on as outside your modality; all work on: {code}. Rule it out?",
        "モダリティ対象外として見送った{n}社は、いずれも「{code}」です。対象外に追加しますか。",
    ),
    "learn.out-of-therapeutic-area": (
        (
            "{n} companies were passed on as outside your therapeutic area; all work on: {code}."
            " Rule it out?"
        ),
        "疾患領域の対象外として見送った{n}社は、いずれも「{code}」です。対象外に追加しますか。",
    ),
    "learn.too-early": (
        "{n} companies were passed on as too early. Begin at: {code}?",
        "時期尚早として見送った企業が{n}社あります。対象ステージの下限を「{code}」にしますか。",
    ),
    "learn.cheque-mismatch": (
        "{n} companies were passed on for the size of the round. Is the ticket stated right?",
        "調達規模を理由に見送った企業が{n}社あります。投資額の設定を見直しますか。",
    ),
    "funnel.sheet": ("Funnel", "ファネル"),
    "funnel.mandate": ("Mandate", "マンデート"),
    "funnel.shown": ("In editions", "週次一覧に掲載"),
    "funnel.asked": ("Questions asked", "質問"),
    "funnel.advance": ("Advanced", "検討を進めた"),
    "funnel.hold": ("On hold", "保留"),
    "funnel.pass": ("Passed", "見送り"),
    "funnel.returned": ("Came back", "再浮上"),
    "funnel.introductions": ("Introductions asked", "面談の申し込み"),
    "funnel.introduced": ("Introduced", "面談成立"),
    "funnel.reasons": ("Passes by reason", "見送り理由"),
    "funnel.reason": ("Reason", "理由"),
    "funnel.count": ("Count", "件数"),
    "funnel.steps": ("Steps", "履歴"),
    "funnel.date": ("Date", "日付"),
    "funnel.name": ("Company", "企業名"),
    "funnel.step": ("Step", "操作"),
    "funnel.undone": ("Taken back", "取り消し"),
    "mandate.equity": ("Equity", "出資"),
    "mandate.licence": ("Licences", "ライセンス"),
    "mandate.option": ("Options", "オプション契約"),
    "mandate.research-collaboration": ("Research collaborations", "共同研究"),
    "mandate.acquisition": ("Acquisitions", "買収"),
    "digest.title": ("Nakodo {week}: {name}", "Nakodo {week}：{name}"),
    "digest.grade": ("grade {grade}, {fit}", "評価{grade}（{fit}）"),
    "digest.edition": ("{name}, {week}", "{name}（{week}）"),
    "digest.lead": (
        "{n} to look at; {questions} questions open.",
        "今週の確認対象は{n}件です（回答待ちの質問：{questions}件）。",
    ),
    "digest.weak": (
        "{n} to look at, none of them graded A or B; {questions} questions open.",
        "今週の確認対象は{n}件で、評価A・Bの候補はありません（回答待ちの質問：{questions}件）。",
    ),
    "digest.empty": (
        "Nothing new this week; {questions} questions open.",
        "今週の新着はありません（回答待ちの質問：{questions}件）。",
    ),
    "digest.search": ("New in “{name}”: {n}", "保存した検索「{name}」の新着：{n}件"),
    "lane.new": ("New", "新着"),
    "lane.changed": ("Changed", "変化あり"),
    "lane.seen": ("Nothing new", "新しい動きなし"),
    "lane.near-miss": ("Near miss", "あと一歩"),
    "lane.returned": ("Back", "再浮上"),
    "status.pass": (
        "Status of {startup}: {value}.",
        "{startup}の企業ステータスは「{value}」です。",
    ),
    "status.fail": (
        "Status of {startup}: {value}; {investor} does not take such companies.",
        "{startup}の企業ステータスは「{value}」で、{investor}の対象外です。",
    ),
    "status.unknown": (
        "Is {startup} an independent, unlisted company today? No dated statement says so.",
        "{startup}は現在、独立した未上場企業ですか（時点の明らかな情報がありません）。",
    ),
    "status.listed": (
        "{startup} is listed. Does {investor} take listed companies? It does not say.",
        "{startup}は上場企業です。{investor}が上場企業を対象とするかは明記されていません。",
    ),
    "status.planned": (
        "The listing of {startup} was planned for {date}. Has it taken place?",
        "{startup}の上場予定日（{date}）を過ぎています。上場済みですか。",
    ),
    "focus.pass": (
        "{value} is on the list of {investor}: {threshold}.",
        "{value}は{investor}の対象（{threshold}）に含まれます。",
    ),
    "focus.fail": (
        "{value} is on none of the lists of {investor}: {threshold}.",
        "{value}は{investor}の対象（{threshold}）に含まれません。",
    ),
    "focus.excluded": (
        "{investor} rules this out: {threshold}; {startup} has {value}.",
        "{investor}は{threshold}を対象外としています（{startup}：{value}）。",
    ),
    "focus.unknown": (
        "What area and modality does {startup} work in? {investor} wants {threshold}.",
        "{startup}の疾患領域とモダリティを教えてください。{investor}の対象は{threshold}です。",
    ),
    "stage.pass": (
        "{value} lies inside the stages of {investor}: {threshold}.",
        "{value}は{investor}の対象ステージ（{threshold}）に入ります。",
    ),
    "stage.fail": (
        "{value} lies outside the only stages {investor} takes: {threshold}.",
        "{value}は{investor}が限定する対象ステージ（{threshold}）の範囲外です。",
    ),
    "stage.unknown": (
        "Which round or stage is {startup} at? {investor} takes only {threshold}.",
        "{startup}の現在のラウンド・開発段階を教えてください。{investor}の対象は{threshold}に限られます。",
    ),
    "raising.pass": ("{startup} says it is raising.", "{startup}は資金調達中です。"),
    "raising.fail": (
        "{startup} says it is not raising now.",
        "{startup}は現在、資金調達を行っていません。",
    ),
    "cheque.pass": (
        "The raise of {value} has room for the smallest cheque of {threshold}.",
        "調達額{value}は、最低投資額{threshold}を上回ります。",
    ),
    "cheque.fail": (
        "The smallest cheque of {threshold} exceeds the raise of {value}.",
        "最低投資額{threshold}が調達額{value}を上回ります。",
    ),
    "cheque.unknown": (
        "How much is {startup} raising? The smallest cheque stated is {threshold}.",
        "{startup}の調達予定額を教えてください。{investor}の最低投資額は{threshold}です。",
    ),
    "cheque.unclear": (
        "The raise is {value}; is {threshold} of {investor} a first cheque or the sum over time?",
        "調達額は{value}です。{investor}の{threshold}は初回投資額ですか、累計額ですか。",
    ),
    "country.pass": (
        "Headquarters in {value}: inside the stated geography ({threshold}).",
        "本社所在地（{value}）は対象地域（{threshold}）に入ります。",
    ),
    "country.fail": (
        "Headquarters in {value}: outside the stated geography ({threshold}).",
        "本社所在地（{value}）は対象地域（{threshold}）の外です。",
    ),
    "country.unknown": (
        "Where is the headquarters of {startup}? {investor} states {threshold}.",
        "{startup}の本社所在地を教えてください。{investor}の対象地域は{threshold}です。",
    ),
    "lead.pass": (
        "{investor} follows only; a lead has been found.",
        "{investor}はフォロー投資のみです。リード投資家は決まっています。",
    ),
    "lead.unknown": (
        "{investor} follows only. Does {startup} have a lead investor?",
        "{investor}はフォロー投資のみです。{startup}のリード投資家は決まっていますか。",
    ),
    "rights.pass": (
        "The rights sought ({threshold}) are free: {value}.",
        "求められている権利（{threshold}）は提供可能です（{value}）。",
    ),
    "rights.fail": (
        "The rights sought ({threshold}) are not free: {value}.",
        "求められている権利（{threshold}）は提供できない状態です（{value}）。",
    ),
    "rights.unknown": (
        "Are the rights sought ({threshold}) free? {value}",
        "求められている権利（{threshold}）は提供可能ですか。{value}",
    ),
    "rule.pass": (
        "Meets the rule “{threshold}”: {value}.",
        "要件「{threshold}」を満たします（{value}）。",
    ),
    "rule.fail": (
        "Does not meet the rule “{threshold}”: {value}.",
        "要件「{threshold}」を満たしません（{value}）。",
    ),
    "rule.unknown": (
        "Does {startup} meet the rule “{threshold}”? {value}",
        "{startup}は要件「{threshold}」を満たしますか。{value}",
    ),
    "rule.derived": ("Its modality suggests: {value}.", "モダリティからの推定：{value}。"),
    "class.pass": (
        "Product class {value} is wanted ({threshold}).",
        "製品区分「{value}」は対象（{threshold}）です。",
    ),
    "class.fail": (
        "Product class {value} is not wanted ({threshold}).",
        "製品区分「{value}」は対象（{threshold}）ではありません。",
    ),
    "class.unknown": (
        "What product class is it? {investor} wants {threshold}; the modality suggests {value}.",
        (
            "製品区分を教えてください。"
            "{investor}の対象は{threshold}です（モダリティからの推定：{value}）。"
        ),
    ),
    "block.fail": ("A block-list stands between the two.", "ブロックリストの対象です。"),
    "conflict.review": (
        "Overlaps with a programme of {owner}: {threshold}. A person should look.",
        "{owner}の社内プログラム（{threshold}）と重なります。担当者の確認が必要です。",
    ),
    "conflict.fail": (
        "Overlaps with a programme of {owner}: {threshold}. The fund's policy excludes it.",
        "{owner}の社内プログラム（{threshold}）と重なり、ファンドの方針により対象外です。",
    ),
    "compliance.review": (
        "For review: {value}. This is no legal advice.",
        "要確認：{value}。法的助言ではありません。",
    ),
    "hub.pass": (
        "The US hub planned or stated ({value}) is that of the site.",
        "米国拠点（{value}）は施設の所在地と一致します。",
    ),
    "hub.fail": (
        "The US hub planned or stated is {value}; the site is in {threshold}.",
        "予定または既存の米国拠点は{value}で、施設の所在地は{threshold}です。",
    ),
    "hub.unknown": (
        "Which US hub does {startup} plan? The site is in {threshold}.",
        "{startup}が予定する米国拠点はどこですか。施設の所在地は{threshold}です。",
    ),
    "ceiling.pass": (
        "Raised {value}: not above the ceiling of {threshold}.",
        "累計調達額{value}は上限{threshold}以内です。",
    ),
    "ceiling.fail": (
        "Raised at least {value}: above the ceiling of {threshold}.",
        "累計調達額は少なくとも{value}で、上限{threshold}を超えています。",
    ),
    "ceiling.unknown": (
        "How much has {startup} raised? The ceiling is {threshold}.",
        "{startup}の累計調達額を教えてください。上限は{threshold}です。",
    ),
    "ceiling.depends": (
        (
            "Of {value}, how much counts? The ceiling is {threshold}; whether grants count is not"
            " settled."
        ),
        (
            "{value}のうち、どこまでが対象ですか。上限は{threshold}で、"
            "助成金を含むかどうかが定まっていません。"
        ),
    ),
    "revenue.pass": (
        "Revenue {value}: not above the ceiling of {threshold}.",
        "売上高{value}は上限{threshold}以内です。",
    ),
    "revenue.fail": (
        "Revenue {value}: above the ceiling of {threshold}.",
        "売上高{value}は上限{threshold}を超えています。",
    ),
    "revenue.unknown": (
        "What was the revenue of the last 12 months? The ceiling is {threshold}.",
        "直近12か月の売上高を教えてください。上限は{threshold}です。",
    ),
    "capability.pass": (
        "{place} offers what is needed: {value}.",
        "{place}は必要な設備・機能（{value}）を備えています。",
    ),
    "capability.fail": (
        "{place} does not list what is needed: {value}. It lists: {threshold}.",
        "{place}の公表内容に必要な設備（{value}）がありません。公表されている設備：{threshold}",
    ),
    "capability.office": (
        "{place} lists offices only; work with {value} needs a wet laboratory.",
        "{place}が公表しているのはオフィスのみです。{value}にはウェットラボが必要です。",
    ),
    "capability.unknown": (
        "Does {place} offer: {value}? It lists: {threshold}.",
        "{place}は{value}に対応していますか。公表されている設備・機能：{threshold}",
    ),
    "capability.inhouse": (
        "{place} makes for its owner only; it is not offered to others.",
        "{place}は自社専用の施設で、外部には提供されていません。",
    ),
    "capability.partner": (
        "What is missing at {place} is offered by {partner}: {value}.",
        "{place}に不足する設備は{partner}が提供します：{value}",
    ),
    "modality.pass": ("{place} takes {value}.", "{place}は{value}を受け入れています。"),
    "modality.fail": (
        "{place} takes {threshold}; {startup} works with {value}.",
        "{place}の受入対象は{threshold}です（{startup}：{value}）。",
    ),
    "availability.review": (
        "{place} was {value} when last stated.",
        "{place}の空き状況は「{value}」です（公表時点）。",
    ),
    "learning.up": (
        (
            "{passed} passes and {taken} taken on suggest weighing {criterion} more: {before} % to"
            " {after} %."
        ),
        (
            "見送り{passed}件・採択{taken}件から、"
            "「{criterion}」の比重を{before}％から{after}％に上げることを提案します。"
        ),
    ),
    "learning.down": (
        (
            "{passed} passes and {taken} taken on suggest weighing {criterion} less: {before} % to"
            " {after} %."
        ),
        (
            "見送り{passed}件・採択{taken}件から、"
            "「{criterion}」の比重を{before}％から{after}％に下げることを提案します。"
        ),
    ),
    "move.appear": ("{startup} appears at {after}.", "{startup}が{after}位に入ります。"),
    "move.drop": (
        "{startup} leaves the list (was {before}).",
        "{startup}（{before}位）がリストから外れます。",
    ),
    "move.up": (
        "{startup} rises from {before} to {after}.",
        "{startup}が{before}位から{after}位に上がります。",
    ),
    "move.down": (
        "{startup} falls from {before} to {after}.",
        "{startup}が{before}位から{after}位に下がります。",
    ),
    "relation.meets": (
        "{criterion}: {value} meets what is looked for ({threshold}).",
        "{criterion}：{value}は対象（{threshold}）に合致します。",
    ),
    "relation.near": (
        "{criterion}: {value} is close to what is looked for ({threshold}).",
        "{criterion}：{value}は対象（{threshold}）に近い内容です。",
    ),
    "relation.alternative": (
        "{criterion}: {value} is not among {threshold}; another list of the mandate is met.",
        "{criterion}：{value}は対象（{threshold}）に含まれませんが、別の条件を満たします。",
    ),
    "relation.outside": (
        "{criterion}: {value} is not what is looked for ({threshold}).",
        "{criterion}：{value}は対象（{threshold}）の範囲外です。",
    ),
    "relation.unknown": (
        "{criterion}: not known; looked for is {threshold}.",
        "{criterion}：未確認です（対象：{threshold}）。",
    ),
    "relation.habit": (
        "{criterion}: {value}; {count} past investments lie there too.",
        "{criterion}：{value}（過去の投資{count}件が該当）。",
    ),
    "relationship.shareholder": (
        "{investor} is a shareholder already.",
        "{investor}は既存株主です。",
    ),
    "relationship.in-talks": (
        "The two are in talks already.",
        "{investor}とは協議中です。",
    ),
    "relation.not": ("not {value}", "{value}以外"),
    "knowledge.known": ("{n} known", "確認済み{n}件"),
    "knowledge.stale": ("{n} to confirm again", "要再確認{n}件"),
    "knowledge.missing": ("{n} missing", "未確認{n}件"),
    "change.gate": (
        "If {gate} passed, this would be a match: {text}",
        "「{gate}」の条件が満たされればマッチになります。{text}",
    ),
    "change.ask": (
        "An answer to this would settle most: {text}",
        "この点の回答が得られると、判断が最も進みます。{text}",
    ),
    "change.none": (
        "No single change would lift it further.",
        "単独の変更で順位が上がる項目はありません。",
    ),
    "change.rank": (
        (
            "Knowing “{criterion}” of {startup} could lift the rank: it counts {share} % and is"
            " unknown."
        ),
        "{startup}の「{criterion}」（配点{share}%）が分かれば、順位が上がる可能性があります。",
    ),
    "coach.both": (
        (
            "Stating “{field}” would answer a question of {gates}; {mandates} weigh it, at {share}"
            " % of the score."
        ),
        (
            "「{field}」を登録すると、{gates}の確認事項に答えられます（{mandates}が評価に使用、"
            "配点{share}%）。"
        ),
    ),
    "coach.gates": (
        "Stating “{field}” would answer a question of {gates}.",
        "「{field}」を登録すると、{gates}の確認事項に答えられます。",
    ),
    "coach.share": (
        "“{field}” is unknown to {mandates}, where it weighs {share} % of the score.",
        "「{field}」が未登録です。{mandates}が評価に使用しています（配点{share}%）。",
    ),
    "coach.stale": (
        "“{field}” was last stated as of {date}: still true?",
        "「{field}」は{date}時点の情報です。現在も変わりありませんか。",
    ),
    "coach.undated": (
        "“{field}” stands there without a date: still true?",
        "「{field}」は日付のない情報です。現在も変わりありませんか。",
    ),
    "doubt": (
        "Sources disagree on “{field}”: {values}. Which is right?",
        "「{field}」について出典が食い違っています：{values}。正しいのはどちらですか。",
    ),
    "doubt.value": ("{value} ({date}, {source})", "{value}（{date}、{source}）"),
    "coach.near": (
        "One step away from {mandates}: “{gate}”.",
        "あと一歩で{mandates}に合致します（「{gate}」）。",
    ),
    "ask.reviewer": ("a reviewer", "投資家の担当者"),
    "ask.status": (
        "What is the company's corporate status?",
        "会社の現在の状況（上場・未上場など）を教えてください。",
    ),
    "ask.focus": (
        "Which modality and therapeutic area do you work in?",
        "対象とするモダリティと疾患領域を教えてください。",
    ),
    "ask.stage": ("Which funding round are you at?", "現在の資金調達ラウンドを教えてください。"),
    "ask.cheque": ("How much are you raising now?", "今回の調達予定額を教えてください。"),
    "ask.country": ("Where is the company's headquarters?", "本社の所在地を教えてください。"),
    "ask.lead": (
        "Has a lead investor been found for the current round?",
        "今回のラウンドのリード投資家は決まっていますか。",
    ),
    "ask.doubt": (
        "Sources disagree on “{field}”. What is right?",
        "「{field}」について公開情報が食い違っています。正しい内容を教えてください。",
    ),
    "ask.rights": (
        "Who holds the rights, territory by territory?",
        "地域ごとの権利の保有状況を教えてください。",
    ),
    "ask.eligibility": (
        "Which product class does your lead asset belong to?",
        "主要パイプラインの製品区分を教えてください。",
    ),
    "ask.compliance": (
        "Is there any exposure to a listed organisation to declare?",
        "規制リスト掲載先との取引関係の有無を教えてください。",
    ),
    "condition.ind-cleared": ("IND cleared", "IND承認"),
    "condition.round-opened": ("round opened", "資金調達の開始"),
    "condition.lead-found": ("lead investor found", "リード投資家の決定"),
    "condition.exposure-resolved": ("supplier exposure resolved", "懸念取引先の解消"),
    "condition.date": ("the day has come", "予定日の到来"),
    "back.hold": (
        "Put on hold on {date} ({reason}). Back: {what} ({day}).",
        "{date}に保留（{reason}）。再浮上：{what}（{day}）。",
    ),
    "back.pass": (
        "Passed on {date} ({reason}). Back: {what} ({day}).",
        "{date}に見送り（{reason}）。再浮上：{what}（{day}）。",
    ),
    "no-reason": ("no reason given", "理由の記載なし"),
    "brief.for": ("Prepared for", "提出先"),
    "brief.grade": ("Grade (of 100)", "評価（100点満点）"),
    "brief.knowledge": ("What is known", "情報の状況"),
    "brief.reasons": ("For", "理由"),
    "brief.against": ("Against", "懸念"),
    "brief.unknown": ("Not known", "未確認事項"),
    "brief.change": ("What would change it", "次の一手"),
    "brief.foot": (
        (
            "Made with Nakodo on {date}. Each line shows the date of its statement and where it"
            " comes from; what is not stated is listed as not known."
        ),
        (
            "{date}にNakodoで作成。各行に情報の時点と出典を示します。"
            "記載のない事項は未確認として列挙しています。"
        ),
    ),
    "mandates.one": ("1 mandate", "1件のマンデート"),
    "mandates.many": ("{n} mandates", "{n}件のマンデート"),
    "news.returned": ("Back since {date}.", "{date}に再び候補となりました。"),
    "news.fit": (
        "The grade moved from {before} to {after} (of 100) on {date}.",
        "{date}に評価が{before}から{after}（100点満点）に変わりました。",
    ),
    "news.gate": (
        "{date}: “{gate}” went from {before} to {after}. {text}",
        "{date}に「{gate}」が{before}から{after}に変わりました。{text}",
    ),
    "news.answer": ("{date}: answered: “{field}”.", "{date}に「{field}」への回答がありました。"),
    "news.reason": (
        "New among the main reasons on {date}: {criterion}. {text}",
        "{date}に「{criterion}」が主な理由に加わりました。{text}",
    ),
    "state.none": ("not asked", "対象外"),
    "state.pass": ("met", "適合"),
    "state.unknown": ("unknown", "未確認"),
    "state.review": ("to be reviewed", "要確認"),
    "state.fail": ("not met", "不適合"),
    "nothing": ("nothing stated", "記載なし"),
    "not-stated": ("not stated", "記載なし"),
    "onwards": ("{value} onwards", "{value}以降"),
    "to": ("{low} to {high}", "{low}〜{high}"),
    "up-to": ("up to {value}", "{value}まで"),
    "from": ("from {value}", "{value}から"),
    "about": ("about {value}", "約{value}"),
    "held": ("{asset} in {territory}: held by {holder}", "{territory}の{asset}は{holder}が保有"),
    "refused": ("not on offer", "提供対象外"),
    "raising": ("raising", "調達中"),
    "not-raising": ("not raising", "調達していない"),
    "self-declared": ("self-declared", "自己申告"),
    "us-cleared": ("IND filed or cleared", "IND提出・承認済み"),
    "us-dialogue": ("in dialogue with the FDA", "FDAと協議中"),
    "us-present": ("present in the US", "米国拠点あり"),
    "us-planned": ("US entry planned", "米国進出を計画"),
    "jp-clinical": ("clinical work in Japan", "国内で臨床段階"),
    "partner-named": ("a manufacturing partner is named", "製造パートナーが決定"),
    "need-open": ("a manufacturing need is open", "製造委託先を検討中"),
    "exposed": ("an exposure to review", "要確認の取引先あり"),
}


def say(key: str, lang: str, **params) -> str:
    """A sentence in English or Japanese."""
    english, japanese = SENTENCES[key]
    return (japanese if lang == "ja" else english).format(**params)


def joined(texts, lang: str) -> str:
    """A list of words as a reader expects it; nothing stated where it is empty."""
    unique = list(dict.fromkeys(t for t in texts if t))
    return ("、" if lang == "ja" else ", ").join(unique) if unique else say("nothing", lang)
