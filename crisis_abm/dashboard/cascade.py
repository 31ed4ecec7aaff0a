"""A traced cascade as a browser draws it: signs from roots to those hit, and what joins them."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from crisis_abm.analysis.cascade.paths import Hit, Hop
from crisis_abm.analysis.cascade.trace import Trace
from crisis_abm.report.words import counted, day, figure

__all__ = ["Cascade", "cascade_of"]

MOST_SIGNS = 36  # that can still be read
MOST_ROOTS = 6
LEAST = 0.002  # of all harm: less is not drawn
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
        As `widgets.cascade_tree` takes it: plain numbers and texts.
    sign_of : dict of str to int
        The sign of each organisation that has one, by id.
    root_signs : dict of int to int
        The sign of each root that has one, by its number.
    """

    drawing: dict[str, Any]
    sign_of: dict[str, int]
    root_signs: dict[int, int]


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
        "hops": _hops(result, sign_of, root_signs, signs),
        "days": {
            str(s["tick"]): day(result.run.scenario, s["tick"]) for s in signs if s["tick"] >= 0
        },
        "together": together,
        "left_out": len(result.hits) - len(sign_of),
    }
    return Cascade(drawing, sign_of, root_signs)


def _parts(result: Trace, most: int) -> tuple[list[list[Hit]], bool]:
    """The hits that one sign each stands for, and whether it stands for several."""
    least = LEAST * result.harm
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
    common = {"id": "", "kind": -1, "tick": -1, "closed": False, "size": 1}
    return {
        **common,
        "name": title,
        "why": WHY[kind],
        "harm": harm,
        "through": harm,
        "about": about,
    }


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


def _hops(
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
        if harm <= LEAST * result.harm:
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
