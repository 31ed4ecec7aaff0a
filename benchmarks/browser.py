"""What a planner's browser feels: frames a second while scrubbing, seconds until an answer stands.

The frames are of the run view itself with a real run, on a page that holds nothing else: every
frame moves the range by a day, as a hand would, and ends when the browser is ready for the next.
The answers are a whole page's, from the key that moves a slider to the sentence on the screen.
"""

from __future__ import annotations

import base64
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import Row
from benchmarks.measure import Timing
from benchmarks.network import TOWN, town
from crisis_abm.dashboard import widgets
from crisis_abm.dashboard.data.trajectories import trajectory
from crisis_abm.runs import Prepared
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN
from tests.dashboard.browser import found
from tests.dashboard.server import Server

__all__ = ["browsing"]

FRAMES = {200: 30, 2_000: 15}  # frames a second asked for, by organisations
SCRUBBED, REPEATS = 150, 5  # frames a repeat
STYLES = ("style.css", "run_view.css")
PAGE = """<!doctype html><html><head><style>{style}</style></head>
<body class="ca-app"><div id="here" style="width: 960px"></div></body></html>"""

START = """async ({ source, data }) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  const values = { data: new DataView(bytes.buffer), title: "", waiting: "", problem: "",
    known: { day: 0, chosen: "" }, at: {}, here: "", why: "" };
  const model = { get: (name) => values[name], set: (name, value) => (values[name] = value),
    on() {}, off() {}, save_changes() {} };
  const module = await import(url);
  module.default.render({ model, el: document.getElementById("here") });
}"""

SCRUB = """(frames) => new Promise((done) => {
  const range = document.querySelector("input[type=range]");
  let left = frames;
  let began = 0;
  const step = (now) => {
    if (!began) began = now;
    else if (--left === 0) return done((1000 * frames) / (now - began));
    range.value = (Number(range.value) + 1) % (Number(range.max) + 1);
    range.dispatchEvent(new Event("input", { bubbles: true }));
    return requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""

DISTRICT, CRISES = "local_shock", 30
KEYS = ["Home", "End"] * 3  # on the slider of parity: each a new question
PRESSED = """() => addEventListener("keydown", () => { window.pressed = performance.now(); },
  { once: true, capture: true })"""
ANSWER = """({ before, last }) => new Promise((done) => {
  const began = window.pressed;
  let first = null;
  const look = () => {
    const text = document.querySelector(".ca-finding")?.textContent ?? before;
    const now = performance.now() - began;
    if (first === null && text !== before) first = now;
    if (first !== null && text.includes(last)) return done([first / 1000, now / 1000]);
    return requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


def browsing() -> list[Row]:
    """A row for each question; rows that say so where no browser can be had."""
    with _chromium() as chromium:
        if chromium is None:
            none = "not measured: no browser can be had here"
            what = [_scrubbed(size) for size in FRAMES] + [*_answered()]
            return [Row(one, "told", none, False) for one in what]
        return [*_scrubbing(chromium), *_answering(chromium)]


@contextmanager
def _chromium() -> Iterator[Any]:
    path = found()
    if path is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def _scrubbing(chromium: Any) -> Iterator[Row]:
    folder = Path(widgets.__file__).parents[1]
    style = "\n".join((folder / name).read_text(encoding="utf-8") for name in STYLES)
    for size, asked in FRAMES.items():
        page = chromium.new_page(viewport={"width": 1280, "height": 1200})
        page.set_content(PAGE.format(style=style))
        page.evaluate(START, {"source": widgets.source("run_view.js"), "data": _run(size)})
        page.wait_for_selector(".ca-run:not(.ca-run-empty)")
        page.evaluate(SCRUB, SCRUBBED)
        rates = [float(page.evaluate(SCRUB, SCRUBBED)) for _ in range(REPEATS)]
        page.close()
        median = statistics.median(rates)
        told = f"{median:.3g} a second ({min(rates):.3g} to {max(rates):.3g})"
        yield Row(_scrubbed(size), f"≥ {asked} a second", told, median >= asked)


def _answering(chromium: Any) -> Iterator[Row]:
    """Seconds from a key on a slider to the first sentence, and to the one over all crises."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.start()
        try:
            firsts, lasts = zip(*_answers(chromium, server.url), strict=True)
        finally:
            server.stop()
    for what, asked, seconds in zip(_answered(), (1, 2), (firsts, lasts), strict=True):
        timing = Timing(seconds)
        yield Row(what, f"≤ {asked} s", str(timing), timing.median <= asked)


def _answers(chromium: Any, url: str) -> Iterator[tuple[float, float]]:
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{url}/?scenario={DISTRICT}&replicates={CRISES}")
    last = f"over {CRISES} crises"
    page.locator(".ca-finding").filter(has_text=last).wait_for(timeout=60_000)
    page.get_by_label("Parity", exact=True).focus()
    for key in KEYS:
        before = page.locator(".ca-finding").inner_text()
        page.evaluate(PRESSED)
        page.keyboard.press(key)
        first, whole = page.evaluate(ANSWER, {"before": before, "last": last})
        yield first, whole
    page.close()


def _scrubbed(size: int) -> str:
    return f"frames while scrubbing {size:,} organisations × 150 days, both policies, in a browser"


def _answered() -> tuple[str, str]:
    told = f"{DISTRICT} in the dashboard, a slider moved: "
    return told + "first sentence", told + f"the one over {CRISES} pairs"


def _run(size: int) -> str:
    """So many towns under both policies, as a browser gets them, in base64."""
    one, names = town(), [f"town {number}" for number in range(size // TOWN)]
    groups = [{**group, "areas": names} for group in one["groups"]]
    several = {**one, "areas": {name: {} for name in names}, "groups": groups}
    prepared = Prepared(Scenario.from_dict(several))
    return base64.b64encode(trajectory(prepared, (0, 0, tuple(BUILT_IN.values())))).decode()


if __name__ == "__main__":
    for row in browsing():
        print(row.what, row.asked, row.measured, "yes" if row.met else "NO", sep=" | ")
