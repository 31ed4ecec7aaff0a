"""A search for weak links as columns with names: what its bundle keeps, and its JSON."""

from __future__ import annotations

import math
from typing import Any

from crisis_abm.analysis.weak_links.candidates import FORMS, HELP, KNOCK_OUTS, Candidate
from crisis_abm.analysis.weak_links.result import Estimate, Tried, WeakLinks
from crisis_abm.report.copyable import setting
from crisis_abm.report.effect_words import alike_cells
from crisis_abm.report.finding import caveat
from crisis_abm.report.weak_links.words import covers, headlines

__all__ = ["as_json", "set_texts", "weak_links_tables"]

Columns = dict[str, list[Any]]


def weak_links_tables(result: WeakLinks) -> dict[str, Any]:
    """Every table of the bundle, by file name.

    ``outcomes.csv`` holds what each replicate came to, to the last bit; the others one row for
    each thing tried and policy, in the order of ranks.
    """
    found: dict[str, Any] = {"outcomes.csv": outcome_columns(result)}
    for part, name in ((KNOCK_OUTS, "weak_links.csv"), (HELP, "help.csv")):
        tried = [(one, p) for form in part for p in result.policies for one in result.of(form, p)]
        if tried:
            found[name] = _columns([tried_row(one, policy, part) for one, policy in tried])
    if result.pairs:
        found["pairs.csv"] = _columns(_pair_rows(result))
    if result.measured:
        found["graph_measures.csv"] = _columns(_measure_rows(result))
    return found


def outcome_columns(result: WeakLinks) -> Columns:
    """One row a replicate, policy and thing tried: harm added to others, or harm saved."""
    names = [f"{one.candidate.form}: {one.candidate.name}" for one in result.tried]
    values = [one.values for one in result.tried]
    names += [f"pairs: {pair.first.name} + {pair.second.name}" for pair in result.pairs]
    values += [pair.values for pair in result.pairs]
    rows = [
        (replicate, policy, name, float(part[p, replicate]))
        for name, part in zip(names, values, strict=True)
        for p, policy in enumerate(result.policies)
        for replicate in range(part.shape[1])
    ]
    heads = ("replicate", "policy", "outcome", "value")
    return {head: [row[k] for row in rows] for k, head in enumerate(heads)}


def tried_row(one: Tried, policy: str, part: tuple[str, ...]) -> dict[str, Any]:
    """What one thing came to under a policy."""
    candidate, harm = one.candidate, one.harm[policy]
    row: dict[str, Any] = {
        "form": candidate.form,
        "policy": policy,
        "rank": one.rank[policy],
        "name": candidate.name,
        "organisation": candidate.organisation,
        "partner": candidate.partner,
        "resource": candidate.resource,
    }
    key = "added" if part is KNOCK_OUTS else "saved"
    if part is HELP:
        row |= {"amount": candidate.amount, "unit": candidate.unit}
    row |= _estimate(key, harm) | {f"{key}_itself": one.itself[policy]}
    if part is HELP:
        row["saved_per_unit"] = one.per_unit(policy)
    else:
        row |= _estimate("strained_others", one.spread[policy])
    return row | {"replicates": one.replicates, "set": "; ".join(set_texts(candidate))}


def set_texts(candidate: Candidate) -> list[str]:
    """What to set in the scenario to have the same there, as ``PATH=VALUE``."""
    return setting(candidate.settings)


def _pair_rows(result: WeakLinks) -> list[dict[str, Any]]:
    return [
        {
            "policy": policy,
            "first": pair.first.name,
            "second": pair.second.name,
            **_estimate("added", pair.harm[policy]),
            **_estimate("beyond_the_sum", pair.excess[policy]),
            **_estimate("strained_others", pair.spread[policy]),
            "replicates": pair.harm[policy].replicates,
            "set": "; ".join([*set_texts(pair.first), *set_texts(pair.second)]),
        }
        for policy in result.policies
        for pair in result.pairs
    ]


def _measure_rows(result: WeakLinks) -> list[dict[str, Any]]:
    row = {identity: k for k, identity in enumerate(result.tables.ids)}
    return [
        {
            "organisation": one.candidate.organisation,
            **{
                m: float(result.measures[m][row[one.candidate.organisation]])
                for m in result.measured
            },
            **{f"added_{policy}": one.harm[policy].mean for policy in result.policies},
            **{f"rank_{policy}": one.rank[policy] for policy in result.policies},
        }
        for one in result.of("organisations")
    ]


def _columns(rows: list[dict[str, Any]]) -> Columns:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _estimate(name: str, one: Estimate) -> dict[str, Any]:
    low, high = one.interval or ("", "")
    told = {f"{name}_{key}": value for key, value in alike_cells(one.alike).items()}
    return {name: one.mean, f"{name}_low": low, f"{name}_high": high, **told}


def as_json(result: WeakLinks) -> dict[str, Any]:
    """The whole search as plain data; the layout of ``weak-links --json``."""
    scenario = result.scenario
    forms = [form for form in FORMS if result.of(form)]
    several = len(result.policies) > 1
    return {
        "scenario": scenario.title,
        "file": scenario.source,
        "fingerprint": scenario.fingerprint(),
        "seed": result.seed,
        "policies": list(result.policies),
        "screening": result.screening,
        "replicates": result.replicates,
        "runs": result.runs,
        "seconds": round(result.seconds, 3),
        "finding": headlines(result),
        "interval_covers": covers(result),
        "caveat": caveat(scenario),
        "harm": {policy: _plain(one) for policy, one in result.before.items()},
        "tried": {form: [_tried(result, one) for one in result.of(form)] for form in forms},
        "rank_correlation": (
            {form: _number(result.rank_correlation(form)) for form in forms} if several else {}
        ),
        "pairs": [
            {
                "first": pair.first.name,
                "second": pair.second.name,
                "set": [*set_texts(pair.first), *set_texts(pair.second)],
                **{
                    policy: {
                        "added": _plain(pair.harm[policy]),
                        "beyond_the_sum": _plain(pair.excess[policy]),
                        "strained_others": _plain(pair.spread[policy]),
                    }
                    for policy in result.policies
                },
            }
            for pair in result.pairs
        ],
        "graph_measures": {
            measure: {
                policy: {
                    "rank_correlation": _number(result.measure_correlation(measure, policy)),
                    "misled": [
                        {
                            "organisation": one.organisation,
                            "rank_by_measure": one.by_measure,
                            "rank_by_harm": one.by_harm,
                        }
                        for one in result.misled(measure, policy)
                    ],
                }
                for policy in result.policies
            }
            for measure in result.measured
        },
    }


def _tried(result: WeakLinks, one: Tried) -> dict[str, Any]:
    candidate, knocked = one.candidate, one.candidate.form in KNOCK_OUTS
    key = "added" if knocked else "saved"
    found: dict[str, Any] = {
        "name": candidate.name,
        "organisation": candidate.organisation,
        "partner": candidate.partner or None,
        "resource": candidate.resource or None,
        "replicates": one.replicates,
        "set": set_texts(candidate),
    }
    if not knocked:
        found |= {"amount": candidate.amount, "unit": candidate.unit}
    for policy in result.policies:
        found[policy] = {
            "rank": one.rank[policy],
            key: _plain(one.harm[policy]),
            f"{key}_itself": one.itself[policy],
        }
        if knocked:
            found[policy]["strained_others"] = _plain(one.spread[policy])
        else:
            found[policy]["saved_per_unit"] = one.per_unit(policy)
    return found


def _plain(one: Estimate) -> dict[str, Any]:
    interval = None if one.interval is None else list(one.interval)
    return {"mean": one.mean, "interval": interval, **alike_cells(one.alike, None)}


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
