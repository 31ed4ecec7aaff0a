"""What goes wrong is said in words, with the ways on, and never takes the page away."""

import pytest

from tests.dashboard.test_comparing import UNBUILT

pytestmark = pytest.mark.slow


def _upload(page, text):
    page.goto("/scenarios")
    file = {"name": "mine.toml", "mimeType": "application/toml", "buffer": text.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.wait_for_url("**/edit**")


def test_a_run_that_fails_says_why_and_leads_back(page):
    _upload(page, UNBUILT)
    page.locator(".ca-problem", has_text="needs coordination and has no supplier").wait_for()
    assert page.get_by_role("button", name="Run it").is_disabled()
    page.goto(page.url.replace("/edit", "/"))
    trouble = page.locator("[role=alert].ca-problem")
    trouble.get_by_text("has no supplier by any rule or link").wait_for()
    assert "/mine-" not in trouble.inner_text()  # no path of the server
    trouble.get_by_role("link", name="Edit this scenario").click()
    page.get_by_role("heading", name="Nobody coordinates").wait_for()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/?scenario=nope", "there is no such scenario here"),
        ("/weak-links?scenario=nope", "there is no such scenario here"),
        ("/?scenario=local_shock&who=kind:baker", "is no kind"),
    ],
)
def test_what_an_address_asks_in_vain_is_said_with_the_ways_on(page, address, words):
    page.goto(address)
    trouble = page.locator("[role=alert].ca-problem")
    trouble.get_by_text(words).wait_for()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Why").wait_for()
    trouble.get_by_role("link", name="Other scenarios").click()
    page.get_by_role("heading", name="Ready-made").wait_for()


def test_the_usual_settings_are_a_click_away(page):
    page.goto("/?scenario=local_shock&start=500")
    page.locator("[role=alert].ca-problem").get_by_role("link", name="The usual settings").click()
    page.locator(".ca-finding", has_text="reciprocal came to").wait_for()


def test_why_of_a_crisis_without_harm_says_that_there_was_none(page):
    page.goto("/why?scenario=ample")
    page.locator(".ca-finding", has_text="nobody came to harm").wait_for()
    assert page.locator(".ca-problem").count() == 0
    assert page.get_by_role("heading", name="The cascade").count() == 0


def test_a_page_can_be_zoomed(page):
    page.goto("/")
    page.locator(".ca-finding").first.wait_for()
    content = page.locator("meta[name=viewport]").get_attribute("content")
    assert "user-scalable" not in content and "maximum-scale" not in content


def test_on_a_phone_what_is_asked_unfolds_above_the_page(visitors):
    page = visitors().page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/?scenario=local_shock")
    page.locator(".ca-finding").first.wait_for()
    agenda = page.get_by_role("slider", name="Common agenda")
    unfold = page.get_by_role("button", name="What is asked")
    assert not agenda.is_visible()
    assert unfold.get_attribute("aria-expanded") == "false"
    unfold.focus()
    page.keyboard.press("Enter")
    agenda.wait_for()
    assert unfold.get_attribute("aria-expanded") == "true"
    assert agenda.bounding_box()["y"] < page.locator("h1").bounding_box()["y"]
