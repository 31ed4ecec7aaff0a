"""A traced cascade on the screen: the finding, the story, the roots beside the check, the hops."""

from __future__ import annotations

import math
from collections.abc import Sequence

import typer

from crisis_abm.analysis.cascade.roots import AMPLE, LIMITS
from crisis_abm.analysis.cascade.trace import RootShare, Trace
from crisis_abm.cli import screen
from crisis_abm.report.cascade.tables import root_settings
from crisis_abm.report.cascade.words import (
    band_text,
    bundled_hops,
    causes_finding,
    chain_text,
    differs,
    name_of,
    percent,
    story,
    trace_finding,
    why,
)
from crisis_abm.report.copyable import command, with_settings
from crisis_abm.report.finding import caveat
from crisis_abm.report.words import counted, day, figure

__all__ = ["show"]

STORIES, ROOTS, HOPS, THROUGH, CHAINS, MOMENTS = 6, 12, 5, 3, 3, 6
MOST_SET = 12  # values in one command: more are not read
NEXT_TO_NOTHING = 0.001  # of all harm: such roots are only counted


def show(result: Trace, seed: int, what: Sequence[str], changes: Sequence[str]) -> None:
    """Show why it failed.

    `what` (file, seed and replicate, or a row of a sweep) and `changes` were asked for: they stand
    in the command that runs it without the first root.
    """
    scenario = result.run.scenario
    screen.say(trace_finding(result), "bold")
    if scenario.caveat:
        screen.say(f"Caveat: {caveat(scenario)}", "bold")
    crisis = f"seed {seed}"
    crisis += "" if result.replicate is None else f", replicate {result.replicate}"
    steps = counted(scenario.time.steps, scenario.time.unit)
    typer.echo(f"\n{scenario.title}: {result.run.policy.name}, {crisis}, {steps}")
    if not any(one.harm > 0.0 for one in result.roots):
        return
    _show_story(result)
    _show_roots(result)
    _show_again(result, what, changes)
    _show_crises(result)
    _show_hops(result)
    _show_progress(result)


def _show_story(result: Trace) -> None:
    told = [one for one in story(result) if one.harm > NEXT_TO_NOTHING * result.harm]
    screen.say("\nHow it came to whom", "bold")
    for one in told[:STORIES]:
        screen.say(f"{figure(one.harm)}: {one.text}", indent=2)
    if len(told) > STORIES:
        screen.say(f"({len(told) - STORIES} more: --json, or organisations.csv)", "dim", indent=2)
    strained = [hit for hit in result.hits if hit.strained]
    longest = sorted(strained, key=lambda hit: (-len(hit.chain), -hit.harm))
    if longest and len(longest[0].chain) > 2:
        screen.say("\nThe longest chains", "bold")
        seen: set[tuple[int, ...]] = set()
        group = result.run.tables.world.organisations.group
        for hit in longest:
            way = tuple(int(group[step.organisation]) for step in hit.chain)
            if way not in seen and len(seen) < CHAINS:
                seen.add(way)
                screen.say(chain_text(result, hit), indent=2)


def _matters(result: Trace, one: RootShare) -> bool:
    vanishes = 0.0 if one.check is None else abs(one.check.vanishes)
    return max(one.harm, vanishes) > NEXT_TO_NOTHING * result.harm


def _show_roots(result: Trace) -> None:
    checked = any(one.check is not None for one in result.roots)
    screen.say("\nThe roots" + (", and what vanishes without each" if checked else ""), "bold")
    table = screen.new_table()
    table.add_column("Root", overflow="fold")
    table.add_column(f"traced to it\n{result.run.scenario.harm_unit}", justify="right")
    table.add_column("share", justify="right", no_wrap=True)
    table.add_column("reached", justify="right", no_wrap=True)
    if checked:
        table.add_column("vanishes\nwithout it", justify="right", no_wrap=True)
    shown = [one for one in result.roots if _matters(result, one)]
    for one in shown[:ROOTS]:
        cells = [one.root.title, figure(one.harm), f"{100 * one.share:.1f}%", str(one.reached)]
        if checked:
            cells.append("–" if one.check is None else figure(one.check.vanishes))
        table.add_row(*cells)
    screen.show(table)
    rest = len(result.roots) - len(shown[:ROOTS])
    if rest:
        screen.say(f"({rest} more with next to nothing: --json, or roots.csv)", "dim")
    if not checked:
        return
    odd = [one for one in shown if differs(one)]
    if odd:
        screen.say("\nWhere trace and check differ", "bold")
    for one in odd:
        screen.say(f"{one.root.title}: {why(result, one)}", indent=2)
    if not math.isnan(result.agreement):
        screen.say(
            f"\nTrace and check rank the causes alike by {result.agreement:.2f} (rank correlation; "
            "1 is the same order)."
        )


def _show_again(result: Trace, what: Sequence[str], changes: Sequence[str]) -> None:
    """The command that runs the same crisis without the first root, to look into it."""
    first = result.roots[0]
    settings, missing = root_settings(result, first)
    if missing:
        screen.say(f"\n--set cannot take “{first.root.title}” away: {missing}.", "dim")
        return
    ran = command("run", *what, "--policy", result.run.policy.name)
    limit = first.root.kind in LIMITS
    about = f"with {AMPLE:g} times as much of the first" if limit else "without the first of these"
    if len(settings) > MOST_SET:
        told = f"its {len(settings):,} values for --set: roots[0].set of --json"
        screen.say(f"\nThe same crisis {about}: {told}", "dim")
        return
    screen.say(f"\nThe same crisis {about} (others: --json, or roots.csv):", "dim")
    typer.echo(f"  {with_settings(ran, (*changes, *settings))}")


def _show_crises(result: Trace) -> None:
    """The same roots over many crises, beside the one shown."""
    if result.crises is None:
        return
    crises = result.crises
    screen.say(f"\n{causes_finding(crises)}.", "bold")
    here = {one.root.key: one.share for one in result.roots}
    table = screen.new_table()
    table.add_column("Root", overflow="fold")
    for head in ("share in\nthis crisis", "mean of\nall", "in 80%\nof them", "largest\nin"):
        table.add_column(head, justify="right", no_wrap=True)
    ranked = crises.ranked()
    shown = [one for one in ranked if max(one.band[1], one.share) > NEXT_TO_NOTHING][:ROOTS]
    for one in shown:
        share = percent(here.get(one.root.key, 0.0))
        cells = [one.root.title, share, percent(one.share), band_text(one), str(one.largest)]
        table.add_row(*cells)
    screen.show(table)
    if len(ranked) > len(shown):
        rest = len(ranked) - len(shown)
        screen.say(f"({rest} more with next to nothing: --json, or causes.csv)", "dim")


def _show_hops(result: Trace) -> None:
    """Organisations and hops that most harm passed: stopped there, it would have ended."""
    through = sorted(result.hits, key=lambda hit: -hit.through)
    hops = [one for one in bundled_hops(result) if one[0] > NEXT_TO_NOTHING * result.harm]
    screen.say("\nWhere it could have been stopped: harm that passed by", "bold")
    for hit in [hit for hit in through if hit.through > 0.01 * result.harm][:THROUGH]:
        name = name_of(result, hit.organisation)
        screen.say(f"{_part(result, hit.through)} through {name}", indent=2)
    for harm, text in hops[:HOPS]:
        screen.say(f"{_part(result, harm)} over {text}", indent=2)


def _part(result: Trace, harm: float) -> str:
    return f"{figure(harm)} ({100 * harm / result.harm:.0f}%)"


def _show_progress(result: Trace) -> None:
    """When it became deeper, and when it was widest."""
    scenario, depth, breadth = result.run.scenario, result.depth, result.breadth
    screen.say("\nHow it spread", "bold")
    steps = [t for t in range(len(depth)) if t == 0 or depth[t] > depth[t - 1]]
    for t in [t for t in steps if depth[t] > 0][:MOMENTS]:
        hops = counted(int(depth[t]), "hop")
        screen.say(f"{day(scenario, t)}: {hops} deep, {breadth[t]} strained", indent=2)
    widest = int(breadth.argmax())
    closed = f", {result.closed.max()} closed at most" if result.closed.max() else ""
    screen.say(f"{day(scenario, widest)}: widest, {breadth[widest]} strained{closed}", indent=2)
