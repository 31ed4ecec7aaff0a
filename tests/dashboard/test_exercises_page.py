"""The Exercises page: one is begun, its facilitator's page opens, it is stopped, it goes on."""

from __future__ import annotations

import psutil
import pytest

from tests.dashboard.test_accessible import serious

pytestmark = pytest.mark.slow


@pytest.fixture
def begun(page):
    """The page with a flood begun; it is stopped in the end."""
    page.goto("/exercises")
    page.get_by_role("button", name="Begin: Flood").click()
    page.get_by_role("link", name="Open the facilitator's page").wait_for()
    yield page
    for name in ("Stop: Flood", "Yes, stop it: Flood", "Put away: Flood"):
        button = page.get_by_role("button", name=name)
        if button.count():
            button.click()
            button.wait_for(state="detached")
    page.locator(".ca-held").wait_for(state="detached")


def _served(server):
    """The processes in which exercises are served."""
    family = psutil.Process(server.process.pid).children(recursive=True)
    return [one for one in family if "--with-input" in one.cmdline()]


def test_an_exercise_is_begun_stopped_and_gone_on_with(begun, server):
    told = begun.locator(".ca-held").inner_text()
    assert "Only this machine can open it" in told
    with begun.context.expect_page() as opened:
        begun.get_by_role("link", name="Open the facilitator's page").click()
    opened.value.get_by_role("heading", name="Flood").first.wait_for()
    opened.value.close()
    kept = begun.locator(".ca-kept").first
    assert "not played yet; 4 players" in kept.inner_text()
    assert kept.get_by_role("button").count() == 0  # it is open
    (process,) = _served(server)
    begun.get_by_role("button", name="Stop: Flood").click()
    begun.get_by_role("button", name="Let it go on").click()
    begun.get_by_role("button", name="Stop: Flood").click()
    assert process.is_running()
    begun.get_by_role("button", name="Yes, stop it: Flood").click()
    begun.locator(".ca-held").wait_for(state="detached")
    assert not process.is_running()
    kept.get_by_role("button", name="Go on").click()
    begun.get_by_role("link", name="Open the facilitator's page").wait_for()
    begun.reload()  # it goes on without its page
    begun.get_by_role("link", name="Open the facilitator's page").wait_for()


def test_axe_finds_nothing_serious_while_one_is_open(begun):
    begun.get_by_role("button", name="Stop: Flood").click()
    begun.get_by_role("button", name="Let it go on").wait_for()
    for width in (1280, 390):
        begun.set_viewport_size({"width": width, "height": 800})
        assert not serious(begun), width
        assert begun.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width


def test_bots_rehearse_and_nothing_is_kept(page):
    page.goto("/exercises")
    page.locator(".ca-card").first.wait_for()
    kept = page.locator(".ca-kept").count()
    page.get_by_role("button", name="Rehearse: Flood").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the rehearsal").click()
    opened.value.locator("iframe").first.wait_for()
    opened.value.close()
    page.get_by_role("button", name="Stop: Flood").click()
    page.get_by_role("button", name="Yes, stop it: Flood").click()
    page.locator(".ca-held").wait_for(state="detached")
    assert page.locator(".ca-kept").count() == kept


def test_nobody_else_is_told_of_it_and_an_end_by_itself_is(begun, server, visitors):
    other = visitors().page
    other.goto("/exercises")
    other.locator(".ca-card").first.wait_for()
    assert other.locator(".ca-held").count() == 0
    (process,) = _served(server)
    process.kill()
    begun.get_by_role("alert").filter(has_text="It ended by itself").wait_for()
    assert "go on with it below" in begun.get_by_role("alert").inner_text()
