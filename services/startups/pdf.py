"""PDF files: what is taken in and what is refused, and the stamp on every page of a copy that is viewed."""

import io
import re

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from shared.errors import DomainError
from shared.paper import compiled

LARGEST, MOST_PAGES, MOST_UNPACKED = 20_000_000, 300, 50_000_000
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


def check(content: bytes, name: str) -> int:
    """The number of pages of a file fit to be kept. Raises BadFile for anything but a plain, bounded PDF under a plain name."""
    if not name or len(name) > 200 or BAD_NAME.search(name):
        raise BadFile("file-name")
    if not content:
        raise BadFile("file-empty")
    if len(content) > LARGEST:
        raise BadFile("file-too-large", max=LARGEST // 1_000_000)
    if not content[:1024].lstrip().startswith(b"%PDF-"):
        kind = next((kind for mark, kind in KINDS.items() if content.startswith(mark)), "?")
        raise BadFile("file-not-pdf", given=kind)
    try:
        return _pages(PdfReader(io.BytesIO(content)))
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError) as error:
        raise BadFile("file-broken") from error


def _pages(reader: PdfReader) -> int:
    if reader.is_encrypted:
        raise BadFile("file-encrypted")
    root = reader.root_object
    names = root.get("/Names", {})
    if "/OpenAction" in root or "/AA" in root or "/JavaScript" in names or "/EmbeddedFiles" in names:
        raise BadFile("file-active")
    pages = len(reader.pages)
    if not 1 <= pages <= MOST_PAGES:
        raise BadFile("file-pages", max=MOST_PAGES)
    unpacked = 0
    for page in reader.pages:
        stream = page.get_contents()
        unpacked += len(stream.get_data()) if stream is not None else 0
        if unpacked > MOST_UNPACKED:
            raise BadFile("file-unpacks")
    return pages


def stamped(content: bytes, text: str) -> bytes:
    """A copy with a text across every page."""
    writer, stamps = PdfWriter(clone_from=io.BytesIO(content)), {}
    for page in writer.pages:
        size = (round(float(page.mediabox.width)), round(float(page.mediabox.height)))
        if size not in stamps:
            stamps[size] = PdfReader(io.BytesIO(_stamp(*size, text))).pages[0]
        page.merge_page(stamps[size])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


STAMP = """
#let given = sys.inputs
#set page(width: float(given.width) * 1pt, height: float(given.height) * 1pt, margin: 0pt, fill: none)
#set text(font: "IPAexGothic", cjk-latin-spacing: none, size: float(given.width) * 0.03pt, fill: rgb(120, 30, 45, 90))
#for part in (20%, 50%, 80%) { place(top + center, dy: part, rotate(-24deg, given.text)) }
"""


def _stamp(width: int, height: int, text: str) -> bytes:
    return compiled(STAMP, {"width": str(width), "height": str(height), "text": text})
