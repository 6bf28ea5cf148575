"""Words of the lists and pages of organisations, English and Japanese."""

DIRECTORY = {
    "directory": ("Organisations", "組織一覧"),
    "sites": ("Sites", "拠点・インキュベーター"),
    "providers": ("Makers and services", "製造・受託機関"),
    "programs": ("Programmes", "支援プログラム"),
    "second-hand": ("seen once, not found again", "二次情報・再確認できず"),
    "related": ("What others state of it", "他組織の情報での言及"),
    "relation-kind": ("Relation", "関係"),
    "name": ("Name", "名称"),
    "mandate": ("What it looks for", "投資方針"),
    "organisation": ("Organisation", "組織"),
    "what": ("What", "内容"),
    "is-investment_received": ("Portfolio company", "投資先"),
    "is-parent": ("Subsidiary or fund", "子会社・ファンド"),
    "is-ownership": ("Owns a share", "出資・所有先"),
    "is-rights": ("Holds rights", "権利を保有"),
    "is-incubator_sponsor": ("Sponsor", "スポンサー"),
    "is-collaboration": ("Partner", "提携先"),
    "is-operator_org": ("Operates", "運営先"),
}
