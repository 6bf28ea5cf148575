"""The portal's words for introductions and meetings, English and Japanese side by side."""

MEETINGS = {
    "introductions": ("Introductions", "面談"),
    "introductions-lead": (
        (
            "Names and addresses are passed on only once both sides have accepted. Whoever declines"
            " is not named, and gives no reason."
        ),
        "お名前と連絡先は、双方が承諾した後にのみ提供されます。見送りの理由は相手先に伝わりません。",
    ),
    "introductions-staff-lead": (
        "Introductions you proposed, as far as they have come. Reasons are between the sides.",
        "事務局が提案した面談の状況です。見送りの理由などは当事者のみに表示されます。",
    ),
    "no-introductions": (
        "No introduction yet. Ask for one on the page of a pair.",
        "面談はまだありません。各マッチのページから申し込めます。",
    ),
    "waits-for-you": ("Waiting for you", "ご回答待ち"),
    "under-way": ("Under way", "進行中"),
    "met-ones": ("Introduced", "面談成立"),
    "over": ("Over", "終了"),
    "budget-line": (
        "{left} of {of} requests left this week; the count begins anew on {date}.",
        "今週の申し込み残り{left}件（上限{of}件、{date}にリセット）",
    ),
    "introduction": ("Introduction", "面談の申し込み"),
    "ask-introduction": ("Ask for an introduction", "面談を申し込む"),
    "propose-introduction": ("Propose an introduction to both", "双方に面談を提案する"),
    "introduction-note": ("A word to the other side", "相手先へのメッセージ"),
    "introduction-note-both": ("A word to both sides", "双方へのメッセージ"),
    "table": ("Table", "表"),
    "mandate-id": ("Mandate (its id)", "マンデートのID"),
    "startup-id": ("Startup (its id)", "スタートアップのID"),
    "attend": ("I offer to attend", "事務局として同席できます"),
    "attends": ("Programme staff offer to attend.", "事務局が同席できます。"),
    "to-introduction": ("To the introduction", "面談の詳細へ"),
    "asked-by-startup": ("asked by {startup}", "{startup}からの申し込み"),
    "asked-by-investor": ("asked by {investor}", "{investor}からの申し込み"),
    "asked-by-officer": ("proposed by programme staff", "事務局からの提案"),
    "answer-by": ("answer by {date}", "回答期限 {date}"),
    "accept": ("Accept", "承諾する"),
    "decline": ("Decline", "見送る"),
    "decline-lead": (
        (
            "Declining is private: the other side reads “not at this time”, some days later,"
            " without a reason."
        ),
        "見送りの理由は伝わりません。相手先には数日以内に「今回は見送り」とのみ表示されます。",
    ),
    "withdraw-request": ("Withdraw the request", "申し込みを取り下げる"),
    "close": ("Close this introduction", "この面談調整を終了する"),
    "close-lead": (
        "Contacts, and what the startup shows only to those it has met, are no longer shown.",
        "連絡先と「紹介後」の公開情報は表示されなくなります。",
    ),
    "say-yes": ("Accept after all", "やはり承諾する"),
    "pass-contact": (
        "My name and work address may be passed on once both have accepted",
        "双方の承諾後、氏名と業務用メールアドレスを相手先に提供することに同意する",
    ),
    "pass-contact-lead": (
        "Without it you can still meet: times are agreed here.",
        "同意しない場合も、日程調整は本画面で行えます。",
    ),
    "read-notice": ("Read the notice", "説明文を読む"),
    "contact": ("Contact", "連絡先"),
    "contact-no-consent": (
        (
            "The other side's person has not consented to passing their address on to your country"
            " ({countries}). You can agree on times here."
        ),
        (
            "相手先の担当者は、所在国（{countries}）への連絡先提供に同意していません。"
            "日程調整は本画面で行えます。"
        ),
    ),
    "contact-seat-unknown": (
        (
            "Your organisation does not say in which country it sits, so no address can be passed"
            " on to it."
        ),
        "貴組織の所在国が登録されていないため、連絡先を提供できません。",
    ),
    "contact-unavailable": (
        "The contact cannot be read right now. Please try again.",
        "連絡先を現在取得できません。しばらくしてから再度お試しください。",
    ),
    "contact-no-person": (
        "The person of the other side is no longer here.",
        "相手先の担当者は退会しています。",
    ),
    "messages": ("Messages", "メッセージ"),
    "message": ("Message", "メッセージ"),
    "question-first": ("Ask first", "先に質問する"),
    "question-lead": (
        "Both sides read this; nobody else does.",
        "双方の当事者のみが閲覧できます。",
    ),
    "send": ("Send", "送信する"),
    "you": ("You", "自分"),
    "times": ("Times for a meeting", "面談の日時"),
    "offer-times": ("Offer times", "候補日時を提示する"),
    "offer-lead": (
        "Up to three, in your own time zone. The other side takes one.",
        "3件まで、現地時間で入力してください。相手先が1件を選びます。",
    ),
    "time-n": ("Time {n}", "候補{n}"),
    "zone": ("Time zone", "タイムゾーン"),
    "minutes-long": ("Length", "所要時間"),
    "minutes-n": ("{n} minutes", "{n}分"),
    "place-or-link": ("Place or link", "場所・オンライン会議のURL"),
    "take-time": ("Take this time", "この日時にする"),
    "your-zone": ("Your time zone", "ご自身のタイムゾーン"),
    "offered-waiting": (
        "Offered; waiting for the other side.",
        "候補日時を提示済みです。相手先の選択をお待ちください。",
    ),
    "agreed-meeting": ("Agreed", "決定"),
    "cancelled-meeting": ("cancelled", "取り消し"),
    "cancel-meeting": ("Cancel", "取り消す"),
    "calendar-file": ("File for your calendar", "カレンダー用ファイル"),
    "what-came": ("What came of it?", "その後の状況"),
    "what-came-lead": (
        "For your own record and the programme's figures; the other side does not see it.",
        "貴社の記録と事業の集計に利用します。相手先には表示されません。",
    ),
    "what-came-due": (
        "{days} days have passed: please say where it stands.",
        "面談成立から{days}日が経過しました。現在の状況をお知らせください。",
    ),
    "outcome": ("State", "状況"),
    "record": ("Record", "記録する"),
    "grant-more": ("Allow more requests this week", "今週の申し込み枠を追加する"),
    "grant-org": ("Organisation (its id)", "組織のID"),
    "grant-extra": ("How many more", "追加件数"),
    "grant-done": ("Allowed.", "追加しました。"),
    "intro-proposed": ("proposed", "提案中"),
    "intro-awaits-startup": ("waiting for the startup", "スタートアップの回答待ち"),
    "intro-awaits-investor": ("waiting for the investor", "投資家の回答待ち"),
    "intro-rests": ("declined, not told yet", "見送り（未通知）"),
    "intro-introduced": ("introduced", "面談成立"),
    "intro-declined": ("not at this time", "今回は見送り"),
    "intro-withdrawn": ("withdrawn", "取り下げ"),
    "intro-expired": ("expired", "期限切れ"),
    "intro-closed": ("closed", "終了"),
    "outcome-no-meeting": ("No meeting took place", "面談は行われなかった"),
    "outcome-met": ("Met", "面談済み"),
    "outcome-in-talks": ("Talks go on", "協議中"),
    "outcome-cda-signed": ("Confidentiality agreement signed", "秘密保持契約を締結"),
    "outcome-due-diligence": ("Due diligence", "デューデリジェンス中"),
    "outcome-term-sheet": ("Term sheet", "タームシートを提示"),
    "outcome-invested": ("Invested", "投資実行"),
    "outcome-partnered": ("Partnership agreed", "提携合意"),
    "outcome-ended": ("Ended without a result", "成果なく終了"),
}
