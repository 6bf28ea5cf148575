"""Words of the account page: sessions, second factors, who may invite."""

ACCOUNT = {
    "code-or-recovery": ("One-time code or recovery code", "認証コードまたはリカバリーコード"),
    "recovery-codes": ("Recovery codes", "リカバリーコード"),
    "recovery-left": (
        "{n} are left. Each stands in for the second factor once; new ones replace them all.",
        "残り{n}件です。各コードは二段階認証の代わりに1回使えます。再発行すると以前のコードはすべて無効になります。",
    ),
    "recovery-new": ("Make new codes", "再発行する"),
    "recovery-lead": (
        "Print this page or write the codes down, and keep them apart from your phone. They are not shown again; each works once, in place of the code.",
        "このページを印刷するか書き留め、スマートフォンとは別の場所に保管してください。再表示はできません。各コードは認証コードの代わりに1回使えます。",
    ),
    "recovery-kept": ("I have kept them", "保管しました"),
    "factor-off": ("Switch the second factor off", "二段階認証を解除する"),
    "factor-off-lead": ("You will be signed out everywhere.", "解除すると、すべての端末からログアウトされます。"),
    "sessions": ("Where you are signed in", "ログイン中の端末"),
    "session-device": ("Device", "端末"),
    "session-place": ("Where", "接続元"),
    "session-seen": ("Last seen", "最終利用"),
    "session-this": ("this one", "この端末"),
    "session-end": ("Sign out", "ログアウトさせる"),
    "session-end-others": ("Sign out everywhere else", "他の端末をすべてログアウトさせる"),
    "change-address": ("Change your mail address", "メールアドレスの変更"),
    "change-address-lead": (
        "A link goes to the new address. Once you follow it, you sign in by that one; both addresses are told.",
        "新しいアドレスに確認用のリンクをお送りします。確認後は新しいアドレスでログインしてください。変更は新旧両方のアドレスにお知らせします。",
    ),
    "new-address": ("New address", "新しいメールアドレス"),
    "address-sent": ("If the address is free, a link is on its way to it.", "使用可能なアドレスであれば、確認用のリンクをお送りします。"),
    "link-address": ("Confirm your new mail address", "新しいメールアドレスの確認"),
    "cancel-invitation": ("Cancel", "招待を取り消す"),
    "invites-yes": ("May invite", "招待を許可する"),
    "invites-no": ("May not invite", "招待の許可を取り消す"),
    "owner-yes": ("Make an owner", "管理者にする"),
    "owner-no": ("No longer an owner", "管理者から外す"),
    "free-mail-meant": ("I know whose address this is and mean it", "このアドレスの持ち主を確認済みです"),
}
