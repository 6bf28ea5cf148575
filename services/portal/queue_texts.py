"""Words of the administrators' page about what waits and what is parked."""

QUEUES = {
    "stalled": ("Waiting and parked", "送信待ち・保留"),
    "stalled-lead": (
        (
            "What each service still has to do, and what it could not do. A parked row delays no"
            " other: have it tried again once the cause is mended, or give it up."
        ),
        (
            "各サービスの処理待ちと、処理できなかった項目の一覧です。"
            "保留中の項目が他の処理を遅らせることはありません。原因を解消したうえで再試行するか、"
            "破棄してください。"
        ),
    ),
    "stalled-none": (
        "Nothing is parked, and nothing backs off.",
        "保留中・再試行待ちの項目はありません。",
    ),
    "stalled-away": ("{name} cannot be asked now.", "「{name}」には現在接続できません。"),
    "stalled-asked": (
        "It is being tried again; look again in a moment.",
        "再試行を受け付けました。しばらくしてから再度ご確認ください。",
    ),
    "stalled-given-up": (
        "It has been given up; the reason is in the audit trail.",
        "破棄しました。理由は監査記録に残ります。",
    ),
    "stalled-service": ("Service", "サービス"),
    "stalled-place": ("Queue", "キュー"),
    "stalled-waiting": ("waiting", "処理待ち"),
    "stalled-backing-off": ("backing off", "再試行待ち"),
    "stalled-parked": ("parked", "保留"),
    "stalled-rows": ("{n} ({age})", "{n}件（{age}）"),
    "stalled-cause": ("Cause", "原因"),
    "stalled-since": ("Since", "発生"),
    "stalled-next": ("next try {at} UTC", "次の再試行：{at} UTC"),
    "stalled-tries": ("{n} tries", "試行{n}回"),
    "stalled-retry": ("Try again", "再試行"),
    "stalled-discard": ("Give up", "破棄"),
    "stalled-reason": ("Reason", "理由"),
    "seconds": ("{n} s", "{n}秒"),
    "mins-long": ("{n} min", "{n}分"),
    "hours-long": ("{n} h", "{n}時間"),
    "days-long": ("{n} days", "{n}日"),
    "service-startups": ("Startups", "スタートアップ"),
    "service-investors": ("Investors", "投資家"),
    "service-programs": ("Programmes", "プログラム"),
    "service-matching": ("Matching", "マッチング"),
    "service-meetings": ("Meetings", "面談"),
    "service-accounts": ("Accounts", "アカウント"),
    "service-notices": ("Mail and webhooks", "メール・Webhook"),
    "queue-timers": ("Timers", "タイマー"),
    "queue-letters": ("Letters", "通知の引き渡し"),
    "queue-mail": ("Outgoing mail", "メール送信"),
    "queue-webhooks": ("Webhooks", "Webhook送信"),
    "queue-jobs": ("Computations", "計算"),
    "queue-editions": ("Weekly editions", "週次の一覧"),
    "queue-reminders": ("Quarterly reminders", "四半期の確認依頼"),
    "queue-events": ("Events heard: {name}", "イベント受信：{name}"),
}
