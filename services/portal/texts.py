"""The portal's own words, English and Japanese side by side; what services say arrives in the
reader's language.
"""

from services.portal.account_texts import ACCOUNT
from services.portal.call_texts import CALLS
from services.portal.connection_texts import CONNECTIONS
from services.portal.day_texts import DAYS
from services.portal.desk_texts import DESK
from services.portal.directory_texts import DIRECTORY
from services.portal.mandate_texts import MANDATES
from services.portal.meeting_texts import MEETINGS
from services.portal.placement_texts import PLACEMENT
from services.portal.programme_texts import PROGRAMME
from services.portal.queue_texts import QUEUES
from services.portal.work_texts import WORK

COMMON = {
    "title": ("Nakodo", "Nakodo（仲人）"),
    "tagline": (
        "Japanese biotech, its investors and its way to the United States",
        "日本のバイオスタートアップと投資家、そして米国への道をつなぐ",
    ),
    "front-lead": (
        (
            "Which company fits which investor, programme and place, and why. Every answer stands"
            " beside its fact, its source and its date."
        ),
        (
            "どの企業がどの投資家・プログラム・拠点に合うのか。"
            "すべての判断を、根拠となる事実・出典・日付とともに示します。"
        ),
    ),
    "front-home": ("Go on to your desk", "自分の画面へ進む"),
    "front-startup": ("For startups", "スタートアップの方へ"),
    "front-startup-what": (
        (
            "State your pipeline once. See which mandates it meets, what stands against it and"
            " what to answer next. What you hold back is read by nobody else."
        ),
        (
            "パイプラインを一度登録すれば、合致する投資方針、懸念点、次に答えるべきことが分かります。"
            "非公開とした情報は、ほかの組織には表示されません。"
        ),
    ),
    "front-reviewer": ("For investors and partners", "投資家・提携先の方へ"),
    "front-reviewer-what": (
        (
            "Say what you look for and see at once what it lists. Each Monday a short list with"
            " reasons for and against; decide with your team."
        ),
        (
            "投資方針を書くと、その場で該当企業を確認できます。"
            "毎週月曜に、合う理由と懸念を添えた短いリストが届き、チームで判断できます。"
        ),
    ),
    "front-officer": ("For programmes and places", "プログラム・拠点の方へ"),
    "front-officer-what": (
        (
            "Open a call, check and review applications, place who is accepted, hold the"
            " partnering day, report."
        ),
        ("公募、要件確認、審査、採択者の配置、商談会、報告までを一つの画面で進められます。"),
    ),
    "choose": ("Look around as one of these people", "次のいずれかの立場でご覧ください"),
    "invented-people": (
        (
            "All of them are invented. The other companies are real; what is said of them comes"
            " from dated public sources."
        ),
        "いずれも架空の人物です。そのほかの企業は実在し、記載内容は日付のある公開情報に基づきます。",
    ),
    "startup": ("Startup", "スタートアップ"),
    "startup-who": (
        "Business development, Mihon Therapeutics",
        "見本セラピューティクス　事業開発担当",
    ),
    "startup-what": (
        "See who matches, why, and what to answer next.",
        "どの投資家と合うか、その理由、次に答えるべきことを確認します。",
    ),
    "reviewer": ("CVC reviewer", "CVC担当者"),
    "reviewer-who": ("Investment team, Mihon Ventures", "見本ベンチャーズ　投資チーム"),
    "reviewer-what": (
        "Monday's short list, each with reasons for and against.",
        "月曜の短いリスト。それぞれに理由と懸念を添えています。",
    ),
    "officer": ("Programme officer", "プログラム担当者"),
    "officer-who": ("Operations, Mihon Programme Office", "見本プログラム事務局　運営担当"),
    "officer-what": (
        "Startups, their investors and sites, and what is still unknown.",
        "スタートアップと投資家・拠点、未確認事項を一覧します。",
    ),
    "staff": ("Platform staff", "運営スタッフ"),
    "staff-who": ("Nakodo's own desk (invented)", "仲人　運営担当（架空）"),
    "staff-what": (
        "Decide claims, duplicates, lists of concern and what files propose.",
        "引き継ぎ申請、重複、懸念企業リスト、ファイルからの提案を判断します。",
    ),
    "enter": ("Continue", "はじめる"),
    "leave": ("Leave", "終了"),
    "feed": ("Feed", "フィード"),
    "feed-of": ("Feed of {name}", "{name}のフィード"),
    "feed-lead": (
        "{n} with a grade (matches: {matches}, near misses: {near})",
        "評価C以上の候補{n}件（マッチ{matches}件、あと一歩{near}件）",
    ),
    "empty-feed": (
        "Nothing fits well enough for a grade today. That is a good answer too; what the mandate"
        " states more of can be met.",
        "本日、評価C以上の候補はありません。投資方針の記載が増えると、合致を判定できる項目も増えます。",
    ),
    "weak-feed": (
        "A weak list: nothing here is graded A or B.",
        "評価A・Bの候補はありません。以下は参考程度の候補です。",
    ),
    "investors": ("Investors", "投資家"),
    "startups": ("Startups", "スタートアップ"),
    "search": ("Search", "検索"),
    "search-hint": ("English, 日本語, kana", "社名（英語・日本語・かな）"),
    "results": ("Results for “{q}”", "「{q}」の検索結果"),
    "no-results": ("Nobody by that name.", "該当する組織はありません。"),
    "match": ("Match", "マッチ"),
    "near-miss": ("Near miss", "あと一歩"),
    "fail": ("No match", "対象外"),
    "grade": ("Grade", "評価"),
    "grade-help": (
        "From the wishes met and missed, on one scale for every list: A from 75, B from 50, C from"
        " 25 of 100",
        "希望条件の充足度による、全リスト共通の評価です（100点満点、A：75以上、B：50以上、C：25以上）",
    ),
    "no-grade": ("None", "評価なし"),
    "no-grades": (
        "No investor's stated wishes are met well enough for a grade yet.",
        "希望条件を十分に満たす投資家は、まだありません。",
    ),
    "knowledge": ("What is known", "情報の状況"),
    "wishes": ("What is wished and what is known", "希望条件と確認済みの情報"),
    "wish": ("Wish", "希望条件"),
    "criterion": ("Criterion", "評価項目"),
    "relation-meets": ("Meets", "合致"),
    "relation-near": ("Near", "近い"),
    "relation-outside": ("Outside", "対象外"),
    "relation-unknown": ("Unknown", "未確認"),
    "relation-unstated": ("No wish", "希望なし"),
    "rank": ("{rank} of {of} known startups", "既知の{of}社中{rank}位"),
    "for": ("For", "理由"),
    "against": ("Against", "懸念"),
    "questions": ("Open questions", "確認事項"),
    "changed": ("What changed", "変更点"),
    "why": ("Why: the full explanation", "詳しい説明"),
    "gates": ("Gates", "判定"),
    "gate": ("Gate", "項目"),
    "state": ("Result", "結果"),
    "value": ("Value", "値"),
    "threshold": ("Threshold", "条件"),
    "source": ("Source", "出典"),
    "as-of": ("As of", "時点"),
    "pass": ("Pass", "適合"),
    "gate-fail": ("Fail", "不適合"),
    "unknown": ("Ask", "要質問"),
    "review": ("Review", "要確認"),
    "contributions": ("How the score adds up", "スコアの内訳"),
    "contributions-lead": (
        "In nats, on the scale of log-odds: 0 is chance. The bars sum to the score exactly.",
        "単位はnat（対数オッズ）。0は偶然と同じで、各項目の合計がスコアに一致します。",
    ),
    "for-investor": ("for the investor", "投資家側"),
    "for-startup": ("for the startup", "スタートアップ側"),
    "constant": ("constant", "定数"),
    "score": ("Score", "スコア"),
    "change": ("What would change it", "次の一手"),
    "origin-public-sources": (
        "Compiled from public sources; not a statement of the organisation",
        "公開情報から作成しました。組織の公式な表明ではありません",
    ),
    "origin-self-declared": ("Self-declared", "自己申告"),
    "origin-invented": ("Invented for the demo", "デモ用の架空組織"),
    "listed": ("Listed company", "上場企業"),
    "facts": ("Facts", "事実情報"),
    "field": ("Field", "項目"),
    "triads": ("Investor and site together", "投資家と拠点の組み合わせ"),
    "triads-lead": (
        "The best per hub, own hub first. One weak link kills a triad.",
        "拠点都市ごとの最良の組み合わせ。自社の拠点都市を先に示します。",
    ),
    "no-triads": ("No triad stands: every pair has a fail.", "成立する組み合わせはありません。"),
    "weakest": ("Weakest link", "最も弱い点"),
    "desk": ("Your profile", "プロフィールの編集"),
    "register": ("Register your company", "企業プロフィールの登録"),
    "desk-lead": (
        "State what has changed; every statement keeps its date, and nothing old is overwritten.",
        "変わった項目だけを入力してください。登録内容には時点が付き、過去の情報は上書きされません。",
    ),
    "see-profile": ("See it as a page", "ページで見る"),
    "edit": ("Edit", "編集する"),
    "saved": (
        "Saved. Your matches follow within a moment.",
        "保存しました。マッチングはまもなく更新されます。",
    ),
    "not-saved": (
        "Nothing was saved yet. Please look at:",
        "保存されていません。次の項目をご確認ください。",
    ),
    "partly-saved": (
        "Your statements are saved. What is still missing:",
        "入力内容は保存しました。次の項目がまだ不足しています。",
    ),
    "changed-meanwhile": (
        (
            "A colleague has saved changes meanwhile. What you typed is still here; look it over"
            " and save again."
        ),
        (
            "他の担当者が先に変更を保存しました。入力内容は残っています。ご確認のうえ、"
            "もう一度保存してください。"
        ),
    ),
    "draft": ("Draft", "下書き"),
    "draft-lead": (
        "Only your organisation sees it until you publish.",
        "公開するまで、自社のメンバーだけが閲覧できます。",
    ),
    "publish": ("Publish", "公開する"),
    "save-draft": ("Save as a draft", "下書きとして保存"),
    "names": ("Names", "社名"),
    "name-ja": ("Japanese", "日本語"),
    "name-en": ("English", "英語"),
    "name-kana": ("Kana", "フリガナ"),
    "what-you-do": ("What you do", "事業・技術"),
    "where-you-stand": ("Where you stand", "現在の状況"),
    "what-you-seek": ("What you seek", "求めているもの"),
    "not-stated": ("–", "（未選択）"),
    "raising": ("raising now", "調達中"),
    "not-raising": ("not raising", "調達していない"),
    "raise-state": ("State", "調達状況"),
    "round": ("Round", "ラウンド"),
    "kind": ("Kind", "種別"),
    "amount": ("Amount (whole units)", "金額（通貨単位）"),
    "currency": ("Currency", "通貨"),
    "closing": ("Closing", "クローズ予定"),
    "date": ("Date", "時期"),
    "as-of-lead": ("These statements are true as of", "入力内容の時点"),
    "tier-public": ("Everybody sees this.", "すべての閲覧者に公開されます。"),
    "tier-network": (
        "Signed-in investors, programmes and sites see this; other startups do not.",
        "登録済みの投資家・プログラム・拠点に公開されます（他のスタートアップには非公開）。",
    ),
    "take-back": ("Take a statement back", "登録内容の取り消し"),
    "take-back-lead": (
        "For what was never so. What has changed is better stated anew: the history stays right.",
        (
            "誤って登録した内容の取り消しです。状況の変化は、"
            "新しい内容を登録してください（履歴が正しく残ります）。"
        ),
    ),
    "take-back-one": ("Take back", "取り消す"),
    "coach": ("What to state next", "次に登録するとよい情報"),
    "coach-lead": (
        (
            "Sorted by effect: how many mandates ask for it, and how much it weighs with those"
            " that do."
        ),
        "効果の大きい順です。確認を待つマンデートの数と、評価への影響で並べています。",
    ),
    "coach-stale": ("Still true?", "現在も変わりありませんか"),
    "own-list": ("Who matches", "合致する投資家"),
    "own-list-lead": (
        "From what investors publish; one line per investor.",
        "投資家が公表している情報に基づき、投資家ごとに1件を示します。",
    ),
    "undated": ("undated", "日付不明"),
    "self-declared": ("self-declared", "自己申告"),
    "docs": ("API documentation", "APIドキュメント"),
    "docs-lead": (
        "Every operation of every service. The machine-readable form is beside each title.",
        "全サービスの操作一覧です。機械可読形式は各見出しの横にあります。",
    ),
    "home": ("Home", "ホーム"),
    "not-found": (
        "There is nothing here, or it is not yours to see.",
        "ページがないか、閲覧権限がありません。",
    ),
    "sign-in": ("Sign in", "ログイン"),
    "email": ("Mail address", "メールアドレス"),
    "password": ("Password", "パスワード"),
    "password-lead": (
        "At least 12 characters; a few words make a good one.",
        "12文字以上。いくつかの単語を組み合わせると安全です。",
    ),
    "code": ("One-time code", "ワンタイム認証コード"),
    "code-lead": (
        "Enter your password again with the code of your authenticator app.",
        "パスワードと、認証アプリに表示されたコードを入力してください。",
    ),
    "forgotten": ("Password forgotten?", "パスワードをお忘れの方"),
    "forgotten-lead": (
        "We mail you a link to set a new one. It is good for an hour.",
        "再設定用のリンクをメールでお送りします（有効期間は1時間です）。",
    ),
    "reset-sent": (
        "If this address is known here, a mail is on its way.",
        "ご登録のあるメールアドレスの場合、再設定用のメールをお送りしました。",
    ),
    "send-link": ("Send a link", "リンクを送信"),
    "link-invitation": ("Accept your invitation", "ご招待の確認"),
    "link-reset": ("Set a new password", "新しいパスワードの設定"),
    "link-done": ("Done. Please sign in.", "設定が完了しました。ログインしてください。"),
    "invited-to": ("You join {org} as", "{org}のメンバーとして登録します："),
    "your-name": ("Name", "氏名"),
    "save": ("Save", "保存"),
    "account": ("Account", "アカウント"),
    "role": ("Role", "役割"),
    "owner": ("owner", "管理者"),
    "invited": ("invited", "招待中"),
    "remove": ("Remove", "外す"),
    "remove-member": ("Take {name} out of the members", "{name}さんをメンバーから外す"),
    "glass": ("Full access in an emergency", "緊急時の全権限アクセス"),
    "glass-lead": (
        (
            "You may open full access for up to an hour. The reason is kept and mailed to the other"
            " administrators, and every step is in the audit trail."
        ),
        (
            "最長1時間、全権限でアクセスできます。理由は記録され、"
            "他の管理者にメールで通知されます。操作はすべて監査記録に残ります。"
        ),
    ),
    "glass-reason": ("What it is needed for", "必要な理由"),
    "glass-break": ("Open full access", "全権限アクセスを開始"),
    "glass-open": ("Full access is open until {until}.", "全権限アクセス中です（{until}まで）。"),
    "minutes": ("Minutes", "時間（分）"),
    "invite": ("Invite a colleague by mail", "メールで同僚を招待"),
    "members": ("Members of your organisation", "組織のメンバー"),
    "site-manager": ("Site manager", "施設担当者"),
    "administrator": ("Administrator", "システム管理者"),
    "duplicates": ("Duplicates", "重複の確認"),
    "duplicates-lead": (
        (
            "Profiles that may be of one organisation. You decide; a merge moves the whole history"
            " and can be undone."
        ),
        (
            "同一組織の可能性があるプロフィールです。統合すると履歴もすべて引き継がれ、"
            "あとから取り消すこともできます。"
        ),
    ),
    "claimed-profile": ("run by its organisation", "本人組織が管理"),
    "unclaimed-profile": ("unclaimed", "未登録（公開情報から作成）"),
    "in-common": ("In common:", "一致した項目："),
    "common-corporate-number": ("Corporate Number", "法人番号"),
    "common-name": ("the name", "名称"),
    "keep-profile": ("One organisation: keep {name}", "統合して{name}を残す"),
    "two-organisations": ("Two organisations", "別の組織"),
    "no-duplicates": (
        "No two profiles look like one organisation.",
        "重複の疑いがあるプロフィールはありません。",
    ),
    "merges-done": ("Merged lately", "最近の統合"),
    "merged-into": ("Profile that stayed", "残したプロフィール"),
    "merged-profile": ("Merged into it", "統合したプロフィール"),
    "undo": ("Undo", "取り消す"),
    "undone": ("undone", "取消済み"),
    "sign-in-by": ("Sign in by {name}", "{name}でログイン"),
    "openid-failed": (
        "Signing in by your provider was not completed.",
        "外部認証によるログインが完了しませんでした。",
    ),
    "see-as": ("See it as", "表示を確認："),
    "as-public": ("everybody", "一般公開"),
    "as-network": ("investors and programmes", "投資家・プログラム"),
    "seen-public": (
        "This is how everybody who is signed in sees your profile, other startups too.",
        "他のスタートアップを含む、すべての利用者に表示される内容です。",
    ),
    "seen-network": (
        "This is how investors, programmes and sites see your profile.",
        "投資家・プログラム・施設に表示される内容です。",
    ),
    "seen-back": ("Back to your own view", "自社の表示に戻る"),
    "kept-back": ("What they do not see", "表示されない項目"),
    "nothing-kept-back": (
        "Nothing: they see every fact you have stated.",
        "ありません。登録された内容はすべて表示されています。",
    ),
    "kept-network": ("investors, programmes and sites", "投資家・プログラム・施設まで"),
    "kept-matched": (
        "acts as a gate only, once every other gate passes",
        "他の条件をすべて満たした場合に、条件判定にのみ使用",
    ),
    "kept-introduced": ("after an introduction both sides accepted", "双方が承諾した紹介の成立後"),
    "kept-private": (
        "your organisation only; blocks and refusals act unseen",
        "自社のみ（除外先などは非表示のまま判定に使用）",
    ),
    "consents": ("Consent to pass on your contact", "連絡先提供への同意"),
    "consented": ("Consented, for recipients in:", "同意済み（提供先の所在国）："),
    "and": (" and ", "・"),
    "country-jp": ("Japan", "日本"),
    "country-us": ("the United States", "米国"),
    "recipient-countries": ("Recipients may be in", "提供先の所在国"),
    "give-consent": ("I consent", "同意する"),
    "withdraw-consent": ("Withdraw consent", "同意を撤回する"),
    "own-data": ("Your data", "ご自身のデータ"),
    "export-own": (
        "Download a copy of everything kept about you (JSON)",
        "保管されているご自身の情報をすべてダウンロード（JSON）",
    ),
    "erase-account": ("Erase my account", "アカウントを消去する"),
    "erase-lead": (
        (
            "Your name, address and sign-in go for good, and so does what any audit trail says of"
            " you. Your organisation's profile stays."
        ),
        (
            "氏名・メールアドレス・認証情報と、監査記録のうちご自身に関する内容を完全に消去します。"
            "所属組織のプロフィールは残ります。取り消しはできません。"
        ),
    ),
    "erasure": ("Erase somebody without an account", "アカウントのない方の情報を消去する"),
    "erasure-lead": (
        (
            "A reviewer, mentor, expert, contact, or a person in minutes: every place where your"
            " organisation's records name them. Scores, hours and figures stay; the name goes."
        ),
        (
            "審査員・メンター・専門家・連絡先・議事録に記載の方など、"
            "貴組織の記録でお名前が出ているすべての箇所を確認できます。評点・時間・集計値は残り、"
            "お名前のみ消去されます。"
        ),
    ),
    "erasure-name": ("Name", "氏名"),
    "erasure-find": ("Find", "検索する"),
    "erasure-found": ("Named in {count} places", "該当箇所：{count}件"),
    "erasure-last-word": (
        "Erasing cannot be undone. Personal links of this person stop working.",
        "消去は取り消せません。ご本人専用のリンクも無効になります。",
    ),
    "erasure-done": ("Erased from {count} places.", "{count}件の記録から消去しました。"),
    "erasure-in-accounts": ("Accounts and invitations", "アカウント・招待"),
    "erasure-in-startups": ("Startups' papers", "スタートアップの資料"),
    "erasure-in-investors": ("Investors", "投資家"),
    "erasure-in-programs": ("Calls and support", "公募・支援"),
    "erasure-in-matching": ("Decisions and questions", "判断・質問"),
    "erasure-in-meetings": ("Introductions and days", "面談・商談会"),
    "erasure-in-notices": ("Mail", "メール"),
    "erasure-mail": ("Erase your address", "メールアドレスを消去する"),
    "erasure-mail-lead": (
        (
            "{address} goes from everything we keep, for good: invitations, letters, lists and"
            " notes. If you have an account, sign in and erase it there."
        ),
        (
            "{address}を、招待・送信記録・名簿・メモなど、"
            "保管しているすべての記録から完全に消去します。アカウントをお持ちの場合は、"
            "サインインのうえアカウントの画面から消去してください。"
        ),
    ),
    "erasure-mail-done": ("{address} is erased.", "{address}を消去しました。"),
    "erase-now": ("Erase for good", "完全に消去する"),
    "second-factor": ("Second factor", "二段階認証"),
    "second-factor-on": (
        "On: a one-time code is asked for at every sign-in.",
        "有効です。ログインのたびに認証コードを確認します。",
    ),
    "second-factor-lead": (
        (
            "An authenticator app makes a code at every sign-in. Officers and administrators need"
            " one, or a passkey, to act as such."
        ),
        (
            "ログイン時に認証アプリのコードを確認します。プログラム担当者・管理者の操作には、"
            "認証アプリまたはパスキーの設定が必要です。"
        ),
    ),
    "second-factor-how": (
        "Type this secret into your authenticator app, then enter the code it shows.",
        "認証アプリに下記のキーを登録し、表示されたコードを入力してください。",
    ),
    "open-app": ("Open in an authenticator app on this device", "この端末の認証アプリで開く"),
    "switch-on": ("Switch on", "有効にする"),
    "begin": ("Begin", "設定を開始"),
    "claims": ("Claims of profiles", "プロフィールの引き継ぎ申請"),
    "note": ("Note to staff", "事務局への連絡事項"),
    "grants": (
        "A yes makes this person the owner of the organisation {org}, as: {role}.",
        "承認すると、申請者は組織「{org}」の管理者になります（立場：{role}）。",
    ),
    "grants-profile": ("Changes hands:", "引き継がれるプロフィール："),
    "grants-nothing": (
        "No profile changes hands; an empty one may be begun.",
        "引き継がれるプロフィールはありません（新規に作成できます）。",
    ),
    "kind-startup": ("startup", "スタートアップ"),
    "kind-investor": ("investor", "投資家"),
    "kind-mandate": ("mandate", "投資方針"),
    "kind-site": ("site", "拠点"),
    "kind-provider": ("provider", "サービス事業者"),
    "kind-program": ("programme", "プログラム"),
    "claim-waiting": ("waiting", "審査待ち"),
    "claim-approved": ("approved", "承認済み"),
    "claim-refused": ("refused", "不承認"),
    "domain-known": (
        "the domain stands among the profile's sources",
        "プロフィールの出典と一致するドメイン",
    ),
    "domain-unknown": (
        "the domain is not among the profile's sources",
        "プロフィールの出典にないドメイン",
    ),
    "approve": ("Approve", "承認"),
    "refuse": ("Refuse", "不承認"),
    "change-password": ("Change your password", "パスワードの変更"),
    "old-password": ("Present password", "現在のパスワード"),
    "new-password": ("New password", "新しいパスワード"),
    "trouble": ("That did not work.", "処理できませんでした。"),
    "skip": ("Skip to content", "本文へ移動"),
    "asset": ("Asset", "アセット"),
    "calibration": ("calibration", "較正値"),
    "actions": ("Actions", "操作"),
    "versions": ("Computed from", "計算の基準"),
    "doubtful": ("sources disagree", "出典が食い違っています"),
    "stale": ("past its shelf life", "情報が古くなっています"),
}
PARTS = (
    COMMON,
    ACCOUNT,
    DESK,
    MANDATES,
    MEETINGS,
    WORK,
    CALLS,
    PROGRAMME,
    PLACEMENT,
    DAYS,
    QUEUES,
    DIRECTORY,
    CONNECTIONS,
)
TEXTS = {key: text for part in PARTS for key, text in part.items()}


def say(key: str, lang: str, **names) -> str:
    return TEXTS[key][lang == "ja"].format(**names)
