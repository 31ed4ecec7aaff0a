"""Pictures of an exercise's pages for docs/: ``python -m tests.exercise.server.pictures``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from crisis_abm.exercise import Exercise
from crisis_abm.exercise.bots import bot
from tests.dashboard.browser import installed
from tests.exercise.server.served import served

FOLDER = Path(__file__).parents[3] / "docs" / "pictures"
TURN, PLAYERS = 3, 6  # the lockdown of the first wave: much is short
QUIET = "laboratory"  # has not decided yet


def main() -> None:
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        served(Exercise.load("first_wave"), Path(folder) / "held", PLAYERS) as hall,
        sync_playwright() as playwright,
    ):
        sitting = hall.sitting
        sitting.start()
        for number, seat in enumerate(sitting.course.seats):
            sitting.join(seat, f"Player {number + 1}")
        while sitting.course.turn <= TURN:
            for number, seat in enumerate(sitting.course.seats):
                if (sitting.course.turn, seat) != (TURN, QUIET):
                    bot("varied", sitting.exercise, seed=number).decide(sitting, seat)
            if sitting.course.turn == TURN:
                break
            sitting.advance()
        sitting.note("The homes asked nobody.", "O1")
        for inject in sitting.course.due()[:1]:
            sitting.send(inject.number)
        hall.hall.evaluation.begin()
        browser = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox"])
        key = hall.keys.give("@facilitator")
        pages = {
            "facilitator": (f"/facilitate/enter?key={key}", 1320),
            "seat": ("/facilitate/seat/homes/", 1240),
            "room": (f"/room/{hall.keys.code}/", 760),
        }
        context = browser.new_context()
        for name, (address, height) in pages.items():
            page = context.new_page()
            page.set_viewport_size({"width": 1280, "height": height})
            page.goto(hall.base + address)
            page.wait_for_timeout(6000)  # what was expected is worked out beside
            page.screenshot(path=FOLDER / f"exercise-{name}.png")
            print(FOLDER / f"exercise-{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
