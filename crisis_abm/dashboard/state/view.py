"""What is on the screen, as it stands in the address: a link reopens exactly this view.

The address is the only place where it is kept, so a reload, a restart of the server, a bookmark and
the browser's own Back all bring back the same thing. Whatever cannot be understood in an address is
taken as if it were not there.

A page more is an entry in `PAGES` and its component: server, navigation and titles read this list,
links name a page by its constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, make_dataclass, replace
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlencode

from pydantic import ValidationError

from crisis_abm.report.words import area_name
from crisis_abm.scenario import Policy, Scenario, ScenarioError
from crisis_abm.scenario.pydantic_errors import faults
from crisis_abm.scenario.schema.policy import LEVERS

EVERYONE = "everyone"
MOST_REPLICATES = 1000
LONGEST = 200  # characters of a name
ANEW = {  # what of a view belongs to the scenario that is left for another, or was changed
    "who": EVERYONE,
    "start": 0,
    "crisis": 0,
    "day": 0,
    "chosen": "",
    "only": "",
    "place": "",
}


_Levels: Any = make_dataclass("_Levels", [(lever, float, 1.0) for lever in LEVERS], frozen=True)


@dataclass(frozen=True)
class View(_Levels):
    """What is on the screen: the levers, 0 to 1, of whoever works together, and the following.

    Attributes
    ----------
    scenario : str
        Key of `library.Library`.
    who : str
        ``everyone``, ``kind:hospital``, ``area:North``, ``share:0.5``.
    start : int
        The tick from which they do.
    replicates, seed : int
    crisis : int
        The replicate that is shown day by day.
    day : int
        The tick under the scrubber.
    chosen : str
        Id of an organisation, or nothing.
    place : str
        What of the scenario is being edited, as a path.
    under : int
        Which of the two policies a crisis is explained under: 0 or 1.
    only : str
        The kind among which weak links are looked for; nothing for all of them.
    """

    scenario: str = "local_shock"
    who: str = EVERYONE
    start: int = 0
    replicates: int = 30
    seed: int = 0
    crisis: int = 0
    day: int = 0
    chosen: str = ""
    place: str = ""
    under: int = 0
    only: str = ""

    def but(self, **changes: Any) -> View:
        """The same view with something else in it."""
        return replace(self, **changes)

    @property
    def levers(self) -> dict[str, float]:
        """The levers, by name."""
        return {lever: getattr(self, lever) for lever in LEVERS}

    @property
    def question(self) -> View:
        """What has to be computed for it: the view without what is only looked at."""
        return replace(self, crisis=0, day=0, chosen="", place="", under=0, only="")


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise ValueError
        return value

    return read


def _part(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise ValueError
    return round(value, 3)


def _name(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError
    return text


def _who(text: str) -> str:
    sort, _, name = _name(text).partition(":")
    if sort == "share":
        return f"share:{_part(name):g}"
    if not (text == EVERYONE or (sort in ("kind", "area") and name)):
        raise ValueError
    return text


_READ: dict[str, Callable[[str], Any]] = {
    "scenario": _name,
    "who": _who,
    "chosen": _name,
    "place": _name,
    "only": _name,
    **dict.fromkeys(LEVERS, _part),
    "start": _whole(0, 100_000),
    "day": _whole(0, 100_000),
    "replicates": _whole(2, MOST_REPLICATES),
    "seed": _whole(0, 2**53),
    "under": _whole(0, 1),
    "crisis": _whole(0, MOST_REPLICATES - 1),
}


def view_of(search: str | None) -> View:
    """The view that the part of an address behind ``?`` stands for.

    >>> view_of("scenario=first_wave&agenda=0.5&seed=x").agenda
    0.5
    """
    found: dict[str, Any] = {}
    for name, text in parse_qsl(search or ""):
        if name in _READ:
            try:
                found[name] = _READ[name](text)
            except ValueError:
                continue
    return View(**found)


def address(page: str, view: View) -> str:
    """The address of a page with this view; what is as usual is left out.

    >>> address("/why", View(day=31))
    '/why?scenario=local_shock&day=31'
    """
    usual, told = View(), {"scenario": view.scenario}
    told |= {
        one.name: f"{value:g}" if isinstance(value, float) else str(value)
        for one in fields(view)
        if (value := getattr(view, one.name)) != getattr(usual, one.name)
    }
    return f"{page}?{urlencode(told)}"


COMPARE, WHY, WEAK_LINKS, SCENARIOS, EDIT = "/", "/why", "/weak-links", "/scenarios", "/edit"
EXERCISES = "/exercises"


@dataclass(frozen=True)
class Page:
    """A page of the dashboard.

    Attributes
    ----------
    address : str
    title : str
    component : str
        Module and name in `crisis_abm.dashboard.pages`.
    under : str
        Address of the page whose link in the bar stands for it; nothing for one with its own.
    """

    address: str
    title: str
    component: str
    under: str = ""

    def load(self) -> Callable[..., Any]:
        """What draws it; pages link to each other, so it is loaded only here."""
        module, name = self.component.split(".")
        found: Callable[..., Any] = getattr(
            import_module(f"crisis_abm.dashboard.pages.{module}"), name
        )
        return found


PAGES = (
    Page(COMPARE, "Compare", "compare.Compare"),
    Page(WHY, "Why", "why.Why"),
    Page(WEAK_LINKS, "Weak links", "weak_links.WeakLinks"),
    Page(SCENARIOS, "Scenarios", "scenarios.Scenarios"),
    Page(EDIT, "Edit", "edit.Edit", under=SCENARIOS),
    Page(EXERCISES, "Exercises", "exercises.Exercises"),
)


def page_at(path: str) -> Page | None:
    """The page at the path of an address, if there is one.

    >>> page_at("/why/").title, page_at("/nowhere")
    ('Why', None)
    """
    path = path.rstrip("/") or "/"
    return next((page for page in PAGES if page.address == path), None)


NAME = "together"
SHARES = (0.25, 0.5, 0.75)


def choices_of_who(scenario: Scenario) -> dict[str, str]:
    """Who may be asked to work together, in words, by what the address says of it."""
    found = {EVERYONE: "everyone"}
    found |= {f"share:{share:g}": f"{share:.0%} of organisations, by lot" for share in SHARES}
    found |= {f"kind:{kind}": f"one kind: {kind.replace('_', ' ')}" for kind in scenario.recipes()}
    if len(scenario.areas_in_play()) > 1:
        found |= {
            f"area:{area}": f"one area: {area_name(scenario, area)}"
            for area in scenario.areas_in_play()
        }
    return found


def policies_of(scenario: Scenario, view: View) -> tuple[Policy, Policy]:
    """The two policies that a view compares; the scenario stays as it is.

    Working together in full, all of the time and everywhere, is the scenario's ``reciprocal``;
    anything else is called `NAME`.

    Raises
    ------
    ScenarioError
        If the scenario has no such kind or area, or no such day.
    """
    siloed, everybody = scenario.policies_named("siloed,reciprocal")
    always = view.who == EVERYONE and view.start == 0
    if always and all(value == 1 for value in view.levers.values()):
        return siloed, everybody
    levers: dict[str, Any] = view.levers
    if not always:
        change: dict[str, Any] = {"start": view.start, **levers}
        sort, _, name = view.who.partition(":")
        if sort == "share":
            change["share"] = float(name)
        elif sort in ("kind", "area"):
            change[f"{sort}s"] = [name]
        levers = {"changes": [change]}
    try:
        made = Policy.model_validate(levers)
    except ValidationError as error:  # a name that no scenario may have
        raise ScenarioError(faults(error, scenario.source, Policy, f"policies.{NAME}")) from None
    return siloed, scenario.policy_named(made.named(NAME))
