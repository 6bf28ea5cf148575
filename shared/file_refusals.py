"""What is said where a file, a text or the work they make is refused; part of `shared.refusals`."""

TEXTS: dict[str, tuple[str, str]] = {
    "near-name": (
        (
            "{given} is nearly the name of a company that is here. Put its id into the row if it is"
            " meant, or a new id if this is another company."
        ),
        (
            "「{given}」は登録済みの企業の名称とよく似ています。同じ企業の場合はそのIDを、"
            "別の企業の場合は新しいIDを行に記入してください。"
        ),
    ),
    "number-differs": (
        (
            "The company of this name has another Corporate Number: the row may mean another"
            " company. Nothing is written."
        ),
        (
            "同じ名称の登録企業と法人番号が一致しません。同名の別企業の可能性があるため、"
            "この行は取り込みません。"
        ),
    ),
    "name-differs": (
        "Name and Corporate Number mean different companies. Nothing is written.",
        "社名と法人番号が異なる企業を指しているため、この行は取り込みません。",
    ),
    "file-name": (
        "The file name may not hold a path or begin with a dot.",
        "ファイル名にパスや先頭のドットは使用できません。",
    ),
    "file-empty": ("The file is empty.", "ファイルが空です。"),
    "file-too-large": (
        "The file is larger than {max} MB.",
        "ファイルが上限（{max}MB）を超えています。",
    ),
    "file-not-pdf": (
        "The file is no PDF ({given}). Please export it as PDF.",
        "PDFではありません（{given}）。PDF形式で書き出してください。",
    ),
    "file-broken": ("The file cannot be read as a PDF.", "PDFとして読み取れないファイルです。"),
    "file-encrypted": (
        "The PDF is locked by a password. Please save it without one.",
        "パスワード付きのPDFです。パスワードを解除して保存してください。",
    ),
    "file-active": (
        (
            "The PDF runs something when opened, or carries other files. Please print it to a plain"
            " PDF."
        ),
        "自動実行や添付ファイルを含むPDFです。通常のPDFとして印刷・保存し直してください。",
    ),
    "file-pages": (
        "The PDF has no page, or more than {max}.",
        "ページ数が不正です（上限：{max}ページ）。",
    ),
    "file-page": (
        (
            "Page {page} cannot be read, or has no size that a page can have. Print the file to a"
            " new PDF and send that."
        ),
        (
            "{page}ページ目を読み取れないか、用紙サイズが不正です。"
            "PDFとして印刷し直したファイルを送信してください。"
        ),
    ),
    "file-layers": (
        (
            "The PDF has hidden layers, which readers would see. Print what may be seen to a new"
            " PDF and send that."
        ),
        (
            "非表示レイヤーを含むPDFです。閲覧者に見える状態になるため、"
            "公開する内容だけを新しいPDFに印刷して送信してください。"
        ),
    ),
    "file-too-much": (
        "Reading the PDF took too much time or memory. Print it to a new PDF and send that.",
        (
            "PDFの読み取りに時間またはメモリがかかりすぎました。"
            "PDFとして印刷し直したファイルを送信してください。"
        ),
    ),
    "document-withheld": (
        "This document cannot be shown safely. Its owner can send it anew.",
        "この文書は安全に表示できません。所有者が送信し直すと閲覧できます。",
    ),
    "file-unpacks": (
        "The PDF unpacks to far more than its size.",
        "展開後のサイズが大きすぎるPDFです。",
    ),
    "table-empty": ("The table is empty.", "表が空です。"),
    "table-not-xlsx": (
        "The file is not a workbook that can be read. Save it as XLSX or CSV and send that.",
        ("ブックとして読み取れないファイルです。XLSXまたはCSVで保存し直してから送信してください。"),
    ),
    "table-password": (
        "The workbook is protected by a password. Save it without one and send that.",
        "パスワードで保護されたブックです。パスワードを解除して保存し直してください。",
    ),
    "table-xls": (
        "This is an old Excel file (.xls). Save it as an Excel Workbook (.xlsx) and send that.",
        "旧形式（.xls）のExcelファイルです。「Excelブック（.xlsx）」で保存し直してください。",
    ),
    "table-xlsb": (
        "This is a binary workbook (.xlsb). Save it as an Excel Workbook (.xlsx) and send that.",
        "バイナリ形式（.xlsb）のブックです。「Excelブック（.xlsx）」で保存し直してください。",
    ),
    "table-strict": (
        (
            "This is a workbook in Strict Open XML. Save it as an Excel Workbook (.xlsx), not"
            " “Strict”, and send that."
        ),
        (
            "「Strict Open XML」形式のブックです。"
            "「Excelブック（.xlsx）」を選んで保存し直してください。"
        ),
    ),
    "table-numbers": (
        "This is a Numbers document. Export it as Excel or CSV and send that.",
        "Numbersの書類です。ExcelまたはCSVに書き出して送信してください。",
    ),
    "table-html": (
        "This is a web page, not a table. Open it in Excel and save it as XLSX.",
        "ウェブページ形式のファイルです。Excelで開き、XLSX形式で保存し直してください。",
    ),
    "table-no-sheet": (
        "The workbook has no sheet “{given}”.",
        "シート「{given}」はこのブックにありません。",
    ),
    "table-cells": (
        "Some cells hold no value; each is listed.",
        "値を読み取れないセルがあります。内容を以下に示します。",
    ),
    "cell-error": (
        "Cell {cell} holds an error ({given}). Mend it in the spreadsheet, or clear it.",
        "セル{cell}がエラー値（{given}）です。表計算ソフトで修正するか、空欄にしてください。",
    ),
    "cell-uncalculated": (
        (
            "Cell {cell} holds a formula that was never calculated. Open the file in Excel, save it"
            " and send it again."
        ),
        ("セル{cell}の数式が計算されていません。Excelで開いて保存し直してから送信してください。"),
    ),
    "cell-too-long": (
        "The text in cell {cell} is longer than 32,767 characters: “{given}”",
        "セル{cell}の文字数が上限（32,767文字）を超えています：「{given}」",
    ),
    "table-heading-twice": (
        "The heading “{given}” stands there twice.",
        "見出し「{given}」が重複しています。",
    ),
    "table-encoding": (
        (
            "The characters of this file cannot be read. Save it as CSV in UTF-8, UTF-16 or"
            " Shift_JIS, or as XLSX."
        ),
        (
            "文字コードを判別できません。"
            "UTF-8、UTF-16、Shift_JISのいずれかのCSV、またはXLSXで保存し直してください。"
        ),
    ),
    "table-too-large": (
        "The table is too large: at most 5,000 rows and 200 columns.",
        "表が大きすぎます（上限：5,000行・200列）。",
    ),
    "table-unpacks": (
        (
            "The workbook unpacks to far more than its size. Copy the cells into a new workbook and"
            " save that."
        ),
        "展開後のサイズが大きすぎるブックです。セルを新しいブックにコピーして保存し直してください。",
    ),
    "table-too-much": (
        (
            "Reading the table took too much time or memory. Copy the cells into a new workbook, or"
            " save it as CSV."
        ),
        (
            "表の読み取りに時間またはメモリがかかりすぎました。セルを新しいブックにコピーするか、"
            "CSVで保存してください。"
        ),
    ),
    "table-characters": (
        "Some cells hold characters that no text may hold.",
        "使用できない文字を含むセルがあります。",
    ),
    "table-column-missing": (
        (
            "The table has no column such as “{given}”. Looked at: sheet {sheet}, row {rows};"
            " headings there: {found}."
        ),
        (
            "「{given}」に相当する列がありません。"
            "確認した場所：シート「{sheet}」{rows}行目（見出し：{found}）。"
        ),
    ),
    "work-under-way": (
        "{max} files of yours are being read or made already. Please wait until one is done.",
        "お客様のファイルを{max}件処理中です。1件が終わってからお試しください。",
    ),
    "work-this-hour": (
        (
            "That is {max} files read or made within an hour, as many as one person may ask for."
            " Please go on at {time} JST."
        ),
        "1時間に処理できるファイルの上限（{max}件）に達しました。{time}（日本時間）以降にお試しください。",
    ),
    "jobs-under-way": (
        (
            "{max} computations that you asked for wait or run already. Please wait until one ends,"
            " or stop one."
        ),
        "お客様が依頼した計算が{max}件待機または実行中です。終了を待つか、いずれかを中止してください。",
    ),
    "jobs-this-hour": (
        (
            "That is {max} computations within an hour, as many as one person may ask for. Please"
            " go on at {time} JST."
        ),
        "1時間に依頼できる計算の上限（{max}件）に達しました。{time}（日本時間）以降にお試しください。",
    ),
    "not-one-line": ("This must be one line.", "改行を含めず1行で入力してください。"),
    "bad-characters": (
        "The text contains {name} ({point}) in line {line}. Please type it anew without it.",
        "{line}行目に{name_ja}（{point}）が含まれています。取り除いて入力し直してください。",
    ),
}
