"""A running dashboard and a browser that looks at it and can reach no other host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import PATIENCE
from tests.dashboard.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTH, HEIGHT = 1280, 800
# Libraries' own races, harmless to the page: a chart whose page was left while its library still
# loaded; a widget that a busy machine could not begin within two seconds (it appears later).
KNOWN = ("Initialize failed: invalid dom", "[anywidget] Failed to initialize model")


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
    """A page in a browser context; what goes wrong in it fails the test.

    Requests are watched, not routed: whoever routes them has no cache, and every test would load
    the libraries anew.
    """

    def __init__(self, context, url: str) -> None:
        self.context, self.url = context, url
        self.faults: list[str] = []
        self.open()

    def open(self) -> Page:
        """Have another tab, with nothing in it."""
        self.page = self.context.new_page()
        self.page.on("request", self._asked)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._noted(f"page: {error}"))
        return self.page

    def _asked(self, request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.faults.append(f"asked for {request.url}")

    def _said(self, message) -> None:
        if message.type == "error":
            self._noted(f"console: {message.text}")

    def _noted(self, fault: str) -> None:
        if not any(known in fault for known in KNOWN):
            self.faults.append(fault)


def _context(browser, url: str, **options):
    viewport = {"width": WIDTH, "height": HEIGHT}
    context = browser.new_context(base_url=url, viewport=viewport, **options)
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture
def visitors(chromium, dashboard):
    """Makes visitors who know nothing of each other."""
    made: list[Visitor] = []

    def make(url: str = dashboard, **options) -> Visitor:
        made.append(Visitor(_context(chromium, url, **options), url))
        return made[-1]

    yield make
    faults = [fault for visitor in made for fault in visitor.faults]
    for visitor in made:
        visitor.context.close()
    assert not faults


@pytest.fixture(scope="session")
def _one_after_another(chromium, server):
    visitor = Visitor(_context(chromium, server.url), server.url)
    yield visitor
    visitor.context.close()


@pytest.fixture
def page(_one_after_another):
    """The page of a visitor nobody knows, in a tab whose process has compiled the libraries."""
    visitor, context = _one_after_another, _one_after_another.context
    if visitor.page.is_closed():
        visitor.open()
    yield visitor.page
    for page in context.pages:
        if page is not visitor.page:
            page.close()
    if not visitor.page.is_closed():
        visitor.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        visitor.page.mouse.move(0, 0)
        visitor.page.goto("about:blank")
        session = context.new_cdp_session(visitor.page)
        stored = {"origin": visitor.url, "storageTypes": "local_storage"}
        session.send("Storage.clearDataForOrigin", stored)
        session.detach()
    context.clear_cookies()
    faults, visitor.faults[:] = list(visitor.faults), []
    assert not faults
