"""The Why page: the drawn cascade leads to every organisation, by pointer and by keyboard."""

import pytest

pytestmark = pytest.mark.slow
SIGN = ".ca-cascade-sign"


def _opened(page, address="/why?replicates=10"):
    page.goto(address)
    page.locator(SIGN).first.wait_for()


def _readout(page, words):
    page.locator(".ca-cascade-readout").filter(has_text=words).wait_for()


def test_the_cascade_can_be_walked_with_the_arrow_keys_and_enter_chooses(page):
    _opened(page)
    page.locator(f"{SIGN}[tabindex='0']").focus()
    _readout(page, "Both suppliers of the north town stop (event)")
    page.keyboard.press("ArrowRight")
    _readout(page, "north: strained from day 20")
    page.keyboard.press("ArrowRight")
    _readout(page, "Hospital 1, north: strained from day 26")
    page.keyboard.press("Enter")
    page.locator("h2").filter(has_text="How it came to Hospital 1, north").wait_for()
    assert "chosen=north_hospital_1" in page.url
    path = page.locator(".ca-path li")
    path.first.filter(has_text="Both suppliers of the north town stop").wait_for()
    path.first.filter(has_text="% of its harm").wait_for()
    path.last.filter(has_text="Hospital 1, north").wait_for()
    page.locator(f"{SIGN}.ca-cascade-here").wait_for()
    strips = page.locator(".ca-strip")
    strips.first.wait_for()
    assert "failed on" in strips.first.get_attribute("aria-label")
    assert "failed" not in strips.nth(1).get_attribute("aria-label")
    inside = strips.first.bounding_box()
    chart = page.locator("canvas[data-zr-dom-id]").first.bounding_box()
    assert inside["x"] == pytest.approx(chart["x"] + 64, abs=2)
    assert inside["x"] + inside["width"] == pytest.approx(chart["x"] + chart["width"] - 96, abs=2)


def test_causes_of_all_crises_come_beside_those_of_the_one_shown(page):
    _opened(page, "/why?replicates=3")
    page.get_by_role("button", name="Trace all crises").click()
    page.locator(".ca-finding").filter(has_text="Over 3 crises under siloed").wait_for()
    roots = page.locator(".ca-roots table")
    roots.filter(has_text="% in all crises, mean").wait_for()
    assert " to " in roots.locator("tbody tr").first.inner_text()


def test_names_lead_to_why_and_the_policy_stays_in_the_address(page):
    _opened(page, "/why?replicates=10&under=1")
    page.locator(".ca-finding").filter(has_text="Under reciprocal").wait_for()
    page.get_by_label("Under which policy").select_option("0")
    page.locator(".ca-finding").filter(has_text="Under siloed").wait_for()
    page.locator(".ca-story a").first.wait_for()
    page.get_by_text("Numbers: Who shorted whom").click()
    page.locator(".ca-table a").filter(has_text="Supplier 2, north").first.click()
    page.locator("h2").filter(has_text="How it came to Supplier 2, north").wait_for()
    assert "chosen=north_supplier_2" in page.url
    assert "under=" not in page.url
