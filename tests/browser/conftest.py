"""What every browser test rests on: after a click, the page that it opens is there.

Playwright's `click` returns when the next page has begun; `count()` and `all()` look at once and
would see half of it on a slow machine.
"""

from collections.abc import Iterator
from typing import Any

import pytest

WAITING = ("click", "press", "check", "select_option")


@pytest.fixture(autouse=True, scope="session")
def clicks_wait_for_the_page() -> Iterator[None]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with pytest.MonkeyPatch.context() as patch:
        for kind in (sync_api.Page, sync_api.Locator):
            for name in WAITING:
                patch.setattr(kind, name, _then_loaded(getattr(kind, name)))
        yield


def _then_loaded(act: Any) -> Any:
    def acted(self: Any, *given: Any, **named: Any) -> Any:
        answer = act(self, *given, **named)
        page = getattr(self, "page", self)
        if not page.is_closed():
            page.wait_for_load_state("domcontentloaded")
        return answer

    return acted
