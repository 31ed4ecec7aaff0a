"""Spoilt addresses of the dashboard: whatever stands in one, a page can be made of it."""

from __future__ import annotations

import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from crisis_abm.dashboard.scenarios.editing import form, nearest, put
from crisis_abm.dashboard.scenarios.fields import read, shown
from crisis_abm.dashboard.scenarios.library import Library
from crisis_abm.dashboard.state.view import View, address, policies_of, view_of
from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.io.load import refuse_too_deep
from crisis_abm.scenario.paths import parse_place, show_place, step_into
from crisis_abm.scenario.schema import Content
from crisis_abm.tables import build, compile_policy
from tests.fuzz.harness import main
from tests.fuzz.mutate import VALUES
from tests.fuzz.scenarios import refused
from tests.scenario.crises import SOUND

NAMES = ("scenario", "agenda", "measures", "communication", "parity", "reciprocity", "who", "start")
NAMES += ("replicates", "seed", "crisis", "day", "chosen", "place", "under", "only", "x", "")
SOME = ("kind:hospital", "area:north", "share:0.5", "share:1e-310", "share:nan", "kind:", "area:é")
SOME += ("kind:\x1b[31m", "everyone", "local_shock", "mine-000000000000", "../../etc/passwd", "0.5")
SOME += ("organisations[0].capacity", "groups[999999999].count", "kinds.hospital.needs.ppe.use")
SOME += ('uncertain."behaviour.hoarding".low', "events[0].start", "areas", "a" * 5000, "[" * 300)
SOME += ("policies.mixed.changes[0]", "a." * 400, "٣", "1_000", "+1", " 1", "0x10", "1e3", "-0.0")


WRITTEN = ("9" * 6000, "2020-13-45", "1e99999", "[" * 3000, "{a=" * 3000, '"', "'" * 3, "\x00")
WRITTEN += ("{}", "a, b", '["a", 3]', "1\ny = 2", "0b2", "\ud800", "nan", "-inf", "[1,", "'")
WRITTEN += (".".join("a" * 5000) + "=1", "{" + ".".join("a" * 5000) + "=1}", "2020-03-01T25:00")


@cache
def _town() -> tuple[Scenario, Any]:
    scenario = Scenario.from_text(SOUND)
    return scenario, build(scenario)


@cache
def _library() -> Library:
    return Library(Path(tempfile.mkdtemp(prefix="crisis-abm-fuzz-")), "visitor")


def _search(rng: random.Random) -> str:
    """What stands behind the question mark."""
    pairs = []
    for _ in range(rng.randrange(1, 7)):
        value = rng.choice(SOME) if rng.random() < 0.6 else _text(rng.choice(VALUES))[:5000]
        pairs.append((rng.choice(NAMES), value))
    search = urlencode(pairs, errors="surrogatepass")
    if rng.random() < 0.3:
        at = rng.randrange(len(search) + 1)
        search = search[:at] + rng.choice(("%", "%ff", "&", "=", "&&", ";", "%00", "+", "#", "é"))
        search += quote(rng.choice(SOME)[:20])
    return search


def _text(value: Any) -> str:
    try:
        return str(value)
    except ValueError:  # a number of thousands of digits
        return "9" * 6000


def case(rng: random.Random) -> str:
    """What became of a spoilt address."""
    view = view_of(_search(rng))
    again = view_of(address("/", view).partition("?")[2])
    assert again == view, f"{view} becomes {again}"
    _edit(view, rng)
    word = "a page"
    try:
        _library().open(view.scenario)
    except ScenarioError as error:
        word = refused(error, "refused")
    scenario, tables = _town()
    try:
        for policy in policies_of(scenario, view):
            compile_policy(scenario, tables, policy)
    except ScenarioError as error:
        word = refused(error, "refused")
    return word


def _edit(view: View, rng: random.Random) -> None:
    """The form of the place in the address, and something written into its first field."""
    try:
        place = parse_place(view.place) if view.place else ()
    except ValueError:
        place = ()
    assert parse_place(show_place(place)) == place or '"' in view.place if place else True
    found, _ = nearest(SOUND, place)
    made = form(SOUND, found)
    written = _text(rng.choice(VALUES)) if rng.random() < 0.5 else rng.choice(WRITTEN)
    annotation: Any = Content
    for part in found:
        annotation = step_into(annotation, part)
    try:
        value = read(written, annotation)
        refuse_too_deep([value], "scenario")  # as what a file holds was
        shown(value, annotation)
        for field in made.fields[:1]:
            put(SOUND, field.place, written)
    except ScenarioError as error:
        refused(error, "")


if __name__ == "__main__":
    main("tests.fuzz.addresses", 2_500, "Try spoilt addresses of the dashboard.")
