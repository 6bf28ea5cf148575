"""What each refusal says, English and Japanese side by side; `shared.errors` puts the values in."""

from shared import desk_refusals, file_refusals, reading_refusals

TEXTS = {
    **file_refusals.TEXTS,
    **desk_refusals.TEXTS,
    **reading_refusals.TEXTS,
    "bad-request": ("The request cannot be understood.", "リクエストを解釈できません。"),
    "bad-json": ("The body is not valid JSON in UTF-8.", "本文が有効なUTF-8のJSONではありません。"),
    "not-json": (
        "The body must be JSON (Content-Type: application/json).",
        "本文はJSON（Content-Type: application/json）で送ってください。",
    ),
    "too-large": (
        "The body is larger than {max} bytes.",
        "本文が上限（{max}バイト）を超えています。",
    ),
    "invalid": (
        "Some fields are wrong; each is listed in errors.",
        "入力に誤りがあります。errorsに項目ごとの内容を示します。",
    ),
    "incomplete": (
        "The profile cannot be published yet; every gap is listed in errors.",
        "まだ公開できません。不足している項目をerrorsに示します。",
    ),
    "not-found": (
        "There is nothing at this address, or it is not yours to see.",
        "該当する情報がないか、閲覧権限がありません。",
    ),
    "method-not-allowed": ("This method is not allowed here.", "このメソッドは利用できません。"),
    "unauthorized": ("A valid access token is required.", "有効なアクセストークンが必要です。"),
    "bad-credentials": (
        "The address, password or code is not right.",
        "メールアドレス、パスワード、または認証コードが正しくありません。",
    ),
    "password-required": ("Your password is needed as well.", "パスワードの入力が必要です。"),
    "no-factor": ("Switch a second factor on first.", "先に二段階認証を有効にしてください。"),
    "passkey-refused": (
        (
            "This passkey is not accepted: it is not known here, was removed, or took longer than"
            " five minutes."
        ),
        "このパスキーは受け付けられません。登録されていないか削除済み、または5分以上経過しています。",
    ),
    "passkeys-nowhere": (
        "Passkeys need an address with a name and https; {address} is not one.",
        "パスキーの利用には、ホスト名を持つhttpsのアドレスが必要です（現在は{address}です）。",
    ),
    "too-many-passkeys": (
        "A person has at most {max} passkeys.",
        "登録できるパスキーは{max}件までです。",
    ),
    "invitation-used": (
        "This invitation has been accepted already.",
        "この招待は既に承諾されています。",
    ),
    "free-mail-owner": (
        (
            "{given} is a free mail service, where nobody can tell whose an address is. Only an"
            " owner can invite such an address."
        ),
        "{given}は所属を確認できないフリーメールです。招待できるのは組織の管理者のみです。",
    ),
    "free-mail-confirm": (
        (
            "{given} is a free mail service, where nobody can tell whose an address is. Confirm"
            " that you mean this very address."
        ),
        "{given}は所属を確認できないフリーメールです。このアドレスで間違いないことを確認してください。",
    ),
    "code-required": (
        "A one-time code is needed as well.",
        "ワンタイム認証コードの入力が必要です。",
    ),
    "session-ended": (
        "This session has ended. Please sign in again.",
        "セッションが終了しました。再度ログインしてください。",
    ),
    "token-revoked": ("The access token has been revoked.", "アクセストークンは失効しています。"),
    "too-many-attempts": (
        "Too many attempts. Please wait a quarter of an hour.",
        "試行回数が上限に達しました。15分ほど待ってからお試しください。",
    ),
    "list-there": (
        "This version is loaded already: {given}.",
        "この版は既に登録されています（{given}）。",
    ),
    "list-withdrawn": ("This version is withdrawn already.", "この版は既に撤回済みです。"),
    "gone": ("This is not here any more.", "この情報は削除されました。"),
    "link-unknown": (
        "This link opens nothing. Perhaps it was not copied whole.",
        "このリンクは無効です。URLが途中で切れていないかご確認ください。",
    ),
    "link-ended": (
        "This link was taken back by whoever made it.",
        "このリンクは発行者により無効化されました。",
    ),
    "link-expired": (
        "This link expired on {date}. Ask for a new one.",
        "このリンクの有効期限（{date}）が切れています。再発行をご依頼ください。",
    ),
    "too-many-links": (
        "At most {max} links may be open at a time.",
        "同時に有効なリンクは{max}件までです。",
    ),
    "too-many-documents": (
        "At most {max} documents may be kept.",
        "登録できる資料は{max}件までです。",
    ),
    "date-past": ("The date has passed already.", "過去の日付です。"),
    "nothing-to-confirm": (
        "None of these facts is due to be confirmed by this link.",
        "このリンクで確認できる項目が含まれていません。",
    ),
    "not-proposed": ("This fact is no proposal.", "この情報は提案ではありません。"),
    "illegal-step": (
        "From “{given}” this step leads nowhere. Possible: {legal}.",
        "現在の状態（{given}）からこの操作はできません（可能な操作：{legal}）。",
    ),
    "undo-too-late": ("This can no longer be undone.", "この操作は取り消せません。"),
    "hold-until-what": ("Say until when, or until what.", "期日または条件を指定してください。"),
    "advance-waits-for-nothing": (
        "What advances waits for nothing.",
        "「進める」に期日や条件は指定できません。",
    ),
    "date-far": ("The date lies too far ahead.", "期日が遠すぎます。"),
    "condition-met": ("“{given}” is the case already.", "「{given}」は既に満たされています。"),
    "condition-never": (
        "“{given}” can never come: the company has been acquired or closed.",
        "企業が買収・清算済みのため、「{given}」は成立しません。",
    ),
    "nothing-to-ask": (
        "There is nothing unknown to ask about “{given}”.",
        "「{given}」に未確認の事項はありません。",
    ),
    "asked-already": (
        "You have asked this already; the answer is still awaited.",
        "同じ質問を送付済みです。回答をお待ちください。",
    ),
    "ask-closed": ("This question is closed.", "この質問は終了しています。"),
    "asked-enough": (
        "Your organisation may ask {max} questions a week; the next from {date}.",
        "質問は1組織につき週{max}件までです。次は{date}以降に送付できます。",
    ),
    "startup-asked-enough": (
        "This startup has been asked enough this week; new questions from {date}.",
        "この企業への新しい質問は今週の上限に達しました。{date}以降に送付できます。",
    ),
    "side-unclaimed": (
        "Nobody represents {given} here yet, so nobody could answer.",
        "{given}はまだNakodo上に担当者がいないため、申し込みできません。",
    ),
    "own-pair": ("Both sides are your own organisation.", "双方が同じ組織です。"),
    "introduction-open": (
        "An introduction of these two is open or made already; look at your introductions.",
        "この組み合わせの面談は既に申し込み済み、または成立済みです。面談一覧をご確認ください。",
    ),
    "introduction-rests": (
        "It was declined lately; it may be asked for again from {date}.",
        "最近見送りとなった組み合わせです。{date}以降に再度お申し込みいただけます。",
    ),
    "introduction-void": (
        "This introduction is no longer possible.",
        "この面談は現在お受けできない状態です。",
    ),
    "introduction-over": (
        "This introduction waits for nothing any more.",
        "この面談の受付は終了しています。",
    ),
    "introductions-enough": (
        (
            "Your organisation may ask for {max} introductions a week; the next from {date}."
            " Programme staff may allow more."
        ),
        (
            "面談の申し込みは1組織につき週{max}件までです。"
            "次は{date}以降に申し込めます（事務局が枠を追加できる場合があります）。"
        ),
    ),
    "remarks-enough": (
        "Each side may write at most {max} messages.",
        "メッセージは各{max}件までです。",
    ),
    "not-introduced": ("Both sides have to accept first.", "双方の承諾後に利用できます。"),
    "not-agreed": ("No time has been agreed yet.", "日時がまだ決まっていません。"),
    "slots-overlap": ("Two of the times overlap.", "候補日時が重複しています。"),
    "slot-not-offered": ("This time was not offered.", "提示された候補日時ではありません。"),
    "declare-first": (
        "Declare your interest in this company first: none, or a conflict.",
        "先に、この企業との利害関係（なし／あり）を申告してください。",
    ),
    "recused": (
        "You have declared a conflict of interest in this company; its details are closed to you.",
        "この企業について利益相反を申告されているため、詳細は閲覧できません。",
    ),
    "answers-count": (
        "An answer to each of the {max} questions is needed.",
        "{max}件の質問すべてにご回答ください。",
    ),
    "too-many-searches": (
        "At most {max} searches may be kept.",
        "保存できる検索は{max}件までです。",
    ),
    "search-empty": ("Say what to look for.", "検索条件を1つ以上指定してください。"),
    "judged-already": ("Your team has judged this already.", "この提案は既に判断済みです。"),
    "too-many-streams": (
        "All live connections are taken. Please try again.",
        "同時接続数の上限に達しています。しばらくしてから再度お試しください。",
    ),
    "deadline-passed": (
        "The deadline was {date}; applications are closed.",
        "応募は{date}に締め切りました。",
    ),
    "call-not-open": (
        "This call is not open (it opens on {date}).",
        "この公募は受付期間外です（受付開始：{date}）。",
    ),
    "applied-already": (
        "Your organisation has applied to this call already.",
        "この公募には既に応募済みです。",
    ),
    "cohort-full": ("There are only {max} places.", "採択枠は{max}件です。"),
    "hubs-too-small": (
        "The hubs have room for {max} together, fewer than the cohort.",
        "拠点の受け入れ枠の合計（{max}件）が採択枠を下回っています。",
    ),
    "before-deadline": ("This lies before the deadline.", "締切より前の日時です。"),
    "announced-already": ("The results have been announced already.", "結果は既に公表済みです。"),
    "not-a-choice": ("{given} is not one of the choices.", "「{given}」は選択肢にありません。"),
    "answer-hidden": (
        "An answer must be visible to whoever asked: public or network.",
        "質問への回答は、公開範囲を「公開」または「ネットワーク」にしてください。",
    ),
    "totp-on": ("A second factor is on already.", "二段階認証は既に有効です。"),
    "totp-not-begun": (
        "Begin the second factor first.",
        "先に二段階認証の設定を開始してください。",
    ),
    "last-owner": (
        "An organisation keeps at least one owner.",
        "組織には少なくとも1名の管理者が必要です。",
    ),
    "claimed": ("This profile has an owner already.", "このプロフィールには既に管理者がいます。"),
    "claim-waits": ("Your claim is being looked at already.", "申請は既に受け付けています。"),
    "too-many-claims": (
        "At most {max} claims may wait at a time.",
        "同時に申請できるのは{max}件までです。",
    ),
    "claim-decided": ("This claim has been decided already.", "この申請は既に審査済みです。"),
    "free-mail": (
        "A company's own mail domain is needed; {given} is a free one.",
        "会社ドメインのメールアドレスが必要です（{given}はフリーメールです）。",
    ),
    "unknown-organization": (
        "There is no such organisation to take over.",
        "該当する組織が見つかりません。",
    ),
    "bad-table": ("The file is not a table we can read.", "表として読み取れないファイルです。"),
    "unknown-column": ("There is no column {given} here.", "項目「{given}」は存在しません。"),
    "no-name-column": (
        (
            "No column holds an id or a name. Looked at: sheet {sheet}, row {rows}; headings there:"
            " {found}."
        ),
        (
            "IDまたは社名の列がありません。"
            "確認した場所：シート「{sheet}」{rows}行目（見出し：{found}）。"
        ),
    ),
    "rows-unread": (
        "The {count} rows from here on were not read: put right what is named before them first.",
        "ここから{count}行は確認していません。先に、これより前の指摘を修正してください。",
    ),
    "row-twice": (
        "The same company stands in row {row} already.",
        "同じ企業が{row}行目にもあります。",
    ),
    "no-file": (
        "A file is needed, as the form field “file”.",
        "ファイルを選択してください（フォーム項目名：file）。",
    ),
    "bad-url": ("This is no address we could call.", "呼び出せるURLではありません。"),
    "url-not-https": (
        "The address must begin with https, on its usual port.",
        "httpsのURL（標準ポート）を指定してください。",
    ),
    "url-not-public": (
        "The address does not lie in the public internet.",
        "インターネット上に公開されていないアドレスです。",
    ),
    "notice-replaced": (
        "The notice has a newer version: {given}. Show that one.",
        "説明文が改定されています（最新：{given}）。改めてご確認ください。",
    ),
    "country-not-in-notice": (
        "The notice does not cover: {given}.",
        "説明文の対象外の国です（{given}）。",
    ),
    "legal-hold": (
        "A legal hold stands since {since}: nothing may be erased until it is lifted.",
        "法的保全の対象となっているため（{since}から）、解除されるまで消去できません。",
    ),
    "openid-refused": (
        "Signing in by your provider did not work. Please begin again.",
        "外部認証によるログインに失敗しました。もう一度お試しください。",
    ),
    "openid-stranger": (
        "Your provider knows you, but nobody here has that address. Ask a colleague to invite you.",
        (
            "外部認証は確認できましたが、このアドレスの利用者は登録されていません。"
            "組織の管理者に招待を依頼してください。"
        ),
    ),
    "openid-weak": (
        (
            "You have switched a second factor on, and your provider asked for none. Sign in by"
            " password and code."
        ),
        (
            "二段階認証が有効ですが、外部認証側で二段階目の確認が行われていません。"
            "パスワードと認証コードでログインしてください。"
        ),
    ),
    "import-conflicts": (
        "Nothing was written: some rows conflict; each is listed.",
        "競合する行があるため、書き込みは行われませんでした（各行の内容をご確認ください）。",
    ),
    "two-owners": (
        (
            "{id} belongs to another organisation. Only an unclaimed profile, or one of the same"
            " owner, can be merged."
        ),
        (
            "{id}は別の組織が管理しています。統合できるのは、未登録のプロフィールか、"
            "同じ組織が管理するプロフィールのみです。"
        ),
    ),
    "merge-undone": ("This merge has been undone already.", "この統合はすでに取り消されています。"),
    "merged-on": (
        "{id} has since been merged into another profile. Undo that first.",
        "{id}はその後さらに統合されています。先にそちらを取り消してください。",
    ),
    "too-many-subscriptions": (
        "An organisation has at most {max} subscriptions.",
        "登録できる通知先は1組織につき{max}件までです。",
    ),
    "too-many-tests": (
        "At most {max} tests of a subscription may be sent an hour.",
        "テスト送信は1つの通知先につき1時間に{max}回までです。",
    ),
    "subscription-paused": (
        "The subscription is paused. Make it active first.",
        "通知は停止中です。先に再開してください。",
    ),
    "bad-address": ("This is no mail address.", "メールアドレスの形式が正しくありません。"),
    "address-at": (
        "A mail address has one @ with something on either side, as in taro@example.co.jp.",
        "メールアドレスは、taro@example.co.jp のように「@」を1つ含む形で入力してください。",
    ),
    "address-hidden": (
        (
            "There is an invisible character ({given}) in this address. Type it anew instead of"
            " pasting it."
        ),
        "メールアドレスに目に見えない文字（{given}）が含まれています。貼り付けずに入力し直してください。",
    ),
    "address-encoded": (
        (
            "Before the @ stands an encoded word (=?…?=), which no mail program delivers to. Give"
            " the address itself."
        ),
        "「@」の前に、符号化された文字列（=?…?=）が含まれています。元のメールアドレスを入力してください。",
    ),
    "address-local": (
        (
            "Before the @ only letters a to z, digits and signs such as . _ - + are delivered; here"
            " stands {given}."
        ),
        (
            "「@」の前に使用できるのは、半角の英数字と . _ - +"
            " などの記号のみです（使用できない文字：{given}）。"
        ),
    ),
    "address-domain": (
        "Mail cannot be sent to the domain {given}, after the @. Please check its spelling.",
        "「@」の後のドメイン（{given}）には送信できません。つづりをご確認ください。",
    ),
    "password-short": (
        "A password has at least {min} characters.",
        "パスワードは{min}文字以上にしてください。",
    ),
    "password-long": (
        "A password has at most {max} characters.",
        "パスワードは{max}文字以内にしてください。",
    ),
    "password-common": (
        (
            "This is one of the passwords that are tried first. Three or four words that do not"
            " belong together are better."
        ),
        "よく使われるパスワードに近く、最初に試されます。関連のない3～4語を組み合わせてください。",
    ),
    "password-own": (
        "This is made of your own name, address or company, which are tried first.",
        "お名前・メールアドレス・会社名などから推測できます。別のものにしてください。",
    ),
    "password-keys": (
        "Keys that lie side by side on the keyboard are easy to guess.",
        "キーボードの並び順は推測されやすいため使用できません。",
    ),
    "password-repeat": (
        "Repeating makes a password longer, not harder to guess.",
        "同じ文字や語句の繰り返しは推測されやすいため使用できません。",
    ),
    "password-sequence": (
        "Sequences such as abc or 6543 are easy to guess.",
        "abcや6543のような連続した文字は推測されやすいため使用できません。",
    ),
    "password-date": (
        "Dates and years are easy to guess.",
        "日付や西暦は推測されやすいため使用できません。",
    ),
    "password-word": (
        "A word or name by itself is easy to guess. Add others that do not belong to it.",
        "単語や人名だけでは推測されやすいため使用できません。関連のない語を加えてください。",
    ),
    "token-expired": (
        "The access token has expired.",
        "アクセストークンの有効期限が切れています。",
    ),
    "forbidden": ("Your role does not allow this.", "この操作を行う権限がありません。"),
    "conflict": ("The request conflicts with the present state.", "現在の状態と矛盾する操作です。"),
    "slug-taken": ("The id {id} is taken.", "ID「{id}」はすでに使われています。"),
    "withdrawn": ("{id} has been withdrawn.", "{id}は取り下げられています。"),
    "stale": (
        (
            "It has changed since you read it (now version {version}). Read it again and repeat the"
            " change."
        ),
        "読み込み後に更新されています（現在の版：{version}）。再度読み込んでから変更してください。",
    ),
    "if-match-required": (
        "Send If-Match with the ETag you read.",
        "読み込み時のETagをIf-Matchで送ってください。",
    ),
    "key-reused": (
        "This Idempotency-Key was used with another body.",
        "同じIdempotency-Keyが異なる内容で使われています。",
    ),
    "key-bad": (
        "An Idempotency-Key has 1 to 200 visible ASCII characters.",
        "Idempotency-Keyは1〜200文字の半角英数記号で指定してください。",
    ),
    "unavailable": (
        "Not available right now. Please try again.",
        "現在利用できません。しばらくしてから再度お試しください。",
    ),
    "not-yet": (
        "What you wait for has not arrived yet. Please try again.",
        "更新内容がまだ反映されていません。再度お試しください。",
    ),
    "internal": (
        "Something went wrong on our side. The id finds it in our log.",
        "システム側で問題が発生しました。IDをお知らせください。",
    ),
    "required": ("This field is required.", "必須項目です。"),
    "unknown-key": ("There is no such field.", "この項目は存在しません。"),
    "unknown-field": (
        "There is no field {given} on this record.",
        "項目「{given}」はこの種類の情報にありません。",
    ),
    "unknown-asset": (
        "There is no asset {given} in this profile.",
        "アセット「{given}」はこのプロフィールにありません。",
    ),
    "unknown-name": (
        "No organisation is known as {given}.",
        "「{given}」という組織は見つかりません。",
    ),
    "no-mandate": (
        "{given} has no published mandate.",
        "{given}には公開中の投資方針がありません。",
    ),
    "ambiguous-name": (
        "{given} may mean several organisations.",
        "「{given}」に該当する組織が複数あります。",
    ),
    "not-text": ("This must be a text that is not empty.", "空でない文字列を入力してください。"),
    "not-object": (
        "This must be an object with: {keys}.",
        "次の項目をもつオブジェクトで指定してください：{keys}",
    ),
    "not-list": ("This must be a list.", "リストで指定してください。"),
    "out-of-range": (
        "The number is out of range (up to {max}).",
        "数値が範囲外です（上限：{max}）。",
    ),
    "min-above-max": ("The minimum is above the maximum.", "下限が上限を超えています。"),
    "several-mandates": (
        "Name one mandate of: {given}.",
        "マンデートを1つ指定してください（{given}）。",
    ),
    "bad-weight": (
        "A weight lies between 0 and {max}.",
        "ウェイトは0以上{max}以下で指定してください。",
    ),
    "weights-all-zero": (
        "At least one weight must be above 0.",
        "少なくとも1つのウェイトを0より大きくしてください。",
    ),
    "window-order": ("The window ends before it begins.", "範囲の開始と終了が逆です。"),
    "not-a-day": (
        "This must be a day such as 2024-01-31.",
        "日付は2024-01-31の形式で指定してください。",
    ),
    "future-date": ("The date lies in the future.", "未来の日付は指定できません。"),
    "date-order": ("valid_from is after valid_to.", "開始日が終了日より後になっています。"),
    "bad-slug": (
        "An id has small letters, digits and hyphens, up to 64.",
        "IDは半角英小文字・数字・ハイフンで64文字以内です。",
    ),
    "too-long": (
        "The text is longer than {max} characters.",
        "文字数が上限（{max}文字）を超えています。",
    ),
    "too-many": ("There are more than {max} entries.", "件数が上限（{max}件）を超えています。"),
    "too-deep": ("The value is nested too deeply.", "入れ子が深すぎます。"),
    "invalid-value": ("{message}", "値が正しくありません。"),
    "bad-cursor": ("This cursor was not issued here.", "カーソルが正しくありません。"),
    "tier-not-kept": (
        "Records of this kind keep public and network facts only.",
        "この種類の情報では「公開」と「ネットワーク」の範囲のみ指定できます。",
    ),
    "structure-in-text": (
        "Chemical structures and sequences are kept out of facts below the introduced tier.",
        "構造式や配列は「紹介後」より広い公開範囲には記載できません。",
    ),
    "bad-number-jp": (
        "The Japanese Corporate Number has 13 digits and a check digit; this one does not add up.",
        "法人番号（13桁）の検査用数字が一致しません。",
    ),
    "lead-asset": ("Exactly one asset is the lead.", "リードアセットは1つだけ指定してください。"),
    "name-required": ("State a name in English or Japanese.", "英語または日本語の名称が必要です。"),
    "twice": ("{given} is there twice.", "「{given}」が重複しています。"),
    "job-under-way": ("This is being computed already.", "すでに計算中です。"),
    "job-ended": ("This computation has ended.", "この計算はすでに終了しています。"),
}
