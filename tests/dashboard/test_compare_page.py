"""The home page: a finding from a run, again when what is asked changes."""

import re

import pytest

pytestmark = pytest.mark.slow


def _finding(page):
    return page.locator(".ca-finding")


def test_home_page_says_what_working_together_changes(page):
    page.goto("/")
    _finding(page).filter(has_text="over 30 crises").wait_for()
    assert "fewer units of harm than siloed" in _finding(page).inner_text()
    page.get_by_role("heading", name="Outcomes", exact=True).wait_for()
    known = ["Working together", "Units of harm so far: reciprocal against siloed", "Who pays"]
    assert page.locator("h2").all_inner_texts()[1:4] == known  # the first is the tour


def test_a_slider_asks_anew_and_back_returns(page):
    page.goto("/")
    _finding(page).filter(has_text="over 30 crises, reciprocal").wait_for()
    slider = page.get_by_label("Reciprocity", exact=True)
    slider.focus()
    page.keyboard.press("Home")
    _finding(page).filter(has_text="together came to").wait_for()
    assert re.search("[?&]reciprocity=0", page.url)
    page.go_back()
    _finding(page).filter(has_text="reciprocal came to").wait_for()


def test_another_scenario_is_picked_and_run(page):
    page.goto("/?replicates=2&day=40&agenda=0.5")
    page.locator(".ca-finding").wait_for()
    page.get_by_label("Scenario", exact=True).select_option(label="Ample: nothing is short")
    page.locator("h1").filter(has_text="Ample: nothing is short").wait_for()
    page.locator(".ca-finding").filter(has_text="over 2 crises").wait_for()
    assert "agenda=0.5" in page.url
    assert "day=" not in page.url


def test_who_pays_leads_to_why(page):
    page.goto("/?replicates=10")
    page.locator(".ca-finding").filter(has_text="over 10 crises").wait_for()
    page.locator("li a").filter(has_text="Hospital 1, east").first.click()
    page.wait_for_function("location.pathname === '/why'")
    assert "chosen=east_hospital_1" in page.url


def test_an_unknown_scenario_is_told(page):
    page.goto("/?scenario=..%2F..%2Fetc%2Fpasswd")
    page.locator(".ca-problem").filter(has_text="no such scenario").wait_for()


def test_two_visitors_do_not_see_each_others_values(visitors):
    one, other = visitors().page, visitors().page
    one.goto("/?agenda=0.5&replicates=2")
    other.goto("/?scenario=ample&replicates=2")
    _finding(one).filter(has_text="over 2 crises").wait_for()
    _finding(other).filter(has_text="over 2 crises").wait_for()
    assert one.get_by_label("Common agenda", exact=True).input_value() == "0.5"
    assert other.get_by_label("Common agenda", exact=True).input_value() == "1"
    assert one.locator("h1").inner_text() != other.locator("h1").inner_text()


def test_the_tour_has_three_steps_and_is_shown_once(page):
    page.goto("/?replicates=10")
    tour = page.locator(".ca-tour")
    for step in ("1 of 3", "2 of 3", "3 of 3"):
        tour.filter(has_text=step).wait_for()
        tour.get_by_role("button").first.click()
    tour.wait_for(state="detached")
    page.reload()
    _finding(page).filter(has_text="over 10 crises").wait_for()
    assert tour.count() == 0
