"""The notices people consent by: what for, to whom, in which countries, with which safeguards. A
changed text gets a new version and asks anew.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """A text as shown in both languages; `id` is name and version."""

    id: str
    purpose: str
    countries: tuple[str, ...]
    en: str
    ja: str

    def document(self) -> dict:
        return {
            "id": self.id,
            "purpose": self.purpose,
            "countries": list(self.countries),
            "text": {"en": self.en, "ja": self.ja},
        }


NOTICES = {
    "introductions": Notice(
        "introductions/1",
        "introductions",
        ("jp", "us"),
        "Your name and work e-mail address are given to the organisation on the other side of an"
        " introduction, only after both sides have accepted it, and for arranging that meeting"
        " alone. You choose the countries in which a recipient may be. In the United States no"
        " single federal law corresponds to Japan's Act on the Protection of Personal Information;"
        " laws by sector and by state apply. A recipient may use the address for nothing else, must"
        " keep it safe, and must delete it when asked. You may withdraw this consent at any time;"
        " what was handed over before stays with its recipient until you ask for its deletion"
        " there.",
        "お名前と業務用メールアドレスを、双方が面談を承諾した場合に限り、相手先の組織に提供します。"
        "利用目的は当該面談の調整に限ります。提供先の"
        "所在国はご自身で選択できます。米国には日本の個人情報保護法に相当する包括的な連邦法はなく、"
        "分野別・州別の法令が適用されます。提供先は、"
        "目的外に利用してはならず、安全に管理し、請求があれば削除しなければなりません。"
        "本同意はいつでも撤回できます。撤回前に提供された情報の"
        "削除は、提供先へのご請求が必要です。",
    ),
}
