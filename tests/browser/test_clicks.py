"""The tests' own door: a click is over when the page it opens is whole."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.browser.test_pages import browser, pytestmark  # noqa: F401 - fixtures


class Slow(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<a href='/next'>next</a>" + b"<!-- -->" * 200)
        self.wfile.flush()
        if self.path == "/next":
            threading.Event().wait(0.5)
            self.wfile.write(b"<p>one</p><p>two</p>")

    def log_message(self, *_: object) -> None:
        pass


def test_a_click_is_over_when_the_page_it_opens_is_whole(browser):  # noqa: F811
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.click("a")
        assert page.locator("p").count() == 2
        page.close()
        server.shutdown()
