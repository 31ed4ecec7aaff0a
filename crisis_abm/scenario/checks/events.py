"""Checks of what happens over time: events, policies and their changes, dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from crisis_abm.scenario.problems import (
    Problem,
    ScenarioError,
    nearest,
    nothing_at,
    problem_in,
    unknown_area,
    unknown_resource,
)
from crisis_abm.scenario.schema.policy import BUILT_IN, Policy, SomeOf, Who, parse_policy
from crisis_abm.scenario.schema.shocks import EFFECTS, Event

if TYPE_CHECKING:
    from crisis_abm.scenario.scenario import Scenario

DATED_UNITS = ("day", "week")


def events(scenario: Scenario) -> Iterator[Problem]:
    """Faults of events: none or several effects, outside the run, about nobody."""
    for row, event in enumerate(scenario.events):
        place = f"events[{row}]"
        yield from _one_effect(scenario, place, event)
        yield from _when(scenario, place, event)
        yield from _keys_of_effect(scenario, place, event)
        yield from who(scenario, place, event)
        if event.to is not None:
            yield from who(scenario, f"{place}.to", event.to)


def _one_effect(scenario: Scenario, place: str, event: Event) -> Iterator[Problem]:
    if len(event.effects) != 1:
        found = " and ".join(event.effects) or "no effect"
        remedy = f"give each event exactly one of {', '.join(EFFECTS)}"
        yield nothing_at(scenario, place, f"has {found}", remedy)
    if event.levers is not None and not event.levers.settings():
        yield nothing_at(
            scenario, f"{place}.levers", "sets no lever", "add for example communication = 0"
        )


def _when(scenario: Scenario, place: str, event: Event) -> Iterator[Problem]:
    if (event.start is None) == (event.when is None):
        have = "neither start nor when" if event.start is None else "both start and when"
        remedy = "say when it starts: a tick, a date, or when = {prevalence_above = …}"
        yield nothing_at(scenario, place, f"has {have}", remedy)
    yield from span(scenario, place, event.start, event.end)
    if event.when is None:
        if event.duration is not None:
            message, remedy = "is only for an event with when", "write end = … instead"
            yield problem_in(scenario, f"{place}.duration", event.duration, message, remedy)
        return
    if event.end is not None:
        message, remedy = "is only for an event with start", "write duration = … instead"
        yield problem_in(scenario, f"{place}.end", str(event.end), message, remedy)
    if scenario.hazard is None:
        message = "waits for an epidemic that the scenario does not have"
        yield nothing_at(
            scenario, f"{place}.when", message, "add [hazard], or give the event a start"
        )


def span(
    scenario: Scenario, place: str, start: int | date | None, end: int | date | None
) -> Iterator[Problem]:
    """Faults of a start and an end: dates without a calendar, outside the run, in wrong order."""
    ticks: dict[str, int] = {}
    for key, when in (("start", start), ("end", end)):
        if when is None:
            continue
        problem = _no_calendar(scenario, f"{place}.{key}", when)
        if problem is not None:
            yield problem
        else:
            ticks[key] = scenario.tick_of(when)
    steps = scenario.time.steps
    if "start" in ticks and not 0 <= ticks["start"] < steps:
        message = f"is tick {ticks['start']}, outside the run of {steps} (0 to {steps - 1})"
        remedy = "move it into the run, or change time.steps"
        yield problem_in(scenario, f"{place}.start", start, message, remedy)
    if "start" in ticks and "end" in ticks and ticks["end"] <= ticks["start"]:
        message = "is not after the start (an end is the first tick it no longer holds)"
        yield problem_in(scenario, f"{place}.end", end, message, "put the end after the start")


def _no_calendar(scenario: Scenario, place: str, when: int | date) -> Problem | None:
    time = scenario.time
    if not isinstance(when, date):
        return None
    if time.start is None:
        message, remedy = "is a date, but the run has none", "add time.start, or write a tick"
        return problem_in(scenario, place, when, message, remedy)
    if time.unit not in DATED_UNITS:
        message = f"is a date, but a tick is a {time.unit}"
        remedy = "write a tick; dates need time.unit day or week"
        return problem_in(scenario, place, when, message, remedy)
    return None


def _keys_of_effect(scenario: Scenario, place: str, event: Event) -> Iterator[Problem]:
    effects = set(event.effects)
    if not effects:
        return
    struck = {EFFECTS[effect].strikes for effect in effects}
    stock, links = "stock" in struck, "links" in struck
    shown = event.effects[0]
    if event.resource is not None:
        yield from unknown_resource(scenario, f"{place}.resource", event.resource)
        resource = scenario.resources_in_play().get(event.resource)
        if stock and resource is not None and not resource.storable:
            message = "is a flow: there is no stock of it"
            remedy = "name a storable resource, or change capacity instead"
            yield problem_in(scenario, f"{place}.resource", event.resource, message, remedy)
        if not stock and not links:
            message = f"means nothing for an event about {shown}"
            yield problem_in(scenario, f"{place}.resource", event.resource, message, "take it away")
    elif stock:
        message = f"is missing: {shown} is of a resource"
        yield nothing_at(scenario, f"{place}.resource", message, "add resource = …")
    if event.to is not None and not links:
        message = f"means nothing for an event about {shown}"
        on_links = (name for name, effect in EFFECTS.items() if effect.strikes == "links")
        remedy = f"take it away; it is for {' and '.join(on_links)}"
        yield nothing_at(scenario, f"{place}.to", message, remedy)
    if event.holding != "both" and not stock:
        message = f"means nothing for an event about {shown}"
        yield problem_in(scenario, f"{place}.holding", event.holding, message, "take it away")
    if "communities" in struck and scenario.hazard is None:
        name = next(name for name in event.effects if EFFECTS[name].strikes == "communities")
        message = "is about an epidemic that the scenario does not have"
        yield problem_in(scenario, f"{place}.{name}", getattr(event, name), message, "add [hazard]")


def who(scenario: Scenario, place: str, chosen: Who) -> Iterator[Problem]:
    """Names that do not exist, and a choice that leaves nobody."""
    bad = False
    for name in chosen.kinds or ():
        if name not in scenario.known_kinds():
            bad = True
            remedy = nearest(name, scenario.known_kinds(), "kinds")
            yield problem_in(scenario, f"{place}.kinds", name, "is no kind", remedy)
    for name in chosen.areas or ():
        for problem in unknown_area(scenario, f"{place}.areas", name):
            bad = True
            yield problem
    for name in chosen.organisations or ():
        if scenario.cell_of(name) is None:
            bad = True
            message = "is no organisation of this scenario"
            remedy = nearest(name, scenario.ids_to_suggest(), "organisations")
            yield problem_in(scenario, f"{place}.organisations", name, message, remedy)
    if isinstance(chosen, SomeOf) and chosen.share == 0:
        yield problem_in(scenario, f"{place}.share", 0, "is a share of nobody", "write more than 0")
    if not bad and scenario.census() and not _anybody(scenario, chosen):
        remedy = "organisations, kinds and areas must all hold of the same organisation"
        yield nothing_at(
            scenario, place, "is about nobody: no organisation meets its choice", remedy
        )


def _anybody(scenario: Scenario, chosen: Who) -> bool:
    if chosen.organisations is not None:
        cells = [scenario.cell_of(name) for name in chosen.organisations]
    else:
        cells = list(scenario.census())
    return any(
        cell is not None
        and (chosen.kinds is None or cell[0] in chosen.kinds)
        and (chosen.areas is None or cell[1] in chosen.areas)
        for cell in cells
    )


def policies(scenario: Scenario) -> Iterator[Problem]:
    """Faults of policies, and of the one the scenario runs under."""
    for name, policy in scenario.policies.items():
        if name in BUILT_IN:
            message = "is built in and means the same in every scenario"
            yield nothing_at(scenario, f"policies.{name}", message, "give the policy another name")
        elif "=" in name or "," in name:
            message = "has = or , in its name, which stand for levers written out"
            yield nothing_at(
                scenario, f'policies."{name}"', message, "give the policy another name"
            )
        yield from policy_changes(scenario, f"policies.{name}", policy)
    try:
        parse_policy(scenario.policy, scenario.policies, scenario.source, "policy")
    except ScenarioError as error:
        yield from error.problems


def policy_changes(scenario: Scenario, place: str, policy: Policy) -> Iterator[Problem]:
    """Faults of what a policy changes on the way, whether it stands in the scenario or not."""
    for row, change in enumerate(policy.changes):
        at = f"{place}.changes[{row}]"
        yield from span(scenario, at, change.start, change.end)
        yield from who(scenario, at, change)
        if not change.settings():
            yield nothing_at(scenario, at, "sets no lever", "add for example communication = 1")
