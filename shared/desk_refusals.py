"""What is said where a programme's desk or a partnering day refuses; part of `shared.refusals`."""

TEXTS: dict[str, tuple[str, str]] = {
    "round-closed": ("This round is closed.", "この審査ラウンドは締め切られています。"),
    "reviews-begun": (
        "Reviews have been submitted; the rubric stays as it is.",
        "審査結果がすでに提出されているため、評価基準は変更できません。",
    ),
    "reviewer-busy": (
        "{given} sits in another panel at that time.",
        "{given}さんは同じ時間帯に別の面接を担当しています。",
    ),
    "reviewer-conflict": (
        "{given} may not judge this application.",
        "{given}さんは利益相反等のため、この応募を審査できません。",
    ),
    "reviewer-unknown": (
        "{given} is no reviewer of this call.",
        "{given}はこの公募の審査員ではありません。",
    ),
    "slot-taken": ("This time is taken.", "この時間枠はすでに埋まっています。"),
    "hour-past": ("This time has passed.", "この時間はすでに過ぎています。"),
    "hour-not-over": ("The hour has not ended yet.", "相談時間がまだ終了していません。"),
    "hour-logged": (
        "The minutes of this hour are logged already.",
        "この相談の実施時間はすでに記録済みです。",
    ),
    "mentor-conflict": (
        "This mentor has declared an interest in the company.",
        "このメンターは当該企業との利害関係を申告しています。",
    ),
    "unknown-zone": (
        "{given} is no time zone we know (such as Asia/Tokyo).",
        "{given}は登録のないタイムゾーンです（例：Asia/Tokyo）。",
    ),
    "counted-already": (
        "This is counted already (in {given}): nothing counts twice.",
        "すでに計上されています（{given}）。二重計上はできません。",
    ),
    "counted-elsewhere": (
        (
            "Another office has counted this under the same key. If yours is another thing, give it"
            " a key of its own."
        ),
        "同じキーで他の事務局がすでに計上しています。別の案件の場合は、固有のキーを入力してください。",
    ),
    "has-account": (
        (
            "Whoever has an account erases it there, signed in; an administrator does it with"
            " erase-person."
        ),
        (
            "アカウントをお持ちの方は、サインインしてアカウントの画面から消去してください。管理者は"
            " erase-person で消去できます。"
        ),
    ),
    "name-short": ("A name has at least two letters.", "名前は2文字以上で入力してください。"),
    "not-a-member": (
        "{given} is not a member of your organisation.",
        "{given}さんは貴組織のメンバーではありません。",
    ),
    "not-yours-to-state": (
        "This is stated by whoever verifies, not by you.",
        "この項目は確認を行う者だけが記入できます。",
    ),
    "not-accepted": (
        "This startup has not been accepted in this call.",
        "この公募で採択されたスタートアップではありません。",
    ),
    "indicator-unknown": ("There is no indicator {given}.", "指標「{given}」はありません。"),
    "indicator-derived": (
        "This is counted from the platform's own records; nothing is entered by hand.",
        "この指標は本システムの記録から自動集計されます（手入力はできません）。",
    ),
    "currency-missing": (
        "An amount of money needs its currency.",
        "金額には通貨の指定が必要です。",
    ),
    "currency-unwanted": (
        "This indicator counts things, not money.",
        "この指標は金額ではありません（通貨は指定できません）。",
    ),
    "second-company": (
        (
            "Your organisation has its company here. Another company is an organisation of its own:"
            " ask to begin it, staff look at it first."
        ),
        (
            "貴組織の会社は既に登録されています。別の会社は新しい組織として登録を申請してください。"
            "事務局が確認します。"
        ),
    ),
    "not-staff": ("{given} is not staff.", "{given}は運営スタッフではありません。"),
    "program-unclaimed": (
        (
            "Nobody runs this programme's profile here yet: whoever does claims it first, then"
            " opens its calls."
        ),
        (
            "このプログラムのプロフィールは未登録です。運営者が引き継ぎを申請し、"
            "承認された後に公募を開始できます。"
        ),
    ),
    "not-submitter": (
        "Only the owner of this application submits or withdraws it.",
        "この応募の提出・辞退は、応募責任者のみが行えます。",
    ),
    "consultation-closed": ("This consultation is closed.", "この相談は終了しています。"),
    "message-unknown-mark": (
        "The text has a mark we do not know: {given}.",
        "本文に未対応の差し込み項目があります：{given}",
    ),
    "startup-differs": (
        "The profile {given} has another name.",
        "プロフィール「{given}」の名称と一致しません。",
    ),
    "pin-barred": (
        "A gate or a ban keeps {given} from {site}.",
        "要件または除外指定により、{given}は{site}に配置できません。",
    ),
    "pin-full": (
        "{site} has no room left for {given}.",
        "{site}には{given}を受け入れる空きがありません。",
    ),
    "window-count": (
        "There are {max} windows: one number each, counted from 0.",
        "期間は{max}個です（期間ごとに1つの数値、番号は0から）。",
    ),
    "floor-too-high": (
        "There are only {max} startups of this kind.",
        "該当するスタートアップは{max}社のみです。",
    ),
    "instant-range": (
        "This must lie between the years 1900 and 2200.",
        "1900年から2200年までの日時を指定してください。",
    ),
    "bad-mapping": (
        "This must be a JSON object of headings and meanings.",
        "見出しと意味を対応させたJSONオブジェクトを指定してください。",
    ),
    "windows-overlap": ("This window crosses another.", "ほかの期間と重複しています。"),
    "sites-unasked": (
        "No site has been asked for room yet.",
        "まだ施設の募集枠が設定されていません。",
    ),
    "plan-unfinished": ("There is no finished plan yet.", "確定できる配置案がまだありません。"),
    "plan-outdated": (
        "{given} no longer has a place in the cohort; compute the plan anew.",
        "{given}はすでに対象外です。配置案を計算し直してください。",
    ),
    "ban-pinned": (
        "A meeting of this pair is pinned; unpin it first.",
        "この組の面談は固定されています。先に固定を解除してください。",
    ),
    "must-banned": (
        "A pair that must meet is also kept apart.",
        "必須面談と除外の両方に指定されています。",
    ),
    "day-published": (
        "The day is published; it is mended from now on.",
        "公表後は変更できません（欠員などの調整のみ可能です）。",
    ),
    "requests-over": ("The time for wishes is over.", "希望の受付は終了しました。"),
    "day-cancelled": ("This day has been called off.", "このパートナリングデーは中止されました。"),
    "must-apart": ("These two cannot be brought together.", "この組は面談を設定できません。"),
    "has-meetings": (
        "There are meetings already; tell the absence instead, and the day is mended.",
        "すでに面談が組まれています。欠席として登録すると、予定を組み直します。",
    ),
    "day-changed": (
        "The day changed while it was being computed; compute it again.",
        "計算中に内容が変更されました。もう一度計算してください。",
    ),
    "day-pinned": (
        "A meeting in the way is pinned; unpin it first.",
        "固定された面談があるため移動できません。先に固定を解除してください。",
    ),
    "day-away": ("{given} is away then.", "{given}はその時間に参加できません。"),
    "day-busy": ("{given} has another meeting then.", "{given}はその時間に別の面談があります。"),
    "day-cap": ("{given} takes no more meetings.", "{given}は面談数の上限に達しています。"),
    "day-rooms": ("There is no room left then.", "その時間は会場の空きがありません。"),
    "day-interpreters": (
        "There is no interpreter left then.",
        "その時間は通訳者の空きがありません。",
    ),
    "row-applied": ("This applicant is in this call already.", "この応募者はすでに応募済みです。"),
}
