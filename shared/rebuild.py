"""PDFs made anew from an allow-list, in a sandbox: pages, what they draw with, and links to https;
nothing else comes across.

What `shared.drawable` does not name (actions, scripts, forms, attachments, layers, media,
references to other files) does not exist in the copy.
"""

import io
import math
import re
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from shared.drawable import PARTS
from shared.sandbox import Refused

MOST_PAGES, MOST_UNPACKED, MOST_PIXELS, DEEPEST, MOST_LINKS = (
    300,
    100_000_000,
    120_000_000,
    40,
    2000,
)
SMALLEST_PT, LARGEST_PT, PIECE = 3, 14_400, 1 << 20
LINK = re.compile(r"https://[!-~]{3,2000}")
PICTURES = {"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode", "/DCT", "/CCF"}

FAMILIES = {
    "/CalGray",
    "/CalRGB",
    "/Lab",
    "/ICCBased",
    "/Indexed",
    "/I",
    "/Separation",
    "/DeviceN",
    "/Pattern",
}


def rebuilt(content: bytes) -> bytes:
    """The same pages in a new document. Raises Refused with the reason."""
    try:
        with pikepdf.open(io.BytesIO(content), suppress_warnings=True) as source:
            return _document(source)
    except pikepdf.PasswordError as error:
        raise Refused("file-encrypted") from error
    except MemoryError as error:
        raise Refused("file-unpacks") from error
    except (
        pikepdf.PdfError,
        RuntimeError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
    ) as error:
        raise Refused("file-broken") from error


def _document(source: Pdf) -> bytes:
    if source.is_encrypted:
        raise Refused("file-encrypted")
    _refuse_what_would_be_lost(source.Root)
    pages = len(source.pages)
    # pages that qpdf dropped, or gave a size of its own
    for said in map(str, source.get_warnings()):
        # a page that draws with nothing is sound
        if (wrong := re.search(r"\bkid (\d+)", said)) and "Resources" not in said:
            raise Refused("file-page", page=int(wrong[1]) + 1)
        if "Pages tree" in said:
            raise Refused("file-broken")
    if not 1 <= pages <= MOST_PAGES:
        raise Refused("file-pages", max=MOST_PAGES)
    if source.Root.get("/AcroForm", {}).get("/NeedAppearances"):
        source.generate_appearance_streams()
    source.flatten_annotations()  # what is filled in, stamped or marked is drawn into the page
    with Pdf.new() as made:
        copy = _Copy(made)
        for number, page in enumerate(source.pages, 1):
            copy.page(page.obj, number)
        made.remove_unreferenced_resources()
        out = io.BytesIO()
        made.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
        return out.getvalue()


def _refuse_what_would_be_lost(root: Object) -> None:
    """Scripts and attachments are refused aloud, since somebody meant them; so are hidden layers,
    which the copy would show.
    """
    names, opens = root.get("/Names", {}), root.get("/OpenAction")
    scripted = isinstance(opens, Dictionary) and opens.get("/S") != Name.GoTo
    if scripted or "/AA" in root or "/JavaScript" in names or "/EmbeddedFiles" in names:
        raise Refused("file-active")
    layers = root.get("/OCProperties", {}).get("/D", {})
    if len(layers.get("/OFF", ())) or layers.get("/BaseState", Name.ON) != Name.ON:
        raise Refused("file-layers")


class _Copy:
    """Copies objects into a new document, each once, counting what their streams unpack to."""

    def __init__(self, made: Pdf):
        self.made, self.unpacked, self.links = made, 0, 0
        self.known: dict[tuple, Object | None] = {}

    def page(self, page: Dictionary, number: int) -> None:
        box = _box(_inherited(page, "/MediaBox"))
        if box is None:
            raise Refused("file-page", page=number)
        made = Dictionary(
            Type=Name.Page, MediaBox=box, Rotate=_rotation(_inherited(page, "/Rotate"))
        )
        if (crop := _inside(_box(_inherited(page, "/CropBox")), box)) is not None:
            made.CropBox = crop
        if group := self._copied(page.get("/Group"), "group", 0):
            made.Group = group
        drawn = page.get("/Contents")
        streams = (
            [drawn]
            if isinstance(drawn, Stream)
            else [s for s in drawn or () if isinstance(s, Stream)]
        )
        inner = {"/Type": Name.XObject, "/Subtype": Name.Form, "/BBox": box}
        inner["/Resources"] = (
            self._copied(_inherited(page, "/Resources"), "resources", 0) or Dictionary()
        )
        # what it leaves open ends with it
        form = Stream(self.made, b"\n".join(self._unpacked(s) for s in streams), inner)
        made.Resources = Dictionary(XObject=Dictionary(Page=self.made.make_indirect(form)))
        made.Contents = self.made.make_stream(b"/Page Do\n")
        links = [self._link(a) for a in page.get("/Annots", ()) if isinstance(a, Dictionary)]
        if any(links):
            made.Annots = Array([link for link in links if link])
        self.made.pages.append(pikepdf.Page(self.made.make_indirect(made)))

    def _link(self, asked: Dictionary) -> Object | None:
        """A plain link to an https address, made anew; nothing for any other annotation."""
        act, place = asked.get("/A"), _numbers(asked.get("/Rect"), 4)
        if (
            asked.get("/Subtype") != Name.Link
            or not isinstance(act, Dictionary)
            or act.get("/S") != Name.URI
            or place is None
        ):
            return None
        address = str(act.get("/URI", ""))
        self.links += 1
        if not LINK.fullmatch(address) or self.links > MOST_LINKS:
            return None
        goes = Dictionary(S=Name.URI, URI=String(address))
        return self.made.make_indirect(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Link, Rect=place, Border=Array([0, 0, 0]), A=goes
            )
        )

    def _copied(self, thing: Any, kind: str, depth: int) -> Any:
        """What the allow-list keeps of a thing, None for what does not fit it."""
        if thing is None or depth > DEEPEST:
            return None
        key = (*thing.objgen, kind) if isinstance(thing, Object) and thing.is_indirect else None
        if key in self.known:
            return self.known[key]
        # what a drawing draws with may name the drawing again; else what contains itself ends here
        if key:
            self.known[key] = begun = (
                self.made.make_indirect(Dictionary())
                if kind == "resources" or kind[0] == "*"
                else None
            )
        found = self._made(thing, kind, depth + 1)
        if key and begun is not None:
            for name, part in (found or Dictionary()).items():
                begun[name] = part
            return begun
        if key and isinstance(found, Object):
            found = self.known[key] = self.made.make_indirect(found)
        return found

    def _made(self, thing: Any, kind: str, depth: int) -> Any:
        if kind[0] == "*":
            return self._every(thing, kind[1:], depth)
        if kind[0] == "[":
            made = (
                [self._copied(t, kind[1:], depth) for t in thing]
                if isinstance(thing, Array)
                else []
            )
            return Array([m for m in made if m is not None])
        if special := self._special(kind):
            return special(thing, depth)
        if kind != "plain" and isinstance(thing, (Dictionary, Stream)):
            return self._dictionary(thing, kind, depth)
        if kind == "function" and isinstance(thing, Array):
            return self._made(thing, "[function", depth)
        return (
            _plain(thing) if kind in ("plain", "encoding", "function", "softness", "data") else None
        )

    def _special(self, kind: str) -> Callable[[Any, int], Any] | None:
        return {"colour": self._colour, "sized": self._sized, "mask": self._mask}.get(kind)

    def _every(self, thing: Any, kind: str, depth: int) -> Dictionary | None:
        if not isinstance(thing, Dictionary):
            return None
        made = {k: self._copied(v, kind, depth) for k, v in thing.items()}
        return Dictionary({k: v for k, v in made.items() if v is not None})

    def _dictionary(self, thing: Any, kind: str, depth: int) -> Object | None:
        if kind == "drawing" and thing.get("/Subtype") not in (Name.Image, Name.Form):
            return None
        allowed = PARTS[kind]
        made = {
            k: self._copied(v, allowed[k[1:]], depth) for k, v in thing.items() if k[1:] in allowed
        }
        kept = {k: v for k, v in made.items() if v is not None}
        if not isinstance(thing, Stream):
            return Dictionary(kept) if kind not in ("data", "drawing") else None
        if kind == "drawing" and thing.get("/Subtype") == Name.Image:
            return self._picture(thing, kept, depth)
        return Stream(self.made, self._unpacked(thing), kept)

    def _picture(self, thing: Stream, kept: dict, depth: int) -> Stream | None:
        """An image as it is packed, unless its packing is none of images; too large a one is
        refused.
        """
        wide, high = (int(thing.get(k, 0)) for k in ("/Width", "/Height"))
        if not 0 < wide * high <= MOST_PIXELS:
            raise Refused("file-unpacks")
        ways = thing.get("/Filter")
        names = (
            [str(w) for w in ways]
            if isinstance(ways, Array)
            else [str(ways)]
            if ways is not None
            else []
        )
        if not names or names[-1] not in PICTURES | {"/FlateDecode"} or len(names) > 1:
            return (
                Stream(self.made, self._unpacked(thing), kept)
                if not PICTURES & set(names)
                else None
            )
        raw = thing.read_raw_bytes()
        if names == ["/FlateDecode"]:
            self._count(_measured(raw, MOST_UNPACKED - self.unpacked))
        how = thing.get("/DecodeParms")
        how = how[0] if isinstance(how, Array) and len(how) else how
        if (plain := self._copied(how, "decoding", depth)) is not None and isinstance(
            plain, Dictionary
        ):
            kept["/DecodeParms"] = plain
        return Stream(self.made, raw, kept | {"/Filter": Name(names[0])})

    def _colour(self, thing: Any, depth: int) -> Any:
        """A colour space: a name, or a family with its parts."""
        if not isinstance(thing, Array):
            return _plain(thing) if isinstance(thing, Name) else None
        if not len(thing) or str(thing[0]) not in FAMILIES:
            return _plain(thing[0]) if len(thing) == 1 and isinstance(thing[0], Name) else None
        made: list[Any] = [thing[0]]
        for part in list(thing)[1:5]:
            if isinstance(part, Stream):
                made.append(
                    self._copied(part, "function" if "/FunctionType" in part else "data", depth)
                )
            elif isinstance(part, Dictionary):
                made.append(
                    self._copied(
                        part, "function" if "/FunctionType" in part else "calibration", depth
                    )
                )
            elif (
                isinstance(part, Array)
                and not all(isinstance(p, (Name, int, float, Decimal)) for p in part)
                or isinstance(part, Array)
                and len(part)
                and str(part[0]) in FAMILIES
            ):
                made.append(self._copied(part, "colour", depth))
            else:
                made.append(_plain(part))
        kept = made[:-1] if str(thing[0]) == "/DeviceN" and len(made) == 5 else made
        return Array(kept) if all(m is not None for m in kept) else None

    def _sized(self, thing: Any, depth: int) -> Array | None:
        font = (
            self._copied(thing[0], "font", depth)
            if isinstance(thing, Array) and len(thing) == 2
            else None
        )
        return None if font is None else Array([font, _plain(thing[1]) or 1])

    def _mask(self, thing: Any, depth: int) -> Any:
        return self._copied(thing, "drawing", depth) if isinstance(thing, Stream) else _plain(thing)

    def _unpacked(self, stream: Stream) -> bytes:
        if stream.get("/Filter") == Name.FlateDecode:
            _measured(stream.read_raw_bytes(), MOST_UNPACKED - self.unpacked)
        data = stream.read_bytes()
        self._count(len(data))
        return data

    def _count(self, size: int) -> None:
        self.unpacked += size
        if self.unpacked > MOST_UNPACKED:
            raise Refused("file-unpacks")


def _measured(raw: bytes, most: int) -> int:
    """To how many bytes a stream unpacks, counted in pieces. Raises Refused beyond the most."""
    unpacker, size, rest = zlib.decompressobj(), 0, raw
    while rest and not unpacker.eof:
        try:
            size += len(unpacker.decompress(rest, PIECE))
        except zlib.error:
            return size  # a reader stops here too
        rest = unpacker.unconsumed_tail
        if size > most:
            raise Refused("file-unpacks")
    return size


def _plain(thing: Any, depth: int = 0) -> Any:
    """Numbers, names, strings and arrays of them; nothing that holds or points to anything."""
    if isinstance(thing, (bool, int)) or (
        isinstance(thing, (float, Decimal)) and math.isfinite(thing)
    ):
        return thing
    if isinstance(thing, Name):
        return Name(str(thing))
    if isinstance(thing, String):
        return String(bytes(thing))
    if isinstance(thing, Array) and depth < 5:
        made = [_plain(t, depth + 1) for t in thing]
        return Array(made) if all(m is not None for m in made) else None
    return None


def _inherited(page: Dictionary, key: str) -> Any:
    for _ in range(DEEPEST):
        if key in page or not isinstance(page.get("/Parent"), Dictionary):
            return page.get(key)
        page = page.Parent
    return None


def _numbers(thing: Any, count: int) -> Array | None:
    if not isinstance(thing, Array) or len(thing) != count:
        return None
    numbers = [
        float(n) for n in thing if isinstance(n, (int, float, Decimal)) and not isinstance(n, bool)
    ]
    return (
        Array([round(n, 3) for n in numbers])
        if len(numbers) == count and all(abs(n) < 1e6 for n in numbers)
        else None
    )


def _box(thing: Any) -> Array | None:
    """A box of a page from its lower left to its upper right; None for what no page can have."""
    found = _numbers(thing, 4)
    if found is None:
        return None
    (left, right), (low, high) = (
        sorted((float(found[0]), float(found[2]))),
        sorted((float(found[1]), float(found[3]))),
    )
    sound = all(SMALLEST_PT <= side <= LARGEST_PT for side in (right - left, high - low))
    return Array([left, low, right, high]) if sound else None


def _inside(crop: Array | None, box: Array) -> Array | None:
    if crop is None:
        return None
    pairs = [(max, 0), (max, 1), (min, 2), (min, 3)]
    return _box(Array([pick(float(crop[i]), float(box[i])) for pick, i in pairs]))


def _rotation(thing: Any) -> int:
    return thing % 360 if isinstance(thing, int) and thing % 90 == 0 else 0
