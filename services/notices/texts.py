"""Mail templates: title and text, English and Japanese."""

TEMPLATES = {
    "invitation": (
        (
            "You are invited to Nakodo",
            "Hello,\n\nyou have been invited to join {org} on Nakodo.\n\nAccept here (once, until {expires}):\n{link}\n\n"
            "If you did not expect this, you need do nothing.\n\nNakodo\n",
        ),
        (
            "Nakodoへのご招待",
            "{org}のメンバーとしてNakodoに招待されました。\n\n下記のリンクよりご登録ください（{expires}まで、1回のみ有効）。\n{link}\n\n"
            "お心当たりのない場合は、本メールを破棄してください。\n\nNakodo事務局\n",
        ),
    ),
    "registration": (
        (
            "Begin with Nakodo",
            "Hello,\n\nsomebody, we hope you, wants to begin an account on Nakodo with this address.\n\n"
            "Go on here (once, until {expires}):\n{link}\n\nIf it was not you, you need do nothing; nothing was made.\n\nNakodo\n",
        ),
        (
            "Nakodoへのご登録手続き",
            "このメールアドレスで、Nakodoの利用登録のお申し込みを受け付けました。\n\n"
            "下記のリンクより手続きをお進めください（{expires}まで、1回のみ有効）。\n{link}\n\n"
            "お心当たりのない場合は、本メールを破棄してください。登録は行われていません。\n\nNakodo事務局\n",
        ),
    ),
    "glass-broken": (
        (
            "An administrator has opened full access",
            "Hello,\n\n{org} has opened full access to this installation, until {expires}.\n\nReason given:\n{reason}\n\n"
            "Every step is kept in the audit trail. If this surprises you, ask them now, or take them out of the members:\n{link}\n\nNakodo\n",
        ),
        (
            "【要確認】管理者による全権限アクセスの開始",
            "{org}が本環境への全権限アクセスを開始しました（{expires}まで）。\n\n理由：\n{reason}\n\n"
            "操作はすべて監査記録に残ります。お心当たりのない場合は、直ちに本人へ確認するか、メンバーから外してください。\n{link}\n\nNakodo事務局\n",
        ),
    ),
    "reconfirm": (
        (
            "Still true? A few facts of your profile are getting old",
            "Hello,\n\nsome facts of {org} on Nakodo have not been confirmed for a while. Investors see their age.\n\n"
            "Look at them here and say “still true” with one click, without signing in (until {expires}):\n{link}\n\n"
            "If this mail reached you by mistake, you need do nothing.\n\nNakodo\n",
        ),
        (
            "【ご確認】登録情報は現在も変わりありませんか",
            "{org}の登録情報のうち、一定期間確認されていない項目があります（投資家には情報の時点が表示されます）。\n\n"
            "下記のリンクから、ログインせずに一括で「変更なし」とご回答いただけます（{expires}まで）。\n{link}\n\n"
            "お心当たりのない場合は、本メールを破棄してください。\n\nNakodo事務局\n",
        ),
    ),
    "exposure": (
        (
            "A list of companies of concern has changed",
            "Hello,\n\na list of companies of concern has a new version, and what Nakodo says of the suppliers of {org} is another now. "
            "It rejects nobody; a person should look at it.\n\nSee the result with its list and date:\n{link}\n\nThis is no legal advice.\n\nNakodo\n",
        ),
        (
            "【ご確認】懸念企業リストの更新について",
            "懸念企業リストの更新により、{org}の取引先に関する照合結果が変わりました。自動的に不適格となるものではありませんが、内容をご確認ください。\n\n"
            "結果（リスト名・時点）は下記よりご覧いただけます。\n{link}\n\n本メールは法的助言ではありません。\n\nNakodo事務局\n",
        ),
    ),
    "asked": (
        (
            "A reviewer has a question for you",
            "Hello,\n\na reviewer has asked {org} a question on Nakodo. One answer serves everyone who asks it.\n\n"
            "Answer it, or let it rest in private (until {expires}):\n{link}\n\nNakodo\n",
        ),
        (
            "投資家から質問が届きました",
            "Nakodo上で、{org}に投資家から質問が届きました。一度のご回答が、同じ質問をしたすべての投資家に届きます。\n\n"
            "下記よりご回答ください（{expires}まで。回答しないことも選べます。その場合、質問者には通知されません）。\n{link}\n\nNakodo事務局\n",
        ),
    ),
    "reset": (
        (
            "Set a new password",
            "Hello,\n\nsomebody, we hope you, asked to set a new password.\n\nSet it here (once, until {expires}):\n{link}\n\n"
            "If it was not you, you need do nothing; your password stays.\n\nNakodo\n",
        ),
        (
            "パスワード再設定のご案内",
            "パスワード再設定のお申し込みを受け付けました。\n\n下記のリンクより新しいパスワードを設定してください（{expires}まで、1回のみ有効）。\n{link}\n\n"
            "お心当たりのない場合は、本メールを破棄してください。パスワードは変更されません。\n\nNakodo事務局\n",
        ),
    ),
}


def written(template: str, locale: str, **params) -> tuple[str, str]:
    """Title and text of a mail. Raises KeyError for an unknown template."""
    title, text = TEMPLATES[template][locale == "ja"]
    return title.format(**params), text.format(**params)
