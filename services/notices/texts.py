"""Mail templates: title and text, English and Japanese."""

from string import Formatter

from services.notices.account_texts import ACCOUNT

TEMPLATES = ACCOUNT | {
    "invitation": (
        (
            "You are invited to Nakodo",
            (
                "Hello,\n\nyou have been invited to join {org} on Nakodo.\n\nAccept here (once,"
                " until {expires}):\n{link}\n\nIf you did not expect this, you need do"
                " nothing.\n\nNakodo\n"
            ),
        ),
        (
            "Nakodoへのご招待",
            (
                "{org}のメンバーとしてNakodoに招待されました。"
                "\n\n下記のリンクよりご登録ください（{expires}まで、1回のみ有効）。\n{link}\n\n"
                "お心当たりのない場合は、本メールを破棄してください。\n\nNakodo事務局\n"
            ),
        ),
    ),
    "registration": (
        (
            "Begin with Nakodo",
            (
                "Hello,\n\nsomebody, we hope you, wants to begin an account on Nakodo with this"
                " address.\n\nGo on here (once, until {expires}):\n{link}\n\nIf it was not you, you"
                " need do nothing; nothing was made.\n\nNakodo\n"
            ),
        ),
        (
            "Nakodoへのご登録手続き",
            (
                "このメールアドレスで、Nakodoの利用登録のお申し込みを受け付けました。\n\n"
                "下記のリンクより手続きをお進めください（{expires}まで、1回のみ有効）。\n{link}\n\n"
                "お心当たりのない場合は、本メールを破棄してください。登録は行われていません。"
                "\n\nNakodo事務局\n"
            ),
        ),
    ),
    "glass-broken": (
        (
            "An administrator has opened full access",
            (
                "Hello,\n\n{org} has opened full access to this installation, until"
                " {expires}.\n\nReason given:\n{reason}\n\nEvery step is kept in the audit trail."
                " If this surprises you, ask them now, or take them out of the"
                " members:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "【要確認】管理者による全権限アクセスの開始",
            (
                "{org}が本環境への全権限アクセスを開始しました（{expires}まで）。"
                "\n\n理由：\n{reason}\n\n"
                "操作はすべて監査記録に残ります。お心当たりのない場合は、直ちに本人へ確認するか、"
                "メンバーから外してください。\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "reconfirm": (
        (
            "Still true? A few facts of your profile are getting old",
            (
                "Hello,\n\nsome facts of {org} on Nakodo have not been confirmed for a while."
                " Investors see their age.\n\nLook at them here and say “still true” with one"
                " click, without signing in (until {expires}):\n{link}\n\nIf this mail reached you"
                " by mistake, you need do nothing.\n\nNakodo\n"
            ),
        ),
        (
            "【ご確認】登録情報は現在も変わりありませんか",
            (
                "{org}の登録情報のうち、"
                "一定期間確認されていない項目があります（投資家には情報の時点が表示されます）。\n\n"
                "下記のリンクから、"
                "ログインせずに一括で「変更なし」とご回答いただけます（{expires}まで）。"
                "\n{link}\n\n"
                "お心当たりのない場合は、本メールを破棄してください。\n\nNakodo事務局\n"
            ),
        ),
    ),
    "exposure": (
        (
            "A list of companies of concern has changed",
            (
                "Hello,\n\na list of companies of concern has a new version, and what Nakodo says"
                " of the suppliers of {org} is another now. It rejects nobody; a person should look"
                " at it.\n\nSee the result with its list and date:\n{link}\n\nThis is no legal"
                " advice.\n\nNakodo\n"
            ),
        ),
        (
            "【ご確認】懸念企業リストの更新について",
            (
                "懸念企業リストの更新により、{org}の取引先に関する照合結果が変わりました。"
                "自動的に不適格となるものではありませんが、内容をご確認ください。\n\n"
                "結果（リスト名・時点）は下記よりご覧いただけます。"
                "\n{link}\n\n本メールは法的助言ではありません。\n\nNakodo事務局\n"
            ),
        ),
    ),
    "asked": (
        (
            "A reviewer has a question for you",
            (
                "Hello,\n\na reviewer has asked {org} a question on Nakodo. One answer serves"
                " everyone who asks it.\n\nAnswer it, or let it rest in private (until"
                " {expires}):\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "投資家から質問が届きました",
            (
                "Nakodo上で、{org}に投資家から質問が届きました。一度のご回答が、"
                "同じ質問をしたすべての投資家に届きます。\n\n"
                "下記よりご回答ください（{expires}まで。回答しないことも選べます。その場合、"
                "質問者には通知されません）。\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "introduction": (
        (
            "You are asked for an introduction",
            (
                "Hello,\n\na request for an introduction waits for {org} on Nakodo.\n\nAccept it,"
                " ask a question first, or decline in private (until {expires}):\n{link}\n\nYour"
                " name and address are passed on only once both sides have accepted.\n\nNakodo\n"
            ),
        ),
        (
            "面談のお申し込みが届きました",
            (
                "Nakodo上で、{org}宛に面談のお申し込みが届いています。\n\n"
                "下記より、承諾・質問・見送りをお選びください（{expires}まで）。\n{link}\n\n"
                "お名前と連絡先は、双方が承諾した後にのみ相手先へ提供されます。\n\nNakodo事務局\n"
            ),
        ),
    ),
    "introduction-remark": (
        (
            "A word about your introduction",
            (
                "Hello,\n\nthe other side of an introduction has written to {org}.\n\nRead and"
                " answer it here:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "面談のお申し込みに関するご連絡",
            (
                "面談のお申し込みについて、相手先から{org}宛にメッセージが届きました。"
                "\n\n下記よりご確認のうえ、ご返信ください。\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "introduced": (
        (
            "You are introduced",
            (
                "Hello,\n\nboth sides have accepted. {org} finds the contact here, and may offer"
                " times for a meeting:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "双方が面談を承諾しました",
            (
                "双方の承諾により、面談の調整を開始できます。{org}の画面で、"
                "連絡先のご確認と候補日時のご提示が可能です。\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "introduction-declined": (
        (
            "About your request for an introduction",
            (
                "Hello,\n\nthe introduction {org} asked for will not take place at this"
                " time.\n\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "面談のお申し込みについて",
            (
                "{org}よりお申し込みいただいた面談は、今回は見送りとなりました。"
                "\n\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "introduction-expired": (
        (
            "A request for an introduction has expired",
            (
                "Hello,\n\nthe introduction {org} asked for has expired without an"
                " answer.\n\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "面談のお申し込みの期限が過ぎました",
            (
                "{org}よりお申し込みいただいた面談は、回答期限を過ぎたため終了しました。"
                "\n\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "introduction-closed": (
        (
            "An introduction has been closed",
            "Hello,\n\nthe other side has closed an introduction of {org}.\n\n{link}\n\nNakodo\n",
        ),
        (
            "面談調整の終了について",
            "相手先が、{org}との面談調整を終了しました。\n\n{link}\n\nNakodo事務局\n",
        ),
    ),
    "introduction-outcome": (
        (
            "What came of your introduction?",
            (
                "Hello,\n\n{org} was introduced on Nakodo some time ago. Tell us in one click what"
                " came of it; the other side does not see it:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "【ご確認】面談後の状況について",
            (
                "{org}の面談成立から一定期間が経過しました。"
                "その後の状況を1クリックでお知らせください（相手先には表示されません）。"
                "\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "meeting-offered": (
        (
            "Times for a meeting",
            (
                "Hello,\n\nthe other side of an introduction offers {org} times for a meeting. Take"
                " one here:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "面談の候補日時が届きました",
            (
                "相手先から{org}宛に、面談の候補日時が届きました。下記よりお選びください。"
                "\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "meeting-agreed": (
        (
            "A meeting is agreed",
            (
                "Hello,\n\na meeting of {org} is agreed. The time in both zones, and a file for"
                " your calendar:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "面談の日時が決まりました",
            (
                "{org}の面談の日時が決まりました。"
                "日時（双方の現地時間）とカレンダー用ファイルは下記よりご覧いただけます。"
                "\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "meeting-cancelled": (
        (
            "A meeting has been cancelled",
            (
                "Hello,\n\nthe other side has taken back a meeting with {org}, or the times it had"
                " offered.\n\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "面談の取り消しについて",
            "相手先が、{org}との面談（または候補日時）を取り消しました。\n\n{link}\n\nNakodo事務局\n",
        ),
    ),
    "day-invited": (
        (
            "Your place at a partnering day",
            (
                "Hello,\n\n{org} is on the list of a partnering day. Say who sits at your table,"
                " when you are away, and whom you would like to meet (until"
                " {expires}):\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "パートナリングデーのご案内",
            (
                "{org}をパートナリングデーの参加者として登録しました。"
                "出席者・参加できない時間・面談の希望を、下記よりご登録ください（{expires}まで）。"
                "\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "day-wishes": (
        (
            "Whom would you like to meet? Three days left",
            (
                "Hello,\n\n{org} has not said yet whom to meet at the partnering day. Wishes are"
                " taken until {expires}:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "【ご確認】面談の希望の受付は残り3日です",
            (
                "パートナリングデーについて、{org}の面談の希望がまだ登録されていません。"
                "受付は{expires}までです。\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "day-plan": (
        (
            "Your plan for the partnering day",
            (
                "Hello,\n\nthe plan of {org} for the partnering day is here, with the rooms, the"
                " people you meet, and a file for your calendar:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "パートナリングデーの面談予定が決まりました",
            (
                "{org}の面談予定をお知らせします。"
                "会場・お相手・カレンダー用ファイルは下記よりご覧いただけます。"
                "\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "day-changed": (
        (
            "Your plan for the partnering day has changed",
            (
                "Hello,\n\nmeetings of {org} at the partnering day have changed. The plan as it"
                " stands now:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "【変更】パートナリングデーの面談予定",
            (
                "{org}の面談予定に変更がありました。最新の予定は下記よりご確認ください。"
                "\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "day-cancelled": (
        (
            "A partnering day has been called off",
            (
                "Hello,\n\nthe partnering day {org} was to attend has been called"
                " off.\n\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "【中止】パートナリングデーについて",
            "{org}がご参加予定のパートナリングデーは中止となりました。\n\n{link}\n\nNakodo事務局\n",
        ),
    ),
    "day-outcome": (
        (
            "What came of your meetings?",
            (
                "Hello,\n\n{org} met people at a partnering day some time ago. Tell us what came of"
                " it; neither the other side nor the organisers see it:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "【ご確認】パートナリングデー後の状況について",
            (
                "{org}がパートナリングデーで面談されてから一定期間が経過しました。"
                "その後の状況をお知らせください（相手先・主催者には表示されません）。"
                "\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "application-missing": (
        (
            "Your application has open questions",
            (
                "Hello,\n\nsome requirements of the call could not be confirmed from what {org} has"
                " stated. Look at them here, and complete your profile (until"
                " {expires}):\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "【ご確認】応募要件に未確認の項目があります",
            (
                "{org}の応募について、登録情報からは確認できない要件があります。"
                "下記よりご確認のうえ、情報をご登録ください（{expires}まで）。"
                "\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "application-result": (
        (
            "The result of your application",
            (
                "Hello,\n\nthe results of the call {org} applied to have been"
                " announced:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "審査結果のお知らせ",
            (
                "{org}よりご応募いただいた公募の審査結果を公表しました。下記よりご確認ください。"
                "\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "application-letter": (
        ("{subject_en}", "{text_en}\n\n{link}\n"),
        ("{subject_ja}", "{text_ja}\n\n{link}\n"),
    ),
    "site-asked": (
        (
            "A programme asks for room at your site",
            (
                "Hello,\n\na programme asks {org} how much room it has for startups, and whom it"
                " would like to host (until {expires}):\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "受け入れ枠のご確認のお願い",
            (
                "プログラム事務局より、{org}の受け入れ可能枠と、"
                "受け入れを希望されるスタートアップについてお伺いしています（{expires}まで）。"
                "\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "place-free": (
        (
            "A place has become free",
            (
                "Hello,\n\nan accepted applicant has withdrawn; the waiting list is"
                " here:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "採択枠に空きが出ました",
            (
                "採択された応募者より辞退の連絡がありました。補欠の一覧は下記よりご確認ください。"
                "\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "reviews-open": (
        (
            "Reviews are still open",
            (
                "Hello,\n\nsome reviews of a round due on {expires} have not been submitted. Who is"
                " late, and a text to remind them:\n{link}\n\nNakodo\n"
            ),
        ),
        (
            "【ご確認】未提出の審査があります",
            (
                "提出期限{expires}の審査ラウンドに、未提出の審査があります。"
                "対象の審査員とご連絡用の文面は、下記よりご確認ください。\n{link}\n\nNakodo事務局\n"
            ),
        ),
    ),
    "reset": (
        (
            "Set a new password",
            (
                "Hello,\n\nsomebody, we hope you, asked to set a new password.\n\nSet it here"
                " (once, until {expires}):\n{link}\n\nIf it was not you, you need do nothing; your"
                " password stays.\n\nNakodo\n"
            ),
        ),
        (
            "パスワード再設定のご案内",
            (
                "パスワード再設定のお申し込みを受け付けました。"
                "\n\n下記のリンクより新しいパスワードを設定してください（{expires}まで、"
                "1回のみ有効）。\n{link}\n\nお心当たりのない場合は、本メールを破棄してください。"
                "パスワードは変更されません。\n\nNakodo事務局\n"
            ),
        ),
    ),
}


def needed(template: str, locale: str) -> set[str]:
    """The words a template is filled with."""
    return {
        name
        for text in TEMPLATES[template][locale == "ja"]
        for _, name, _, _ in Formatter().parse(text)
        if name
    }


def written(template: str, locale: str, **params) -> tuple[str, str]:
    """Title and text of a mail. Raises KeyError for an unknown template."""
    title, text = TEMPLATES[template][locale == "ja"]
    return title.format(**params), text.format(**params)


ERASURE = (
    "\n--\nYou do not want us to keep this address? Have it erased everywhere:\n{link}\n",
    (
        "\n--\nこのメールアドレスの保有を望まれない場合は、下記よりすべてのデータから消去できます。"
        "\n{link}\n"
    ),
)


def erasure_words(locale: str, link: str) -> str:
    """The foot of every mail: how its reader has the address erased."""
    return ERASURE[locale == "ja"].format(link=link)
