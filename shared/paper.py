"""Pages as PDF, from a Typst source; texts come in as inputs, never as source, so none of them is
read as markup.
"""

from pathlib import Path

import typst

from shared.text import as_json, plain, plain_document

FONTS = Path(__file__).resolve().parents[1] / "deploy" / "fonts"


def compiled(source: str, inputs: dict[str, str]) -> bytes:
    """A PDF. Only the font that comes with the product is used, so that it looks the same
    everywhere.
    """
    return typst.compile(
        source.encode(),
        sys_inputs={name: plain(text) for name, text in inputs.items()},
        font_paths=[FONTS],
        ignore_system_fonts=True,
    )


def printed(source: str, content: dict) -> bytes:
    """A PDF of a source that reads its content as `data`."""
    return compiled(source, {"data": as_json(plain_document(content))})
