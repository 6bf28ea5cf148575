"""Documents, agreements, one-pagers and links: only plain PDFs come in, every view is stamped and
kept, and a link ends when it says.
"""

import io
import os
import time
import zipfile
import zlib
from itertools import islice

import httpx
import pikepdf
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from sqlalchemy import select

from nakodo_client import Client, Refused
from services import backup as keep
from services.startups import onepager, pdf
from services.startups.files import sweep
from services.startups.models import Startup
from shared.auth import ADMINISTRATOR, Actor
from shared.paper import compiled
from shared.settings import load
from tests.conftest import Stack, startup_form
from tests.long import hostile_files as hostile

FOUNDER = Actor("founder", "rei-bio", frozenset({"startup"}))
REVIEWER = Actor("p-1", "kari-capital", frozenset({"reviewer"}), name="仮 花子")
RIVAL = Actor("rival", "tsuki-bio", frozenset({"startup"}))
DECK = {"kind": "deck", "language": "en"}


def paper(pages: int = 2, text: str = "A plain page") -> bytes:
    return compiled(
        "#set page(width: 120mm, height: 80mm)\n"
        + "#pagebreak()\n".join(["#sys.inputs.text\n"] * pages),
        {"text": text},
    )


@pytest.fixture
def desk(stack):
    stack.client().register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    stack.files = stack.composition.services["startups"].app.extensions["nakodo"]["files"]
    return stack


def upload(desk, content: bytes, name: str = "deck.pdf", actor: Actor = FOUNDER, **form) -> dict:
    client = desk.client(actor)
    return client.request(
        "POST",
        "/api/v1/startups/rei-bio/documents",
        data=DECK | form,
        files={"file": (name, content)},
    ).json()


def refused(call, *args, **more) -> Refused:
    with pytest.raises(Refused) as told:
        call(*args, **more)
    return told.value


def listed(desk, actor: Actor) -> list[dict]:
    return desk.client(actor).get("/api/v1/startups/rei-bio/documents")["items"]


def content(desk, document: str, actor: Actor) -> bytes:
    return (
        desk.client(actor)
        .request("GET", f"/api/v1/startups/rei-bio/documents/{document}/content")
        .content
    )


def words(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def test_a_document_is_kept_outside_the_database_and_stamped_for_whoever_looks(desk):
    original = paper()
    made = upload(desk, original)
    assert (
        made["version"] == 1
        and made["pages"] == 2
        and made["tier"] == "network"
        and made["size"] == len(original)
    )
    kept = desk.files.get(made["id"])
    assert (
        words(kept) == words(original)
        and oct((desk.files.folder / f"{made['id']}.pdf").stat().st_mode)[-3:] == "600"
    )
    seen = content(desk, made["id"], REVIEWER)
    for page in words(seen):
        assert "A plain page" in page and "仮花子·kari-capital·2026-11-22" in "".join(page.split())
    assert content(desk, made["id"], FOUNDER) == kept, "its owner gets it unstamped"
    log = desk.client(FOUNDER).get(f"/api/v1/startups/rei-bio/documents/{made['id']}/views")[
        "items"
    ]
    assert [(v["org"], v["person"]) for v in log] == [
        ("rei-bio", "founder"),
        ("kari-capital", "p-1"),
    ]
    assert "花子" not in str(log), "a name is stamped, not kept"
    with desk.composition.services["startups"].db.engine.connect() as connection:
        assert (
            original[:40]
            not in str(connection.exec_driver_sql("SELECT * FROM documents").all()).encode()
        )


def test_the_next_of_a_kind_and_language_is_the_next_version_and_old_ones_stay(desk):
    upload(desk, paper(1))
    assert (
        upload(desk, paper(2))["version"] == 2
        and upload(desk, paper(1), language="ja")["version"] == 1
    )
    assert [d["version"] for d in listed(desk, FOUNDER)] == [1, 2, 1]


def test_tiers_expiry_and_taking_back(desk):
    public, network, private = (
        upload(desk, paper(1), tier=t) for t in ("public", "network", "private")
    )
    assert {d["id"] for d in listed(desk, REVIEWER)} == {public["id"], network["id"]}
    assert {d["id"] for d in listed(desk, RIVAL)} == {public["id"]}
    for actor, document in ((REVIEWER, private), (RIVAL, network)):
        assert refused(content, desk, document["id"], actor).status == 404
    upload(desk, paper(1), expires_on="2026-11-22", kind="pledge")
    assert len(listed(desk, REVIEWER)) == 3
    desk.clock.move(days=1)
    assert len(listed(desk, REVIEWER)) == 2 and len(listed(desk, FOUNDER)) == 4, (
        "past its day only its owner reads it"
    )
    desk.client(FOUNDER).request("DELETE", f"/api/v1/startups/rei-bio/documents/{public['id']}")
    assert refused(content, desk, public["id"], RIVAL).status == 404 and not list(
        desk.files.folder.glob(f"{public['id']}*")
    )


def bomb() -> bytes:
    """A PDF of a few kilobytes whose page unpacks to a gigabyte."""
    big = zlib.compressobj(9)
    return bare(b"".join(big.compress(b"0" * 10_000_000) for _ in range(100)) + big.flush())


def bare(packed: bytes) -> bytes:
    """A PDF of one page that names nothing it draws with."""
    head = b"%PDF-1.4\n"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
    ]
    return head + _with_table(head, objects)


def _with_table(head: bytes, objects: list[bytes]) -> bytes:
    body, places = b"", []
    for number, text in enumerate(objects, 1):
        places.append(len(head) + len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(
        b"%010d 00000 n \n" % p for p in places
    )
    return (
        body
        + table
        + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, len(head) + len(body))
    )


def active(name: str) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(paper(1)))
    if name == "script":
        run = DictionaryObject(
            {
                NameObject("/S"): NameObject("/JavaScript"),
                NameObject("/JS"): TextStringObject("app.alert(1)"),
            }
        )
        writer.root_object[NameObject("/OpenAction")] = run
    else:
        writer.add_attachment("inner.exe", b"MZ")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def locked() -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(paper(1)))
    writer.encrypt("secret", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big", b"0" * 5_000_000)
    return out.getvalue()


BAD = {
    "an archive under the name of a PDF": (zipped, "deck.pdf", "file-not-pdf"),
    "an image under the name of a PDF": (
        lambda: b"\x89PNG\r\n\x1a\n" + b"0" * 100,
        "deck.pdf",
        "file-not-pdf",
    ),
    "words under the name of a PDF": (lambda: b"hello", "deck.pdf", "file-not-pdf"),
    "nothing": (lambda: b"", "deck.pdf", "file-empty"),
    "half a PDF": (lambda: paper()[:400], "deck.pdf", "file-broken"),
    "a PDF of noise": (lambda: b"%PDF-1.7\n" + os.urandom(5000), "deck.pdf", "file-broken"),
    "a PDF that unpacks to a gigabyte": (bomb, "deck.pdf", "file-unpacks"),
    "a PDF behind a password": (locked, "deck.pdf", "file-encrypted"),
    "a PDF with a script": (lambda: active("script"), "deck.pdf", "file-active"),
    "a PDF with a file inside": (lambda: active("file"), "deck.pdf", "file-active"),
    "a path in the name": (lambda: paper(1), "../../etc/passwd.pdf", "file-name"),
    "a Windows path in the name": (lambda: paper(1), "C:\\deck.pdf", "file-name"),
    "a hidden file": (lambda: paper(1), ".deck.pdf", "file-name"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_plain_pdf_is_refused_with_the_reason_and_leaves_nothing(desk, kind):
    make, name, code = BAD[kind]
    sent, begin = make(), time.monotonic()
    token = desk.composition.issuer.token(FOUNDER, desk.clock.now())
    parts = {"file": (io.BytesIO(sent), name), **DECK}
    web = desk.composition.services["startups"].app.test_client()
    answer = web.post(
        "/api/v1/startups/rei-bio/documents",
        data=parts,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 422 and answer.json["code"] == code, answer.text
    assert time.monotonic() - begin < 60 and answer.json["messages"]["ja"]
    assert listed(desk, FOUNDER) == [] and (
        not desk.files.folder.exists() or list(desk.files.folder.iterdir()) == []
    )


def test_a_page_that_names_nothing_it_draws_with_is_sound(desk):
    assert upload(desk, bare(zlib.compress(b"10 10 50 50 re f")))["pages"] == 1


def test_half_a_gigabyte_is_refused_before_it_is_read(desk):
    """The length is declared and 500 MB would follow; the answer comes without them."""
    token = desk.composition.issuer.token(FOUNDER, desk.clock.now())
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "multipart/form-data; boundary=x",
    }
    web, length = (
        desk.composition.services["startups"].app.test_client(),
        {"CONTENT_LENGTH": "500000000"},
    )
    answer = web.post(
        "/api/v1/startups/rei-bio/documents",
        input_stream=io.BytesIO(b"--x\r\n"),
        headers=headers,
        environ_overrides=length,
    )
    assert answer.status_code == 413 and "bytes" in answer.json["title"]
    assert refused(upload, desk, b"%PDF-1.7" + b"0" * 20_500_000).status in (413, 422)


def test_only_the_owner_adds_looks_at_views_and_takes_back(desk):
    made = upload(desk, paper(1), tier="public")
    path = f"/api/v1/startups/rei-bio/documents/{made['id']}"
    for actor in (REVIEWER, RIVAL):
        assert refused(upload, desk, paper(1), actor=actor).status == 403
        assert refused(desk.client(actor).request, "DELETE", path).status == 403
        assert refused(desk.client(actor).get, f"{path}/views").status == 403
    assert refused(upload, desk, paper(1), kind="secret plans").status == 422
    assert (
        refused(upload, desk, paper(1), expires_on="2026-11-21").problem["errors"][0]["code"]
        == "date-past"
    )


def test_a_file_that_no_document_names_goes_and_those_named_stay(desk):
    made = upload(desk, paper(1))
    desk.files.put("an-upload-that-died", b"half")
    (desk.files.folder / "x.1.partial").write_bytes(b"h")
    db = desk.composition.services["startups"].db
    assert sweep(db, desk.files) == 0, "one under way gets its hour"
    assert sweep(db, desk.files, grace_s=-1) == 2 and [
        p.name for p in desk.files.folder.iterdir()
    ] == [f"{made['id']}.pdf"]


# -- agreements


def test_an_agreement_is_recorded_and_is_nobody_elses(desk):
    client = desk.client(FOUNDER)
    form = {
        "counterparty": "Kari Capital (invented)",
        "org": "kari-capital",
        "signed_on": "2026-10-01",
        "data_room": "https://room.example/x",
    }
    made = client.post("/api/v1/startups/rei-bio/agreements", form | {"ends_on": "2029"})
    assert (
        client.get("/api/v1/startups/rei-bio/agreements")["items"] == [made]
        and made["data_room"] == form["data_room"]
    )
    for actor in (REVIEWER, RIVAL):
        assert refused(desk.client(actor).get, "/api/v1/startups/rei-bio/agreements").status == 403
    for broken in (
        {"signed_on": "2027-01-01"},
        {"signed_on": "soon"},
        {"ends_on": "2025"},
        {"data_room": "http://room.example"},
        {"data_room": "x"},
    ):
        assert (
            refused(client.post, "/api/v1/startups/rei-bio/agreements", form | broken).status == 422
        ), broken
    client.request("DELETE", f"/api/v1/startups/rei-bio/agreements/{made['id']}")
    assert client.get("/api/v1/startups/rei-bio/agreements")["items"] == []


# -- one-pager and links


def one_pager(desk, actor: Actor, **query) -> bytes:
    return (
        desk.client(actor)
        .request("GET", "/api/v1/startups/rei-bio/one-pager", params=query)
        .content
    )


def test_a_one_pager_shows_what_its_reader_may_see_in_both_languages(desk):
    money = {
        "field": "raise",
        "value": {"state": "raising", "amount": 777_000_000, "currency": "JPY"},
    }
    hidden = {"field": "technology", "value": "the hidden way", "tier": "private"}
    shown = {"field": "technology", "value": "Allogeneic CAR-T cells #set page()"}
    desk.client(FOUNDER).add_facts("startups", "rei-bio", [money, hidden, shown])
    public, network = (
        one_pager(desk, REVIEWER, lang="en"),
        one_pager(desk, REVIEWER, lang="ja", tier="network"),
    )
    text = "".join(words(public))
    assert (
        public.startswith(b"%PDF")
        and "Rei Bio" in text
        and "Allogeneic CAR-T cells #set page()" in text
        and "2026-11-22" in text
    )
    assert "777" not in text and "hidden" not in text
    japanese = "".join(words(network))
    assert "7.77億円" in japanese and "2026年11月22日" in japanese and "hidden" not in japanese
    assert "777" not in "".join(words(one_pager(desk, RIVAL, lang="en", tier="network"))), (
        "a startup does not see another's network facts"
    )
    assert "hidden" not in "".join(words(one_pager(desk, FOUNDER, lang="en", tier="network"))), (
        "nor does its own page tell"
    )


def test_a_one_pager_calls_other_organisations_by_their_names(desk):
    names = {"kari-partners": "Kari Partners (invented)", "not-yet-out": "Not yet out (invented)"}
    for slug, name in names.items():
        desk.client().register(
            "investors", {"id": slug, "name": {"en": name, "ja": f"{name}仮"}, "owner": slug}
        )
    desk.client().request("DELETE", "/api/v1/investors/not-yet-out", headers={"If-Match": '"1"'})
    facts = [
        {"field": "investment_received", "value": {"org": slug, "role": "lead"}}
        for slug in (*names, "of-no-profile")
    ]
    desk.client(FOUNDER).add_facts("startups", "rei-bio", facts)
    text = " ".join("".join(words(one_pager(desk, REVIEWER, lang="en"))).split())
    assert names["kari-partners"] in text and "kari-partners" not in text
    assert "not-yet-out" in text and names["not-yet-out"] not in text, (
        "what is not published is no more than its id"
    )
    assert "of-no-profile" in text
    link = desk.client(FOUNDER).post(
        "/api/v1/startups/rei-bio/links", {"language": "ja", "days": 7}
    )
    assert f"{names['kari-partners']}仮" in " ".join(
        "".join(words(follow(desk, link["path"]).data)).split()
    )


def test_every_real_profile_makes_a_readable_page_or_two(real):
    with real.composition.services["startups"].db.reading(ADMINISTRATOR) as session:
        found = list(session.scalars(select(Startup)))
        for startup in found:
            for lang in ("en", "ja"):
                made = PdfReader(
                    io.BytesIO(onepager.make(startup, "network", lang, session.info["today"], {}))
                )
                assert 1 <= len(made.pages) <= 2, startup.id
    assert len(found) > 20


def follow(desk, path: str) -> httpx.Response:
    web = desk.composition.services["startups"].app.test_client()
    return web.get(f"/api/v1/shares/{path.rsplit('/', 1)[-1]}/one-pager")


def test_a_link_opens_the_one_pager_without_an_account_until_it_expires_or_is_taken_back(desk):
    client = desk.client(FOUNDER)
    made, other = (
        client.post("/api/v1/startups/rei-bio/links", {"language": "ja", "days": 7})
        for _ in range(2)
    )
    answer = follow(desk, made["path"])
    assert (
        answer.status_code == 200
        and answer.data.startswith(b"%PDF")
        and answer.headers["Cache-Control"] == "no-store"
    )
    listed = client.get("/api/v1/startups/rei-bio/links")["items"]
    assert {row["id"]: row["used"] for row in listed} == {made["id"]: 1, other["id"]: 0} and all(
        "path" not in row for row in listed
    )
    client.request("DELETE", f"/api/v1/startups/rei-bio/links/{other['id']}")
    gone = follow(desk, other["path"])
    assert gone.status_code == 410 and gone.json["code"] == "link-ended"
    desk.clock.move(days=7)
    late = follow(desk, made["path"])
    assert (
        late.status_code == 410
        and late.json["code"] == "link-expired"
        and "2026-11-29" in late.json["title"]
    )
    forged = follow(desk, made["path"][:-1] + ("A" if made["path"][-1] != "A" else "B"))
    assert forged.status_code == 404 and forged.json["code"] == "link-unknown"
    with desk.composition.services["startups"].db.engine.connect() as connection:
        assert made["path"].rsplit("/", 1)[-1] not in str(
            connection.exec_driver_sql("SELECT * FROM links").all()
        ), "only its hash is kept"


def test_a_links_page_follows_the_profile_and_its_tier(desk):
    client = desk.client(FOUNDER)
    client.add_facts(
        "startups",
        "rei-bio",
        [
            {
                "field": "raise",
                "value": {"state": "raising", "amount": 777_000_000, "currency": "JPY"},
            }
        ],
    )
    public, network = (
        client.post("/api/v1/startups/rei-bio/links", {"language": "en", "tier": t})
        for t in ("public", "network")
    )
    assert "777" not in "".join(words(follow(desk, public["path"]).data)) and "777" in "".join(
        words(follow(desk, network["path"]).data)
    )
    for actor in (REVIEWER, RIVAL):
        assert (
            refused(
                desk.client(actor).post, "/api/v1/startups/rei-bio/links", {"language": "en"}
            ).status
            == 403
        )
    client.request("DELETE", "/api/v1/startups/rei-bio")
    assert follow(desk, public["path"]).status_code == 410, (
        "a withdrawn profile is not shown by old links"
    )


def test_a_link_of_one_kind_opens_nothing_of_another(desk):
    made = desk.client(FOUNDER).post("/api/v1/startups/rei-bio/links", {"language": "en"})
    token = made["path"].rsplit("/", 1)[-1]
    visitor = Client.inside(desk.composition, "")
    assert refused(visitor.get, f"/api/v1/shares/{token}/facts").status == 404


def test_a_backup_brings_documents_back(tmp_path):
    stack = Stack(tmp_path / "there")
    stack.client().register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    made = upload(stack, paper(1))
    original = content(stack, made["id"], FOUNDER)
    keep.backup(stack.composition, tmp_path / "kept")
    stack.composition.close()
    keep.restore(load({}, data=tmp_path / "new"), tmp_path / "kept")
    again = Stack(tmp_path / "new")
    assert content(again, made["id"], FOUNDER) == original
    (tmp_path / "new" / "documents" / f"{made['id']}.pdf").unlink()
    assert refused(content, again, made["id"], FOUNDER).status == 404, (
        "lost with a disk: not there, and no fault of ours"
    )
    again.composition.close()


def test_papers_move_with_a_merge_and_back_with_its_undoing(desk):
    desk.client().register("startups", startup_form(id="rei-bio-kk", owner="rei-bio"))
    kk = "/api/v1/startups/rei-bio-kk"
    client, staff = (
        desk.client(FOUNDER),
        desk.client(Actor("staff", "nakodo", frozenset({"staff"}))),
    )
    made = client.add_document("rei-bio-kk", "deck.pdf", paper(1), **DECK)
    agreed = client.post(
        f"{kk}/agreements", {"counterparty": "Kari (invented)", "signed_on": "2026-10-01"}
    )
    link = client.post(f"{kk}/links", {"language": "en"})
    own = upload(desk, paper(1), kind="pledge")
    merge = staff.post("/api/v1/startups/merges", {"winner": "rei-bio", "loser": "rei-bio-kk"})
    assert {d["id"] for d in listed(desk, FOUNDER)} == {made["id"], own["id"]}
    assert client.get("/api/v1/startups/rei-bio/agreements")["items"][0]["id"] == agreed["id"]
    assert follow(desk, link["path"]).status_code == 200, "a link given away goes on working"
    staff.post(f"/api/v1/startups/merges/{merge['id']}/undo")
    assert {d["id"] for d in listed(desk, FOUNDER)} == {own["id"]}
    assert [d["id"] for d in client.documents("rei-bio-kk")] == [made["id"]] and client.get(
        f"{kk}/agreements"
    )["items"] == [agreed]


# -- documents made anew


def kept_before(desk, document: str, content: bytes) -> None:
    """The state of an older installation: the file as it was sent, under the bare id."""
    (desk.files.folder / f"{document}.pdf").unlink()
    (desk.files.folder / document).write_bytes(content)


def test_hostile_pdfs_and_workbooks_are_refused_or_come_out_harmless():
    """A seeded sample of what `python -m tests.long.hostile_files` looks at."""
    said = [hostile.outcome(name, content) for name, content in islice(hostile.files(1, 32), 32)]
    assert (
        said.count("harmless") >= 8
        and any(s == "refused table-unpacks" for s in said)
        and any("file-" in s for s in said)
    )


def test_what_was_kept_before_is_made_anew_before_its_first_reader(desk):
    made = upload(desk, paper(1), tier="public")
    evil = next(c for name, c in hostile.pdfs(1, 1))
    assert hostile.active(evil), "else this shows nothing"
    kept_before(desk, made["id"], evil)
    seen = content(desk, made["id"], RIVAL)
    assert (
        hostile.active(seen) == []
        and "A plain page" in words(seen)[0]
        and "tsuki-bio" in words(seen)[0]
    )
    assert [p.name for p in desk.files.folder.iterdir()] == [f"{made['id']}.pdf"]


def test_what_cannot_be_made_anew_is_withheld_with_the_reason_and_not_lost(desk):
    made = upload(desk, paper(1), tier="public")
    broken = sized([])
    kept_before(desk, made["id"], broken)
    for _ in range(2):
        assert (told := refused(content, desk, made["id"], RIVAL)).status == 410 and "anew" in str(
            told
        )
    assert (desk.files.folder / made["id"]).read_bytes() == broken


def sized(box: list) -> bytes:
    """A paper of two pages whose second has this size."""
    with pikepdf.open(io.BytesIO(paper(2))) as made:
        made.pages[1].obj.MediaBox = pikepdf.Array(box)
        out = io.BytesIO()
        made.save(out)
        return out.getvalue()


@pytest.mark.parametrize("box", [[], [0, 0, 0, 0], [0, 0, 10**6, 10**6], [pikepdf.Name.x] * 4])
def test_a_page_of_no_size_is_refused_by_its_number(desk, box):
    told = refused(upload, desk, sized(box))
    assert told.status == 422 and told.problem["code"] == "file-page" and "Page 2" in str(told)


def test_one_stamp_serves_pages_of_three_hundred_sizes(desk, monkeypatch):
    with pikepdf.open(io.BytesIO(paper(1))) as made:
        for n in range(299):
            made.add_blank_page(page_size=(100 + n, 200 + n))
        out = io.BytesIO()
        made.save(out)
    rebuilt, drawn = pdf.rebuilt(out.getvalue()), []
    monkeypatch.setattr(pdf, "compiled", lambda *given: drawn.append(1) or compiled(*given))
    seen = pdf.stamped(rebuilt, "Kari Capital")
    assert len(drawn) == 1 and len(seen) < len(rebuilt) + 200_000
    pages = PdfReader(io.BytesIO(seen)).pages
    assert all("Kari Capital" in pages[n].extract_text() for n in (0, 150, 299))


def test_a_link_to_an_address_is_made_anew_and_what_is_filled_in_is_drawn():
    with pikepdf.open(io.BytesIO(paper(1))) as made:
        link = pikepdf.Dictionary(
            S=pikepdf.Name.URI, URI=pikepdf.String("https://rei-bio.example/")
        )
        place = pikepdf.Array([9, 9, 99, 99])
        made.pages[0].obj.Annots = pikepdf.Array(
            [
                made.make_indirect(
                    pikepdf.Dictionary(
                        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=place, A=link
                    )
                )
            ]
        )
        out = io.BytesIO()
        made.save(out)
    rebuilt = pdf.rebuilt(out.getvalue())
    assert (
        b"https://rei-bio.example/"
        in str(PdfReader(io.BytesIO(rebuilt)).pages[0]["/Annots"][0].get_object()).encode()
    )
    assert hostile.active(rebuilt) == []


def test_one_person_has_a_share_of_the_work(desk):
    budget = desk.composition.services["startups"].app.extensions["nakodo"]["budget"]
    [budget.begin("rei-bio/founder", desk.clock.now()) for _ in range(2)]
    told = refused(upload, desk, paper(1))
    assert (
        told.status == 429
        and told.problem["code"] == "work-under-way"
        and listed(desk, RIVAL) == []
    )
    [budget.end("rei-bio/founder") for _ in range(2)]
    made = upload(desk, paper(1), tier="public")
    budget.begun["rei-bio/founder"].extend([desk.clock.now()] * 240)
    told = refused(content, desk, made["id"], FOUNDER)
    assert told.problem["code"] == "work-this-hour" and "13:00 JST" in str(told)
    assert content(desk, made["id"], RIVAL), "another's share is whole"
    desk.clock.move(hours=1)
    assert content(desk, made["id"], FOUNDER)
