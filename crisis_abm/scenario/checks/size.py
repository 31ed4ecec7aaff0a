"""How much memory a scenario would need and how long a run of it would take, told before either.

Only counted here, never built: a group of a thousand million members is one line of a file.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crisis_abm.scenario.problems import Problem, nothing_at
from crisis_abm.scenario.resolved import Cell, Near
from crisis_abm.scenario.schema.entries import Link, SupplyRule, Within

if TYPE_CHECKING:
    from crisis_abm.scenario.scenario import Scenario

# Bytes while a run is built, judged generously: rows of the tables (416 to 527 B an organisation
# with its holdings and links were measured), and the Python objects they are built from.
PER_ORGANISATION = 1_000
PER_HOLDING = 200
PER_LINK = 150
PER_EVENT_ROW = 24
FIGURE = 8

# Bytes a tick of what is recorded (`engine.state.Record`): always of each resource, of each area
# and of each group; and of every organisation and holding where that is asked for, with the rows
# of the shortfall table that grow with it.
PER_RESOURCE, PER_GROUP = 5 * FIGURE, 7 * FIGURE + 16
KEPT_PER_ORGANISATION, KEPT_PER_HOLDING, PER_SHORTFALL = 4 * FIGURE + 1, 2 * FIGURE, 66
MOST_IF_AUTO = 20_000_000 * (FIGURE + 8)  # `history.LARGEST_HISTORY`, and its shortfalls

# Seconds, on a machine of 2020: a tick of an organisation and of each of its holdings and links, a
# pair that a rule looks at, one step of a draw of people (and the most of a draw).
TICK, OF_ORGANISATION, OF_HOLDING, OF_LINK = 5e-6, 2e-7, 5e-8, 2e-8
OF_PAIR, OF_STREET, OF_DRAWS, MOST_DRAWN = 5e-9, 1e-3, 1.5e-7, 1e9
LONG = 60.0  # seconds of a run from which it is said
LONGEST = 86_400.0  # a day: no run takes longer


@dataclass
class Size:
    """Rows a scenario would have, bytes they would take, and seconds of a run.

    Attributes
    ----------
    organisations, holdings, links : int
    bytes : dict of str to float
        By the place in the file that they are due to.
    seconds : float
        Of building it and of one run.
    """

    organisations: int = 0
    holdings: int = 0
    links: int = 0
    bytes: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def all_bytes(self) -> float:
        """Memory while a run is built and recorded."""
        return sum(self.bytes.values())

    @property
    def largest(self) -> str:
        """The place that most of it is due to."""
        return max(self.bytes, key=lambda place: self.bytes[place])

    def add(self, place: str, amount: float) -> None:
        """Count some more bytes."""
        self.bytes[place] = self.bytes.get(place, 0.0) + amount


def estimate(scenario: Scenario) -> Size:
    """The size of a scenario, from counts alone."""
    size = Size(organisations=sum(scenario.census().values()))
    for kind, recipe in scenario.recipes().items():
        size.holdings += scenario.count_of([kind]) * len(recipe.needs.keys() | recipe.makes.keys())
    size.add(_largest_group(scenario), size.organisations * PER_ORGANISATION)
    size.add(_largest_group(scenario), size.holdings * PER_HOLDING)
    _count_links(scenario, size)
    _count_ticks(scenario, size)
    return size


def _largest_group(scenario: Scenario) -> str:
    """Where most organisations come from."""
    groups = scenario.groups
    counts = [group.total or _most(group.count) for group in groups]
    if not counts or max(counts) < len(scenario.all_organisations()):
        return "organisations"
    row = counts.index(max(counts))
    return f"groups[{row}].{'count' if groups[row].total is None else 'total'}"


def _most(count: int | dict[str, int] | None) -> int:
    return max(count.values(), default=0) if isinstance(count, dict) else count or 0


def _count_links(scenario: Scenario, size: Size) -> None:
    """Links written out and those of rules; pairs that a rule chooses from cost time."""
    size.links = len(scenario.all_links())
    size.add("links", size.links * PER_LINK)
    for row, rule in enumerate(scenario.supply):
        before = size.links
        makers = scenario.named(rule.from_ or scenario.makers(rule.resource))
        users = scenario.named(rule.to or scenario.users(rule.resource))
        near = scenario.near(makers)
        _count_choices(size, users, near, rule.within, rule.suppliers)
        if rule.split == "catchment" and rule.suppliers != "all":
            streets = int(rule.suppliers)
            size.links += near.everywhere * streets  # a street is cut at every supplier too
            size.seconds += streets * (OF_STREET + sum(users.values()) * OF_PAIR)
        size.add(f"supply[{row}].suppliers", (size.links - before) * PER_LINK)
    for row, aid in enumerate(scenario.all_aid()):
        before = size.links
        partners = scenario.named(aid.between or scenario.users(aid.resource))
        _count_choices(size, partners, scenario.near(partners), aid.within, aid.partners)
        size.add(f"aid[{row}].partners", (size.links - before) * PER_LINK)
    for row, referral in enumerate(scenario.all_referral()):
        before = size.links
        near = scenario.near(scenario.named(referral.to))
        origins = scenario.named(referral.from_)
        _count_choices(size, origins, near, referral.within, referral.targets)
        size.add(f"referral[{row}].targets", (size.links - before) * PER_LINK)


def _count_choices(
    size: Size, choosers: Counter[Cell], near: Near, within: Within, most: int | str
) -> None:
    """The links of some who each choose among those near."""
    for (_, area), count in choosers.items():
        reach = near.within(area, within)
        size.links += count * (reach if most == "all" else min(reach, int(most)))
        size.seconds += count * reach * OF_PAIR


def _count_ticks(scenario: Scenario, size: Size) -> None:
    """What is kept of every tick, the ring of shipments, the window of past work; time."""
    steps, inputs = scenario.time.steps, size.holdings
    for row, event in enumerate(scenario.events):
        of_links = event.link is not None or event.lead_time is not None
        struck = size.organisations + size.holdings + (size.links if of_links else 0)
        size.add(f"events[{row}]", struck * PER_EVENT_ROW)
    size.add("behaviour.forecast_window", _window(scenario.behaviour.forecast_window, size))
    for place, ticks in _lead_times(scenario):
        size.add(place, ticks * inputs * FIGURE)
    areas = len(scenario.areas_in_play()) + 1
    always = (
        len(scenario.resources_in_play()) * PER_RESOURCE
        + areas * FIGURE
        + len(scenario.census()) * PER_GROUP
    )
    size.add("time.steps", steps * always)
    kept = size.organisations * (KEPT_PER_ORGANISATION + PER_SHORTFALL)
    kept = steps * (kept + size.holdings * (KEPT_PER_HOLDING + PER_SHORTFALL))
    if scenario.record.detail == "organisations":
        size.add("record.detail", kept)
    elif scenario.record.detail == "auto":
        size.add("time.steps", min(kept, MOST_IF_AUTO))
    tick = TICK + size.organisations * OF_ORGANISATION
    tick += size.holdings * OF_HOLDING + size.links * OF_LINK + _draws(scenario)
    size.seconds += steps * tick


def _window(ticks: int, size: Size) -> float:
    return ticks * (size.organisations + size.holdings) * FIGURE


def _lead_times(scenario: Scenario) -> Iterator[tuple[str, int]]:
    """What the longest lead time consists of: a link's or rule's own, and what events add."""
    lists: list[tuple[str, Sequence[Link | SupplyRule]]]
    lists = [("links", scenario.all_links()), ("supply", scenario.supply)]
    own = {
        scenario.place_of(listed, row)[1]: entry.lead_time + entry.lead_time_spread
        for listed, entries in lists
        for row, entry in enumerate(entries)
    }
    longest = max(own, key=lambda place: own[place], default=None)
    if longest is not None:
        yield f"{longest}.lead_time", own[longest] + 1
    for row, event in enumerate(scenario.events):
        if event.lead_time:
            yield f"events[{row}].lead_time", event.lead_time


def _draws(scenario: Scenario) -> float:
    """Seconds a tick for drawing people: the larger a community, the longer its distribution."""
    epidemic = scenario.hazard
    seconds = 0.0
    largest: dict[str, float] = {}
    for entry in scenario.all_organisations():
        largest[entry.kind] = max(largest.get(entry.kind, 0.0), entry.population or 0.0)
    for kind, recipe in scenario.recipes().items():
        drawn = recipe.absence > 0 or (epidemic is not None and kind in epidemic.communities)
        count = scenario.count_of([kind])
        if not drawn or not count:
            continue
        sizes = [recipe.population, largest.get(kind, 0.0)]
        for group in scenario.groups:
            if group.kind == kind:
                whole = group.whole.figures().get("population", 0.0) if group.whole else 0.0
                sizes += [group.population or 0.0, whole / count]
        seconds += count * OF_DRAWS * math.sqrt(min(max(sizes), MOST_DRAWN))
    return seconds


def too_large(scenario: Scenario, size: Size) -> Iterator[Problem]:
    """A scenario that would not fit into the memory there is, or of which a run would not end."""
    rows = f"{size.organisations:,} organisations, {size.links:,} links"
    available = available_memory()
    if size.all_bytes > available:
        message = (
            f"the scenario would need about {size.all_bytes / 1e9:,.1f} GB of memory, "
            f"{available / 1e9:,.1f} GB are available ({rows})"
        )
        yield nothing_at(scenario, size.largest, message, _smaller(size.largest))
    elif size.seconds > LONGEST:
        steps = scenario.time.steps
        message = f"one run would take about {_duration(size.seconds)} ({rows}, {steps:,} ticks)"
        remedy = "take fewer ticks, make groups smaller, or give rules a nearer reach"
        yield nothing_at(scenario, "time.steps", message, remedy)


def _smaller(place: str) -> str:
    """What to do about the place that takes most of the memory."""
    if place.endswith(".lead_time"):
        return "write a shorter lead time"
    if place.endswith((".suppliers", ".partners", ".targets")):
        return 'write fewer than "all", or a nearer reach: within = "area"'
    if place == "links":
        return "keep fewer links"
    remedies = {
        "behaviour.forecast_window": "average over fewer ticks",
        "time.steps": "take fewer ticks",
        "record.detail": 'set record.detail = "groups", or take fewer ticks',
    }
    return remedies.get(place, "make groups smaller")


def slow(scenario: Scenario, size: Size) -> Iterator[str]:
    """A warning that a run takes minutes."""
    if size.seconds > LONG:
        yield (
            f"time.steps: one run will take about {_duration(size.seconds)} "
            f"({size.organisations:,} organisations, {size.links:,} links, "
            f"{scenario.time.steps:,} ticks)"
        )


def _duration(seconds: float) -> str:
    for unit, length in (("years", 3.156e7), ("days", 86_400), ("hours", 3_600)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds / 60:,.0f} minutes"


def available_memory() -> int:
    """Bytes that can be had without pushing others out."""
    import psutil

    available = int(psutil.virtual_memory().available)
    left = _control_group()
    return available if left is None else min(available, left)


def _control_group() -> int | None:
    """What a container's limit leaves (Linux control groups, version 2); psutil knows of none."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit = int((folder / "memory.max").read_text())
        return max(limit - int((folder / "memory.current").read_text()), 0)
    except (OSError, ValueError):  # "max": no limit
        return None
