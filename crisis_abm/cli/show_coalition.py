"""Adoption on the screen: the finding, whom to call first, whether it tips, what chance costs."""

from __future__ import annotations

import typer
from rich.text import Text

from crisis_abm.analysis.coalition.adoption import Adoption
from crisis_abm.cli import screen
from crisis_abm.report.coalition.words import (
    about_lowest,
    about_order,
    about_random,
    about_tipping,
    about_tipping_at_random,
    adoption_finding,
    shown_calls,
)
from crisis_abm.report.effect_words import ends, of_outcome
from crisis_abm.report.finding import caveat
from crisis_abm.report.words import counted, figure, signed

__all__ = ["show"]

AFTER = (3, 5, 10)  # calls at which the orders are compared


def show(result: Adoption) -> None:
    """Show whom to call first, and how sure that is."""
    scenario = result.scenario
    screen.say(adoption_finding(result), "bold")
    if scenario.caveat:
        screen.say(f"Caveat: {caveat(scenario)}", "bold")
    steps = counted(scenario.time.steps, scenario.time.unit)
    crises = counted(result.replicates, "crisis", "crises")
    orders = counted(result.random.shape[0] * result.random.shape[1], "random order")
    typer.echo(f"\n{scenario.title}: {crises} of {steps}; {orders}; seed {result.seed}")
    screen.say(about_order(result, "--kinds"), "dim")
    if not (result.best.any() or result.random.any()):
        return
    screen.say(f"\nWhom to call first ({of_outcome(result.outcome, scenario)})", "bold")
    _show_calls(result)
    if result.replicates < 2:
        return
    typer.echo()
    screen.say(about_tipping(result), indent=2)
    screen.say(about_tipping_at_random(result), indent=2)
    if lowest := about_lowest(result):
        screen.say(lowest, indent=2)
    screen.say("\nHow much worse a random order is", "bold")
    measured = set(result.points.tolist())
    for calls in AFTER:
        if calls < len(result.units) and calls in measured:
            screen.say(about_random(result, calls), indent=2)
    screen.say(about_random(result), indent=2)


def _show_calls(result: Adoption) -> None:
    table = screen.new_table()
    for head, justify in (("", "right"), ("Call", "left")):
        table.add_column(head, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for head in ("then", "this call", "in all", "at random"):
        table.add_column(head, justify="right", no_wrap=True)
    random = result.random_after(result.points).mean(axis=0)
    table.add_row("0", "nobody", figure(float(result.best[:, 0].mean())), "", "", "")
    shown = shown_calls(result)
    for k in dict.fromkeys([*shown, len(result.points) - 1]):
        calls = int(result.points[k])
        last = k not in shown
        step, gain = result.step(k - 1), result.gain(calls)
        unit = result.called(calls)[-1]
        if last and shown and k > shown[-1] + 1:
            table.add_row("…", "", "", "", "", "")
        cell = Text.assemble(
            (signed(step.mean), "bold" if step.shown else ""), "\n", (ends(step), "dim")
        )
        in_all = Text.assemble(signed(gain.mean), "\n", (ends(gain), "dim"))
        name = Text("all") if last else Text.assemble(unit.name, (f"\n{unit.about}", "dim"))
        table.add_row(
            str(calls),
            name,
            figure(float(result.best[:, k].mean())),
            "" if last else cell,
            in_all,
            figure(float(random[k])),
        )
    screen.show(table)
