"""A running dashboard and a browser that looks at it, with every other host blocked."""

from __future__ import annotations

import os

import pytest

from tests.dashboard.browser import found
from tests.dashboard.server import Server

PATIENCE = 30_000  # milliseconds, of whatever is waited for: a busy machine starts a server in ten
# Libraries' own races, harmless to the page: a chart whose page was left while its library still
# loaded; a widget that a busy machine could not begin within two seconds (it appears later).
KNOWN = ("Initialize failed: invalid dom", "[anywidget] Failed to initialize model")


@pytest.fixture(scope="session")
def chromium():
    playwright_api = pytest.importorskip("playwright.sync_api")
    path = found()
    if path is None:
        reason = "no browser can be had here: see tests/dashboard/browser.py"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    playwright_api.expect.set_options(timeout=PATIENCE)
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    pytest.importorskip("solara")
    server = Server(tmp_path_factory.mktemp("dashboard"))
    server.with_own_assets()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_server(tmp_path):
    """A dashboard that a test may stop and start."""
    pytest.importorskip("solara")
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def dashboard(server):
    return server.url


class Visitor:
    """A browser of its own, cookies and all; what goes wrong in it fails the test."""

    def __init__(self, browser, url: str, **options) -> None:
        self.context = browser.new_context(
            base_url=url, viewport={"width": 1280, "height": 800}, **options
        )
        self.context.set_default_timeout(PATIENCE)
        self.faults: list[str] = []
        self.url = url
        self.context.route("**/*", self._inside)
        self.page = self.context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._noted(f"page: {error}"))

    def _inside(self, route) -> None:
        address = route.request.url
        if address.startswith((self.url, "data:", "blob:")):
            route.continue_()
        else:
            self.faults.append(f"asked for {address}")
            route.abort()

    def _said(self, message) -> None:
        if message.type == "error":
            self._noted(f"console: {message.text}")

    def _noted(self, fault: str) -> None:
        if not any(known in fault for known in KNOWN):
            self.faults.append(fault)


@pytest.fixture
def visitors(chromium, dashboard):
    """Makes visitors who know nothing of each other."""
    made: list[Visitor] = []

    def make(url: str = dashboard, **options) -> Visitor:
        made.append(Visitor(chromium, url, **options))
        return made[-1]

    yield make
    faults = [fault for visitor in made for fault in visitor.faults]
    for visitor in made:
        visitor.context.close()
    assert not faults


@pytest.fixture
def page(visitors):
    return visitors().page
