"""Scenarios as cards, by form and from files; what is wrong is told where it is."""

import re

import pytest

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api").expect

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


def _written(page, label, value):
    box = page.get_by_label(label, exact=True)
    box.fill(value)
    box.press("Enter")
    return box


def _button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def test_copy_edit_undo_run(page):
    _copied(page)
    page.get_by_role("link", name="behaviour").click()
    box = _written(page, "hoarding", "1.5")
    _button(page, "Undo").click()
    page.get_by_role("status").filter(has_text="Undone: behaviour").wait_for()
    expect(box).not_to_have_value("1.5")
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
    field = page.get_by_label("Upload a scenario, or tables of organisations and links")
    field.set_input_files({"name": "../../t.toml", "mimeType": "", "buffer": TOWN.encode()})
    page.locator("h1").filter(has_text="Town <b>bold</b>").wait_for()
    assert page.locator("h1 b").count() == 0


def test_a_broken_upload_is_told_and_keeps_what_was_open(page):
    page.goto("/scenarios")
    field = page.get_by_label("Upload a scenario, or tables of organisations and links")
    broken = TOWN.replace("10\n", '"ten"\n').encode()
    field.set_input_files({"name": "t.toml", "mimeType": "", "buffer": broken})
    page.locator(".ca-problem").filter(has_text="organisations[0].capacity").wait_for()
    assert page.locator(".ca-card").count() >= 5
    assert "/scenarios" in page.url


def test_tables_with_any_line_ends_are_taken_or_told(page):
    page.goto("/scenarios")
    field = page.get_by_label("Upload a scenario, or tables of organisations and links")
    people = b"id,kind\rshop,supermarket\rflats,household\r"
    links = b'from,to,resource\nshop,flats,food\n"'
    files = [
        {"name": name, "mimeType": "text/csv", "buffer": content}
        for name, content in (("o.csv", people), ("l.csv", links))
    ]
    field.set_input_files(files)
    page.locator(".ca-problem").filter(has_text="l.csv: row 3: cannot be read").wait_for()
    files[1]["buffer"] = links.rstrip(b'"')
    field.set_input_files(files)
    page.locator("h1").filter(has_text="Edit:").wait_for()


def test_too_large_an_upload_is_refused(page, tmp_path):
    (tmp_path / "t.toml").write_bytes(b"#" * 20_000_001)
    page.goto("/scenarios")
    field = page.get_by_label("Upload a scenario, or tables of organisations and links")
    field.set_input_files(tmp_path / "t.toml")
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


def test_keys_undo_and_redo_also_after_a_reload(page):
    _copied(page)
    page.get_by_role("link", name="behaviour").click()
    box = page.get_by_label("hoarding", exact=True)
    before = box.input_value()
    for count, value in ((1, "1.5"), (2, "1.75")):
        _written(page, "hoarding", value)
        words = re.compile(f"last of {count} change")
        expect(_button(page, "Undo")).to_have_attribute("title", words)
    page.reload()
    expect(box).to_have_value("1.75")
    expect(_button(page, "Redo")).to_be_disabled()
    page.keyboard.press("Control+z")
    expect(box).to_have_value("1.5")
    page.keyboard.press("Control+Shift+z")
    expect(box).to_have_value("1.75")
    page.keyboard.press("Meta+z")
    expect(box).to_have_value("1.5")
    page.keyboard.press("Control+z")
    expect(box).to_have_value(before)
    expect(_button(page, "Undo")).to_be_disabled()
    page.keyboard.press("Control+y")
    expect(box).to_have_value("1.5")


def test_in_a_text_undo_is_the_texts_own_and_is_never_told_as_a_change(page):
    _copied(page)
    page.get_by_role("link", name="behaviour").click()
    box = page.get_by_label("hoarding", exact=True)
    before = box.input_value()
    box.fill("")
    box.press_sequentially("1.5")
    box.press("Enter")
    expect(_button(page, "Undo")).to_be_enabled()
    box.press_sequentially("6")
    box.press("Control+z")
    expect(box).to_have_value("1.5")
    expect(_button(page, "Redo")).to_be_disabled()  # the text was undone, not the scenario
    box.press("Control+z")
    expect(box).to_have_value(before)
    expect(_button(page, "Redo")).to_be_enabled()
    box.press("Control+z")
    page.get_by_label("keep", exact=True).focus()  # the late "change" of the field
    page.wait_for_timeout(1000)
    expect(_button(page, "Redo")).to_be_enabled()
    expect(_button(page, "Undo")).to_be_disabled()
    expect(box).to_have_value(before)


def test_two_windows_of_one_visitor_lose_nothing(visitors):
    visitor = visitors()
    one = visitor.page
    _copied(one)
    two = visitor.context.new_page()
    two.goto(one.url)
    two.get_by_label("title", exact=True).wait_for()
    _written(two, "title", "Changed in the second")
    one.locator("h1").filter(has_text="Changed in the second").wait_for()  # heard at once
    _written(one, "harm unit", "people")
    two.wait_for_function("[...document.querySelectorAll('input')].some(i => i.value === 'people')")
    two.reload()
    expect(two.get_by_label("title", exact=True)).to_have_value("Changed in the second")
    expect(two.get_by_label("harm unit", exact=True)).to_have_value("people")
    two.goto(two.url.replace("/edit", "/scenarios"))
    card = two.locator(".ca-card").filter(has_text="Changed in the second")
    card.get_by_role("button", name=re.compile("^Remove")).click()
    card.get_by_role("button", name=re.compile("^Yes, remove")).click()
    one.locator("h1").filter(has_text="This scenario is not there").wait_for()
    one.get_by_role("link", name="Other scenarios").click()
    one.locator(".ca-card").first.wait_for()


def test_a_form_moves_with_what_another_window_changes(visitors):
    visitor = visitors()
    one = visitor.page
    _copied(one)
    one.goto(f"{one.url}&place=events[1]")
    box = one.get_by_label("title", exact=True)
    box.wait_for()
    _written(one, "title", "The second of them")
    two = visitor.context.new_page()
    two.goto(one.url.split("&place")[0] + "&place=events")
    two.locator(".ca-event").first.wait_for()
    two.get_by_role("button", name=re.compile("^Remove")).first.click()
    one.wait_for_url(re.compile(r"place=events%5B0%5D"))
    expect(box).to_have_value("The second of them")


def test_a_place_that_is_not_there_shows_the_nearest_that_is(page):
    _copied(page)
    address = page.url
    page.goto(f"{address}&place=events[99].start")
    page.locator("p").filter(has_text="There is no events[99].start here").wait_for()
    page.locator(".ca-event").first.wait_for()
    page.goto(f"{address}&place=organisations[99]")
    page.get_by_role("button", name="Add one").click()
    _written(page, "id", "new_ward")
    expect(_button(page, "Undo")).to_be_enabled()


def test_names_are_offered_and_others_may_be_written(page):
    _copied(page)
    box = page.get_by_label("policy", exact=True)
    offered = f"#{box.get_attribute('list')} option"
    assert {"siloed", "reciprocal"} <= set(
        page.locator(offered).evaluate_all("all => all.map(one => one.value)")
    )
    page.goto(f"{page.url}&place=events[0]")
    box = page.get_by_label("kinds", exact=True)
    box.fill("hospital, ")
    offered = f"#{box.get_attribute('list')} option"
    values = page.locator(offered).evaluate_all("all => all.map(one => one.value)")
    assert "hospital, care_home" in values
    assert "hospital, hospital" not in values


@pytest.mark.parametrize("path", ["/nonsense/more?day=3", "/Edit"])
def test_an_address_without_a_page_shows_the_ways_on(visitors, path):
    visitor = visitors()
    page = visitor.page
    assert page.goto(path).status == 404
    page.locator("h1").filter(has_text="There is no such page").wait_for()
    main = page.locator("main")
    expect(main.get_by_role("link", name="Compare")).to_have_attribute("href", re.compile("^/[?]"))
    main.get_by_role("link", name="Scenarios").click()
    page.locator(".ca-card").first.wait_for()
    (fault,) = visitor.faults  # the browser says so, too
    assert "404" in fault
    visitor.faults.clear()
