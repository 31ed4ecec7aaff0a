"""A comparison as a report: what changes, every outcome, who pays, one crisis day by day."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from crisis_abm import history
from crisis_abm.engine import Status
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import joined, may_differ
from crisis_abm.report.finding import (
    caveat,
    finding,
    headline,
    how_far,
    rests_on,
    settling,
    so_far,
    what_interval_covers,
)
from crisis_abm.report.run import run_sentence, status_figure
from crisis_abm.report.sections import (
    Again,
    Column,
    Picture,
    Report,
    Section,
    Table,
    arrays,
    columns_of,
)
from crisis_abm.report.style import GREY, aside, colours, dress, new_figure, time_axis
from crisis_abm.report.tables import (
    LEVELS,
    as_json,
    comparison_tables,
    daily_harm,
    difference_over_time,
    harm_by_group,
    payer_columns,
    summary_columns,
)
from crisis_abm.report.words import counted, figure, spans, unit
from crisis_abm.report.words import figure as figure_text
from crisis_abm.runs import Comparison, Difference, Run
from crisis_abm.runs.statistics import BAND
from crisis_abm.scenario import LEVERS, Policy

TOP = 3  # payers named; the rest are counted


def comparison_report(
    result: Comparison, runs: Sequence[Run] = (), asked: int | None = None
) -> Report:
    """What differs between the policies, and how sure that is.

    Parameters
    ----------
    result : Comparison
    runs : sequence of Run
        One crisis under each policy, kept by organisation, to be shown day by day.
    asked : int, optional
        How many crises there will be, while some still come in: then there is no verdict.
    """
    scenario = result.scenario
    steps = counted(scenario.time.steps, scenario.time.unit)
    crises = counted(result.replicates, "crisis", "crises")
    ended = [_outcomes(result), _payers(result)] if asked is None else _means(result)
    return Report(
        title=scenario.title,
        finding=_finding(result, asked),
        asked=f"{scenario.title}: {crises} of {steps}, each under every policy; seed {result.seed}",
        caveat=caveat(scenario),
        sections=[_difference(result, asked), *ended, *_crisis(runs)],
        facts=as_json(result),
        about=_about(result, asked),
        data=partial(comparison_tables, result),
    )


def _finding(result: Comparison, asked: int | None) -> str:
    if asked is not None:
        return so_far(result, asked)
    return "\n".join(finding(result, policy) for policy in result.policies[1:])


def _about(result: Comparison, asked: int | None) -> list[tuple[str, str]]:
    crises = f"{result.replicates}" + ("" if asked is None else f" of {asked}")
    return [
        ("Policies", "; ".join(map(_levers, result.followed))),
        *rests_on(
            result.scenario,
            "Crises",
            f"{crises}, from seed {result.seed}, the same for every policy",
        ),
    ]


def _levers(policy: Policy) -> str:
    levers = ", ".join(f"{lever} {getattr(policy, lever):g}" for lever in LEVERS)
    changes = f", with {counted(len(policy.changes), 'change')}" if policy.changes else ""
    return f"{policy.name} ({levers}{changes})"


def _difference(result: Comparison, asked: int | None) -> Section:
    found = _finding(result, asked)
    about = "Line of the mean difference so far, by day, with the band that 80% of crises lie in. "
    pictures = [
        Picture(
            "difference_over_time",
            about + found,
            partial(_difference_figure, result, asked),
            difference_over_time(result),
        )
    ]
    again = []
    if asked is None:
        per_day = "Harm by day, mean of the crises under each policy."
        columns = {"tick": np.arange(result.scenario.time.steps)}
        columns |= dict(zip(result.policies, daily_harm(result).mean(axis=0), strict=True))
        pictures.insert(
            0, Picture("harm_per_day", per_day, partial(_harm_per_day, result), columns)
        )
        open_ = [settling(result.difference("harm", policy)) or 0 for policy in result.policies[1:]]
        if any(open_):
            again = [Again(f"To run {max(open_):,} crises", (), result.policies, max(open_))]
    return Section("difference", "What changes", found.split("\n"), (), pictures, again)


def _outcomes(result: Comparison) -> Section:
    picture = Picture(
        "outcomes",
        "Every outcome as a part of what it was under the first policy, with 90% intervals.",
        partial(_outcomes_figure, result),
        arrays(summary_columns(result)),
    )
    tables = [_compared(result, policy) for policy in result.policies[1:]]
    words = [
        "Means over the crises; 80%: where the difference lies in 80% of them; and in how many it "
        "was better, worse, equal."
    ]
    told = [text for policy in result.policies[1:] for text in _alike(result, policy)]
    words += dict.fromkeys(told)
    return Section("outcomes", "Outcomes", words, [*tables, *_by_group(result)], [picture])


def _compared(result: Comparison, policy: str) -> Table:
    """Every outcome under the first policy and another one."""
    differences = [result.difference(outcome, policy) for outcome in OUTCOMES]
    base = result.policies[0]
    columns = [
        Column.of("title", [about.title for about in OUTCOMES.values()], "outcome"),
        Column.of("unit", [unit(o, result.scenario) for o in OUTCOMES], "counted in", below="{}"),
        Column.of("outcome", list(OUTCOMES)),
        *(
            Column.of(name, [float(result.of(o, of).mean()) for o in OUTCOMES], of)
            for name, of in (("first", base), ("second", policy))
        ),
        Column.of_estimates("difference", differences, "difference"),
        Column.of(
            "band",
            [spans(one.band) for one in differences],
            "80% of crises",
            narrow="80%: {}",
        ),
        Column.of("band_low", [one.band[0] for one in differences]),
        Column.of("band_high", [one.band[1] for one in differences]),
        Column.of(
            "counts",
            [_counts(o, one) for o, one in zip(OUTCOMES, differences, strict=True)],
            "better/ worse/ equal",
        ),
        Column.of("better", [one.better for one in differences]),
        Column.of("worse", [one.worse for one in differences]),
        Column.of("equal", [one.equal for one in differences]),
    ]
    name = (
        "outcomes" if policy == result.policies[1] else f"outcomes_{result.policies.index(policy)}"
    )
    return Table(f"compared_{name}", f"{policy} against {base}", columns, len(OUTCOMES))


def _counts(outcome: str, difference: Difference) -> str:
    """In how many replicates it was better, worse, equal; nothing where neither is better."""
    if OUTCOMES[outcome].better == 0:
        return ""
    return f"{difference.better}/{difference.worse}/{difference.equal}"


def _alike(result: Comparison, policy: str) -> list[str]:
    """What stands in place of intervals means, once for each number of crises."""
    found = {result.difference(outcome, policy).alike for outcome in OUTCOMES} - {None}
    doubts = {one.replicates: may_differ(one) for one in found if one is not None}
    if not doubts:
        return []
    told = [f"in {count} of {result.replicates}: {doubts[count]}" for count in sorted(doubts)]
    return [f"No interval where nearly all are the same; {'; '.join(told)}."]


def _payers(result: Comparison) -> Section:
    """Who comes to more harm and who to less; each judged by its own interval."""
    if result.replicates < 2:
        return Section("who_pays", "Who pays", ["One crisis cannot show who pays."])
    columns = arrays(payer_columns(result))
    count = int((columns["effect"] == "worse").sum()) if len(columns["effect"]) else 0
    words = [
        f"Shown to be worse off: {count} (organisations, kinds and areas, each judged by its own "
        "90% interval; of a hundred who pay nothing, five would be named).",
        *(text for policy in result.policies[1:] for text in _named(result, policy)),
    ]
    shown = columns_of(columns, intervals={"difference": ("low", "high")})
    table = Table("who_pays", "Who comes to more harm and who to less", shown)
    return Section("who_pays", "Who pays", words, [table] if len(columns["effect"]) else [])


def _named(result: Comparison, policy: str) -> list[str]:
    """The first of those who pay and who gain, at every level."""
    base, harm = result.policies[0], result.scenario.harm_unit
    words = []
    for who, worse, more in (("Who pays", True, "more"), ("Who gains", False, "fewer")):
        levels = []
        for level in LEVELS:
            payers = result.payers(policy, level, worse)
            first = payers[:TOP]
            told = (f"{one.name} {figure(one.first)} → {figure(one.second)}" for one in first)
            named = "; ".join(told)
            rest = f"; and {len(payers) - TOP:,} more" if len(payers) > TOP else ""
            many = counted(len(payers), level) if payers else f"no {level}"
            levels.append(many + (f" ({named}{rest})" if named else ""))
        whom = joined(levels)
        words.append(f"{who}, with {more} {harm} under {policy} than under {base}: {whom}.")
    return words


def _means(result: Comparison) -> list[Section]:
    """Outcomes while crises come in: figures as they stand, nothing that is shown or not."""
    words = [
        "Means over the crises that are in; who pays, and what is shown, is said when all are."
    ]
    columns = arrays(summary_columns(result))
    kept = {name: columns[name] for name in ("title", "unit", "first_mean", "mean")}
    first, second = result.policies[:2]
    headings = {"title": "outcome", "first_mean": first, "mean": second}
    table = Table("outcomes", "Every outcome", columns_of(kept, headings))
    return [Section("outcomes", "Outcomes", words, [table])]


def _by_group(result: Comparison) -> list[Table]:
    unit = result.scenario.harm_unit
    headings = {"first": result.policies[0], "second": result.policies[1]}
    return [
        Table(
            f"harm_by_{level}",
            f"{unit} by {level}".capitalize(),
            columns_of(columns, headings, {"difference": ("low", "high")}),
        )
        for level in ("kind", "area")
        if len((columns := harm_by_group(result, level))["name"]) > 1
    ]


def _crisis(runs: Sequence[Run]) -> list[Section]:
    pictures = [
        Picture(
            f"status_{number}",
            f"Organisations by day, darker is worse. {run_sentence(run)}",
            partial(status_figure, run),
            _statuses(run),
        )
        for number, run in enumerate(runs, start=1)
        if len(run.state.record.status)
    ]
    words = [f"{run_sentence(run)}." for run in runs]
    return [Section("crisis", "One crisis, day by day", words, (), pictures)] if runs else []


def _statuses(run: Run) -> dict[str, Any]:
    """By tick, how many organisations are in each status."""
    status = run.state.record.status
    ticks = np.arange(len(status))
    found: dict[str, Any] = {"tick": ticks}
    known = history.dates(run.scenario, ticks)
    if known is not None:
        found["date"] = np.array(known, dtype="datetime64[D]")
    return found | {one.name.lower(): (status == one).sum(axis=1) for one in Status}


FURTHEST = 150.0  # per cent: what lies beyond is written, not drawn to scale


def _title(result: Comparison, asked: int | None = None) -> str:
    text = headline(result) if asked is None else how_far(result, asked)
    return text[0].upper() + text[1:]


def _note(result: Comparison, text: str) -> str:
    return " ".join(part for part in (text, caveat(result.scenario)) if part)


def _label_ends(axes: Any, x: float, ends: dict[str, float], colour: dict[str, str]) -> None:
    """Write names beside the ends of lines, far enough from each other to be read."""
    low, high = axes.get_ylim()
    apart, at = 0.045 * (high - low), -np.inf
    for name in sorted(ends, key=lambda name: ends[name]):
        at = max(ends[name], at + apart)
        axes.annotate(
            name,
            (x, at),
            xytext=(8, 0),
            textcoords="offset points",
            color=colour[name],
            fontsize=14,
            fontweight="bold",
            va="center",
            annotation_clip=False,
        )


def _harm_per_day(result: Comparison) -> Any:
    """Harm by tick under each policy."""
    harm, scenario = daily_harm(result), result.scenario
    note = f"Lines: mean of {result.replicates} replicates. Shaded: 80% of them lie there."
    figure, axes = new_figure(_title(result), _note(result, note))
    time = time_axis(axes, scenario, harm.shape[2])
    colour, ends = colours(result.policies), {}
    for row, policy in enumerate(result.policies):
        mean = harm[:, row].mean(axis=0)
        low, high = np.quantile(harm[:, row], BAND, axis=0)
        axes.fill_between(time, low, high, color=colour[policy], alpha=0.18, linewidth=0)
        axes.plot(time, mean, color=colour[policy], linewidth=2.4)
        ends[policy] = float(mean[-1])
    axes.set_xlim(time[0], time[-1])
    axes.set_ylim(bottom=0)
    dress(axes, f"{scenario.harm_unit} per {scenario.time.unit}")
    _label_ends(axes, time[-1], ends, colour)
    return figure


def _difference_figure(result: Comparison, asked: int | None = None) -> Any:
    """Harm so far, more or less than under the first policy; `asked` as of the report."""
    harm, scenario, base = daily_harm(result), result.scenario, result.policies[0]
    pairs = np.cumsum(harm[:, 1:] - harm[:, :1], axis=2)
    note = f"Lines: mean of {result.replicates} paired replicates. Shaded: 80% of them lie there."
    figure, axes = new_figure(_title(result, asked), _note(result, note))
    time = time_axis(axes, scenario, harm.shape[2])
    colour, ends = colours(result.policies), {}
    axes.axhline(0, color=colour[base], linewidth=2)
    for row, policy in enumerate(result.policies[1:]):
        low, high = np.quantile(pairs[:, row], BAND, axis=0)
        mean = pairs[:, row].mean(axis=0)
        axes.fill_between(time, low, high, color=colour[policy], alpha=0.18, linewidth=0)
        axes.plot(time, mean, color=colour[policy], linewidth=2.4)
        ends[policy] = float(mean[-1])
    axes.set_xlim(time[0], time[-1])
    dress(axes, f"{scenario.harm_unit} so far, more (+) or fewer (-) than {base}")
    _label_ends(axes, time[-1], {base: 0.0, **ends}, colour)
    return figure


def _outcomes_figure(result: Comparison) -> Any:
    """Every outcome as a part of what it was under the first policy."""
    second, base = result.policies[1], result.policies[0]
    note = (
        f"Thick: 90% interval of the mean ({_covers(result)}). Thin: 80% of replicates lie there."
    )
    figure, axes = new_figure(_title(result), _note(result, note))
    colour, labels = colours(result.policies)[second], []
    rows = [name for name in OUTCOMES if _occurs(result, name)]
    for at, name in enumerate(reversed(rows)):
        first = float(result.of(name, base).mean())
        difference = result.difference(name, second)
        labels.append(OUTCOMES[name].title)
        text = f"{figure_text(first)} → {figure_text(float(result.of(name, second).mean()))}"
        aside(axes, at, text)
        if first == 0:
            axes.text(0, at, " none before", va="center", fontsize=11, color=GREY)
            continue
        ends = difference.interval or (difference.mean, difference.mean)
        percent = np.array([*difference.band, *ends])
        percent = np.clip(100 * percent / abs(first), -FURTHEST, FURTHEST)
        mean = 100 * difference.mean / abs(first)
        good = difference.mean * OUTCOMES[name].better
        tint = colour if difference.shown and good else GREY
        axes.plot(percent[:2], [at, at], color=tint, linewidth=1.6, solid_capstyle="butt")
        axes.plot(percent[2:], [at, at], color=tint, linewidth=6, solid_capstyle="butt")
        marker = "o" if abs(mean) <= FURTHEST else (">" if mean > 0 else "<")
        axes.plot(
            np.clip(mean, -FURTHEST, FURTHEST),
            at,
            marker,
            markersize=10,
            markerfacecolor=tint if good > 0 else "white",
            markeredgecolor=tint,
            markeredgewidth=2.2,
            zorder=3,
            clip_on=False,
        )
    axes.axvline(0, color="#555", linewidth=1)
    axes.set_yticks(range(len(labels)), labels)
    axes.margins(x=0.06)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    dress(axes, grid="x")
    axes.set_xlabel(
        f"{second} against {base}, % of {base}   "
        "(filled: better, hollow: worse; grey: not shown, or neither)",
        fontsize=13,
    )
    axes.text(1.02, 1.01, f"{base} → {second}", transform=axes.transAxes, fontsize=11, color="#555")
    return figure


def _covers(result: Comparison) -> str:
    return what_interval_covers(result).partition("covers ")[2]


def _occurs(result: Comparison, outcome: str) -> bool:
    return any(result.of(outcome, policy).any() for policy in result.policies[:2])
