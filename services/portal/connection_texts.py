"""Words of the pages about what works for an organisation without anybody signing in, and of
handing it over.
"""

CONNECTIONS = {
    "connections": ("API clients and webhooks", "APIクライアントとWebhook"),
    "connections-lead": (
        (
            "Programs that act for your organisation, and addresses that are told what happens."
            " Each ends when whoever made it leaves, unless an owner takes it over."
        ),
        (
            "自社の代わりに動作するプログラムと、イベントの通知先です。"
            "作成者が組織を離れると停止します（管理者が引き継いだ場合を除きます）。"
        ),
    ),
    "clients": ("API clients", "APIクライアント"),
    "clients-none": (
        "No program acts for your organisation.",
        "登録されているAPIクライアントはありません。",
    ),
    "client-name": ("Name", "名称"),
    "client-id": ("Client id", "クライアントID"),
    "client-made": ("Made", "作成日時"),
    "client-made-by": ("Made by", "作成者"),
    "client-used": ("Last used", "最終利用"),
    "client-unused": ("not yet", "未使用"),
    "client-may": ("Acts as", "権限"),
    "client-add": ("Make an API client", "APIクライアントを作成する"),
    "client-revoke": ("Revoke", "無効にする"),
    "client-revoke-lead": (
        "{name} stops within seconds, and whatever it has made ends with it.",
        "{name}は数秒以内に停止し、このクライアントが作成したものもすべて無効になります。",
    ),
    "take-over": ("Take over", "引き継ぐ"),
    "take-over-lead": (
        "{name} becomes yours, under a new secret shown once. The old secret ends at once.",
        (
            "{name}の管理が移り、新しいシークレットが一度だけ表示されます。"
            "以前のシークレットは直ちに無効になります。"
        ),
    ),
    "secret-once": (
        "Copy this secret now: it is not shown again.",
        "このシークレットは再表示できません。今すぐ控えてください。",
    ),
    "secret-of": ("Secret of {name}", "{name}のシークレット"),
    "webhooks": ("Webhooks", "Webhook"),
    "webhooks-none": ("No address is told anything.", "登録されている通知先はありません。"),
    "webhook-url": ("Address (https)", "通知先URL（https）"),
    "webhook-events": ("Told of", "通知するイベント"),
    "webhook-state": ("State", "状態"),
    "webhook-messages": ("Messages of the last month", "過去1か月の通知"),
    "webhook-add": ("Add a webhook", "Webhookを登録する"),
    "webhook-active": ("active", "有効"),
    "webhook-paused": ("paused", "一時停止中"),
    "webhook-failing": ("has failed since {at}", "{at}から送信に失敗しています"),
    "webhook-gave-up": (
        "Paused by itself: the receiver is gone, or has failed for five days.",
        "受信先が存在しないか、5日間送信に失敗したため、自動的に一時停止しました。",
    ),
    "webhook-pause": ("Pause", "一時停止"),
    "webhook-resume": ("Go on", "再開する"),
    "webhook-remove": ("Remove", "削除する"),
    "webhook-remove-lead": (
        "Nothing that waits is sent any more.",
        "未送信の通知も送信されなくなります。",
    ),
    "webhook-test": ("Send a test", "テスト送信"),
    "webhook-secret": ("New signing secret", "署名シークレットを再発行する"),
    "webhook-secret-lead": (
        "For a day messages are signed with both, so that your receiver can change over.",
        "切り替え期間として、1日間は新旧両方のシークレットで署名します。",
    ),
    "deliveries": ("Messages, the newest first", "通知の履歴（新しい順）"),
    "deliveries-none": ("Nothing has been sent yet.", "送信履歴はまだありません。"),
    "delivery-type": ("Event", "イベント"),
    "delivery-made": ("Made", "発生日時"),
    "delivery-state": ("State", "状態"),
    "delivery-tries": ("Tries", "試行回数"),
    "delivery-waiting": ("waiting", "送信待ち"),
    "delivery-sent": ("sent", "送信済み"),
    "delivery-failed": ("given up", "送信中止"),
    "delivery-next": ("next try {at}", "次回の試行：{at}"),
    "delivery-answer": ("Answer {status}", "応答{status}"),
    "delivery-late": ("no answer in time", "時間内に応答がありませんでした"),
    "delivery-no-address": (
        "not a public https address that can be called",
        "公開されたhttpsのアドレスとして接続できません",
    ),
    "delivery-unreachable": ("could not be reached", "接続できませんでした"),
    "delivery-again": ("Send again from here on", "ここから再送する"),
    "delivery-again-lead": (
        (
            "This message and all later ones are sent again, each under the id it had; your"
            " receiver knows by the id what it has already."
        ),
        "この通知以降のすべての通知を、元のIDのまま再送します。受信側ではIDで重複を判別できます。",
    ),
    "delivery-again-done": ("{n} messages are sent again.", "{n}件を再送します。"),
    "webhook-tested": (
        "A test is on its way; reload to see what came of it.",
        "テストを送信しました。結果はページの再読み込みで確認できます。",
    ),
    "event-match.appeared": ("A startup has become a match", "スタートアップが新たに候補となった"),
    "event-match.changed": ("A match has changed materially", "候補の内容が大きく変わった"),
    "event-match.left": ("A startup is no longer a match", "スタートアップが候補から外れた"),
    "event-ask.received": ("A reviewer has asked your startup a question", "自社に質問が届いた"),
    "event-ask.answered": ("A startup has answered a question of yours", "質問に回答があった"),
    "event-exposure.changed": (
        "A list of companies of concern concerns your suppliers",
        "懸念企業リストの更新が取引先に関係する",
    ),
    "event-decision.made": ("Your team has decided on a pair", "チームが候補について判断した"),
    "event-decision.returned": (
        "A pair put off or passed on is back",
        "保留・見送りとした候補が再び対象となった",
    ),
    "event-edition.made": ("The week's edition of a feed is out", "週次のフィードが確定した"),
    "event-introduction.received": ("You are asked for an introduction", "紹介の依頼が届いた"),
    "event-introduction.made": (
        "Both sides have accepted an introduction",
        "紹介が双方の同意により成立した",
    ),
    "event-introduction.ended": ("An introduction is over", "紹介が終了した"),
    "event-meeting.agreed": ("The time of a meeting is agreed", "面談の日時が決まった"),
    "event-profile.published": ("A profile has been published", "プロフィールが公開された"),
    "event-profile.changed": (
        "A published profile has changed",
        "公開中のプロフィールが変更された",
    ),
    "event-profile.withdrawn": ("A profile has been withdrawn", "プロフィールの公開が終了した"),
    "event-subscription.test": ("A test", "テスト"),
    "leaving": ("{name} leaves", "{name}さんの離脱と引き継ぎ"),
    "leaving-lead": (
        (
            "With the membership ends what {name} made: sign-ins, invitations that wait, links to"
            " papers and reviews, API clients and webhooks. What is to go on, take over here; you"
            " get a new secret for each."
        ),
        (
            "メンバーから外すと、{name}さんのログイン、未承諾の招待、資料や審査用のリンク、"
            "APIクライアント、Webhookはすべて無効になります。"
            "継続が必要なものはここで引き継いでください（シークレットは再発行されます）。"
        ),
    ),
    "leaving-nothing": (
        "There is no API client or webhook of theirs.",
        "引き継ぎの対象となるAPIクライアントやWebhookはありません。",
    ),
    "leaving-keep": ("Take over", "引き継ぐもの"),
    "leaving-pairs": ("Give the pairs assigned to them to", "担当している候補の引き継ぎ先"),
    "leaving-nobody": ("nobody", "引き継がない"),
    "leaving-now": ("Take {name} out", "{name}さんをメンバーから外す"),
    "leaving-done": ("{name} is no longer a member.", "{name}さんをメンバーから外しました。"),
    "leaving-given": ("{n} pairs were given over.", "{n}件の候補を引き継ぎました。"),
    "kind-of-client": ("API client", "APIクライアント"),
    "kind-of-webhook": ("Webhook", "Webhook"),
    "to-account": ("To the account page", "アカウントページへ"),
    "go-on": ("I have kept it", "控えました"),
}
