"""Results as columns with names: what bundles keep, and what JSON and the screen are made of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from crisis_abm import history, outcomes
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import alike_cells, difference_cells
from crisis_abm.report.finding import caveat, finding, what_interval_covers
from crisis_abm.report.sections import in_columns
from crisis_abm.report.words import unit
from crisis_abm.runs import Comparison, Payer, Run
from crisis_abm.runs.comparison import DAILY
from crisis_abm.runs.statistics import BAND, band, interval_of_difference, paired_differences
from crisis_abm.scenario import Scenario

Columns = dict[str, np.ndarray]
LEVELS = ("organisation", "kind", "area")
TOLD = tuple(alike_cells(None))  # columns of what is told instead of an interval


# ------------------------------------------------------------------ what bundles keep


def outcome_columns(
    result: Run | Comparison, policies: list[str], replicate: int | None = None
) -> dict[str, list[Any]]:
    """One row a policy, replicate (empty for none) and outcome; a bundle's ``outcomes.csv``."""
    if isinstance(result, Run):
        figures = np.array(list(result.outcomes.values()))[np.newaxis, np.newaxis]
        replicates: list[Any] = ["" if replicate is None else replicate]
    else:
        figures, replicates = result.figures, list(range(result.replicates))
    names = list(OUTCOMES)
    return {
        "replicate": [r for r in replicates for _ in policies for _ in names],
        "policy": [p for _ in replicates for p in policies for _ in names],
        "outcome": [o for _ in replicates for _ in policies for o in names],
        "value": figures.ravel().tolist(),
    }


def run_tables(result: Run, policy: str, replicate: int | None) -> dict[str, Any]:
    """Every table of a run's bundle, by file name; large runs keep kinds and areas only."""
    scenario, tables, state = result.scenario, result.tables, result.state
    found: dict[str, Any] = {"outcomes.csv": outcome_columns(result, [policy], replicate)}
    if not len(state.record.service):
        found["daily.parquet"] = _dated(scenario, history.by_group(tables, state))
        return found
    found["daily.parquet"] = _dated(scenario, history.by_organisation(tables, state))
    if scenario.record.stocks:
        found["stocks.parquet"] = _dated(scenario, history.stocks(tables, state))
    found["losses.parquet"] = _dated(scenario, history.losses(tables, state))
    found["shortages.parquet"] = _dated(scenario, history.shortages(tables, state))
    return found


def comparison_tables(result: Comparison) -> dict[str, Any]:
    """Every table of a comparison's bundle, by file name."""
    return {
        "outcomes.csv": outcome_columns(result, list(result.policies)),
        "summary.csv": summary_columns(result),
        "who_pays.csv": payer_columns(result),
        "daily.parquet": _daily(result),
    }


def _daily(result: Comparison) -> Iterator[Columns]:
    """One set of columns a replicate, so that never more than one is held as a table."""
    steps, groups = result.daily.shape[2:4]
    policies = len(result.policies)
    kinds = np.array([kind for kind, _ in result.tables.groups], dtype=object)
    areas = np.array([area for _, area in result.tables.groups], dtype=object)
    names = np.repeat(np.array(result.policies, dtype=object), steps * groups)
    for replicate in range(result.replicates):
        columns = {
            "replicate": np.full(policies * steps * groups, replicate),
            "policy": names,
            "tick": np.tile(np.repeat(np.arange(steps), groups), policies),
            "kind": np.tile(kinds, policies * steps),
            "area": np.tile(areas, policies * steps),
        }
        for at, name in enumerate(DAILY):
            columns[name] = result.daily[replicate, ..., at].ravel()
        yield _dated(result.scenario, columns)


def _dated(scenario: Scenario, columns: Columns) -> Columns:
    """With a date after the tick, where the scenario has dates."""
    known = history.dates(scenario, np.arange(scenario.time.steps))
    if known is None:
        return columns
    days = np.array(known, dtype="datetime64[D]")
    found: Columns = {}
    for name, column in columns.items():
        found[name] = column
        if name == "tick":
            found["date"] = days[column]
    return found


# ------------------------------------------------------------------ what it came to


def summary_columns(result: Comparison) -> dict[str, list[Any]]:
    """One row an outcome and policy after the first; a bundle's ``summary.csv``."""
    rows: list[dict[str, Any]] = []
    for outcome, about in OUTCOMES.items():
        for policy in result.policies[1:]:
            rows.append(
                {
                    "outcome": outcome,
                    "title": about.title,
                    "unit": unit(outcome, result.scenario),
                    "first_policy": result.policies[0],
                    "policy": policy,
                    "first_mean": float(result.of(outcome, result.policies[0]).mean()),
                    "mean": float(result.of(outcome, policy).mean()),
                    **difference_cells("difference", result.difference(outcome, policy)),
                }
            )
    return in_columns(rows)


def payer_columns(result: Comparison) -> dict[str, list[Any]]:
    """One row for everybody whose difference is shown; a bundle's ``who_pays.csv``."""
    names = ("policy", "level", "name", "effect", "first", "second", "difference")
    columns: dict[str, list[Any]] = {name: [] for name in (*names, "low", "high", *TOLD)}
    for policy in result.policies[1:]:
        for level in LEVELS:
            for effect, worse in (("worse", True), ("better", False)):
                for one in result.payers(policy, level, worse):
                    who = (policy, level, one.name, effect)
                    ends = one.interval or ("", "")
                    told = alike_cells(one.alike).values()
                    row = (*who, one.first, one.second, one.difference, *ends, *told)
                    for name, value in zip(columns, row, strict=True):
                        columns[name].append(value)
    return columns


def as_json(result: Comparison) -> dict[str, Any]:
    """A comparison as plain data; the layout of ``compare --json``.

    Flat keys of an outcome are about the second policy; ``differences`` has every further one too.
    """
    scenario, base, second = result.scenario, result.policies[0], result.policies[1]
    found: dict[str, Any] = {}
    for outcome, about in OUTCOMES.items():
        means = {policy: _number(result.of(outcome, policy).mean()) for policy in result.policies}
        differences = {p: _difference(result, outcome, p) for p in result.policies[1:]}
        flat = differences[second]
        found[outcome] = {
            **means,
            "difference": flat["difference"],
            "interval": flat["interval"],
            f"{second}_better": flat["better"] / result.replicates,
            "band": flat["band"],
            "bands": {p: _pair(band(result.of(outcome, p))) for p in result.policies},
            "better": flat["better"],
            "worse": flat["worse"],
            "equal": flat["equal"],
            **{key: flat[key] for key in ("same_in", "same_figure", "may_differ", "needed")},
            "title": about.title,
            "unit": unit(outcome, scenario),
            "less_is_better": {-1: True, 1: False}.get(about.better),
            "differences": differences,
        }
    return {
        "scenario": scenario.title,
        "seed": result.seed,
        "replicates": result.replicates,
        "outcomes": found,
        "policies": list(result.policies),
        "first_policy": base,
        "file": scenario.source,
        "fingerprint": scenario.fingerprint(),
        "finding": {policy: finding(result, policy) for policy in result.policies[1:]},
        "interval_covers": what_interval_covers(result),
        "caveat": caveat(scenario),
        "who_pays": {policy: _payers(result, policy) for policy in result.policies[1:]},
        "seconds": round(result.seconds, 3),
    }


def _difference(result: Comparison, outcome: str, policy: str) -> dict[str, Any]:
    one = result.difference(outcome, policy)
    return {
        "difference": _number(one.mean),
        "interval": None if one.interval is None else _pair(one.interval),
        "band": _pair(one.band),
        "better": one.better,
        "worse": one.worse,
        "equal": one.equal,
        **alike_cells(one.alike, None),
        "needed": _number(one.needed),
    }


def _payers(result: Comparison, policy: str) -> dict[str, Any]:
    def told(payer: Payer) -> dict[str, Any]:
        return {
            "name": payer.name,
            "first": _number(payer.first),
            "second": _number(payer.second),
            "difference": _number(payer.difference),
            "interval": None if payer.interval is None else _pair(payer.interval),
            **alike_cells(payer.alike, None),
        }

    return {
        f"{effect}_{level}s": [told(one) for one in result.payers(policy, level, worse)]
        for effect, worse in (("worse_off", True), ("better_off", False))
        for level in LEVELS
    }


def _number(value: Any) -> float | None:
    """A plain figure; JSON knows neither NaN nor infinity."""
    return float(value) if math.isfinite(value) else None


def _pair(ends: tuple[float, float]) -> list[float | None]:
    return [_number(ends[0]), _number(ends[1])]


def daily_harm(result: Comparison) -> np.ndarray:
    """Harm in all by replicate, policy and tick: shape (R, P, T)."""
    parts = [
        result.daily[..., DAILY.index(name)].sum(axis=-1) for name in ("harm", "hazard_deaths")
    ]
    return np.asarray(parts[0] + parts[1])


def difference_over_time(result: Comparison) -> Columns:
    """How much more (or less) harm than under the first policy there has been so far, by tick.

    Returns
    -------
    dict of str to ndarray, shape (T,)
        tick, date (where the scenario has dates), mean, low and high (90% interval of the mean;
        missing for a single replicate, and where too few differ to tell it), band_low and
        band_high (80% of crises lie there).
    """
    harm = daily_harm(result)
    pairs = np.cumsum(harm[:, 1] - harm[:, 0], axis=1)
    ticks = np.arange(pairs.shape[1])
    found: Columns = {"tick": ticks}
    known = history.dates(result.scenario, ticks)
    if known is not None:
        found["date"] = np.array(known, dtype="datetime64[D]")
    low = high = np.full(len(ticks), np.nan)
    if len(pairs) > 1:
        low, high = interval_of_difference(np.cumsum(harm[:, 0], 1), np.cumsum(harm[:, 1], 1))
    band = np.quantile(pairs, BAND, axis=0)
    found |= {"mean": pairs.mean(axis=0), "low": low, "high": high}
    return found | {"band_low": band[0], "band_high": band[1]}


def harm_by_group(result: Comparison, level: str) -> Columns:
    """Harm by "kind" or by "area" under the first two policies, and the paired difference.

    Returns
    -------
    dict of str to ndarray
        name, organisations, first, second (means), difference, low, high (90% interval of its
        mean; missing for a single replicate, and where too few differ to tell it).
    """
    tables: Any = result.tables
    by = outcomes.by_kind if level == "kind" else outcomes.by_area
    names = tables.kinds if level == "kind" else tables.areas
    harm = by(tables, result.harm)
    first, second = harm[:, 0], harm[:, 1]
    pairs = paired_differences(first, second)
    low = high = np.full(len(names), np.nan)
    if len(pairs) > 1:
        low, high = interval_of_difference(first, second)
    group = getattr(tables.world.organisations, level)
    return {
        "name": np.array(names, dtype=object),
        "organisations": np.bincount(group, minlength=len(names)),
        "first": first.mean(axis=0),
        "second": second.mean(axis=0),
        "difference": pairs.mean(axis=0),
        "low": low,
        "high": high,
    }
