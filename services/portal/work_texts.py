"""The portal's words for what an investor's team does among itself, English and Japanese side by
side.
"""

WORK = {
    "team": ("Your team", "チーム内の検討"),
    "team-lead": ("Seen by your organisation alone.", "貴組織のメンバーのみに表示されます。"),
    "votes": ("Votes", "投票"),
    "your-vote": ("Your vote", "ご自身の投票"),
    "vote": ("Vote", "投票する"),
    "vote-advance": ("advance", "進める"),
    "vote-hold": ("hold", "保留"),
    "vote-pass": ("pass", "見送り"),
    "no-votes": ("Nobody has voted yet.", "まだ投票がありません。"),
    "comments": ("Comments", "コメント"),
    "add-comment": ("Comment", "コメントする"),
    "somebody": ("somebody", "元メンバー"),
    "assigned": ("Assigned to {name}", "担当：{name}"),
    "assign": ("Assign", "担当者を決める"),
    "nobody": ("nobody", "担当なし"),
    "experts": ("Colleagues' views", "社内専門家の見解"),
    "experts-lead": (
        (
            "A colleague without an account reads the non-confidential brief by a link, after"
            " declaring their interest, and answers up to three questions."
        ),
        (
            "アカウントのない社内の専門家に、リンクで非機密の概要を共有できます。"
            "利害関係の申告後に閲覧でき、質問（3件まで）に回答いただけます。"
        ),
    ),
    "expert-name": ("Who is asked", "依頼先"),
    "expert-question": ("Question {n}", "質問{n}"),
    "make-expert-link": ("Make the link", "リンクを作成する"),
    "expert-link-made": (
        "The link, shown this once; pass it on yourself:",
        "リンクを作成しました（表示は1回限りです。ご自身でお渡しください）：",
    ),
    "end-expert-link": ("End the link", "リンクを無効にする"),
    "expert-waiting": ("waiting", "回答待ち"),
    "expert-answered": ("answered", "回答済み"),
    "expert-conflict": ("declared a conflict", "利益相反の申告あり"),
    "expert-over": ("over", "終了"),
    "verdict": ("Overall", "総合評価"),
    "verdict-positive": ("positive", "肯定的"),
    "verdict-mixed": ("mixed", "どちらとも言えない"),
    "verdict-negative": ("negative", "否定的"),
    "declare": ("Your interest in this company", "利害関係の申告"),
    "declare-lead": (
        (
            "Your organisation asks everyone to say so before reading the details. Do you, or"
            " somebody close to you, hold shares, work for it, advise it, or compete with it?"
        ),
        (
            "貴組織では、詳細の閲覧前に利害関係の申告が必要です。ご本人または近親者に、株式の保有、"
            "雇用、助言、競合などの関係はありますか。"
        ),
    ),
    "declare-expert-lead": (
        (
            "{house} asks your view of {startup}. First: do you, or somebody close to you, hold"
            " shares in it, work for it, advise it, or compete with it?"
        ),
        (
            "{house}より、{startup}についてご意見を伺いたいとの依頼です。まず、"
            "ご本人または近親者に、株式の保有、雇用、助言、競合などの関係はありますか。"
        ),
    ),
    "no-interest": ("No interest", "利害関係なし"),
    "has-interest": ("A conflict of interest", "利益相反あり"),
    "conflict-kept": (
        "Thank you. The details stay closed.",
        "申告ありがとうございました。詳細は表示されません。",
    ),
    "your-answers": ("Your answers", "ご回答"),
    "send-answers": ("Send the answers", "回答を送信する"),
    "answers-sent": (
        "Thank you. Your answers have reached the team; this link has ended.",
        "ご回答ありがとうございました。チームに届きました（このリンクは終了しました）。",
    ),
    "brief-facts": ("Facts", "登録情報"),
    "workshop": ("Mandate workshop", "マンデートの調整"),
    "workshop-lead": (
        (
            "Try a change and see which companies move before anything is kept. Scores made under"
            " an older version keep it."
        ),
        "変更を保存する前に、どの企業の順位が動くかを確認できます。過去のスコアは当時の版のまま残ります。",
    ),
    "mandate-version": ("Version {n}", "第{n}版"),
    "suggested": ("Suggested by your decisions", "判断履歴に基づく提案"),
    "suggested-lead": (
        "From passes of the last half year. What you reject is not suggested again.",
        "直近半年の見送り理由に基づきます。却下した提案は再表示されません。",
    ),
    "accept-change": ("Make this change", "反映する"),
    "reject-change": ("No", "却下する"),
    "try-change": ("Try a change", "変更を試す"),
    "try-change-lead": (
        (
            "The share of each criterion in the score, in percent; together they are scaled to what"
            " the model gives them. Nothing is kept until you save."
        ),
        (
            "各項目がスコアに占める割合（%）です。合計はモデルの基準に合わせて調整されます。"
            "保存するまで反映されません。"
        ),
    ),
    "weights": ("Own weights", "独自ウェイト"),
    "leave-out": ("Leave out a statement", "除外してみる項目"),
    "see-moves": ("See what moves", "順位の変化を見る"),
    "save-version": ("Save as the new version", "新しい版として保存する"),
    "moves-of": (
        "{n} companies move (listed before: {before}, after: {after})",
        "{n}社の順位が変わります（対象：変更前{before}社、変更後{after}社）",
    ),
    "no-moves": ("Nothing moves.", "順位は変わりません。"),
    "which-company": ("Company", "企業"),
    "rank-before": ("Rank before", "変更前"),
    "rank-after": ("Rank after", "変更後"),
    "move": ("What happens", "変化"),
    "mandate-equity": ("Equity", "出資"),
    "mandate-licence": ("Licences", "ライセンス"),
    "mandate-option": ("Options", "オプション契約"),
    "mandate-research-collaboration": ("Research collaborations", "共同研究"),
    "mandate-acquisition": ("Acquisitions", "買収"),
    "mission": ("Mission of the quarter", "今期の重点テーマ"),
    "mission-lead": (
        "Companies it looks for come first in the weekly edition. It ends by itself.",
        "該当企業が週次一覧の先頭に表示されます。期日に自動で終了します。",
    ),
    "mission-title": ("What you look for", "探している内容"),
    "set-mission": ("Set a mission", "重点テーマを設定する"),
    "end-mission": ("End it", "終了する"),
    "publish-mission": ("Startups may read it", "スタートアップに公開する"),
    "published-mission": ("published", "公開中"),
    "until-day": ("Until", "期日"),
    "area": ("Area", "疾患領域"),
    "modality": ("Modality", "モダリティ"),
    "place": ("Place", "地域"),
    "conflicts": ("Portfolio and internal programmes", "投資先・社内プログラムとの競合"),
    "conflicts-lead": (
        (
            "Seen by your organisation alone. An overlap is a note to look at, or takes the company"
            " out, as you choose."
        ),
        "貴組織のみに表示されます。重複がある場合の扱い（注記／対象外）を選べます。",
    ),
    "conflict-policy": ("An overlap", "重複時の扱い"),
    "policy-note": ("is a note", "注記する"),
    "policy-gate": ("takes the company out", "対象外とする"),
    "add-holding": ("Add a portfolio company or programme", "投資先・プログラムを追加する"),
    "holding-name": ("Name", "名称"),
    "relationships": ("Relationships", "関係先"),
    "relationships-lead": (
        "Companies you are in talks with or hold are no news.",
        "協議中・出資済みの企業は新着として扱いません。",
    ),
    "relation": ("Relationship", "関係"),
    "relation-in-talks": ("in talks", "協議中"),
    "relation-shareholder": ("shareholder", "株主"),
    "relation-adviser": ("adviser", "アドバイザー"),
    "relation-introducer": ("introducer", "紹介者"),
    "add": ("Add", "追加する"),
    "copy-mandate": ("Copy from another fund", "他のファンドからコピーする"),
    "copy-lead": (
        "Fields both state are taken from the other; nothing else changes.",
        "両方にある項目はコピー元の内容に置き換わります。その他は変わりません。",
    ),
    "copy-from": ("From", "コピー元"),
    "copy-now": ("Copy", "コピーする"),
    "team-table": ("Team", "チーム"),
    "no-decisions": ("Nothing has been decided yet.", "まだ判断はありません。"),
    "assigned-to": ("Assigned to", "担当"),
    "ageing": ("two weeks without a step", "2週間進展なし"),
    "funnel": ("Funnel", "ファネル"),
    "funnel-shown": ("In editions", "週次一覧に掲載"),
    "funnel-asked": ("Questions asked", "質問"),
    "funnel-advance": ("Advanced", "検討を進めた"),
    "funnel-hold": ("On hold", "保留"),
    "funnel-pass": ("Passed", "見送り"),
    "funnel-returned": ("Came back", "再浮上"),
    "funnel-introductions": ("Introductions asked", "面談の申し込み"),
    "funnel-introduced": ("Introduced", "面談成立"),
    "funnel-xlsx": ("Report for the parent company (XLSX)", "親会社向けレポート（XLSX）"),
    "saved-searches": ("Saved searches", "保存した検索"),
    "saved-searches-lead": (
        "What they find from now on stands in the weekly digest.",
        "新たに見つかった企業は、週次ダイジェストでお知らせします。",
    ),
    "keep-search": ("Keep a search", "検索を保存する"),
    "drop-search": ("Drop", "削除する"),
    "search-name": ("Name", "名称"),
    "search-text": ("Words in names and technology", "社名・技術に含まれる語"),
    "raising-now": ("raising now", "資金調達中"),
    "hand-over": ("Hand over", "引き継ぐ"),
    "giver": ("From", "引き継ぎ元"),
    "taker": ("To", "引き継ぎ先"),
    "declare-policy-lead": (
        "Whether everyone declares their interest before reading a pair in detail.",
        "詳細の閲覧前に利害関係の申告を求めるかどうかを設定します。",
    ),
    "declare-policy": ("Declaring", "申告"),
    "declare-no": ("not asked for", "求めない"),
    "declare-yes": ("asked for", "求める"),
    "pair-history": ("History", "経緯"),
    "verb-returned": ("came back", "再浮上"),
    "verb-undone": ("taken back", "取り消し"),
    "asked-of": ("Your question has gone to {name}.", "{name}に質問を送付しました。"),
    "tell-startup": ("The startup may read that, and the reason", "判断と理由を企業に開示する"),
    "told-advance": ("looks further", "検討を進めている"),
    "told-hold": ("waits", "保留"),
    "told-pass": ("passed", "見送り"),
    "brief-page": ("Brief", "概要"),
}
