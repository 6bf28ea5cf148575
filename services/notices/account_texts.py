"""Mail about what proves who somebody is: sent to the person at every change, so that a change by
another is seen.
"""

_EN = (
    "Hello,\n\n{what}\n\n{more}If it was you, you need do nothing. If not, set a new password now,"
    " look at your sessions, and tell whoever runs your Nakodo:\n{{link}}\n\nNakodo\n"
)
_JA = (
    "{what}\n\n{more}ご本人による操作であれば、ご対応は不要です。お心当たりのない場合は、"
    "直ちにパスワードを再設定のうえ、"
    "ログイン中の端末をご確認いただき、運営担当者へご連絡ください。\n{{link}}\n\nNakodo事務局\n"
)
_ENDED = (
    (
        "You have been signed out on all other devices. Links of earlier mails, and invitations of"
        " yours that waited, work no more.\n\n"
    ),
    (
        "他の端末はすべてログアウトされました。過去にお送りしたリンクと、"
        "未承諾の招待は無効になりました。\n\n"
    ),
)
_SIGNED_OUT = (
    "You have been signed out on all other devices.\n\n",
    "他の端末はすべてログアウトされました。\n\n",
)


def _told(
    title: tuple[str, str], what: tuple[str, str], more: tuple[str, str] = ("", "")
) -> tuple[tuple[str, str], tuple[str, str]]:
    return (title[0], _EN.format(what=what[0], more=more[0])), (
        title[1],
        _JA.format(what=what[1], more=more[1]),
    )


ACCOUNT = {
    "password-changed": _told(
        ("Your password was changed", "パスワードが変更されました"),
        (
            "the password of your Nakodo account was changed.",
            "Nakodoアカウントのパスワードが変更されました。",
        ),
        _ENDED,
    ),
    "address-changed": _told(
        ("Your mail address was changed", "メールアドレスが変更されました"),
        (
            (
                "the address of your Nakodo account was changed to {reason}. This mail goes to the"
                " old address and the new one."
            ),
            (
                "Nakodoアカウントのメールアドレスが{reason}に変更されました（本メールは変更前後の両方のアドレスにお送りしています）。"
            ),
        ),
        _ENDED,
    ),
    "factor-on": _told(
        ("Your second factor is on", "二段階認証が有効になりました"),
        (
            "a second factor of your Nakodo account was switched on.",
            "Nakodoアカウントの二段階認証が有効になりました。",
        ),
        _SIGNED_OUT,
    ),
    "factor-off": _told(
        ("Your second factor was switched off", "二段階認証が解除されました"),
        (
            "the second factor of your Nakodo account was switched off.",
            "Nakodoアカウントの二段階認証が解除されました。",
        ),
        _ENDED,
    ),
    "factor-reset": _told(
        ("Your second factor was taken off", "二段階認証がリセットされました"),
        (
            (
                "an operator has taken the second factor, passkeys and recovery codes off your"
                " Nakodo account. Reason given: {reason}"
            ),
            (
                "運営担当者が、"
                "Nakodoアカウントの二段階認証・パスキー・リカバリーコードをリセットしました。"
                "理由：{reason}"
            ),
        ),
        _ENDED,
    ),
    "passkey-added": _told(
        ("A passkey was added", "パスキーが追加されました"),
        (
            "the passkey “{reason}” was added to your Nakodo account.",
            "Nakodoアカウントにパスキー「{reason}」が追加されました。",
        ),
        _SIGNED_OUT,
    ),
    "passkey-removed": _told(
        ("A passkey was removed", "パスキーが削除されました"),
        (
            "the passkey “{reason}” was removed from your Nakodo account.",
            "Nakodoアカウントからパスキー「{reason}」が削除されました。",
        ),
        _ENDED,
    ),
    "recovery-made": _told(
        ("New recovery codes were made", "リカバリーコードが再発行されました"),
        (
            "new recovery codes were made for your Nakodo account; the old ones work no more.",
            "Nakodoアカウントのリカバリーコードが再発行されました。以前のコードは無効です。",
        ),
        _SIGNED_OUT,
    ),
    "recovery-used": _told(
        ("A recovery code was used", "リカバリーコードが使用されました"),
        (
            (
                "a recovery code of your Nakodo account was used; {reason} are left. Each works"
                " once; make new ones in good time."
            ),
            (
                "Nakodoアカウントのリカバリーコードが使用されました（残り{reason}件）。"
                "各コードは1回限り有効です。お早めに再発行してください。"
            ),
        ),
    ),
    "address": (
        (
            "Confirm your new mail address",
            (
                "Hello,\n\nsomebody, we hope you, wants to use this address for an account on"
                " Nakodo.\n\nConfirm it here (once, until {expires}):\n{link}\n\nIf it was not you,"
                " you need do nothing; nothing was changed.\n\nNakodo\n"
            ),
        ),
        (
            "新しいメールアドレスのご確認",
            (
                "Nakodoアカウントのメールアドレスを、このアドレスに変更するお申し込みを受け付けました。\n\n"
                "下記のリンクよりご確認ください（{expires}まで、1回のみ有効）。\n{link}\n\n"
                "お心当たりのない場合は、本メールを破棄してください。変更は行われていません。"
                "\n\nNakodo事務局\n"
            ),
        ),
    ),
}
