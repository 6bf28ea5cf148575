"""Words of the account page: sessions, second factors, who may invite."""

ACCOUNT = {
    "code-or-recovery": ("One-time code or recovery code", "認証コードまたはリカバリーコード"),
    "recovery-codes": ("Recovery codes", "リカバリーコード"),
    "recovery-left": (
        "{n} are left. Each stands in for the second factor once; new ones replace them all.",
        (
            "残り{n}件です。各コードは二段階認証の代わりに1回使えます。"
            "再発行すると以前のコードはすべて無効になります。"
        ),
    ),
    "recovery-new": ("Make new codes", "再発行する"),
    "recovery-lead": (
        (
            "Print this page or write the codes down, and keep them apart from your phone. They are"
            " not shown again; each works once, in place of the code."
        ),
        (
            "このページを印刷するか書き留め、スマートフォンとは別の場所に保管してください。"
            "再表示はできません。各コードは認証コードの代わりに1回使えます。"
        ),
    ),
    "recovery-kept": ("I have kept them", "保管しました"),
    "factor-off": ("Switch the second factor off", "二段階認証を解除する"),
    "factor-off-lead": (
        "You will be signed out everywhere.",
        "解除すると、すべての端末からログアウトされます。",
    ),
    "second-factor-passkey": (
        "On: you sign in by passkey, or by password and recovery code.",
        "有効です。ログインにはパスキー、またはパスワードとリカバリーコードを使います。",
    ),
    "second-factor-besides": (
        "An authenticator app can stand in where your passkey is not at hand.",
        "パスキーが手元にない場合に備えて、認証アプリも設定できます。",
    ),
    "code-of-app": ("Code the app shows", "アプリに表示されたコード"),
    "passkeys": ("Passkeys", "パスキー"),
    "passkeys-lead": (
        (
            "A passkey stays on your device, or in its password manager, and is unlocked by"
            " fingerprint, face or PIN. It signs you in without password and code."
        ),
        (
            "パスキーは端末またはそのパスワード管理機能に保存され、指紋・顔認証・PINで使用します。"
            "パスワードや認証コードを入力せずにログインできます。"
        ),
    ),
    "passkey-name": ("Name", "名称"),
    "passkey-name-hint": ("Laptop at the office", "例：オフィスのノートPC"),
    "passkey-made": ("Added", "登録日時"),
    "passkey-used": ("Last used", "最終利用"),
    "passkey-unused": ("not yet", "未使用"),
    "passkey-add": ("Add a passkey", "パスキーを登録する"),
    "passkey-add-lead": (
        "You will be signed out on all other devices, and told by mail.",
        "登録すると、他の端末はすべてログアウトされ、メールでお知らせします。",
    ),
    "passkey-remove": ("Remove a passkey", "パスキーを削除する"),
    "passkey-remove-lead": (
        (
            "You will be signed out everywhere. The device may still offer the passkey; it no"
            " longer works here."
        ),
        (
            "削除すると、すべての端末からログアウトされます。"
            "端末側にパスキーが表示されることがありますが、当サイトでは使えなくなります。"
        ),
    ),
    "passkey-which": ("Passkey", "パスキー"),
    "passkey-or-empty": (
        "Leave empty to use your passkey.",
        "空欄のまま送信すると、パスキーで確認します。",
    ),
    "passkey-stopped": (
        (
            "Nothing has changed: the passkey was not used. It may have been cancelled, taken too"
            " long, or not be on this device."
        ),
        (
            "パスキーは使用されず、変更はありません。操作の取り消し、時間切れ、"
            "またはこの端末にパスキーがない可能性があります。"
        ),
    ),
    "passkey-held": (
        "This device already has a passkey of yours.",
        "この端末のパスキーはすでに登録されています。",
    ),
    "passkey-unable": (
        (
            "This browser cannot use passkeys: a current version of Chrome, Edge, Safari or Firefox"
            " can."
        ),
        (
            "お使いのブラウザはパスキーに対応していません。"
            "Chrome・Edge・Safari・Firefoxの最新版をご利用ください。"
        ),
    ),
    "passkey-no-script": (
        (
            "Passkeys need JavaScript, which is switched off in this browser. Everything else works"
            " without."
        ),
        (
            "パスキーの利用にはJavaScriptが必要です（このブラウザでは無効になっています）。"
            "その他の機能はそのままご利用いただけます。"
        ),
    ),
    "passkey-elsewhere": (
        (
            "Passkeys are bound to one address of this installation, which is not the one you came"
            " by. They work at"
        ),
        (
            "パスキーは特定のアドレスでのみ使用でき、現在のアドレスでは使用できません。"
            "パスキーを使用できるアドレス："
        ),
    ),
    "passkey-nowhere": (
        (
            "Passkeys cannot be used at this address: they need one with a name and https, stated"
            " by whoever runs this Nakodo."
        ),
        (
            "現在のアドレスではパスキーを使用できません。"
            "ホスト名を持つhttpsの公開アドレスを運営担当者が設定する必要があります。"
        ),
    ),
    "sign-in-passkey": ("Sign in with a passkey", "パスキーでログイン"),
    "sessions": ("Where you are signed in", "ログイン中の端末"),
    "session-device": ("Device", "端末"),
    "session-place": ("Where", "接続元"),
    "session-seen": ("Last seen", "最終利用"),
    "session-this": ("this one", "この端末"),
    "session-end": ("Sign out", "ログアウトさせる"),
    "session-end-others": ("Sign out everywhere else", "他の端末をすべてログアウトさせる"),
    "change-address": ("Change your mail address", "メールアドレスの変更"),
    "change-address-lead": (
        (
            "A link goes to the new address. Once you follow it, you sign in by that one; both"
            " addresses are told."
        ),
        (
            "新しいアドレスに確認用のリンクをお送りします。"
            "確認後は新しいアドレスでログインしてください。"
            "変更は新旧両方のアドレスにお知らせします。"
        ),
    ),
    "new-address": ("New address", "新しいメールアドレス"),
    "address-sent": (
        "If the address is free, a link is on its way to it.",
        "使用可能なアドレスであれば、確認用のリンクをお送りします。",
    ),
    "link-address": ("Confirm your new mail address", "新しいメールアドレスの確認"),
    "cancel-invitation": ("Cancel", "招待を取り消す"),
    "invites-yes": ("May invite", "招待を許可する"),
    "invites-no": ("May not invite", "招待の許可を取り消す"),
    "owner-yes": ("Make an owner", "管理者にする"),
    "owner-no": ("No longer an owner", "管理者から外す"),
    "free-mail-meant": (
        "I know whose address this is and mean it",
        "このアドレスの持ち主を確認済みです",
    ),
}
