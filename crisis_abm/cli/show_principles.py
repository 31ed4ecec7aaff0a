"""An attribution to the principles on the screen: the finding, each principle, pairs, who gains."""

from __future__ import annotations

import typer
from rich.text import Text

from crisis_abm.analysis.attribution import COMBINATIONS, Attribution
from crisis_abm.cli import screen
from crisis_abm.report.effect_words import ends, is_better, is_worse, of_outcome
from crisis_abm.report.finding import caveat
from crisis_abm.report.principles.words import (
    ALL,
    OTHERS,
    about_best,
    about_principle,
    floor,
    notable_pairs,
    percent,
    principles_finding,
)
from crisis_abm.report.words import counted, signed
from crisis_abm.runs import Difference
from crisis_abm.scenario import LEVERS

__all__ = ["show"]

PAIRS = 5  # shown; the rest are counted


def show(result: Attribution) -> None:
    """Show what each principle brings, and where one does harm."""
    scenario = result.scenario
    screen.say(principles_finding(result), "bold")
    if scenario.caveat:
        screen.say(f"Caveat: {caveat(scenario)}", "bold")
    if not result.values.any():
        return
    steps = counted(scenario.time.steps, scenario.time.unit)
    crises = counted(result.replicates, "crisis", "crises")
    typer.echo(
        f"\n{scenario.title}: {crises} of {steps}, each under all {COMBINATIONS} combinations"
    )
    screen.say(
        f"Change in {of_outcome(result.outcome, scenario)}; below it the 90% interval. Share: of "
        "the whole, averaged over every order of adding them; alone: added to none; last: added "
        f"to {OTHERS}; mean: averaged over all settings of the others.\n",
        "dim",
    )
    _show_table(result)
    if result.replicates < 2:
        return
    least = floor(result)
    for one in result.effects():
        screen.say(about_principle(result, one, least), indent=2)
    if best := about_best(result):
        screen.say(best, indent=2)
    _show_pairs(result, least)
    _show_kinds(result, least)


def _cell(effect: Difference, outcome: str) -> Text:
    style = (
        "bold" if is_better(effect, outcome) else "bold red" if is_worse(effect, outcome) else ""
    )
    return Text.assemble((signed(effect.mean), style), "\n", (ends(effect), "dim"))


def _show_table(result: Attribution) -> None:
    table, whole = screen.new_table(), result.whole()
    table.add_column("Principle\n% of the whole", no_wrap=True)
    for head in ("share", "alone", "last", "mean"):
        table.add_column(head, justify="right", no_wrap=True)
    for one in result.effects():
        part = percent(one.share, whole)
        name = Text.assemble(one.name, (f"\n{part}" if part else "", "dim"))
        effects = (one.share, one.alone, one.last, one.main)
        table.add_row(name, *(_cell(effect, result.outcome) for effect in effects))
    table.add_row(ALL, _cell(whole, result.outcome), "", "", "")
    screen.show(table)
    typer.echo()


def _show_pairs(result: Attribution, least: float) -> None:
    pairs = notable_pairs(result, least)
    if not pairs:
        screen.say("\nNo two change each other's effect by more than next to nothing.")
        return
    screen.say("\nTwo together, beyond the sum of each", "bold")
    table = screen.new_table()
    table.add_column("Pair", no_wrap=True)
    table.add_column("the others off", justify="right", no_wrap=True)
    table.add_column("mean over the others", justify="right", no_wrap=True)
    for pair in pairs[:PAIRS]:
        cells = (_in_line(one, result.outcome) for one in (pair.beyond, pair.interaction))
        table.add_row(f"{pair.first} and {pair.second}", *cells)
    screen.show(table)
    if len(pairs) > PAIRS:
        screen.say(f"({len(pairs) - PAIRS} more of some size: --json, or pairs.csv)", "dim")


def _in_line(effect: Difference, outcome: str) -> Text:
    value, interval = _cell(effect, outcome).split("\n")
    return Text.assemble(value, " (", interval, ")")


def _show_kinds(result: Attribution, least: float) -> None:
    """Who gains and who pays, principle by principle; harm, whatever the outcome."""
    shares = result.kind_shares()
    chosen = {
        kind: row
        for kind, row in shares.items()
        if any(one.shown and abs(one.mean) >= least for one in row)
    }
    if result.outcome != "harm" or not chosen:
        return
    screen.say(f"\nWhose {result.scenario.harm_unit}: each kind's share by principle", "bold")
    table = screen.new_table()
    table.add_column("Kind", no_wrap=True)
    for lever in LEVERS:
        table.add_column(lever, justify="right", no_wrap=True)
    for kind, row in sorted(chosen.items(), key=lambda entry: -sum(abs(o.mean) for o in entry[1])):
        cells = (Text(signed(o.mean), "bold" if o.shown else "dim") for o in row)
        table.add_row(kind, *cells)
    screen.show(table)
    screen.say("(dim: not shown)", "dim")
