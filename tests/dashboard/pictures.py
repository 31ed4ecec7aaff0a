"""Pictures of every page for docs/: ``python -m tests.dashboard.pictures``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.dashboard.browser import installed
from tests.dashboard.server import Server

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
PATIENCE = 120_000  # milliseconds
READY = ".ca-finding:has-text('over 30 crises')"
PAGES = {
    "compare": ("/?scenario=local_shock&day=31", READY, 1700),
    "why": ("/why?scenario=local_shock&chosen=north_hospital_1", ".ca-story", 1800),
    "weak-links": ("/weak-links?scenario=local_shock&replicates=10", ".ca-wide", 1700),
    "scenarios": ("/scenarios", "img.ca-thumbnail", 1420),
    "edit": ("/scenarios", ".ca-event", 1200),
}
ASKED = {  # buttons without which there is nothing to see
    "weak-links": "Look for weak links",
    "edit": "Copy and edit: Local shock: a town loses its suppliers",
}


def main() -> None:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder))
        server.start()
        browser = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox"])
        try:
            for name, (address, ready, height) in PAGES.items():
                page = browser.new_page(viewport={"width": 1280, "height": height})
                page.goto(server.url + address)
                if name in ASKED:
                    page.get_by_role("button", name=ASKED[name]).click()
                page.locator(ready).first.wait_for(timeout=PATIENCE)
                tour = page.get_by_role("button", name="Close the tour")
                if tour.count():
                    tour.click()
                page.wait_for_timeout(8000)  # charts and canvases
                page.screenshot(path=FOLDER / f"dashboard-{name}.png")
                page.close()
                print(FOLDER / f"dashboard-{name}.png")
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
