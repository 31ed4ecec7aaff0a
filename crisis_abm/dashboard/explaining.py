"""What the Why page tells, worked out by a worker: a traced cascade in pictures, words, numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crisis_abm.analysis.cascade.trace import Hit, Trace, trace
from crisis_abm.dashboard.cascade import WHY, Cascade, cascade_of
from crisis_abm.dashboard.organisation_history import too_many
from crisis_abm.report.cascade import trace_tables
from crisis_abm.report.cascade_words import chain_text, lack, part_text, story, trace_finding
from crisis_abm.report.words import day
from crisis_abm.runs import Prepared
from crisis_abm.scenario import Policy

__all__ = ["Explained", "Line", "Place", "Way", "explained"]

Columns = dict[str, Any]
Parts = list[tuple[str, str]]  # text, and the id of the organisation that it names
LEAST = 0.001  # of all harm that a line of the story, or a root, stands for
SHARES = 4  # roots that an organisation's harm is shared among, in words


@dataclass(frozen=True)
class Place:
    """A root or an organisation on the way from a root to whoever was hit.

    Attributes
    ----------
    id : str
        Nothing for a root.
    name, about : str
        `about` says what it is: the kind of organisation, the sort of root.
    state : str
        What happened to it, and when; of a root, its part of the harm of whoever was hit.
    hands_on : str
        What the next one lacked of it; nothing for the last, and where a root strikes.
    """

    id: str
    name: str
    about: str
    state: str
    hands_on: str


@dataclass(frozen=True)
class Way:
    """How it came to an organisation.

    Attributes
    ----------
    places : list of Place
        The root first, then who handed it on, the organisation last.
    parts : list of (str, str)
        The same in words, from the organisation back to the root.
    signs : list of int
        Signs of the drawn cascade on this way.
    shares : list of (str, float)
        What its own harm goes back to: roots and their part of it, the greatest first.
    harm : float
    """

    places: list[Place]
    parts: Parts
    signs: list[int]
    shares: list[tuple[str, float]]
    harm: float


@dataclass(frozen=True)
class Line:
    """A line of the story: how much harm came how to whom."""

    harm: float
    parts: Parts


@dataclass(frozen=True)
class Explained:
    """A traced cascade as it is shown.

    Attributes
    ----------
    finding : str
    cascade : Cascade
    story : list of Line
        Most harm first.
    roots, hops : dict of columns
    hop_ids : list of (str, str)
        Ids of the organisations at both ends of each hop; nothing for a root.
    ways : dict of str to Way
        By id of an organisation that was hit.
    hit : list of (str, str, float)
        Id, name and harm of the organisations that were hit, most harm first.
    checked : bool
        Whether what vanishes without each root was looked at.
    agreement : float
        Of the ranks of roots, as traced and as they vanish; NaN where there is none.
    """

    finding: str
    cascade: Cascade
    story: list[Line]
    roots: Columns
    hops: Columns
    hop_ids: list[tuple[str, str]]
    ways: dict[str, Way]
    hit: list[tuple[str, str, float]]
    checked: bool
    agreement: float


def explained(prepared: Prepared, task: tuple[Policy, int, int, bool]) -> Explained | str:
    """Trace a crisis: policy, seed of the comparison, replicate, whether to check the roots.

    Returns
    -------
    Explained
        Or a sentence, where there are too many to follow each of them.
    """
    policy, seed, replicate, check = task
    if too_many(prepared.scenario, prepared.tables):
        time = prepared.scenario.time
        return (
            f"{len(prepared.tables.ids):,} organisations over {time.steps:,} {time.unit}s are too "
            "many to follow every loss of each. Copy the scenario under Scenarios and keep one "
            "area of it, or fewer days; that can be explained."
        )
    result = trace(prepared.scenario, policy, seed, replicate, check, workers=1)
    tables = result.run.tables
    found = trace_tables(result)
    cascade = cascade_of(result)
    told = [one for one in story(result) if one.harm > LEAST * result.harm]
    ranked = sorted(result.hits, key=lambda hit: -hit.harm)
    sources = [tables.ids[hop.source] if hop.source >= 0 else "" for hop in result.hops]
    return Explained(
        finding=trace_finding(result),
        cascade=cascade,
        story=[Line(one.harm, _linked(result, one.text, one.worst)) for one in told],
        roots=_roots(found["roots.csv"], result.harm),
        hops=_hops(result, found["hops.csv"]),
        hop_ids=list(zip(sources, (tables.ids[h.organisation] for h in result.hops), strict=True)),
        ways={tables.ids[hit.organisation]: _way(result, hit, cascade) for hit in result.hits},
        hit=[(tables.ids[h.organisation], _name(result, h.organisation), h.harm) for h in ranked],
        checked=check,
        agreement=result.agreement,
    )


def _name(result: Trace, row: int) -> str:
    return str(result.run.tables.names[row] or result.run.tables.ids[row])


def _way(result: Trace, hit: Hit, cascade: Cascade) -> Way:
    tables, scenario, root = result.run.tables, result.run.scenario, result.all_roots[hit.root]
    own = {one.organisation: one for one in result.hits}
    places = [Place("", root.title, WHY[root.kind], part_text(hit), "")]
    for step, before in zip(reversed(hit.chain), [*reversed(hit.chain[:-1]), None], strict=True):
        row = step.organisation
        there = own.get(row)
        tick = step.tick if there is None else min(step.tick, there.tick)
        state = f"in trouble from {day(scenario, tick)}"
        if there is not None and there.strained:
            state = f"strained from {day(scenario, there.tick)}"
        if there is not None and there.failed >= 0:
            state += f", closed on {day(scenario, there.failed)}"
        kind = tables.kinds[tables.world.organisations.kind[row]].replace("_", " ")
        handed = "" if before is None else lack(before).replace("_", " ")
        places.append(Place(tables.ids[row], _name(result, row), kind, state, handed))
    by_root = result.by_organisation[hit.organisation]
    shares = [
        (result.all_roots[n].title, float(by_root[n] / by_root.sum()))
        for n in by_root.argsort()[::-1][:SHARES].tolist()
        if by_root[n] > 0.01 * by_root.sum() > 0.0
    ]
    signs = [cascade.root_signs.get(hit.root, -1)]
    signs += [cascade.sign_of.get(place.id, -1) for place in places[1:]]
    parts = _linked(result, chain_text(result, hit), hit)
    return Way(places, parts, [sign for sign in signs if sign >= 0], shares, hit.harm)


def _linked(result: Trace, text: str, hit: Hit) -> Parts:
    """A text about a way, cut where it names the organisations on it."""
    names = [
        (_name(result, s.organisation), result.run.tables.ids[s.organisation]) for s in hit.chain
    ]
    return list(cut(text, names))


def cut(text: str, names: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Cut a text at names that stand in it one after the other; what is not there is passed over.

    >>> list(cut("Ward ← Depot, day 3", [("Ward", "w"), ("Depot", "d")]))
    [('Ward', 'w'), (' ← ', ''), ('Depot', 'd'), (', day 3', '')]
    """
    at = 0
    for name, identity in names:
        found = text.find(name, at)
        if found < 0 or not name:
            continue
        if found > at:
            yield text[at:found], ""
        yield name, identity
        at = found + len(name)
    if at < len(text):
        yield text[at:], ""


def _roots(columns: Columns, total: float) -> Columns:
    """The table of roots with shares in percent; those that did next to nothing stand last."""
    if not columns:
        return {
            "root": [],
            "title": [],
            "harm": [],
            "organisations": [],
            "vanishes": [],
            "why": [],
            "percent": [],
        }
    sizes = zip(columns["harm"], columns["vanishes"], strict=True)
    weighty = [max(harm, abs(gone or 0.0)) > LEAST * total for harm, gone in sizes]
    order = sorted(range(len(weighty)), key=lambda k: not weighty[k])
    columns = {**columns, "percent": [100 * share for share in columns["share"]]}
    return {name: [column[k] for k in order] for name, column in columns.items()}


def _hops(result: Trace, columns: Columns) -> Columns:
    """The table of hops with names beside ids, and parts in percent."""
    sources = [
        _name(result, hop.source) if hop.source >= 0 else result.all_roots[hop.root].title
        for hop in result.hops
    ]
    return {
        "from": sources,
        "to": [_name(result, hop.organisation) for hop in result.hops],
        "what": [hop.resource.replace("_", " ") for hop in result.hops],
        "since": [day(result.run.scenario, hop.tick) for hop in result.hops],
        "percent_not_sent": [
            "" if math.isnan(hop.short) else 100 * hop.short for hop in result.hops
        ],
        **columns,
    }
