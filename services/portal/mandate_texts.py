"""Words of an investor team's beginning and of the page that writes its mandates."""

MANDATES = {
    "begin-team": ("Set your team up", "チームの初期設定"),
    "begin-nav": ("Mandates", "投資方針"),
    "begin-team-lead": (
        "Five steps to the first feed. Only the first two are needed; the rest can wait.",
        "最初のフィードまで5つのステップです。必須は最初の2つだけで、残りは後からでも行えます。",
    ),
    "step-done": ("done", "完了"),
    "step-next": ("next", "次のステップ"),
    "step-later": ("later", "任意"),
    "step-fund": ("Your organisation", "組織情報"),
    "step-fund-lead": (
        "As startups will see it. Give both names where there are two.",
        "スタートアップに表示される名称です。和名・英名の両方がある場合は両方ご記入ください。",
    ),
    "step-mandate": ("What you look for", "投資方針（マンデート）"),
    "step-mandate-lead": (
        "Areas, modalities, stages, ticket and places. You see what it would list before you save.",
        "領域・モダリティ・ステージ・投資額・地域を指定します。保存前に該当企業を確認できます。",
    ),
    "step-colleagues": ("Colleagues", "メンバー"),
    "step-colleagues-lead": (
        "Invite whoever reviews with you. Members now: {n}.",
        "一緒に検討するメンバーを招待してください。現在のメンバー：{n}名",
    ),
    "step-invite": ("Invite colleagues", "メンバーを招待する"),
    "step-known": ("What you decided before", "過去の判断"),
    "step-known-lead": (
        "Companies you know are not shown as news. Decisions held: {n}.",
        "既に検討した企業は新着として表示されません。登録済みの判断：{n}件",
    ),
    "step-known-go": ("Go to the team's table", "チームの一覧へ"),
    "step-feed": ("Your feed", "フィード"),
    "step-feed-lead": (
        "It stands as soon as a mandate is saved, and is sent every Monday.",
        "マンデートを保存するとすぐに表示され、毎週月曜日に更新版が届きます。",
    ),
    "step-feed-go": ("Open the feed", "フィードを開く"),
    "begin-fund": ("Save and go on", "保存して次へ"),
    "new-mandate": ("A new mandate", "新しいマンデート"),
    "edit-mandate": ("Edit what you look for", "投資方針を編集する"),
    "edit-mandate-lead": (
        "Each statement holds from today on; earlier days keep what was said then.",
        "変更は本日から有効です。過去の日付の評価には当時の内容が使われます。",
    ),
    "mandate-saved": (
        "Saved. The feed follows within seconds.",
        "保存しました。数秒でフィードに反映されます。",
    ),
    "mandate-name": ("Name, if it has one", "名称（任意）"),
    "mandate-kind": ("What you offer", "取引の種類"),
    "hint-focus_area": (
        "For example oncology, or only glioma. A wide node counts for all under it.",
        "例：がん領域全般、または神経膠腫のみ。上位の項目は配下をすべて含みます。",
    ),
    "hint-focus_modality": (
        "For example cell therapy, or only in vivo CAR.",
        "例：細胞治療全般、またはin vivo CARのみ。",
    ),
    "hint-focus_geography": (
        "Where the company is. For example Japan, or Boston and Cambridge.",
        "企業の所在地です。例：日本、ボストン・ケンブリッジ。",
    ),
    "hint-focus_product_class": (
        "Leave empty where all are welcome.",
        "すべて対象の場合は空欄のままにしてください。",
    ),
    "hint-accepts_status": (
        "Independent, unlisted companies are always taken. Tick listed ones only if you buy shares"
        " of listed companies.",
        "未上場の独立企業は常に対象です。上場企業にも投資する場合のみ選択してください。",
    ),
    "hint-investor_terms": (
        "Lead or follow, seat on the board, rights you ask for.",
        "リードまたはフォロー、取締役の派遣、求める権利など。",
    ),
    "narrower": ("Narrower ({n})", "さらに絞る（{n}）"),
    "firm": ("How firm", "条件の強さ"),
    "firm-focus": ("Preferred; others are possible", "重点（他も可）"),
    "firm-exclusive": ("Nothing else", "これ以外は対象外"),
    "firm-only": ("Nothing outside it", "範囲外は対象外"),
    "window-development_stage": ("Stage of development", "開発ステージ"),
    "window-funding_round": ("Round", "投資ラウンド"),
    "hint-window": (
        "From and to; leave both empty where any will do.",
        "開始と終了を指定します。指定しない場合は空欄にしてください。",
    ),
    "stage-from": ("From", "から"),
    "stage-to": ("To", "まで"),
    "ticket-min": ("At least", "下限"),
    "ticket-max": ("At most", "上限"),
    "ticket-kind": ("Counted", "金額の種類"),
    "hint-ticket": (
        "For example 1,000,000 to 5,000,000 US dollars as a first cheque. An equity mandate needs"
        " it.",
        "例：初回投資 1,000,000〜5,000,000米ドル。出資のマンデートでは必須です。",
    ),
    "hint-exclusion": (
        "What you never look at, however well the rest fits.",
        "他の条件が合っていても対象外とするもの。",
    ),
    "exclusion-therapeutic_area": ("Areas excluded", "対象外の領域"),
    "exclusion-modality": ("Modalities excluded", "対象外のモダリティ"),
    "thesis": ("In your own words", "投資方針の説明"),
    "hint-thesis": (
        "Two sentences that a founder will read.",
        "創業者が読む文章です。2文程度でご記入ください。",
    ),
    "kept-statements": (
        "Also stated, and left as it is",
        "この画面では変更できない内容（そのまま維持されます）",
    ),
    "see-list": ("See what this would list", "該当企業を確認する（保存しない）"),
    "save-mandate": ("Save", "保存する"),
    "nothing-saved": ("Nothing has been saved yet.", "まだ保存されていません。"),
    "moves-new": (
        "{after} of {startups} companies would match.",
        "{startups}社のうち{after}社が該当します。",
    ),
    "moves-changed": (
        "{before} of {startups} companies match today, {after} would.",
        "{startups}社のうち、現在{before}社、変更後{after}社が該当します。",
    ),
    "moves-first": ("The first {n} of them", "上位{n}社"),
    "moves-none": (
        "Nobody. Widen what is firm first: places, stages, then modalities.",
        "該当なし。まず「対象外」とした条件（地域、ステージ、モダリティ）を緩めてください。",
    ),
    "moves-same": ("The order stays as it is.", "順位に変化はありません。"),
    "tune": ("Weights, conflicts and missions", "評価ウェイト・競合・重点テーマ"),
    "organisation-kind": ("What it is", "種別"),
    "new-startup": ("A startup", "スタートアップ"),
    "new-investor": (
        "An investor or a company that looks for partners",
        "投資家・提携先を探す事業会社",
    ),
}
