"""Everybody can use it: axe-core finds nothing serious, the keyboard alone is enough."""

import pytest

pytestmark = pytest.mark.slow

ALIKE = {"exclude": [["tbody tr:nth-child(n + 4)"]]}  # rows of a table: contrast takes axe long
PAGES = {
    "compare": ("/?replicates=10", ".ca-finding"),
    "why": ("/why?replicates=10", ".ca-story"),
    "weak-links": ("/weak-links?replicates=5&only=council&seed=390", ".ca-finding .ca-term"),
    "scenarios": ("/scenarios", ".ca-card"),
    "edit": ("/scenarios", ".ca-event"),
    "exercises": ("/exercises", ".ca-card"),
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(page, name):
    address, ready = PAGES[name]
    page.goto(address)
    if name == "edit":  # only a copy can be edited
        page.get_by_role("button", name="Copy and edit: First wave").click()
    if name == "weak-links":
        page.get_by_role("button", name="Look for weak links").click()
    page.locator(ready).first.wait_for(timeout=60_000)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        unfolded = str(width == 1280).lower()  # tables take axe long: once is enough
        page.evaluate(f"document.querySelectorAll('details').forEach((d) => (d.open = {unfolded}))")
        if width == 390 and (unfold := page.get_by_role("button", name="What is")).count():
            unfold.click()
            page.locator(".ca-panel-unfolded").wait_for()
        page.locator(".v-progress-linear").first.wait_for(state="hidden")  # solara's own
        assert not serious(page), width
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width


def serious(page):
    """What axe-core says breaks a rule for somebody, with where it is."""
    from axe_playwright_python.sync_playwright import Axe

    return [
        (one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in Axe().run(page, ALIKE, {"resultTypes": ["violations"]}).response["violations"]
        if one["impact"] in ("serious", "critical") or one["id"] == "meta-viewport"
    ]


FOCUSED = """() => {
  const here = document.activeElement;
  if (here === document.body || here.matches(".ca-term")) return "";
  const labels = here.labels ? [...here.labels].map((one) => one.textContent) : [];
  return [here.getAttribute("aria-label"), here.textContent, ...labels].join(" ");
}"""


def _tabbed_to(page, words, most=60):
    """Press Tab until what is focused has these words."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if words in focused:
            return
    pytest.fail(f"Tab never comes to {words!r}")


def test_the_keyboard_alone_is_enough(page):
    page.goto("/?replicates=10")
    page.locator(".ca-finding").filter(has_text="over 10 crises").wait_for()
    _tabbed_to(page, "Common agenda")
    page.keyboard.press("Home")
    page.locator(".ca-finding").filter(has_text="over 10 crises, together").wait_for()
    _tabbed_to(page, "Run again")
    page.keyboard.press("Enter")
    page.locator(".ca-finding").filter(has_text="over 10 crises").wait_for()
    page.keyboard.press("Control+Home")
    page.locator(".ca-skip").focus()
    _tabbed_to(page, "Scenarios")
    page.keyboard.press("Enter")
    page.locator(".ca-card").first.wait_for()
    _tabbed_to(page, "Copy and edit", most=120)
    page.keyboard.press("Enter")
    page.locator("h1").filter(has_text="Edit:").wait_for()
