"""All that a search for weak links is computed from, as the columns of its files."""

from __future__ import annotations

from typing import Any

from crisis_abm.analysis.weak_links.candidates import HELP, KNOCK_OUTS, Candidate
from crisis_abm.analysis.weak_links.result import Mean, Tried, WeakLinks
from crisis_abm.report.columns import in_columns
from crisis_abm.report.copyable import setting
from crisis_abm.report.effect_words import alike_cells

__all__ = ["set_texts", "weak_links_tables"]

Columns = dict[str, list[Any]]


def weak_links_tables(result: WeakLinks) -> dict[str, Any]:
    """Every table of the bundle, by file name.

    ``outcomes.csv`` holds what each replicate came to, to the last bit; the others one row for
    each thing tried and policy, in the order of ranks.
    """
    found: dict[str, Any] = {"outcomes.csv": outcomein_columns(result)}
    for part, name in ((KNOCK_OUTS, "weak_links.csv"), (HELP, "help.csv")):
        tried = [(one, p) for form in part for p in result.policies for one in result.of(form, p)]
        if tried:
            found[name] = in_columns([tried_row(one, policy, part) for one, policy in tried])
    if result.pairs:
        found["pairs.csv"] = in_columns(_pair_rows(result))
    if result.measured:
        found["graph_measures.csv"] = in_columns(_measure_rows(result))
    return found


def outcomein_columns(result: WeakLinks) -> Columns:
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


def _estimate(name: str, one: Mean) -> dict[str, Any]:
    low, high = one.interval or ("", "")
    told = {f"{name}_{key}": value for key, value in alike_cells(one.alike).items()}
    return {name: one.mean, f"{name}_low": low, f"{name}_high": high, **told}
