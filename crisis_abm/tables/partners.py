"""Ties that are not supply: partners that lend to each other, and the ways people move on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.scenario.problems import Findings
from crisis_abm.scenario.schema.entries import PLACES
from crisis_abm.tables.choice import choose, entity_keys
from crisis_abm.tables.layout import Aid, Places, Referrals
from crisis_abm.tables.rows import Columns, Holdings, Setup, ground, starts
from crisis_abm.tables.supply import divided

if TYPE_CHECKING:
    pass

MOST_PAIRS = 100_000_000

Pairs = tuple[np.ndarray, np.ndarray]


def _none() -> Pairs:
    return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)


def _joined(pieces: list[Pairs]) -> Pairs:
    if not pieces:
        return _none()
    first, second = zip(*pieces, strict=True)
    return np.concatenate(first), np.concatenate(second)


def _partners(setup: Setup, rows: np.ndarray, rule: Any, what: np.uint64, place: str) -> Pairs:
    """Let each organisation among `rows` choose partners among the others, equal in weight."""
    columns = setup.columns
    area, within = ground(setup.scenario, columns, rule.within)
    largest = np.bincount(area[rows]).max() if within == "area" and len(rows) else 0
    expected = len(rows) * (largest if within == "area" else len(rows))
    if rule.partners == "all" and expected > MOST_PAIRS:
        message = f"would make {expected:,} pairs of partners"
        setup.findings.problem(place, message, "set partners to a small number", rule.partners)
        return _none()
    chooser, chosen = choose(
        key=columns.key,
        area=area,
        customers=rows,
        candidates=rows,
        weight=np.ones(len(columns.ids)),
        take=rule.partners,
        within=within,
        what=what,
    )
    return rows[chooser], rows[chosen]


def _one_pair(rule: Any, columns: Columns) -> tuple[int, int] | None:
    """Return the two organisations of a rule that ties no others (tables hold thousands)."""
    if rule.between is None or len(rule.between) != 2 or rule.within != "anywhere":
        return None
    one, other = (columns.find(name) for name in rule.between)
    return None if one is None or other is None or one == other else (one, other)


def _one_way(rule: Any, columns: Columns) -> tuple[int, int] | None:
    """Return origin and target of a referral rule that names one of each."""
    if len(rule.from_) != 1 or len(rule.to) != 1 or rule.within != "anywhere":
        return None
    origin, target = columns.find(rule.from_[0]), columns.find(rule.to[0])
    return None if origin is None or target is None or origin == target else (origin, target)


def _as_pairs(rows: list[tuple[int, int]]) -> Pairs:
    table = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return table[:, 0].copy(), table[:, 1].copy()


def _matches_nobody(findings: Findings, listed: str, number: int, why: str) -> None:
    remedy = "correct its names or its reach (within), or take the rule away"
    findings.of_entry(listed, number, "", f"matches nobody: {why}", remedy)


def _why_none(setup: Setup, able: np.ndarray, rule: Any, what: str) -> str | None:
    """Say why a rule ties none of those `able` to lend; None if some are within reach."""
    area, within = ground(setup.scenario, setup.columns, rule.within)
    areas = len(np.unique(area[able]))
    reached = {"area": len(able) > areas, "anywhere": len(able) > 1, "elsewhere": areas > 1}
    if not len(able):
        return f"nobody among them {what}"
    return None if reached[within] else "nobody has a partner within reach"


def aid_pairs(setup: Setup) -> Pairs:
    """Return the pairs of input rows that aid rules tie, perhaps one way only and repeatedly."""
    columns, resources, findings = setup.columns, setup.resources, setup.findings
    pieces = []
    holding = {name: setup.inputs.at(row) for row, name in enumerate(resources)}
    single: list[tuple[int, int]] = []
    for number, rule in enumerate(setup.scenario.all_aid()):
        if rule.resource not in resources:
            continue
        at = holding[rule.resource]
        pair = _one_pair(rule, columns)
        if pair is not None and at[pair[0]] >= 0 and at[pair[1]] >= 0:
            single.append((at[pair[0]], at[pair[1]]))
            continue
        rows = np.flatnonzero((at >= 0) & columns.named(rule.between))
        what = entity_keys(["aid " + rule.resource])[0]
        one, other = _partners(setup, rows, rule, what, f"aid[{number}]")
        if len(one) == 0:
            makes = setup.outputs.at(resources.index(rule.resource)) >= 0
            able = np.flatnonzero(((at >= 0) | makes) & columns.named(rule.between))
            if why := _why_none(setup, able, rule, f"uses {rule.resource}"):
                _matches_nobody(findings, "aid", number, why)
            else:
                findings.warn(f"aid[{number}]", f"makes no partners for {rule.resource}")
        pieces.append((at[one], at[other]))
    return _joined([*pieces, _as_pairs(single)])


def place_pairs(setup: Setup) -> Pairs:
    """Return the pairs of organisations that lend each other free places.

    Those that have people in their care (a caseload, arrivals or a stay) are paired within their
    kind; a rule that names whom it joins (`between`) pairs them whatever their kinds.
    """
    columns, findings = setup.columns, setup.findings
    cares = (columns.caseload > 0) | (columns.arrivals > 0) | np.isfinite(columns.stay)
    what = entity_keys(["aid " + PLACES])[0]
    pieces = []
    single: list[tuple[int, int]] = []
    for number, rule in enumerate(setup.scenario.all_aid()):
        if rule.resource != PLACES:
            continue
        pair = _one_pair(rule, columns)
        if pair is not None and cares[pair[0]] and cares[pair[1]]:
            single.append(pair)
            continue
        rows = np.flatnonzero(cares & columns.named(rule.between))
        groups = [rows]
        if rule.between is None:
            kinds = np.unique(columns.kind[rows])
            groups = [rows[columns.kind[rows] == kind] for kind in kinds]
        place = f"aid[{number}]"
        made = [_partners(setup, group, rule, what, place) for group in groups]
        if not any(len(one) for one, _ in made):
            if why := _why_none(setup, rows, rule, "has people in its care"):
                _matches_nobody(findings, "aid", number, why)
            else:
                findings.warn(place, "makes no partners: nobody has people in care beside another")
        pieces += made
    return _joined([*pieces, _as_pairs(single)])


def _both_ways(pairs: Pairs, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return donors, partners and rows of the reverse, each pair once and in donor order."""
    one, other = pairs
    code = np.sort(np.concatenate([one * rows + other, other * rows + one]))
    code = code[np.diff(code, prepend=-1) > 0]
    donor, partner = np.divmod(code, max(rows, 1))
    reverse = np.searchsorted(code, partner * rows + donor)
    return donor, partner, reverse.astype(np.int64)


def finish_aid(pairs: Pairs, inputs: Holdings) -> Aid:
    """Make pairs of input rows mutual and unique, in donor order."""
    rows = len(inputs.organisation)
    donor, partner, reverse = _both_ways(pairs, rows)
    return Aid(donor.astype(np.int32), partner.astype(np.int32), reverse, starts(donor, rows))


def finish_places(pairs: Pairs, columns: Columns) -> Places:
    """Make pairs of organisations mutual and unique, in donor order."""
    rows = len(columns.ids)
    donor, partner, reverse = _both_ways(pairs, rows)
    return Places(donor.astype(np.int32), partner.astype(np.int32), reverse, starts(donor, rows))


def referral_draft(setup: Setup) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return origins, targets and shares of the ways people move on, perhaps repeatedly."""
    scenario, columns, findings = setup.scenario, setup.columns, setup.findings
    pieces = [(*_none(), np.empty(0))]
    single: list[tuple[int, int]] = []
    share_of: list[float] = []
    given = np.zeros(len(columns.ids))  # part of those who finish that is sent on
    for number, rule in enumerate(scenario.all_referral()):
        way = _one_way(rule, columns)
        origins = np.array([way[0]]) if way else np.flatnonzero(columns.named(rule.from_))
        if not len(origins):
            _matches_nobody(findings, "referral", number, "there is nobody to come from")
            continue
        given[origins] += rule.share
        if (given[origins] > 1 + 1e-9).any():
            _more_than_all(columns, origins, given, number, rule, findings)
        if way is not None:
            single.append(way)
            share_of.append(rule.share)
            continue
        targets = np.flatnonzero(columns.named(rule.to))
        area, within = ground(scenario, columns, rule.within)
        chooser, chosen = choose(
            key=columns.key,
            area=area,
            customers=origins,
            candidates=targets,
            weight=columns.weight,
            take=rule.targets,
            within=within,
            what=entity_keys(["referral"])[0],
            draw=number,
        )
        stranded = np.delete(origins, np.unique(chooser))
        if len(stranded):
            lost = sorted({columns.areas[area] for area in columns.area[stranded].tolist()})
            message = f"nobody of these can be reached from {', '.join(lost[:6])}"
            message += f' (within = "{rule.within}")'
            remedy = 'add a target there, or set within = "anywhere"'
            named = ", ".join(rule.to)
            findings.of_entry("referral", number, "to", message, remedy, named)
        weight = columns.weight[targets[chosen]]
        share = rule.share * divided(chooser, weight, len(origins), rule.split)
        pieces.append((origins[chooser], targets[chosen], share))
    pieces.append((*_as_pairs(single), np.array(share_of, dtype=np.float64)))
    origin, target, share = (np.concatenate(part) for part in zip(*pieces, strict=True))
    return origin, target, share


def _more_than_all(
    columns: Columns,
    origins: np.ndarray,
    given: np.ndarray,
    number: int,
    rule: Any,
    findings: Findings,
) -> None:
    """Say at which of a rule's origins more is sent on than finishes."""
    for name in rule.from_:
        own = origins if len(rule.from_) == 1 else columns.named([name])
        most = given[own].max(initial=0.0)
        if most > 1 + 1e-9:
            message = f"the shares of those who finish at {name} sum to {most:g}"
            remedy = "let them sum to at most 1; the rest complete"
            findings.of_entry("referral", number, "share", message, remedy, rule.share)


def finish_referrals(
    draft: tuple[np.ndarray, np.ndarray, np.ndarray], columns: Columns, findings: Findings
) -> Referrals:
    """Merge ways of the same pair (shares add up) and put them in the order of their origins."""
    origin, target, share = draft
    rows = len(columns.ids)
    order = np.lexsort((target, origin))
    origin, target, share = origin[order], target[order], share[order]
    if len(order):
        fresh = np.ones(len(order), dtype=np.bool_)
        fresh[1:] = (origin[1:] != origin[:-1]) | (target[1:] != target[:-1])
        first = np.flatnonzero(fresh)
        origin, target = origin[first], target[first]
        share = np.add.reduceat(share, first) if len(first) < len(order) else share
    total = np.bincount(origin, weights=share, minlength=rows)
    for row in np.flatnonzero(total > 1 + 1e-9)[:3]:
        message = f"{columns.ids[row]} refers {total[row]:.6g} of those who finish"
        findings.problem("referral", message, "lower the shares so that they sum to at most 1")
    for row in np.flatnonzero(np.bincount(origin, minlength=rows) * ~np.isfinite(columns.stay))[:3]:
        message = f"{columns.ids[row]} refers people but nobody finishes a stay there"
        findings.problem("referral", message, f"give {columns.kinds[columns.kind[row]]} a stay")
    findings.stop()
    return Referrals(
        origin=origin.astype(np.int32),
        target=target.astype(np.int32),
        share=share,
        start=starts(origin, rows),
        by_target=np.argsort(target, kind="stable"),
        target_start=starts(target, rows),
    )
