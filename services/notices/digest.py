"""The weekly digest as mail: text and HTML from the same content, which matching has written in
both languages.
"""

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from shared.errors import FieldError, Invalid

DIGEST = "digest"
PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
FOOT = {
    "en": (
        "Read the week on Nakodo",
        "You get this as an owner of your team; switch it off in the feed's settings.",
    ),
    "ja": (
        "Nakodoで今週の一覧を見る",
        "本メールはチームの管理者にお送りしています。配信はフィードの設定で停止できます。",
    ),
}


def digest(content: str | None, locale: str, address: str, path: str) -> tuple[str, str, str]:
    """(title, text, HTML) of a digest in one language. Raises Invalid for content that is none."""
    try:
        told = json.loads(content or "")[locale]
        title, lead, sections = told["title"], told["lead"], told["sections"]
        link, foot = FOOT[locale]
        lines = [lead, ""]
        for section in sections:
            lines += [
                section["title"],
                *(f"- {i['title']}  {i['text']}\n  {address}{i['path']}" for i in section["items"]),
                "",
            ]
        text = "\n".join([*lines, f"{link}: {address}{path}", "", foot, ""])
        html = PAGES.get_template("digest.html").render(
            told=told, locale=locale, address=address, path=path, link=link, foot=foot
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(errors=[FieldError("params.digest", "bad-json", {})]) from error
    return " ".join(title.split()), text, html  # a title is one line, whatever a name holds
