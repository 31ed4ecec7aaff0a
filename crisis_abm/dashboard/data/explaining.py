"""What the Why page tells, worked out by a worker: a traced cascade in pictures, words, numbers.

It is drawn as signs, from roots to those hit, and what joins them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crisis_abm.analysis.cascade.paths import Hit, Hop
from crisis_abm.analysis.cascade.trace import Trace, trace
from crisis_abm.dashboard.data.organisation_history import too_many
from crisis_abm.report.cascade import trace_report, trace_tables
from crisis_abm.report.cascade_words import chain_text, lack, part_text, story, trace_finding
from crisis_abm.report.page import page_html
from crisis_abm.report.style import drawing
from crisis_abm.report.words import counted, day, figure
from crisis_abm.runs import Prepared
from crisis_abm.scenario import Policy

Columns = dict[str, Any]
Parts = list[tuple[str, str]]  # text, and the id of the organisation that it names
LEAST = 0.001  # of all harm that a line of the story, or a root, stands for
SHARES = 4  # roots that an organisation's harm is shared among, in words
NO_ROOTS = ("root", "title", "harm", "organisations", "vanishes", "why", "percent")
MOST_SIGNS = 36  # that can still be read
MOST_ROOTS = 6
LEAST_DRAWN = 0.002  # of all harm: less is not drawn
WHY = {
    "event": "event",
    "hazard": "epidemic",
    "absence": "everyday",
    "communication": "everyday",
    "links": "everyday",
    "capacity": "limit",
    "stores": "limit",
}
"""What sort of cause a root is, by its kind."""


@dataclass(frozen=True)
class Cascade:
    """What is drawn.

    Attributes
    ----------
    drawing : dict
        As `CascadeTree` takes it: plain numbers and texts.
    sign_of : dict of str to int
        The sign of each organisation that has one, by id.
    root_signs : dict of int to int
        The sign of each root that has one, by its number.
    """

    drawing: dict[str, Any]
    sign_of: dict[str, int]
    root_signs: dict[int, int]


@dataclass(frozen=True)
class ChainPlace:
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
class CauseChain:
    """How it came to an organisation.

    Attributes
    ----------
    places : list of ChainPlace
        The root first, then who handed it on, the organisation last.
    parts : list of (str, str)
        The same in words, from the organisation back to the root.
    signs : list of int
        Signs of the drawn cascade on this way.
    shares : list of (str, float)
        What its own harm goes back to: roots and their part of it, the greatest first.
    harm : float
    """

    places: list[ChainPlace]
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
    chains : dict of str to CauseChain
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
    chains: dict[str, CauseChain]
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
        hops=_hop_table(result, found["hops.csv"]),
        hop_ids=list(zip(sources, (tables.ids[h.organisation] for h in result.hops), strict=True)),
        chains={tables.ids[hit.organisation]: _chain(result, hit, cascade) for hit in result.hits},
        hit=[(tables.ids[h.organisation], _name(result, h.organisation), h.harm) for h in ranked],
        checked=check,
        agreement=result.agreement,
    )


def cascade_page(prepared: Prepared, task: tuple[Policy, int, int, str]) -> str:
    """The report of a traced crisis: policy, seed of the comparison, replicate, organisation."""
    policy, seed, replicate, chosen = task
    report = trace_report(trace(prepared.scenario, policy, seed, replicate, workers=1), chosen)
    drawings = {one.name: drawing(one) for one in report.pictures}
    return page_html(report.title, [report.finding], report.sections, report.about, drawings)


def _name(result: Trace, row: int) -> str:
    return str(result.run.tables.names[row] or result.run.tables.ids[row])


def _chain(result: Trace, hit: Hit, cascade: Cascade) -> CauseChain:
    tables, scenario, root = result.run.tables, result.run.scenario, result.all_roots[hit.root]
    own = {one.organisation: one for one in result.hits}
    places = [ChainPlace("", root.title, WHY[root.kind], part_text(hit), "")]
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
        places.append(ChainPlace(tables.ids[row], _name(result, row), kind, state, handed))
    by_root = result.by_organisation[hit.organisation]
    shares = [
        (result.all_roots[n].title, float(by_root[n] / by_root.sum()))
        for n in by_root.argsort()[::-1][:SHARES].tolist()
        if by_root[n] > 0.01 * by_root.sum() > 0.0
    ]
    signs = [cascade.root_signs.get(hit.root, -1)]
    signs += [cascade.sign_of.get(place.id, -1) for place in places[1:]]
    parts = _linked(result, chain_text(result, hit), hit)
    return CauseChain(places, parts, [sign for sign in signs if sign >= 0], shares, hit.harm)


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
        return {name: [] for name in NO_ROOTS}
    sizes = zip(columns["harm"], columns["vanishes"], strict=True)
    weighty = [max(harm, abs(gone or 0.0)) > LEAST * total for harm, gone in sizes]
    order = sorted(range(len(weighty)), key=lambda k: not weighty[k])
    columns = {**columns, "percent": [100 * share for share in columns["share"]]}
    return {name: [column[k] for k in order] for name, column in columns.items()}


def _hop_table(result: Trace, columns: Columns) -> Columns:
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


def cascade_of(result: Trace) -> Cascade:
    """The roots and organisations by way of which most harm passed, and the hops between them.

    Where they are too many to be read, one sign stands for all of a kind in an area, on their
    median day; choosing it chooses the one that came to most harm.
    """
    tables = result.run.tables
    signs: list[dict[str, Any]] = []
    root_signs: dict[int, int] = {}
    for one in result.roots:
        if one.harm > 0.01 * result.harm and len(signs) < MOST_ROOTS:
            root_signs[result.all_roots.index(one.root)] = len(signs)
            signs.append(_root_sign(result, one.root.title, one.root.kind, one.harm))
    parts, together = _parts(result, MOST_SIGNS - len(signs))
    sign_of: dict[str, int] = {}
    for part in parts:
        sign_of |= {tables.ids[hit.organisation]: len(signs) for hit in part}
        signs.append(_sign(result, part))
    drawing = {
        "unit": result.run.scenario.harm_unit,
        "total": result.harm,
        "kinds": [kind.replace("_", " ") for kind in tables.kinds],
        "signs": signs,
        "hops": _drawn_hops(result, sign_of, root_signs, signs),
        "days": {
            str(s["tick"]): day(result.run.scenario, s["tick"]) for s in signs if s["tick"] >= 0
        },
        "together": together,
        "left_out": len(result.hits) - len(sign_of),
    }
    return Cascade(drawing, sign_of, root_signs)


def _parts(result: Trace, most: int) -> tuple[list[list[Hit]], bool]:
    """The hits that one sign each stands for, and whether it stands for several."""
    least = LEAST_DRAWN * result.harm
    hits = [hit for hit in result.hits if hit.through > least]
    together = len(hits) > most
    if not together:
        return [[hit] for hit in sorted(hits, key=lambda hit: -hit.through)], False
    group = result.run.tables.world.organisations.group
    alike: dict[int, list[Hit]] = defaultdict(list)
    for hit in result.hits:
        if hit.through > 0.0:
            alike[int(group[hit.organisation])].append(hit)
    parts = [part for part in alike.values() if sum(hit.through for hit in part) > least]
    parts.sort(key=lambda part: -sum(hit.harm + hit.through for hit in part))
    return parts[:most], True


def _root_sign(result: Trace, title: str, kind: str, harm: float) -> dict[str, Any]:
    unit = result.run.scenario.harm_unit
    about = f"{title} ({WHY[kind]}): {figure(harm)} {unit} go back to it."
    common = {"id": "", "kind": -1, "tick": -1, "closed": False, "size": 1, "name": title}
    return common | {"why": WHY[kind], "harm": harm, "through": harm, "about": about}


def _sign(result: Trace, part: list[Hit]) -> dict[str, Any]:
    tables, scenario = result.run.tables, result.run.scenario
    worst = max(part, key=lambda hit: (hit.harm, hit.through, -hit.tick))
    rows = tables.world.organisations
    kind = int(rows.kind[worst.organisation])
    tick = sorted(hit.tick for hit in part)[len(part) // 2]
    harm = sum(hit.harm for hit in part)
    name = str(tables.names[worst.organisation] or tables.ids[worst.organisation])
    closed = sum(hit.failed >= 0 for hit in part)
    if len(part) == 1:
        state = f"{'strained' if worst.strained else 'short'} from {day(scenario, worst.tick)}"
        if closed:
            state += f", closed on {day(scenario, worst.failed)}"
    else:
        area = tables.areas[rows.area[worst.organisation]].replace("_", " ")
        name = counted(len(part), tables.kinds[kind].replace("_", " ")) + f", {area}"
        state = f"half of them hit by {day(scenario, tick)}, {closed:,} closed at some time"
    its, it = ("its", "it") if len(part) == 1 else ("their", "them")
    unit = scenario.harm_unit
    own = f"{figure(harm)} {unit} of {its} own" if harm > 0.0 else f"No {unit} of {its} own"
    through = max(harm, max(hit.through for hit in part))
    if through > 1.05 * harm:
        own += f"; {figure(through)} came by way of {it}"
    return {
        "id": tables.ids[worst.organisation],
        "name": name,
        "kind": kind,
        "why": "",
        "tick": tick,
        "closed": 2 * closed >= len(part),
        "size": len(part),
        "harm": harm,
        "through": through,
        "about": f"{name}: {state}. {own}.",
    }


def _drawn_hops(
    result: Trace, sign_of: dict[str, int], root_signs: dict[int, int], signs: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Hops between signs, those between the same two together, most harm first."""
    ids, unit = result.run.tables.ids, result.run.scenario.harm_unit
    alike: dict[tuple[int, int], list[Hop]] = defaultdict(list)
    for hop in result.hops:
        start = root_signs.get(hop.root) if hop.root >= 0 else sign_of.get(ids[hop.source])
        end = sign_of.get(ids[hop.organisation])
        if start is not None and end is not None and start != end:
            alike[start, end].append(hop)
    found = []
    for (start, end), hops in alike.items():
        harm = sum(hop.harm for hop in hops)
        if harm <= LEAST_DRAWN * result.harm:
            continue
        heaviest = max(hops, key=lambda hop: hop.harm)
        what = _lack(heaviest)
        words = f"{signs[start]['name']} → {signs[end]['name']}"
        words += f": {what}" if what else ""
        since = day(result.run.scenario, min(hop.tick for hop in hops))
        about = f"{words}, from {since}; {figure(harm)} {unit} came this way."
        found.append({"from": start, "to": end, "harm": harm, "what": what, "about": about})
    return sorted(found, key=lambda one: -one["harm"])


def _lack(hop: Hop) -> str:
    """What a hop was about, and the part of it that was not sent."""
    words = hop.resource.replace("_", " ")
    if not words or math.isnan(hop.short) or hop.short < 0.005:
        return words
    return f"{words} −{100 * hop.short:.0f}%"
