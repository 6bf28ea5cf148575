"""PDF files: made anew before they are kept, refused with the reason, and the stamp on every page
of a copy that is viewed.
"""

import io
import math
import re

import pikepdf

from shared import sandbox
from shared.errors import DomainError, Unavailable
from shared.paper import compiled

LARGEST = 20_000_000
LIMITS = sandbox.Limits(cpu_s=15, wall_s=60, memory=500_000_000, answer=60_000_000)
UNIT, SLANT, HEIGHTS = 1000, 24, (0.2, 0.5, 0.8)  # the stamp is drawn for a page of so many points
STAMP = """
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#set text(font: "IPAexGothic", cjk-latin-spacing: none, size: 30pt, fill: rgb(120, 30, 45, 90))
#sys.inputs.text
"""
KINDS = {
    b"PK\x03\x04": "ZIP/Office",
    b"\xd0\xcf\x11\xe0": "Office",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"MZ": "EXE",
}
BAD_NAME = re.compile(r"[\x00-\x1f\x7f/\\:]|^\.")


class BadFile(DomainError):
    """The file is none we take; the code says why."""

    status, code = 422, "file-broken"


def check_name(name: str) -> None:
    """Raises BadFile for what is no plain file name."""
    if not name or len(name) > 200 or BAD_NAME.search(name):
        raise BadFile("file-name")


def rebuilt(content: bytes) -> bytes:
    """The file made anew, nothing active in it. Raises BadFile for anything but a sound, bounded
    PDF; Unavailable.
    """
    if not content:
        raise BadFile("file-empty")
    if len(content) > LARGEST:
        raise BadFile("file-too-large", max=LARGEST // 1_000_000)
    if not content[:1024].lstrip().startswith(b"%PDF-"):
        kind = next((kind for mark, kind in KINDS.items() if content.startswith(mark)), "?")
        raise BadFile("file-not-pdf", given=kind)
    try:
        return sandbox.run("shared.rebuild:rebuilt", content, LIMITS)
    except sandbox.Refused as refused:
        raise BadFile(refused.code, **refused.params) from refused
    except sandbox.Exceeded as exceeded:
        raise BadFile("file-too-much") from exceeded
    except sandbox.Busy as busy:
        raise Unavailable() from busy


def pages(content: bytes) -> int:
    """The number of pages of a rebuilt file."""
    with pikepdf.open(io.BytesIO(content)) as paper:
        return len(paper.pages)


def stamped(content: bytes, text: str) -> bytes:
    """A copy of a rebuilt file with a text three times across every page, upright as the page is
    shown.
    """
    with (
        pikepdf.open(io.BytesIO(content)) as paper,
        pikepdf.open(io.BytesIO(compiled(STAMP, {"text": text}))) as stamp,
    ):
        form = paper.copy_foreign(stamp.pages[0].as_form_xobject())
        size = [float(n) for n in stamp.pages[0].mediabox[2:]]
        for page in paper.pages:
            page.obj.Resources.XObject.Stamp = form
            page.contents_add(
                b"\n".join(_placed(page, size, at) + b" /Stamp Do Q" for at in HEIGHTS)
            )
        out = io.BytesIO()
        paper.save(out)
        return out.getvalue()


def _placed(page: pikepdf.Page, size: list[float], at: float) -> bytes:
    """What puts the stamp's middle at a height of a page: large as its width allows, turned as the
    page is and a little more.
    """
    left, low, right, high = map(float, page.cropbox)
    turned, sides = int(page.obj.get("/Rotate", 0)), (right - left, high - low)
    wide, tall = sides if turned % 180 == 0 else sides[::-1]
    scale = min(wide / UNIT, 0.95 * math.hypot(wide, tall) / size[0])
    angle, up = math.radians(SLANT + turned), (0.5 - at) * tall
    along, across = scale * math.cos(angle), scale * math.sin(angle)
    x = (left + right) / 2 - up * math.sin(math.radians(turned))
    y = (low + high) / 2 + up * math.cos(math.radians(turned))
    x, y = (
        x - (along * size[0] - across * size[1]) / 2,
        y - (across * size[0] + along * size[1]) / 2,
    )
    return b"q %.5f %.5f %.5f %.5f %.3f %.3f cm" % (along, across, -across, along, x, y)
