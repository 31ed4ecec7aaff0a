"""An attribution to the principles as a report: what each brings, alone and with the others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from crisis_abm.analysis.attribution import COMBINATIONS, Attribution, PrincipleEffect, combination
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.about import facts_of, rests_on, run_line
from crisis_abm.report.columns import arrays
from crisis_abm.report.effect_words import of_outcome
from crisis_abm.report.finding import caveat
from crisis_abm.report.principles.pictures import principles_figures
from crisis_abm.report.principles.tables import combination_columns, principles_tables
from crisis_abm.report.principles.words import (
    about_best,
    about_principle,
    floor,
    notable_pairs,
    percent,
    principles_finding,
)
from crisis_abm.report.sections import Column, Picture, Report, Section, Table
from crisis_abm.report.words import counted, unit
from crisis_abm.runs import Difference
from crisis_abm.scenario import LEVERS

__all__ = ["principles_report"]

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
    return Report(
        title=scenario.title,
        finding=principles_finding(result),
        asked=f"{scenario.title}: {crises} of {steps}, each under {combinations}",
        caveat=caveat(scenario),
        sections=sections,
        facts={
            **facts_of(scenario, result.seconds),
            "seed": result.seed,
            "replicates": result.replicates,
            "outcome": result.outcome,
            "unit": unit(result.outcome, scenario),
            "less_is_better": {-1: True, 1: False}.get(OUTCOMES[result.outcome].better),
            "best": best and combination(best[0]),
        },
        about=rests_on(
            scenario,
            TITLE,
            run_line(combinations, result.replicates, result.seed, result.values.size),
        ),
        data=partial(principles_tables, result),
    )


def _effects(result: Attribution) -> Section:
    """What each brings by itself, with the others, and on average."""
    words = [principles_finding(result)]
    effects, whole, least = result.effects(), result.whole(), floor(result)
    figures = principles_figures(result)
    pictures = [
        Picture(
            "principles",
            "What each principle brings: its share of the whole, alone, and added last.",
            figures["principles"],
            arrays(principles_tables(result)["principles.csv"]),
        ),
        Picture(
            "combinations",
            f"All {COMBINATIONS} combinations of the principles, from worst to best.",
            figures["combinations"],
            arrays(combination_columns(result)),
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
            Column.of_estimates(name, [*map(_effect(name), effects), end], heading)
            for (name, heading), end in zip(
                EFFECTS.items(), [whole, *[None] * (len(EFFECTS) - 1)], strict=True
            )
        ),
    ]  # fmt: skip
    title = f"Change in {of_outcome(result.outcome, result.scenario)} by principle"
    return Section("principles", TITLE, words, [Table("effects", title, columns)], pictures)


def _effect(name: str) -> Callable[[PrincipleEffect], Difference]:
    return lambda one: getattr(one, name)


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
