"""What the meetings service says, English and Japanese side by side. Of a decline it says no more
than that.
"""

OUTCOMES = {
    "no-meeting": ("No meeting took place", "面談は行われなかった"),
    "met": ("Met", "面談済み"),
    "in-talks": ("Talks go on", "協議中"),
    "cda-signed": ("Confidentiality agreement signed", "秘密保持契約を締結"),
    "due-diligence": ("Due diligence", "デューデリジェンス中"),
    "term-sheet": ("Term sheet", "タームシートを提示"),
    "invested": ("Invested", "投資実行"),
    "partnered": ("Partnership agreed", "提携合意"),
    "ended": ("Ended without a result", "成果なく終了"),
}
STATES = {
    "proposed": (
        (
            "Programme staff propose an introduction between {startup} and {investor}; both sides"
            " are asked."
        ),
        "事務局が{startup}と{investor}の面談を提案しています（双方に確認中）。",
    ),
    "awaits-you": ("Waiting for your answer.", "ご回答をお待ちしています。"),
    "awaits-startup": ("Waiting for {startup}.", "{startup}の回答待ちです。"),
    "awaits-investor": ("Waiting for {investor}.", "{investor}の回答待ちです。"),
    "awaits-startup-officer": (
        "{investor} has accepted; waiting for {startup}.",
        "{investor}は承諾済み、{startup}の回答待ちです。",
    ),
    "awaits-investor-officer": (
        "{startup} has accepted; waiting for {investor}.",
        "{startup}は承諾済み、{investor}の回答待ちです。",
    ),
    "rests": (
        "You have declined. The other side has not been told yet; you may still accept.",
        "見送りとして受け付けました。相手方にはまだ通知していません（それまでは承諾に変更できます）。",
    ),
    "introduced": ("Both sides have accepted.", "双方が承諾しました。"),
    "declined": ("Not at this time.", "今回は見送りとなりました。"),
    "withdrawn": ("The request was withdrawn.", "申し込みは取り下げられました。"),
    "expired": ("The request expired without an answer.", "回答期限を過ぎたため終了しました。"),
    "closed": ("This introduction has been closed.", "この面談調整は終了しました。"),
}


def say(key: str, lang: str, **names: str) -> str:
    return STATES[key][lang == "ja"].format(**names)
