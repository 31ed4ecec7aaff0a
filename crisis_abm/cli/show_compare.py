"""A comparison on the screen: every outcome, who pays, and what it means."""

from __future__ import annotations

from collections.abc import Callable

import typer
from rich.text import Text

from crisis_abm.cli import screen
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import in_short, may_differ
from crisis_abm.report.finding import caveat, finding, settling
from crisis_abm.report.style import colours
from crisis_abm.report.words import counted, figure, signed, spans, unit
from crisis_abm.runs import Comparison, Difference, Payer

__all__ = ["show"]

TOP = 3  # named; the rest are counted


def show(result: Comparison, again: Callable[[int], str]) -> None:
    """Show a table for every policy after the first, who pays, and the finding.

    Parameters
    ----------
    result : Comparison
    again : callable
        The command that compares in so many crises.
    """
    scenario = result.scenario
    screen.say(scenario.title, "bold")
    steps = counted(scenario.time.steps, scenario.time.unit)
    crises = counted(result.replicates, "crisis", "crises")
    typer.echo(f"{crises} (replicates) of {steps}, each under every policy; seed {result.seed}")
    screen.say("b/w/e: in how many crises it was better, worse, equal\n", "dim")
    for policy in result.policies[1:]:
        wide = screen.stdout().width >= screen.WIDE
        (_show_wide if wide else _show_folded)(result, policy)
        _about_alike(result, policy)
        _show_payers(result, policy)
    for policy in result.policies[1:]:
        screen.say(finding(result, policy), "bold")
    many = [settling(result.difference("harm", policy)) or 0 for policy in result.policies[1:]]
    if any(many):
        typer.echo(f"To run so many: {again(max(many))}")
    if scenario.caveat:
        screen.say(f"Caveat: {caveat(scenario)}", "bold")


def _heads(result: Comparison, policy: str) -> list[Text]:
    colour = colours(result.policies)
    return [Text(name, style=f"bold {colour[name]}") for name in (result.policies[0], policy)]


def _means(result: Comparison, outcome: str, policy: str) -> list[str]:
    return [figure(float(result.of(outcome, name).mean())) for name in (result.policies[0], policy)]


def _counts(outcome: str, difference: Difference) -> str:
    """In how many replicates it was better, worse, equal; nothing where neither is better."""
    if OUTCOMES[outcome].better == 0:
        return ""
    return f"{difference.better}/{difference.worse}/{difference.equal}"


def _interval(difference: Difference) -> str:
    if difference.alike is not None:
        return in_short(difference.alike)
    return spans(difference.interval, difference.mean)


def _about_alike(result: Comparison, policy: str) -> None:
    """What stands in place of intervals means, once for each number of crises."""
    found = {result.difference(outcome, policy).alike for outcome in OUTCOMES} - {None}
    doubts = {one.replicates: may_differ(one) for one in found if one is not None}
    if doubts:
        told = [f"in {count} of {result.replicates}: {doubts[count]}" for count in sorted(doubts)]
        screen.say(f"No interval where nearly all are the same; {'; '.join(told)}\n", "dim")


def _style(outcome: str, difference: Difference) -> str:
    """Bold where a difference is shown."""
    return "bold" if difference.shown and OUTCOMES[outcome].better else ""


def _show_wide(result: Comparison, policy: str) -> None:
    table = screen.new_table()
    table.add_column("Outcome", min_width=26)
    for head in _heads(result, policy):
        table.add_column(head, justify="right", overflow="fold")
    table.add_column("difference", justify="right", no_wrap=True)
    table.add_column("90% interval", justify="right", no_wrap=True)
    table.add_column("80% of crises", justify="right", no_wrap=True)
    table.add_column("b/w/e", justify="right", no_wrap=True)
    for outcome, about in OUTCOMES.items():
        difference = result.difference(outcome, policy)
        table.add_row(
            Text.assemble(about.title, ", ", (unit(outcome, result.scenario), "dim")),
            *_means(result, outcome, policy),
            Text(signed(difference.mean), style=_style(outcome, difference)),
            _interval(difference),
            spans(difference.band),
            _counts(outcome, difference),
        )
    screen.show(table)
    typer.echo()


def _show_folded(result: Comparison, policy: str) -> None:
    """Two lines an outcome, for 80 columns."""
    table = screen.new_table()
    table.add_column("Outcome\nunit", min_width=20)
    for head in _heads(result, policy):
        table.add_column(head, justify="right", overflow="fold")
    table.add_column("difference\nb/w/e", justify="right", no_wrap=True)
    table.add_column("90% interval\n80% of crises", justify="right", no_wrap=True)
    for outcome, about in OUTCOMES.items():
        difference = result.difference(outcome, policy)
        counts = _counts(outcome, difference)
        table.add_row(
            Text.assemble(about.title, "\n", (unit(outcome, result.scenario), "dim")),
            *_means(result, outcome, policy),
            Text.assemble((signed(difference.mean), _style(outcome, difference)), "\n", counts),
            f"{_interval(difference)}\n{spans(difference.band)}",
        )
    screen.show(table)
    typer.echo()


def _show_payers(result: Comparison, policy: str) -> None:
    base, harm = result.policies[0], result.scenario.harm_unit
    if result.replicates < 2:
        return
    screen.say(f"Who pays: more {harm} under {policy} than under {base}", "bold")
    _show_levels(result, policy, worse=True)
    screen.say(f"Who gains: fewer {harm}", "bold")
    _show_levels(result, policy, worse=False)
    screen.say("(means of those whose own difference is shown)", "dim")
    typer.echo()


def _show_levels(result: Comparison, policy: str, worse: bool) -> None:
    for level, many in (("organisation", "organisations"), ("kind", "kinds"), ("area", "areas")):
        payers = result.payers(policy, level, worse)
        if not payers:
            screen.say(f"{many}: none", indent=2)
            continue
        named = "; ".join(map(_payer, payers[:TOP]))
        more = f"; and {len(payers) - TOP:,} more" if len(payers) > TOP else ""
        screen.say(
            f"{len(payers):,} {level if len(payers) == 1 else many}: {named}{more}", indent=2
        )


def _payer(one: Payer) -> str:
    return f"{one.name} {figure(one.first)} → {figure(one.second)}"
