"""The run view: what is validated here, and what happens in a browser."""

import re

import numpy as np
import pytest
from traitlets import TraitError

from crisis_abm.dashboard.components.run_view import crises
from crisis_abm.dashboard.data.trajectories import packed, trajectory, unpacked
from crisis_abm.dashboard.state.session import Running
from crisis_abm.dashboard.state.view import View, address
from crisis_abm.dashboard.widgets.pictures import CHOSEN_MARK, DAY_MARK, RunCanvas
from crisis_abm.runs import Prepared, compare
from crisis_abm.scenario import Scenario, ready_made_scenarios
from crisis_abm.scenario.schema.policy import BUILT_IN

POLICIES = ("siloed", "reciprocal")


@pytest.fixture(scope="module")
def scenario():
    return Scenario.load(ready_made_scenarios()["local_shock"])


@pytest.fixture(scope="module")
def told(scenario):
    policies = (BUILT_IN["siloed"], BUILT_IN["reciprocal"])
    return unpacked(trajectory(Prepared(scenario), (0, 0, policies)))


@pytest.mark.parametrize("day", [-1, 5, 10**9, 1.5, True, "2", None])
def test_a_day_that_is_not_there_is_dropped(day):
    canvas = RunCanvas(data=packed({"steps": 5, "ids": ["a"]}, {}))
    canvas.at = {"day": 2, "chosen": "a"}
    canvas.at = {"day": day, "chosen": "a"}
    assert canvas.at == {"day": 2, "chosen": "a"}


@pytest.mark.parametrize("chosen", ["b", "<script>", ["a"], {"a": 1}, None, 7])
def test_an_organisation_that_is_not_there_is_dropped(chosen):
    canvas = RunCanvas(data=packed({"steps": 5, "ids": ["a"]}, {}))
    canvas.at = {"day": 2, "chosen": chosen}
    assert canvas.at == {"day": 2, "chosen": ""}


def test_what_is_no_place_at_all_is_refused():
    canvas = RunCanvas(data=packed({"steps": 5, "ids": ["a"]}, {}))
    with pytest.raises(TraitError):
        canvas.set_trait("at", "day 3")


def test_python_and_javascript_mark_an_address_alike():
    marked = address("/", View().but(day=DAY_MARK, chosen=CHOSEN_MARK))
    day, chosen = (
        re.search(f'{name} = "(.*?)"', RunCanvas._esm).group(1)
        for name in ("DAY_MARK", "CHOSEN_MARK")
    )
    assert marked == f"/?scenario=local_shock{day}{chosen}"


def test_crises_are_told_by_what_they_came_to(scenario):
    question = View(replicates=3)
    waiting = crises(Running(question, scenario=scenario), shown=7)
    assert waiting == [(0, "crisis 0"), (1, "crisis 1"), (2, "crisis 2"), (7, "crisis 7")]
    result = compare(scenario, POLICIES, replicates=3, workers=1)
    found = dict(crises(Running(question, scenario=scenario, result=result), shown=0))
    difference = result.of("harm", "reciprocal") - result.of("harm", "siloed")
    middle = int(np.argsort(difference)[1])
    assert [k for k in range(3) if found[k].endswith("(the middle one)")] == [middle]
    assert all("units of harm siloed" in found[k] for k in range(3))


browser = pytest.mark.slow
SHOWN = ".ca-run:not(.ca-run-empty)"


def _opened(page, address="/?replicates=2"):
    page.goto(address)
    page.locator(SHOWN).wait_for()
    page.locator(".ca-finding").filter(has_text="over 2 crises").wait_for()


def _when(page):
    return page.locator(".ca-run-when")


def _stands_at(page, day):
    """The scrubber comes to this day; it is drawn a frame after it is asked for."""
    _when(page).filter(has_text=re.compile(f"^{day}$")).wait_for()


def _searched(page, *parts):
    for part in parts:
        page.wait_for_function("part => location.search.includes(part)", arg=part)


def _heat(page, number=0):
    return page.locator(".ca-run-heat").nth(number)


@browser
def test_both_policies_are_shown_with_what_came_of_them(page, told):
    _opened(page)
    failed = [ever[2] for ever in told[0]["ever"]]
    title = f"{failed[0]} of 64 organisations fail siloed, {failed[1]} reciprocal"
    assert page.locator(".ca-run h2").inner_text() == title
    for number, policy in enumerate(POLICIES):
        label = _heat(page, number).locator("canvas").get_attribute("aria-label")
        assert label.startswith(f"Heat map, {policy}: 64 organisations by 120 days.")
        assert f"{failed[number]} failed" in label


@browser
def test_the_table_has_the_numbers_of_the_day(page, told):
    header, arrays = told
    _opened(page, "/?replicates=2&day=40")
    page.locator(".ca-run-table summary").click()
    assert "day 40" in page.locator(".ca-run-table caption").inner_text()
    kind = header["kinds"].index("care home")
    expected = [
        str(count)
        for number in (0, 1)
        for count in arrays[f"counts_{number}"].reshape(120, -1, 4)[40, kind]
    ]
    row = page.locator(".ca-run-table tbody tr").filter(has_text="care home")
    assert row.locator("td").all_inner_texts() == expected


@browser
def test_a_scrub_stays_in_the_browser_until_it_rests_and_a_reload_comes_back_to_it(page):
    _opened(page)
    before = page.evaluate("history.length")
    page.locator(".ca-run-scrubber input").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    _stands_at(page, "day 5")
    _searched(page, "day=5")
    page.reload()
    page.locator(SHOWN).wait_for()
    _stands_at(page, "day 5")
    page.get_by_label("Step on").click()
    _searched(page, "day=6")
    assert page.evaluate("history.length") == before


@browser
def test_another_question_keeps_the_day_and_back_returns_to_it(page):
    _opened(page, "/?replicates=2&day=12")
    page.locator(".ca-run-scrubber input").focus()
    page.keyboard.press("End")
    _searched(page, "day=119")
    page.get_by_label("Parity", exact=True).focus()
    page.keyboard.press("Home")
    _searched(page, "parity=0", "day=119")
    page.locator(".ca-run-heats h3").filter(has_text="together").wait_for()
    _stands_at(page, "day 119")
    page.go_back()
    page.locator(".ca-run-heats h3").filter(has_text="reciprocal").wait_for()
    _stands_at(page, "day 119")
    assert "parity" not in page.url


@browser
def test_the_pointer_on_a_heat_map_moves_the_day_and_names_the_organisation(page, told):
    _opened(page)
    _heat(page).scroll_into_view_if_needed()
    box = _heat(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 1)
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + 1)
    page.locator(".ca-run-when").filter(has_text="day 119").wait_for()
    header, arrays = told
    first = header["names"][arrays["order"][0]]
    page.locator(".ca-run-readout").filter(has_text=first).wait_for()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + 1)
    _searched(page, f"chosen={header['ids'][arrays['order'][0]]}")


@browser
def test_arrow_keys_and_enter_choose_and_the_link_leads_to_why(page, told):
    header, arrays = told
    _opened(page)
    _heat(page).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    identity = header["ids"][arrays["order"][0]]
    _searched(page, "day=1", f"chosen={identity}")
    page.locator(".ca-run-readout a").click()
    page.wait_for_function("location.pathname === '/why'")
    assert f"chosen={identity}" in page.url
    page.go_back()
    page.locator(SHOWN).wait_for()
    assert f"chosen={identity}" in page.url
    page.locator(".ca-run-readout a").wait_for()


@browser
def test_an_organisation_can_be_chosen_in_the_network_and_let_go(page):
    _opened(page)
    network = page.locator(".ca-run-network").first
    network.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".ca-run-readout").filter(has_text="supplier").wait_for()
    _searched(page, "chosen=")
    page.keyboard.press("Escape")
    page.wait_for_function("!location.search.includes('chosen=')")


@browser
def test_playing_moves_the_days_until_it_is_paused_and_says_so_aloud(page):
    _opened(page)
    page.get_by_label("Speed").select_option("20")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("parseInt(document.querySelector('.ca-run-when').value.slice(4)) > 10")
    page.get_by_role("button", name="Pause").click()
    _searched(page, "day=")
    day = _when(page).inner_text()
    said = page.locator(".ca-run [aria-live]").filter(has_text=day.capitalize() + ":")
    said.wait_for(state="attached")
    assert re.search("siloed: .*; reciprocal: ", said.inner_text())
    assert _when(page).inner_text() == day


@browser
def test_who_wants_less_motion_gets_a_day_a_second(visitors):
    page = visitors(reduced_motion="reduce").page
    _opened(page)
    page.get_by_label("Speed").select_option("40")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Pause").click()
    assert _when(page).inner_text() in ("day 1", "day 2")


@browser
def test_another_crisis_can_be_looked_at(page):
    _opened(page)
    shown = page.locator(".ca-run-heats .ca-run-said").first
    before = shown.inner_text()
    page.get_by_label("Crisis", exact=True).select_option("1")
    page.wait_for_function(
        "before => document.querySelector('.ca-run-heats .ca-run-said').textContent !== before",
        arg=before,
    )
    _searched(page, "crisis=1")


@browser
def test_dates_stand_where_the_scenario_has_them(page):
    _opened(page, "/?scenario=first_wave&replicates=2&day=31")
    _stands_at(page, "day 31 · 26 March 2020")


@browser
def test_all_days_can_be_saved(page, told):
    _, arrays = told
    _opened(page)
    page.locator(".ca-run-table summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save all days as CSV").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0] == "policy,day,organisation,state"
    assert len(lines) == 1 + 2 * 120 * 64
    failed = sum(line.startswith("siloed,") and line.endswith(",failed") for line in lines)
    assert failed == (arrays["status_0"] == 3).sum()
