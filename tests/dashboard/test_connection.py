"""A page whose server goes: it says so, keeps no change from vanishing silently, and comes back."""

import signal

import pytest

pytestmark = pytest.mark.slow


def test_what_is_typed_while_the_server_is_away_is_told_and_not_lost_silently(
    own_server, visitors, tmp_path
):
    visitor = visitors(own_server.url)
    page = visitor.page
    page.goto("/scenarios")
    page.locator(".ca-card").first.get_by_role("button", name="Copy and edit").click()
    page.wait_for_url("**/edit**")
    title = page.get_by_label("title", exact=True).first
    title.fill("Half a word")
    own_server.process.send_signal(signal.SIGKILL)
    own_server.process.wait(20)
    lost = page.get_by_role("alert").filter(has_text="The connection to the server is lost")
    lost.wait_for()
    assert page.locator(".ca-app").evaluate("(one) => one.inert")
    assert title.input_value() == "Half a word"  # it is still there to be seen
    page.screenshot(path=tmp_path / "lost.png")
    own_server.start()
    back = page.get_by_role("status").filter(has_text="The server was away and is back")
    back.wait_for()
    assert "title: “Half a word”" in back.inner_text()
    page.screenshot(path=tmp_path / "back.png")
    assert "Half a word" not in page.get_by_label("title", exact=True).first.input_value()
    back.get_by_role("button", name="Close").click()
    assert back.count() == 0
    assert not page.locator(".ca-app").evaluate("(one) => one.inert")
    visitor.faults.clear()  # a browser tells of every connection that fails


def test_what_was_typed_is_kept_when_the_connection_was_away_for_a_moment(visitors):
    visitor = visitors()
    page = visitor.page
    page.goto("/scenarios")
    page.locator(".ca-card").first.get_by_role("button", name="Copy and edit").click()
    page.wait_for_url("**/edit**")
    title = page.get_by_label("title", exact=True).first
    title.fill("A whole word")
    page.evaluate("solara.debug.dropConnection()")
    page.wait_for_function(
        "solara.debug.reconnectCount > 0 && !document.body.classList.contains('ca-lost')"
    )
    page.get_by_role("heading", name="A whole word").wait_for()
    visitor.faults.clear()
