"""The portal's words for the startup desk and what staff do about startups, English and Japanese
side by side.
"""

DESK = {
    "asks": ("Questions from reviewers", "投資家からの質問"),
    "asks-lead": (
        (
            "Answer once: the answer becomes a dated fact of your profile and goes back to everyone"
            " who asked."
        ),
        "一度の回答が日付のある情報としてプロフィールに登録され、質問したすべての投資家に届きます。",
    ),
    "no-asks": ("No question waits for an answer.", "回答待ちの質問はありません。"),
    "answered": (
        "Answered. Those who asked see it now.",
        "回答しました。質問した投資家に反映されます。",
    ),
    "serves": ("answers {n} mandate(s)", "{n}件のマンデートに対応"),
    "asked-by": ("asked by", "質問者："),
    "until": ("until {date}", "{date}まで"),
    "answer": ("Answer", "回答する"),
    "let-rest": ("Not now", "今回は回答しない"),
    "let-rest-lead": (
        "Private: whoever asked is not told.",
        "非公開です。質問者には通知されません。",
    ),
    "ask": ("Ask", "質問する"),
    "ask-this": ("Ask about: {gate}", "「{gate}」について質問する"),
    "ask-startup": ("Ask the startup", "スタートアップへの質問"),
    "ask-lead": (
        (
            "Questions of several investors arrive as one. You are “a reviewer” unless you give"
            " your name."
        ),
        "複数の投資家からの同じ質問は1件にまとめて届きます。組織名は、公開を選ばない限り伏せられます。",
    ),
    "ask-named": ("show our name", "組織名を伝える"),
    "ask-open": ("asked", "質問済み"),
    "ask-answered": ("answered before", "回答あり"),
    "ask-expired": ("no answer", "回答なし"),
    "ask-unclaimed": (
        "nobody of this company is here yet; the question waits",
        "この企業の担当者はまだ登録されていないため、登録後に届きます",
    ),
    "wanted": ("lead wanted", "リード投資家を募集中"),
    "found": ("lead found", "リード投資家が決定"),
    "lead": ("Lead investor", "リード投資家"),
    "holder": ("Holder", "保有者"),
    "territory": ("Territory", "地域"),
    "rules": ("What dated rules say", "関係する制度・規制"),
    "on-day": ("as of {date}", "{date}時点"),
    "watchlists": ("Lists of concern", "懸念企業リスト"),
    "watchlists-lead": (
        (
            "Versions as they were published. The newest of each list is in force; a withdrawn one"
            " flags nobody. Each change screens every startup anew and tells only those it"
            " concerns."
        ),
        (
            "公表された版ごとに管理します。各リストの最新版が有効となり、"
            "撤回された版は使用されません。変更のたびに全企業を再照合し、"
            "結果が変わる企業にのみ通知します。"
        ),
    ),
    "watchlist": ("List", "リスト"),
    "list-title": ("Title", "名称"),
    "published": ("Published", "公表日"),
    "entries": ("Entries", "件数"),
    "in-force": ("in force", "有効"),
    "list-withdrawn": ("withdrawn", "撤回済み"),
    "list-superseded": ("superseded", "旧版"),
    "no-watchlists": (
        "No list has been loaded yet. Nothing can be compared until one is.",
        "リストはまだ登録されていません。登録されるまで照合は行われません。",
    ),
    "add-watchlist": ("Load a version", "版を登録する"),
    "watchlist-columns": (
        "CSV or XLSX; several aliases are divided by a semicolon. Columns:",
        "CSVまたはXLSX（別名が複数ある場合は「;」区切り）。列：",
    ),
    "withdraw": ("Withdraw", "撤回する"),
    "withdraw-list": ("Withdraw {name}", "{name}を撤回する"),
    "screened": (
        "Every startup was screened anew; for {n} the result is another now.",
        "全企業を再照合しました。結果が変わった企業は{n}社です。",
    ),
    "file": ("File", "ファイル"),
    "tab-profile": ("Profile", "プロフィール"),
    "tab-edit": ("Edit", "編集"),
    "tab-asks": ("Questions", "質問"),
    "tab-disclosure": ("Who sees what", "公開範囲"),
    "tab-papers": ("Papers and links", "資料・共有リンク"),
    "papers": ("Papers and links", "資料・共有リンク"),
    "one-pager": ("One-pager", "1枚資料"),
    "one-pager-pdf": ("One-pager (PDF)", "1枚資料（PDF）"),
    "one-pager-lead": (
        (
            "Made from your profile at every opening. A link shows it to people without an account,"
            " until it expires or you end it."
        ),
        (
            "プロフィールから毎回作成されます。アカウントのない相手にも、"
            "期限付きのリンクで共有できます（いつでも無効化できます）。"
        ),
    ),
    "make-link": ("Make a link", "リンクを作成"),
    "link-made": (
        "Copy this link now; it is not shown again.",
        "このリンクは今回のみ表示されます。コピーして保管してください。",
    ),
    "language": ("Language", "言語"),
    "shows": ("Shown", "公開範囲"),
    "shows-public": ("public facts only", "一般公開の情報のみ"),
    "shows-network": ("also what investors see", "投資家に公開している情報も含む"),
    "days": ("Days", "有効日数"),
    "made": ("Made", "作成日"),
    "expires": ("Until", "期限"),
    "opened": ("Opened", "閲覧回数"),
    "end-link": ("End it", "無効にする"),
    "documents": ("Documents", "資料"),
    "documents-lead": (
        (
            "Nothing confidential: for that, record the agreement below and link your data room."
            " Every reader's copy carries their name, and you see who looked."
        ),
        (
            "機密情報は登録しないでください（秘密保持契約を記録し、データルームをご利用ください）。"
            "閲覧者の氏名が各ページに入り、閲覧履歴を確認できます。"
        ),
    ),
    "document": ("Document", "資料"),
    "add-document": ("Add a document", "資料を追加"),
    "file-lead": ("PDF, up to 20 MB", "PDF（20MBまで）"),
    "looked-at": ("Looked at by others", "他社による閲覧"),
    "readable-until": ("Readable until", "閲覧期限"),
    "pages": ("{n} page(s)", "{n}ページ"),
    "kind-deck": ("Deck, non-confidential", "会社紹介資料（非機密）"),
    "kind-one-pager": ("One-pager of your own", "自社作成の1枚資料"),
    "kind-pledge": ("Pledge form", "誓約書"),
    "kind-other": ("Other", "その他"),
    "tier-name-public": ("everybody", "一般公開"),
    "tier-name-network": ("investors, programmes, sites", "投資家・プログラム・拠点"),
    "tier-name-matched": ("matched investors", "マッチした投資家"),
    "tier-name-introduced": ("after an introduction", "紹介成立後"),
    "tier-name-private": ("nobody else", "自社のみ"),
    "agreements": ("Confidentiality agreements", "秘密保持契約"),
    "agreements-lead": (
        (
            "With whom, from when to when, and where the data room is. Only your organisation sees"
            " this."
        ),
        "相手先・期間・データルームの記録です。自社のメンバーだけが閲覧できます。",
    ),
    "choose-file": ("Choose a file first.", "ファイルを選択してください。"),
    "note-own": ("Note", "備考"),
    "sign-up": ("Begin an account", "新規登録"),
    "sign-up-lead": (
        "With your company's own mail address. We send a link to go on with.",
        "会社のメールアドレスをご入力ください。登録手続き用のリンクをお送りします。",
    ),
    "link-registration": ("Begin an account", "新規登録"),
    "mail-sent": (
        "Look into your mail: a link is on its way.",
        "メールをご確認ください。手続き用のリンクをお送りしました。",
    ),
    "find-company": ("Find your organisation", "自社・自組織を探す"),
    "find-lead": (
        (
            "A company, an investor, a programme or a site, by any of its names: English, Japanese,"
            " kana, a former one. If it stands here already, its history becomes yours."
        ),
        (
            "スタートアップ・投資家・プログラム・拠点を、"
            "英語・日本語・カナ・旧名称のいずれでも検索できます。既に登録がある場合は、"
            "これまでの情報を引き継げます。"
        ),
    ),
    "this-is-us": ("This is us", "この組織として申請"),
    "has-owner": (
        "has an owner; ask them for an invitation",
        "既に管理者がいます。招待を依頼してください。",
    ),
    "not-listed": (
        "A company that is not here? Begin a new profile",
        "自社が見つからない場合は新規に登録",
    ),
    "new-company": ("Company name", "会社名"),
    "ask-to-begin": ("Ask to begin", "登録を申請"),
    "claim-sent": (
        "Sent. Staff look at it, usually within a working day; you will find your desk here then.",
        "申請を受け付けました。事務局の確認後（通常1営業日以内）、こちらから編集できるようになります。",
    ),
    "new-profile": ("new profile", "新規"),
    "company": ("Company", "会社情報"),
    "company-title": ("Title of the representative", "代表者の役職"),
    "representative": ("Representative", "代表者氏名"),
    "representative-lead": (
        "Only your own people see this name.",
        "自社のメンバーだけが閲覧できます。",
    ),
    "representative-kana": ("Representative in kana", "代表者氏名（フリガナ）"),
    "entities": ("Legal entities", "法人"),
    "entities-lead": (
        (
            "Each by its own name: the one that issues shares, holds the IP, applies for grants."
            " One at a time."
        ),
        "株式の発行、知的財産の保有、助成金の申請などを担う法人を、1社ずつ登録してください。",
    ),
    "entity-name": ("Registered name", "商号"),
    "entity-form": ("Form", "法人形態"),
    "form-KK": ("KK (株式会社)", "株式会社"),
    "form-GK": ("GK (合同会社)", "合同会社"),
    "form-Inc": ("Inc.", "Inc."),
    "form-LLC": ("LLC", "LLC"),
    "form-LPS": ("LPS (投資事業有限責任組合)", "投資事業有限責任組合（LPS）"),
    "form-Ltd": ("Ltd.", "Ltd."),
    "form-other": ("other", "その他"),
    "jurisdiction": ("Country of law", "設立準拠法の国"),
    "corporate-number": ("Corporate Number (13 digits)", "法人番号（13桁）"),
    "entity-role": ("Role", "役割"),
    "role-issuer": ("issues shares", "株式の発行"),
    "role-operating": ("operates", "事業運営"),
    "role-ip-holder": ("holds the IP", "知的財産の保有"),
    "role-applicant": ("applies for grants", "助成金の申請"),
    "role-employer": ("employs", "雇用"),
    "assets": ("Assets and where they stand", "パイプラインと開発段階"),
    "assets-lead": (
        (
            "A stage may be said for one territory and by whom: Phase 1 in Japan,"
            " investigator-initiated; pre-IND in the US."
        ),
        "開発段階は、地域や主体ごとに登録できます（例：日本で医師主導の第1相、米国はpre-IND）。",
    ),
    "lead-asset": ("lead", "主要"),
    "new-asset": ("Add an asset", "パイプラインを追加"),
    "of-asset": ("Of which asset", "対象のパイプライン"),
    "whole-company": ("the company's lead", "会社全体（主要パイプライン）"),
    "sponsor": ("Sponsor", "実施主体"),
    "sponsor-company": ("company", "企業治験"),
    "sponsor-investigator": ("investigator-initiated", "医師主導"),
    "kept-typed": (
        "What you had typed and not saved is still here.",
        "保存前に入力していた内容を復元しました。",
    ),
    "discard": ("Discard it", "破棄する"),
    "advance": ("Advance", "進める"),
    "advance-name": ("Advance {name}", "{name}を進める"),
    "hold": ("Hold", "保留"),
    "hold-for": ("Until this happens", "再検討の条件"),
    "or-until": ("or until", "または期日"),
    "pass-on": ("Pass", "見送り"),
    "reason": ("Reason", "理由"),
    "back-when": ("Show again when", "再表示の条件"),
    "condition-ind-cleared": ("IND cleared", "IND承認"),
    "condition-round-opened": ("round opened", "資金調達の開始"),
    "condition-lead-found": ("lead found", "リード投資家の決定"),
    "condition-exposure-resolved": ("supplier exposure resolved", "懸念取引先の解消"),
    "decided-advance": ("{name} advances.", "{name}を「進める」にしました。"),
    "decided-hold": ("{name} is on hold.", "{name}を保留にしました。"),
    "decided-pass": ("Passed on {name}.", "{name}を見送りにしました。"),
    "lane-returned": ("back", "再浮上"),
    "keys": (
        "Keys: j / k move, a advance, h hold, p pass",
        "キー操作：j・kで移動、aで進める、hで保留、pで見送り",
    ),
    "editions": ("Weekly editions:", "週次エディション："),
    "edition-of": (
        "Edition of week {week}, fixed on {date}.",
        "{week}のエディション（{date}確定）",
    ),
    "live-feed": ("Live feed", "最新のフィード"),
    "empty-edition": ("Nothing new this week.", "今週の新しい候補はありません。"),
    "brief": ("Brief for the meeting (PDF)", "投資会議用サマリー（PDF）"),
    "state-open": ("open", "未判断"),
    "state-known": ("known", "既知"),
    "state-advance": ("advanced", "検討中"),
    "state-hold": ("on hold", "保留中"),
    "state-pass": ("passed", "見送り"),
    "state-returned": ("back", "再浮上"),
    "until-condition": ("until: {what}", "条件：{what}"),
    "add-agreement": ("Record an agreement", "契約を記録"),
    "counterparty": ("With", "相手先"),
    "signed-on": ("Signed", "締結日"),
    "ends-on": ("Ends", "終了日"),
    "data-room": ("Data room", "データルーム"),
    "shared-lead": (
        (
            "A one-pager is shared with you. It is made from dated statements; each line says when"
            " it was true."
        ),
        "1枚資料が共有されています。各項目に情報の時点が記載されています。",
    ),
    "open-one-pager": ("Open the one-pager (PDF)", "1枚資料を開く（PDF）"),
    "still-true": ("Still true", "変更なし"),
    "reconfirm-lead": (
        (
            "These statements are getting old. Untick what has changed; everything ticked is dated"
            " today."
        ),
        (
            "一定期間確認されていない項目です。変更があるものはチェックを外してください。"
            "チェックした項目は本日時点の情報として更新されます。"
        ),
    ),
    "reconfirmed": (
        "Thank you: {n} statement(s) are dated today.",
        "{n}件を本日時点の情報として更新しました。ありがとうございます。",
    ),
    "change-something": (
        "Something has changed: sign in and edit",
        "変更がある場合はログインして編集",
    ),
    "nothing-due": (
        "Nothing else is due. Thank you.",
        "確認が必要な項目はありません。ありがとうございました。",
    ),
    "nothing-ticked": ("Tick at least one statement.", "1件以上チェックしてください。"),
    "proposals": ("Proposed facts", "提案された情報"),
    "proposals-lead": (
        "Facts that registries and public lists propose. Nothing counts until you say so.",
        "公的データベースや採択リストから提案された情報です。確認されるまで反映されません。",
    ),
    "no-proposals": ("Nothing waits for your word.", "確認待ちの提案はありません。"),
    "is-right": ("It is right", "正しい"),
    "is-wrong": ("It is wrong", "誤り"),
    "propose-file": ("Propose from a file", "ファイルから提案する"),
    "from-registry": ("Clinical-trial registry export", "臨床試験登録データ"),
    "from-adoptions": ("List of adopted projects", "採択リスト"),
    "programme-id": ("Programme", "プログラム"),
    "look-first": ("Look first", "内容を確認"),
    "propose-now": ("Propose", "提案する"),
    "would-propose": ("{n} fact(s) would be proposed", "{n}件が提案されます"),
    "proposed": ("{n} fact(s) proposed", "{n}件を提案しました"),
    "row-n": ("Row {n}:", "{n}行目："),
    "near-name": ("near name", "類似名"),
    "not-read": ("not read", "読取不可"),
    "proposals-rest": (
        "{unknown} row(s) are of nobody here, {same} say what is known already.",
        "該当企業なし{unknown}行、登録済みと同じ内容{same}行。",
    ),
    "disclosure": ("Who sees what", "公開範囲"),
    "disclosure-lead": ("Look at yourself as others do:", "他社からの見え方を確認："),
    "blocked": ("Never shown to", "非公開とする相手"),
    "blocked-lead": (
        "They, their funds and their parents do not meet you here, and are told nothing.",
        "指定した組織とその関連ファンド・親会社には表示されません。相手に通知されることもありません。",
    ),
    "organisation-name": ("Organisation", "組織名"),
    "block": ("Never show us", "非公開にする"),
    "unblock": ("Show again", "解除する"),
    "unblock-name": ("Show again to {name}", "{name}への非公開を解除する"),
    "which-one": ("Which one do you mean?", "該当する組織を選んでください。"),
    "nobody-by-name": (
        "Nobody is known here by the name “{name}”.",
        "「{name}」に該当する組織が見つかりません。",
    ),
    "refused-rights": ("Rights you will not give", "提供しない権利"),
    "refused-rights-lead": (
        (
            "An investor who needs one of these is not shown to you, nor you to them. Nobody reads"
            " the list."
        ),
        "該当する権利を必要とする投資家とは互いに表示されません。この内容は公開されません。",
    ),
    "right": ("Right", "権利"),
    "right-example": ("e.g. option to acquire", "例：買収オプション"),
    "refuse-right": ("Add", "追加"),
    "who-sees": ("Every statement and who sees it", "項目ごとの公開範囲"),
    "who-sees-lead": (
        (
            "A change counts from now on; who has read it has read it. What only matched investors"
            " may see acts as a gate and is never shown."
        ),
        (
            "変更は今後の表示に適用されます（閲覧済みの情報は取り消せません）。"
            "「マッチした投資家」以上に限定した情報は、判定にのみ使われます。"
        ),
    ),
    "who-sees-this": ("Who sees: {field}", "「{field}」の公開範囲"),
    "change-tier": ("Change who sees: {field}", "「{field}」の公開範囲を変更"),
    "change-now": ("Change", "変更"),
}
