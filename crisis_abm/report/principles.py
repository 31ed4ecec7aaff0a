"""An attribution to the principles as a report: what each brings, alone and with the others."""

from __future__ import annotations

import textwrap
from functools import partial
from operator import attrgetter
from typing import Any

import numpy as np

from crisis_abm.analysis.attribution import COMBINATIONS, Attribution, combination
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import (
    covers,
    difference_cells,
    is_better,
    is_worse,
    of_outcome,
)
from crisis_abm.report.finding import caveat, report_on, run_line
from crisis_abm.report.principles_words import (
    ALL,
    about_best,
    about_principle,
    floor,
    headline,
    levers_on,
    notable_pairs,
    percent,
    principles_finding,
)
from crisis_abm.report.sections import Column, Picture, Report, Section, Table, arrays, in_columns
from crisis_abm.report.style import DARK, GREY, RECIPROCAL, SILOED, aside, dress, new_figure
from crisis_abm.report.words import counted, signed, unit
from crisis_abm.report.words import figure as figure_text
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import band
from crisis_abm.scenario import LEVERS

TITLE = "Which principle brings it"
EFFECTS = {"share": "share of the whole", "alone": "alone", "last": "added last", "main": "mean"}


def principles_report(result: Attribution) -> Report:
    """What each principle brings; pairs that change each other's effect; who gains."""
    scenario, best = result.scenario, result.best()
    tells = bool(result.values.any())
    steps = counted(scenario.time.steps, scenario.time.unit)
    crises = counted(result.replicates, "crisis", "crises")
    combinations = f"all {COMBINATIONS} combinations"
    sections = [_effects(result)]
    if tells and result.replicates > 1:
        sections += [one for one in (_pairs(result), _kinds(result)) if one is not None]
    return report_on(
        scenario,
        result.seconds,
        (TITLE, run_line(combinations, result.replicates, result.seed, result.values.size)),
        finding=principles_finding(result),
        asked=f"{crises} of {steps}, each under {combinations}",
        sections=sections,
        facts={
            "seed": result.seed,
            "replicates": result.replicates,
            "outcome": result.outcome,
            "unit": unit(result.outcome, scenario),
            "less_is_better": {-1: True, 1: False}.get(OUTCOMES[result.outcome].better),
            "best": best and combination(best[0]),
        },
        data=partial(_principles_tables, result),
    )


def _effects(result: Attribution) -> Section:
    """What each brings by itself, with the others, and on average."""
    words = [principles_finding(result)]
    effects, whole, least = result.effects(), result.whole(), floor(result)
    pictures = [
        Picture(
            "principles",
            "What each principle brings: its share of the whole, alone, and added last.",
            partial(_effects_figure, result),
            arrays(_principles_tables(result)["principles.csv"]),
        ),
        Picture(
            "combinations",
            f"All {COMBINATIONS} combinations of the principles, from worst to best.",
            partial(_combinations_figure, result),
            arrays(_combination_columns(result)),
            f"All {COMBINATIONS} combinations, worst first",
        ),
    ]
    if not result.values.any():
        return Section("principles", TITLE, words, (), pictures)
    words.append(
        f"Change in {of_outcome(result.outcome, result.scenario)}. Share: of the whole, averaged "
        "over every order of adding them; alone: added to none; last: added to all others; mean: "
        "averaged over all settings of the others."
    )
    if result.replicates > 1:
        words += [about_principle(result, one, least) for one in effects]
        words += [text for text in [about_best(result)] if text]
    columns = [
        Column.of("principle", [*(one.name for one in effects), "all together"], "principle"),
        Column.of(
            "percent", [*(percent(one.share, whole) for one in effects), ""], "% of the whole",
            below="{} of the whole",
        ),
        *(
            Column.of_estimates(name, [*map(attrgetter(name), effects), end], heading)
            for (name, heading), end in zip(
                EFFECTS.items(), [whole, *[None] * (len(EFFECTS) - 1)], strict=True
            )
        ),
    ]  # fmt: skip
    title = f"Change in {of_outcome(result.outcome, result.scenario)} by principle"
    return Section("principles", TITLE, words, [Table("effects", title, columns)], pictures)


def _pairs(result: Attribution) -> Section:
    pairs = notable_pairs(result, floor(result))
    title = "Two together, beyond the sum of each"
    if not pairs:
        told = "No two change each other's effect by more than next to nothing."
        return Section("pairs", title, [told])
    columns = [
        Column.of("pair", [f"{one.first} and {one.second}" for one in pairs], "pair"),
        Column.of_estimates("beyond", [one.beyond for one in pairs], "the others off"),
        Column.of_estimates(
            "interaction", [one.interaction for one in pairs], "mean over the others"
        ),
    ]
    told = f"{counted(len(pairs), 'pair')} of principles change each other's effect."
    table = Table("notable_pairs", title, columns, first=5, ranked=True)
    return Section("pairs", title, [told], [table])


def _kinds(result: Attribution) -> Section | None:
    """Who gains and who pays, principle by principle; of harm only."""
    least = floor(result)
    chosen = {
        kind: row
        for kind, row in result.kind_shares().items()
        if any(one.shown and abs(one.mean) >= least for one in row)
    }
    if result.outcome != "harm" or not chosen:
        return None
    kinds = sorted(chosen, key=lambda kind: -sum(abs(one.mean) for one in chosen[kind]))
    columns = [Column.of("kind", [kind.replace("_", " ") for kind in kinds], "kind")]
    for k, lever in enumerate(LEVERS):
        columns.append(Column.of_estimates(lever, [chosen[kind][k] for kind in kinds], lever))
    title = f"Each kind's share of the change in {result.scenario.harm_unit}, by principle"
    words = ["What each principle brings to the kinds whose share is shown."]
    return Section(
        "kinds", "Who gains and who pays", words, [Table("kinds", title, columns, 20, True)]
    )


def _principles_tables(result: Attribution) -> dict[str, Any]:
    """Every table of the bundle, by file name."""
    return {
        "combinations.csv": _combinations_columns(result),
        "principles.csv": _effects_columns(result),
        "pairs.csv": _pairs_columns(result),
        "kinds.csv": _kinds_columns(result),
    }


def _worst_first(result: Attribution) -> np.ndarray:
    """The combinations from the highest mean to the lowest."""
    return np.argsort(-result.values.mean(axis=0), kind="stable")


def _combination_columns(result: Attribution) -> dict[str, list[Any]]:
    """One row a combination, worst first: mean, and band over crises."""
    order = _worst_first(result).tolist()
    bands = [band(result.values[:, mask]) for mask in order]
    return {
        "on": [levers_on(mask) for mask in order],
        "mean": result.values.mean(axis=0)[order].tolist(),
        "band_low": [low for low, _ in bands],
        "band_high": [high for _, high in bands],
    }


def _combinations_columns(result: Attribution) -> dict[str, list[Any]]:
    """One row a replicate, combination and outcome: all that the rest is computed from."""
    count, names = result.figures.shape[1], list(OUTCOMES)
    replicates = range(result.replicates)
    masks = [mask for _ in replicates for mask in range(count) for _ in names]
    levers = {lever: [mask >> i & 1 for mask in masks] for i, lever in enumerate(LEVERS)}
    return {
        "replicate": [r for r in replicates for _ in range(count * len(names))],
        **levers,
        "outcome": names * (count * result.replicates),
        "value": result.figures.ravel().tolist(),
    }


def _effects_columns(result: Attribution) -> dict[str, list[Any]]:
    about = {"outcome": result.outcome, "unit": unit(result.outcome, result.scenario)}
    rows = [
        {
            "principle": one.name,
            "effect": effect,
            **about,
            **difference_cells("mean", getattr(one, effect)),
        }
        for one in result.effects()
        for effect in ("share", "main", "alone", "last")
    ]
    return in_columns(
        [
            *rows,
            {
                "principle": "all",
                "effect": "whole",
                **about,
                **difference_cells("mean", result.whole()),
            },
        ]
    )


def _pairs_columns(result: Attribution) -> dict[str, list[Any]]:
    return in_columns(
        [
            {
                "first": pair.first,
                "second": pair.second,
                "effect": effect,
                "outcome": result.outcome,
                **difference_cells("mean", getattr(pair, effect)),
            }
            for pair in result.pairs()
            for effect in ("interaction", "beyond")
        ]
    )


def _kinds_columns(result: Attribution) -> dict[str, list[Any]]:
    rows = [
        {"kind": kind, "principle": name, **difference_cells("mean", share)}
        for kind, shares in result.kind_shares().items()
        for name, share in zip(LEVERS, shares, strict=True)
    ]
    return in_columns(rows) or {"kind": [], "principle": [], "mean": []}


DRAWN = ("share", "alone", "last")


def _tint(effect: Difference, outcome: str, least: float) -> str:
    if abs(effect.mean) < least:
        return GREY
    if is_better(effect, outcome):
        return RECIPROCAL
    return SILOED if is_worse(effect, outcome) else GREY


def _effects_figure(result: Attribution) -> Any:
    note = f"Thick: 90% interval of the mean ({covers(result.scenario)[10:]})."
    note += f" Thin: 80% of crises. {caveat(result.scenario)}"
    figure, axes = new_figure(
        textwrap.shorten(headline(result), 240, placeholder=" …"), note.strip()
    )
    labels, places, least = [], [], floor(result)
    for row, one in enumerate(reversed(result.effects())):
        for k, effect in enumerate(DRAWN):
            at, told = 4 * row + 2 - k, EFFECTS[effect]
            _line(axes, at, getattr(one, effect), result.outcome, least)
            labels.append(f"{one.name}, {told}" if k == 0 else told)
            places.append(at)
    axes.axvline(0, color="#555", linewidth=1)
    axes.set_yticks(places, labels)
    for label in axes.get_yticklabels()[::3]:
        label.set_fontweight("bold")
    axes.margins(x=0.08)
    dress(axes, grid="x")
    axes.set_xlabel(
        f"change in {of_outcome(result.outcome, result.scenario)}   "
        "(blue: better, orange: worse, grey: next to nothing, or not shown)",
        fontsize=13,
    )
    return figure


def _line(axes: Any, at: float, effect: Difference, outcome: str, least: float) -> None:
    tint = _tint(effect, outcome, least)
    axes.plot(effect.band, [at, at], color=tint, linewidth=1.6, solid_capstyle="butt")
    ends = effect.interval or (effect.mean, effect.mean)
    axes.plot(ends, [at, at], color=tint, linewidth=6, solid_capstyle="butt")
    axes.plot(effect.mean, at, "o", markersize=9, color=tint, zorder=3)
    aside(axes, at, signed(effect.mean), 1.01, color=tint)


def _combinations_figure(result: Attribution) -> Any:
    """All combinations from worst to best; below each the principles that are on."""
    means = result.values.mean(axis=0)
    order = _worst_first(result)
    note = f"Dots: mean of {result.replicates} crises. Lines: 80% of them. "
    note += "Below: a filled dot is a principle that is on."
    title = (
        f"All {COMBINATIONS} combinations: from {figure_text(float(means.max()))} "
        f"({levers_on(int(order[0]))}) to {figure_text(float(means.min()))} "
        f"({levers_on(int(order[-1]))})"
    )
    figure, (axes, matrix) = new_figure(title, f"{note} {caveat(result.scenario)}".strip(), rows=2)
    axes.get_gridspec().set_height_ratios([3.2, 1])
    whole = len(means) - 1
    for at, mask in enumerate(order.tolist()):
        colour = {0: SILOED, whole: RECIPROCAL}.get(mask, DARK)
        axes.plot([at, at], band(result.values[:, mask]), color=colour, linewidth=2, alpha=0.6)
        axes.plot(at, means[mask], "o", color=colour, markersize=9, clip_on=False, zorder=3)
        if mask in (0, whole):
            name = "none" if mask == 0 else ALL
            axes.annotate(
                f"{name} {figure_text(float(means[mask]))}",
                (at, band(result.values[:, mask])[1]),
                xytext=(0, 8),
                textcoords="offset points",
                ha="center",
                color=colour,
                fontsize=13,
                fontweight="bold",
            )
        on = [i for i in range(len(LEVERS)) if mask >> i & 1]
        off = [i for i in range(len(LEVERS)) if not mask >> i & 1]
        matrix.plot([at] * len(off), off, "o", color="#DDDDDD", markersize=8)
        matrix.plot([at] * len(on), on, "o", color=colour, markersize=8)
    axes.set_xlim(-0.8, len(means) - 0.2)
    matrix.set_xlim(-0.8, len(means) - 0.2)
    axes.set_xticks([])
    axes.set_ylim(bottom=min(0.0, float(means.min())))
    matrix.set_xticks([])
    matrix.set_yticks(range(len(LEVERS)), LEVERS)
    matrix.invert_yaxis()
    dress(axes, of_outcome(result.outcome, result.scenario))
    dress(matrix, grid="")
    matrix.spines[["left", "bottom"]].set_visible(False)
    return figure
