"""Pages of somebody else's, open in the same browser as the dashboard: they get nothing."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.dashboard.browser import found

pytestmark = pytest.mark.slow
APP = "/_solara/cdn/@widgetti/solara-vuetify-app@10.1.1"
TRIES = """async ([http, ws]) => {
  const told = {};
  const element = (name, attributes) => new Promise((done) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.onload = () => done("loaded");
    made.onerror = () => done("refused");
    document.body.append(made);
  });
  const asked = (path, options) => fetch(http + path, options)
    .then((answer) => answer.type === "opaque" ? "opaque" : answer.text())
    .catch(() => "refused");
  const channel = "/jupyter/api/kernels/0123456789abcdef0123/channels?session_id=0123456789abcdef";
  told.folder = await element("img", { src: http + "APP" });
  told.picture = await element("img", { src: http + "/static/assets/favicon.png" });
  told.script = await element("script", { src: http + "/_solara/cdn/requirejs@2.3.6/require.js" });
  told.style = await element("link", { rel: "stylesheet", href: http + "APP/dist/main8.css" });
  told.read = await asked("/scenarios", { credentials: "include" });
  told.blind = await asked("/scenarios", { credentials: "include", mode: "no-cors" });
  told.post = await asked("/_solara/api/close/x", { method: "POST", mode: "no-cors" });
  told.state = await asked("/resourcez?verbose", {});
  told.socket = await new Promise((done) => {
    const made = new WebSocket(ws + channel);
    made.onopen = () => done("opened");
    made.onerror = () => done("refused");
  });
  const frame = document.createElement("iframe");
  document.body.append(frame);
  frame.src = http + "/scenarios";
  await new Promise((done) => { frame.onload = done; });
  return told;
}""".replace("APP", APP)


class _Foreign(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Foreign</title><body>")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def foreign():
    """The port of a web server that is not the dashboard's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Foreign)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_foreign_page_gets_nothing_and_may_lead_here(server, chromium, foreign):
    files = sorted(server.assets.rglob("*"))
    context = chromium.new_context()
    try:
        own = context.new_page()
        own.goto(f"{server.url}/scenarios")
        own.get_by_role("heading", name="Ready-made").wait_for(timeout=30_000)
        (cookie,) = context.cookies()
        page = context.new_page()
        for name in ("127.0.0.1", "localhost"):  # another port, which shares the cookie; a stranger
            page.goto(f"http://{name}:{foreign}/")
            told = page.evaluate(TRIES, [server.url, server.url.replace("http", "ws")])
            assert told.pop("blind") in ("opaque", "refused")  # no script can read what is opaque
            assert told.pop("post") in ("opaque", "refused")
            assert set(told.values()) == {"refused"}, told
            assert "Ready-made" not in page.frames[1].content()
        assert sorted(server.assets.rglob("*")) == files
        own.get_by_role("link", name="Why").first.click()  # the dashboard goes on
        own.wait_for_url("**/why**")
        page.set_content(f'<a href="{server.url}/scenarios">Scenarios</a>')
        page.get_by_role("link").click()
        page.get_by_role("heading", name="Ready-made").wait_for(timeout=30_000)
        assert [one["value"] for one in context.cookies()] == [cookie["value"]]
    finally:
        context.close()


def test_a_name_that_was_pointed_here_gets_nothing(server, chromium):
    rules = "--host-resolver-rules=MAP rebound.example 127.0.0.1"
    browser = chromium.browser_type.launch(
        executable_path=found(), args=["--no-sandbox", rules, "--no-proxy-server"]
    )
    try:
        page = browser.new_page()
        answer = page.goto(f"http://rebound.example:{server.port}/")
        assert answer.status == 403
        assert "--allow-host" in page.content()
        assert page.evaluate("fetch('/scenarios').then((answer) => answer.status)") == 403
        opened = page.evaluate(
            """() => new Promise((done) => {
              const made = new WebSocket(`ws://${location.host}/jupyter/api/kernels/x/channels`);
              made.onopen = () => done(true);
              made.onerror = () => done(false);
            })"""
        )
        assert opened is False
    finally:
        browser.close()


def test_a_script_that_got_into_a_page_is_not_run(visitors):
    visitor = visitors()
    page = visitor.page
    page.goto("/scenarios")
    page.get_by_role("heading", name="Ready-made").wait_for()
    ran = page.evaluate(
        """async () => {
          const put = document.createElement("div");
          put.innerHTML = '<img src="data:,x" onerror="window.ran = 1">';
          document.body.append(put);
          await new Promise((done) => setTimeout(done, 300));
          return window.ran === 1;
        }"""
    )
    assert not ran
    (fault,) = visitor.faults  # whatever a page's policy forbids fails every test of the pages
    assert "Content Security Policy" in fault
    visitor.faults.clear()
