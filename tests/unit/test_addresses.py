"""Mail addresses: what a keyboard leaves is folded, what no mail program delivers is refused with
its reason.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.addresses import BadAddress, folded, judged
from shared.refusals import TEXTS

KEPT = {
    "ｔａｒｏ＠example.jp": "taro@example.jp",
    "taro＠example.jp": "taro@example.jp",
    "taro@日本語.jp": "taro@xn--wgv71a119e.jp",
    "taro＠例え。jp": "taro@xn--r8jz45g.jp",
    "taro@example．co．jp": "taro@example.co.jp",
    " Taro.Yamada@Example.JP\u3000": "taro.yamada@example.jp",
    "taro@xn--wgv71a119e.jp": "taro@xn--wgv71a119e.jp",
    "o'neil+x@mihon.example": "o'neil+x@mihon.example",
}
REFUSED = {
    "太郎@example.jp": "address-local",
    "jörg@example.com": "address-local",
    "ﾀﾛｳ@example.jp": "address-local",
    "=?utf-8?q?=0aevil?=@evil.co.jp": "address-encoded",
    "=?utf-8?q??=@x.jp": "address-encoded",
    "＝？utf-8？b？5aSq6YOO？＝＠example.jp": "address-encoded",
    "a\nb@x.jp": "address-hidden",
    "a\x00@x.jp": "address-hidden",
    "a\u200b@x.jp": "address-hidden",
    "taro@x.jp\u200b": "address-hidden",
    "taro": "address-at",
    "@x.jp": "address-at",
    "a@b@x.jp": "address-at",
    "taro@localhost": "address-domain",
    "taro@-x.jp": "address-domain",
    "taro@x..jp": "address-domain",
    "taro@server.local": "address-domain",
    "taro..yamada@x.jp": "bad-address",
    "Taro <taro@x.jp>": "bad-address",
    "": "address-at",
}


@pytest.mark.parametrize(("typed", "kept"), KEPT.items())
def test_what_a_keyboard_leaves_is_folded(typed, kept):
    assert judged(typed) == kept == judged(kept) == folded(typed)


@pytest.mark.parametrize(("typed", "code"), REFUSED.items())
def test_what_nobody_delivers_is_refused_with_its_reason(typed, code):
    with pytest.raises(BadAddress) as refused:
        judged(typed)
    assert refused.value.code == code and code in TEXTS


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_kept_is_one_plain_address_and_stays_itself(local, domain):
    try:
        kept = judged(f"{local}@{domain}")
    except BadAddress as refused:
        assert refused.code in TEXTS
        return
    assert re.fullmatch(r"[!-~]+@[a-z0-9.-]+", kept) and "=?" not in kept and judged(kept) == kept
