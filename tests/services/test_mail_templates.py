"""Every mail template, from the letter as its service writes it to the mail file, in both
languages; a new one without a place here fails.
"""

import email
import json
import re
from email import policy
from uuid import uuid4

import pytest

from nakodo_client import Client
from services.accounts import actions
from services.accounts.models import Letter as Post
from services.accounts.passwords import Passwords
from services.accounts.schemas import TEMPLATES as HANDED_ON
from services.notices.digest import DIGEST
from services.notices.texts import TEMPLATES, written
from shared.auth import ADMINISTRATOR
from shared.letters import write
from tests.conftest import Stack

FROM = {  # the service that writes each letter; those of accounts go to one person
    "accounts": {
        "invitation",
        "registration",
        "reset",
        "glass-broken",
        *(t for t in TEMPLATES if t not in HANDED_ON),
    },
    "startups": {"reconfirm", "asked", "exposure"},
    "matching": {DIGEST},
    "programs": {
        "application-missing",
        "application-result",
        "application-letter",
        "place-free",
        "site-asked",
        "reviews-open",
    },
    "meetings": {
        t for t in HANDED_ON if t.startswith(("introduction", "introduced", "meeting-", "day-"))
    },
}
OWNERS = {"en": "ada@mihon.example", "ja": "hanako@mihon.example"}
WORDS = {
    "application-letter": {
        "subject_en": "Spring call:\tyour result",
        "subject_ja": "春の公募の結果",
        "text_en": "Dear Rei,\n\nwell done.",
        "text_ja": "玲様\n\nおめでとうございます。",
    },
    DIGEST: {
        "digest": json.dumps(
            {k: {"title": f"Week {k}", "lead": "l", "sections": []} for k in OWNERS}
        )
    },
    "glass-broken": {"reason": "a broken import"},
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("templates"))
    accounts = stack.composition.services["accounts"]
    with accounts.db.transaction(ADMINISTRATOR) as session:
        for lang, address in OWNERS.items():
            person = actions.ensure(
                session, Passwords(), address, "見本", "mihon", ["startup"], "correct horse battery"
            )
            person.locale = lang
    yield stack
    stack.composition.close()


def mails(desk) -> dict[str, email.message.EmailMessage]:
    """What is on its way goes on to the files, which are read and taken away; by recipient."""
    for service in desk.composition.services.values():
        for queue in service.queues:
            if queue.name in ("letters",) and service.name != "accounts":
                queue.round()
    desk.composition.services["accounts"].queue("letters").round()
    desk.composition.services["notices"].queue("mail").round()
    found = {}
    for path in (desk.composition.settings.data / "mail").glob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        found[mail["To"]] = mail
        path.unlink()
    return found


def test_every_template_is_written_by_a_service_of_ours():
    everything = {*TEMPLATES, DIGEST}
    assert set.union(*FROM.values()) == everything and sum(map(len, FROM.values())) == len(
        everything
    )
    assert set(HANDED_ON) == everything - FROM["accounts"], (
        "what services write to organisations, accounts hands on"
    )


@pytest.mark.parametrize("template", sorted({*TEMPLATES, DIGEST}))
def test_a_letter_becomes_a_mail_in_each_owners_language(desk, template):
    service = next(s for s, templates in FROM.items() if template in templates)
    db = desk.composition.services[service].db
    with db.transaction(ADMINISTRATOR) as session:
        now = session.info["now"]
        params = {"path": f"/p/{template}", "expires": now.isoformat()} | WORDS.get(template, {})
        if service == "accounts":
            for lang, address in OWNERS.items():
                row = {
                    "recipient": address,
                    "template": template,
                    "locale": lang,
                    "params": params | {"org": "見本バイオ"},
                }
                session.add(Post(id=str(uuid4()), written_at=now, handed_at=None, **row))
        else:
            model = next(
                m.class_
                for m in desk.composition.services[service].models.registry.mappers
                if m.class_.__name__ == "Letter"
            )
            write(session, model, str(uuid4()), "mihon", template, params)
    found = mails(desk)
    assert set(found) == set(OWNERS.values()), [
        r for s in desk.composition.services.values() for q in s.queues for r in _held(s, q)
    ]
    for lang, address in OWNERS.items():
        mail = found[address]
        body = mail.get_body(("plain",)).get_content()
        assert (
            f"/p/{template}" in body
            and not re.search(r"\{\w*\}", body + mail["Subject"])
            and "\n" not in mail["Subject"]
        )
        if template != DIGEST:
            blank = {k: "" for k in ("org", "reason", "expires", "link")} | WORDS.get(template, {})
            assert (
                mail["Subject"] == " ".join(written(template, lang, **blank)[0].split())
                or "{org}" in TEMPLATES[template][lang == "ja"][0]
            )
    if template == "application-letter":
        assert found[OWNERS["en"]]["Subject"] == "Spring call: your result"
        assert "おめでとうございます。" in found[OWNERS["ja"]].get_content()


def _held(service, queue) -> list[dict]:
    with service.db.reading(ADMINISTRATOR) as session:
        return queue.rows(session)


@pytest.mark.parametrize(
    ("door", "form"),
    [
        ("registrations", {"locale": "en"}),
        ("resets", {}),
        ("invitations", {"roles": ["startup"], "locale": "en"}),
    ],
)
def test_from_the_button_to_the_file_and_the_link_works(desk, door, form):
    address = OWNERS["en"] if door == "resets" else f"new-{door}@mihon.example"
    client = desk.client() if door == "invitations" else Client.inside(desk.composition, "")
    client.post(f"/api/v1/accounts/{door}", {"email": address} | form)
    (mail,) = mails(desk).values()
    token = re.search(r"/links/([\w-]+)", mail.get_content()).group(1)
    assert mail["To"] == address and Client.inside(desk.composition, "").get(
        f"/api/v1/links/{token}"
    )["kind"] == door.rstrip("s")
