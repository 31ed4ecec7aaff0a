"""A search for weak links on the screen: the finding first, then the worst of every form."""

from __future__ import annotations

import math
from collections.abc import Sequence

import typer
from rich.text import Text

from crisis_abm.analysis.weak_links.candidates import FORMS, KNOCK_OUTS
from crisis_abm.analysis.weak_links.result import Estimate, Pair, Tried, WeakLinks
from crisis_abm.cli import screen
from crisis_abm.report.copyable import command, with_settings
from crisis_abm.report.effect_words import in_short
from crisis_abm.report.finding import caveat
from crisis_abm.report.style import colours
from crisis_abm.report.weak_links.tables import set_texts
from crisis_abm.report.weak_links.words import (
    FORM_TITLES,
    called,
    covers,
    headlines,
    ids_of,
    misled_words,
    movers,
)
from crisis_abm.report.words import counted, figure, signed, spans

__all__ = ["show"]

ROWS = {"organisations": 10, "links": 8}
FEWER = 5  # rows of any other form


def show(result: WeakLinks, what: Sequence[str], changes: Sequence[str]) -> None:
    """Show what was found, how sure that is, and what the graph alone would have said.

    `what` (file and seed, or a point of a sweep) and `changes` were asked for: they stand in the
    commands that look further.
    """
    scenario = result.scenario
    screen.say(scenario.title, "bold")
    for line in headlines(result):
        screen.say(line, "bold")
    if scenario.caveat:
        screen.say(f"Caveat: {caveat(scenario)}", "bold")
    typer.echo()
    _show_how(result)
    for form in FORMS:
        if result.of(form):
            _show_form(result, form)
            _show_again(result, set_texts(_first(result, form).candidate), what, changes)
    if result.pairs:
        _show_pairs(result)
        pair = result.pairs[0]
        both = [*set_texts(pair.first), *set_texts(pair.second)]
        _show_again(result, both, what, changes)
    if result.measured:
        _show_measures(result)


def _first(result: WeakLinks, form: str) -> Tried:
    return result.of(form)[0]


def _show_again(
    result: WeakLinks, wanted: list[str], what: Sequence[str], changes: Sequence[str]
) -> None:
    """The command that runs the same crises with the first of a table, to look into it."""
    several = len(result.policies) > 1
    ran = ["compare" if several else "run", *what]
    ran += ["--policies" if several else "--policy", ",".join(result.policies)]
    ran += ["--replicates", str(result.replicates)] if several else []
    screen.say("The same crises with the first of these (others: --json, or files):", "dim")
    typer.echo(f"  {with_settings(command(*ran), (*changes, *wanted))}\n")


def _show_how(result: WeakLinks) -> None:
    unit, most = result.scenario.harm_unit, result.replicates
    scenario_unit = result.scenario.time.unit
    harm = "; ".join(f"{policy} {figure(one.mean)}" for policy, one in result.before.items())
    screen.say(f"As it is, {unit}: {harm} (mean of {counted(most, 'crisis', 'crises')}).")
    fewer = f" (help with {result.help_screening})" if result.help_screening else ""
    repeated = sum(one.replicates > result.screening for one in result.tried)
    screened = counted(result.screening, "crisis", "crises")
    screen.say(
        f"{len(result.tried):,} things tried, each in the same crises, in "
        f"{counted(result.runs, 'run')}. Screened with {screened}{fewer}; the {repeated} that "
        f"came nearest the top repeated with {most}. Seed {result.seed}."
    )
    screen.say(f"{covers(result)[0].upper()}{covers(result)[1:]}.", "dim")
    screen.say(
        "itself, customer: harm there, by policy; strains: how many others have more strained "
        f"{scenario_unit}s.\n",
        "dim",
    )


def _show_form(result: WeakLinks, form: str) -> None:
    knocked, unit = form in KNOCK_OUTS, result.scenario.harm_unit
    what = "added to others" if knocked else "saved (minus: more harm)"
    screen.say(f"{FORM_TITLES[form]}: {unit} {what}", "bold")
    colour = colours(result.policies)
    table = screen.new_table()
    table.add_column("rank", no_wrap=True)
    table.add_column("", overflow="fold", min_width=20)
    for policy in result.policies:
        head = Text(policy, style=f"bold {colour[policy]}")
        table.add_column(head, justify="right", no_wrap=True)
    for one in result.of(form)[: ROWS.get(form, FEWER)]:
        cells = [_cell(one.harm[policy]) for policy in result.policies]
        table.add_row(_ranks(result, one), _name(result, one), *cells)
    screen.show(table)
    if len(result.policies) > 1:
        _show_change(result, form)
    typer.echo()


def _ranks(result: WeakLinks, one: Tried) -> str:
    return " / ".join(str(one.rank[policy]) for policy in result.policies)


def _name(result: WeakLinks, one: Tried) -> Text:
    candidate, crises = one.candidate, counted(one.replicates, "crisis", "crises")
    own = " / ".join(figure(one.itself[policy]) for policy in result.policies)
    strained = " / ".join(figure(one.spread[policy].mean) for policy in result.policies)
    ids, name = ids_of(candidate), result.name_of(candidate.organisation)
    if candidate.form == "organisations":
        more = [ids, f"itself {own}", f"strains {strained}"]
    elif candidate.form in ("links", "suppliers"):
        name = f"{candidate.resource}: {result.name_of(candidate.partner)} → {name}"
        more = [ids, f"customer {own}"]
        more += [f"strains {strained}"] if candidate.form == "links" else []
    else:
        name = called(result, candidate)
        more = [ids, f"+{figure(candidate.amount)} {candidate.unit}", f"itself {own}"]
    return Text.assemble(name, "\n", ("; ".join([*more, crises]), "dim"))


def _cell(one: Estimate) -> Text:
    interval = spans(one.interval, one.mean) if one.alike is None else in_short(one.alike)
    return Text.assemble((signed(one.mean), "bold" if one.shown else ""), "\n", (interval, "dim"))


def _show_change(result: WeakLinks, form: str) -> None:
    one, other = result.policies[:2]
    correlation = result.rank_correlation(form)
    if math.isnan(correlation):
        return
    moved = movers(result, form)
    change = f"; most changed: {'; '.join(moved)}" if moved else ""
    screen.say(
        f"Rank correlation between {one} and {other}: {correlation:.2f} of "
        f"{len(result.of(form)):,}{change}.",
        "dim",
    )


def _show_pairs(result: WeakLinks) -> None:
    screen.say(
        f"Pairs knocked out together: {result.scenario.harm_unit} added to others, and added in "
        "all beyond what the two add alone",
        "bold",
    )
    colour = colours(result.policies)
    table = screen.new_table()
    table.add_column("", overflow="fold", min_width=20)
    for policy in result.policies:
        head = Text(policy, style=f"bold {colour[policy]}")
        table.add_column(head, justify="right", no_wrap=True)
    for pair in result.pairs:
        table.add_row(_names(result, pair), *(_cell(pair.harm[p]) for p in result.policies))
        beyond = (_cell(pair.excess[p]) for p in result.policies)
        table.add_row(Text("  beyond the sum of the two", style="dim"), *beyond)
    screen.show(table)
    typer.echo()


def _names(result: WeakLinks, pair: Pair) -> Text:
    one, other = (called(result, half) for half in (pair.first, pair.second))
    ids = f"{ids_of(pair.first)} + {ids_of(pair.second)}"
    return Text.assemble(one, f"\n+ {other}\n", (ids, "dim"))


def _show_measures(result: WeakLinks) -> None:
    screen.say("What the graph alone would have said: rank correlation with harm added", "bold")
    table = screen.new_table()
    table.add_column("Measure")
    for policy in result.policies:
        table.add_column(policy, justify="right")
    for measure, title in result.measured.items():
        found = [result.measure_correlation(measure, policy) for policy in result.policies]
        table.add_row(title, *("–" if math.isnan(one) else f"{one:.2f}" for one in found))
    screen.show(table)
    if "betweenness" not in result.measured:
        screen.say("Betweenness is left out: in a network of this size it takes hours.", "dim")
    screen.say("Where it would mislead most (1st: the most critical):")
    for policy in result.policies:
        words = misled_words(result, policy)
        screen.say(f"{policy}: {'; '.join(words) or 'nowhere by more than a factor of two'}", "", 2)
