"""What the columns of a table of startups mean, by the headings people give them."""

from collections.abc import Mapping

from shared.judgement.fields import FIELDS
from shared.organizations import headings

NAMES = {"name_en": "en", "name_ja": "ja", "name_kana": "kana"}
NAME = "name"  # a name whose language its letters say
PLAIN = {
    f: d for f, d in FIELDS.items() if "startup" in d.of and (d.vocabulary or d.type == "text")
}
RAISE = {"raise_amount": "amount", "raise_round": "round", "raise_closing": "closing"}
EXPORTED = ("id", *NAMES, "corporate_number", *PLAIN, "founded")
COLUMNS = (*EXPORTED, NAME, "capital", *RAISE)
FIXED = {
    "id": ("id", "ID"),
    "name_en": ("Name (EN)", "社名（英語）"),
    "name_ja": ("Name (JA)", "社名（日本語）"),
    "name_kana": ("Kana", "フリガナ"),
    "corporate_number": ("Corporate Number", "法人番号"),
}
SYNONYMS: dict[str, tuple[str, ...]] = {
    "name_ja": (
        "会社名（日本語）",
        "企業名（日本語）",
        "会社名（和文）",
        "日本語社名",
        "和文社名",
        "Japanese name",
    ),
    "name_en": (
        *(
            "会社名（英語）",
            "企業名（英語）",
            "会社名（英文）",
            "英語社名",
            "英文社名",
            "英文名",
            "英名",
        ),
        *("English name", "Company name (EN)", "Company (EN)"),
    ),
    "name_kana": (
        "カナ",
        "会社名カナ",
        "社名カナ",
        "企業名カナ",
        "企業名（カナ）",
        "会社名（カナ）",
        "ふりがな",
        "読み",
    ),
    NAME: (
        *(
            "会社名",
            "企業名",
            "社名",
            "商号",
            "法人名",
            "事業者名",
            "団体名",
            "名称",
            "スタートアップ名",
            "スタートアップ",
        ),
        *("company", "company name", "organisation", "organization", "startup", "startup name"),
        *("organization name", "legal name", "ベンチャー名", "応募企業名", "申請者名"),
    ),
    "corporate_number": (
        "国税庁法人番号",
        "houjin bangou",
        "法人No",
        "corporate no",
        "company number",
    ),
    "modality": ("創薬モダリティ", "技術分野", "モダリティー", "modalities", "drug modality"),
    "therapeutic_area": (
        *("対象疾患", "対象疾患領域", "領域", "適応", "適応症", "適応疾患", "治療領域", "対象領域"),
        *("therapeutic areas", "indication", "indications", "disease area", "disease", "TA"),
    ),
    "stage": (
        *(
            "開発ステージ",
            "ステージ",
            "フェーズ",
            "開発フェーズ",
            "開発状況",
            "パイプラインステージ",
        ),
        *("stage", "phase", "clinical stage", "development phase", "highest phase"),
    ),
    "hq": ("所在国", "国", "本社", "headquarter", "country", "HQ"),
    "address": ("住所", "所在地", "本店所在地", "本社住所", "address"),
    "founded": (
        "設立",
        "設立日",
        "設立年",
        "設立年月",
        "創業",
        "創業年",
        "founded in",
        "year founded",
        "foundation date",
    ),
    "capital": ("資本金額", "capital stock", "paid-in capital"),
    "raise_amount": (
        *("調達予定額", "調達希望額", "希望調達額", "今回調達額", "調達目標額", "資金調達予定額"),
        *("raising", "current raise amount", "target raise", "raise amount", "round size"),
    ),
    "raise_round": (
        "調達ラウンド",
        "現在のラウンド",
        "次回ラウンド",
        "ラウンド",
        "round",
        "current round",
        "series",
    ),
    "raise_closing": (
        "クローズ予定",
        "調達完了予定",
        "調達時期",
        "クロージング予定",
        "closing",
        "target close",
    ),
    "technology": ("技術概要", "技術", "コア技術", "core technology", "technology overview"),
    "lead_asset": (
        "リードパイプライン",
        "主要パイプライン",
        "パイプライン",
        "pipeline",
        "lead program",
        "lead candidate",
    ),
    "origin": ("発大学", "由来大学", "大学", "spin-out of"),
}


def labels(lang: str) -> list[str]:
    """The headings of the template in the reader's language."""
    return [FIXED[c][lang == "ja"] if c in FIXED else getattr(FIELDS[c], lang) for c in EXPORTED]


WORDS = headings.words(
    {
        column: (
            *FIXED.get(column, ()),
            *((FIELDS[column].en, FIELDS[column].ja) if column in FIELDS else ()),
            *SYNONYMS.get(column, ()),
        )
        for column in COLUMNS
    }
)


def known(own: Mapping[str, str]) -> list[str]:
    """Every heading that means something, those of a mapping of somebody's own among them."""
    return [*WORDS, *own]


def meanings(found: list[str], own: Mapping[str, str]) -> dict[str, str]:
    """What each heading means: as somebody says, else as its words do."""
    said = {h: c for h, c in own.items() if h in found and c in COLUMNS}
    guessed = headings.match([h for h in found if h not in said], WORDS)
    return said | {h: c for h, c in guessed.items() if c not in said.values()}
