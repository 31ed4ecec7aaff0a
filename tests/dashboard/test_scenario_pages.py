"""Scenarios as cards, by form and from files; what is wrong is told where it is."""

import re

import pytest

pytestmark = pytest.mark.slow

TOWN = """title = "Town <b>bold</b>"
[resources]
coordination = {}
[[organisations]]
id = "ward"
kind = "hospital"
capacity = 10
demand = 5
[[organisations]]
id = "hall"
kind = "council"
capacity = 100
"""


def _copied(page, title="Local shock"):
    page.goto("/scenarios")
    card = page.locator(".ca-card").filter(has_text=title).first
    card.get_by_role("button", name=re.compile("Copy and edit")).click()
    page.locator("h1").filter(has_text="Edit:").wait_for()


def test_every_ready_made_scenario_has_a_card(page):
    page.goto("/scenarios")
    page.locator(".ca-card").filter(has_text="Local shock").wait_for()
    assert page.locator(".ca-card").count() >= 5
    page.locator("img.ca-thumbnail").first.wait_for()


def test_copy_edit_undo_run(page):
    _copied(page)
    page.get_by_role("link", name="behaviour").click()
    box = page.get_by_label("hoarding", exact=True)
    box.fill("1.5")
    box.press("Enter")
    page.get_by_role("button", name=re.compile("^Undo")).click()
    page.wait_for_function("document.querySelector('input').value !== '1.5'")
    box.fill("much")
    box.press("Enter")
    page.locator(".ca-fault").filter(has_text="must be a number").wait_for()
    assert page.get_by_role("button", name="Run it").is_disabled()
    box.fill("1.5")
    box.press("Enter")
    page.locator(".ca-note").filter(has_text="It can be run").wait_for()
    page.get_by_role("button", name="Run it").click()
    page.locator(".ca-finding").filter(has_text="over 30 crises").wait_for()


def test_an_upload_is_opened_and_its_html_is_text(page):
    page.goto("/scenarios")
    field = page.get_by_label("A scenario, or tables of organisations and links")
    field.set_input_files({"name": "../../t.toml", "mimeType": "", "buffer": TOWN.encode()})
    page.locator("h1").filter(has_text="Town <b>bold</b>").wait_for()
    assert page.locator("h1 b").count() == 0


def test_a_broken_upload_is_told_and_keeps_what_was_open(page):
    page.goto("/scenarios")
    field = page.get_by_label("A scenario, or tables of organisations and links")
    broken = TOWN.replace("10\n", '"ten"\n').encode()
    field.set_input_files({"name": "t.toml", "mimeType": "", "buffer": broken})
    page.locator(".ca-problem").filter(has_text="organisations[0].capacity").wait_for()
    assert page.locator(".ca-card").count() >= 5
    assert "/scenarios" in page.url


def test_too_large_an_upload_is_refused(page):
    page.goto("/scenarios")
    field = page.get_by_label("A scenario, or tables of organisations and links")
    field.set_input_files({"name": "t.toml", "mimeType": "", "buffer": b"#" * 20_000_001})
    page.locator(".ca-fault").filter(has_text="at most 20 MB").wait_for()


def test_somebody_elses_scenario_cannot_be_opened(visitors):
    one, other = visitors().page, visitors().page
    _copied(one)
    other.goto(one.url)
    other.locator(".ca-problem").filter(has_text="no such scenario").wait_for()
    other.goto(one.url.replace("/edit", "/"))
    other.locator(".ca-problem").filter(has_text="no such scenario").wait_for()


def test_entries_are_added_and_removed(page):
    _copied(page)
    page.get_by_role("link", name="events", exact=True).click()
    page.get_by_role("button", name="Add an event").click()
    page.locator(".ca-problem").wait_for()
    page.get_by_label("start", exact=True).fill("5")
    page.get_by_label("start", exact=True).press("Enter")
    page.get_by_label("announcement", exact=True).fill("Something happened")
    page.get_by_label("announcement", exact=True).press("Enter")
    page.locator(".ca-note").filter(has_text="It can be run").wait_for()
