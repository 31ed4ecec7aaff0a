"""A page whose server goes: it says so, keeps no change from vanishing silently, and comes back."""

import re
import signal

import pytest

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api").expect
AWAY = ("WebSocket", "ERR_CONNECTION_REFUSED")  # what a browser says of a server that is away


def _copied(page):
    page.goto("/scenarios")
    page.get_by_role("button", name="Copy and edit").first.click()
    page.wait_for_url("**/edit**")


def test_a_server_that_was_away_is_told_loses_nothing_silently_and_brings_pages_back(
    own_server, visitors
):
    """One server is killed and started again, under the eyes of a visitor with three pages."""
    visitor = visitors(own_server.url)
    gone, looking, typing = visitor.page, visitor.open(), visitor.open()

    page = gone  # has changed something, and is elsewhere while the server is away
    _copied(page)
    page.get_by_role("link", name="behaviour").click()
    hoarding = page.get_by_label("hoarding", exact=True)
    before = hoarding.input_value()
    hoarding.fill("1.5")
    hoarding.press("Enter")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_enabled()
    edited = page.url
    page.goto("about:blank")

    looking.goto("/?agenda=0.5")
    finding = looking.locator(".ca-finding").filter(has_text="over 30 crises")
    finding.wait_for()

    page = typing
    _copied(page)
    title = page.get_by_label("title", exact=True).first
    title.fill("Half a word")

    own_server.process.send_signal(signal.SIGKILL)
    own_server.process.wait(20)
    for page in (looking, typing):
        lost = page.get_by_role("alert")
        lost.filter(has_text="The connection to the server is lost").wait_for()
        assert page.locator(".ca-app").evaluate("(one) => one.inert")
    assert title.input_value() == "Half a word"  # it is still there to be seen
    own_server.start()

    back = page.get_by_role("status").filter(has_text="The server was away and is back")
    back.wait_for()
    assert "title: “Half a word”" in back.inner_text()
    assert "Half a word" not in page.get_by_label("title", exact=True).first.input_value()
    back.get_by_role("button", name="Close").click()
    assert back.count() == 0
    assert not page.locator(".ca-app").evaluate("(one) => one.inert")

    page = looking  # has noticed by itself that the server is back; open only when drawn
    page.wait_for_function("!document.body.classList.contains('ca-lost')")
    assert page.get_by_role("status").filter(has_text="The server was away and is back").count()
    finding.wait_for()
    assert "agenda=0.5" in page.url
    page.get_by_label("Parity", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("parity="))
    finding.wait_for()

    page = gone
    page.goto(edited)
    expect(hoarding).to_have_value("1.5")
    page.keyboard.press("Control+z")
    expect(hoarding).to_have_value(before)
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    page.keyboard.press("Control+y")
    expect(hoarding).to_have_value("1.5")
    visitor.faults[:] = [f for f in visitor.faults if not any(sign in f for sign in AWAY)]


def test_what_was_typed_is_kept_when_the_connection_was_away_for_a_moment(visitors):
    visitor = visitors()
    page = visitor.page
    _copied(page)
    title = page.get_by_label("title", exact=True).first
    title.fill("A whole word")
    page.evaluate("solara.debug.dropConnection()")
    page.wait_for_function(
        "solara.debug.reconnectCount > 0 && !document.body.classList.contains('ca-lost')"
    )
    page.get_by_role("heading", name="A whole word").wait_for()
    visitor.faults.clear()
