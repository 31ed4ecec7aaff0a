"""Morris's elementary effects as a section of a report: which factors matter at all."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from crisis_abm.experiment import Results
from crisis_abm.experiment.findings.morris import Morris, morris_effects
from crisis_abm.experiment.findings.outcome_tables import Series
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import of_outcome
from crisis_abm.report.sections import Picture, Section, Table, columns_of
from crisis_abm.report.style import GREY, dress, new_figure
from crisis_abm.report.sweep.about import in_columns, titled
from crisis_abm.report.sweep.sensitivity import (
    MOST_FACTORS,
    about_noise,
    all_series,
    ends_cells,
    headline_of,
    last_told,
    nothing_told,
    panel_tints,
    panels,
    share_x,
    shown_pairs,
    sources,
    told,
    under,
    untold,
    write_why_not,
)
from crisis_abm.report.words import figure as figure_text
from crisis_abm.report.words import unit

NEAR = 0.05  # of the plane from its origin: names there share a label
MOST_NEAR = 8  # lines of it
Found = dict[str, list[tuple[Series, Morris]]]

READING = (
    "An elementary effect is what moving one factor a step changes, scaled to the factor's whole "
    "range. μ* is its mean size, and tells whether a factor matters; μ is its mean with the sign, "
    "nearer to 0 than μ* where it goes both ways; σ is how much it differs from place to place, "
    "large where a factor bends or works together with others. Morris screens: it tells which "
    "factors can be left out, Sobol's indices which part the others have."
)


def morris_section(results: Results) -> Section:
    """Effects on every outcome under every setting, and on the differences between settings."""
    experiment = results.experiment
    points = experiment.points
    assert points.unit is not None
    found: Found = {
        outcome: [
            (one, morris_effects(points.unit, one.values, points.sampled, experiment.seed))
            for one in series
        ]
        for outcome, series in all_series(results).items()
    }
    headline = headline_of(found)
    if headline is None:
        return nothing_told(found, "Morris's effects")
    shown = shown_pairs(found[headline], experiment.directions[headline])
    counted_in = unit(headline, experiment.scenario)
    words = [
        ". ".join(_finding(one, effects, headline, counted_in) for one, effects in shown) + ".",
        READING,
        sources(experiment, "which trajectories were drawn"),
        *about_noise(
            [
                (effects.noise, under(one, outcome))
                for outcome, some in found.items()
                for one, effects in some
                if not effects.why_not
            ],
            "where a factor changes nothing else it adds to μ* and σ",
        ),
        *untold(found, "effects"),
    ]
    pictures = [_picture(results, shown, headline)]
    if len(points.sampled) > 1:
        pictures.append(_plane(results, *last_told(shown), headline))
    title = "Sensitivity: Morris's elementary effects"
    return Section("sensitivity", title, words, [_table(results, found)], pictures)


# ------------------------------------------------------------------ words


def _finding(one: Series, effects: Morris, outcome: str, counted_in: str) -> str:
    what = under(one, outcome)
    if effects.why_not:
        return f"{what[0].upper()}{what[1:]}: {effects.why_not}"
    sure, still = _sorted(effects)
    if not sure:
        return f"No factor is shown to move {what}"
    parts: list[str] = []
    for k in sure:
        amount = f"{figure_text(effects.mu_star[k])} ± {figure_text(effects.mu_star_width[k])}"
        words = f" {counted_in} over its whole range" if not parts else ""
        parts.append(f"{effects.names[k]} ({amount}{words})")
    text = f"What moves {what} most is {told(parts)}"
    return text + (f"; nothing is moved by {told(still)}" if still else "")


def _sorted(effects: Morris) -> tuple[list[int], list[str]]:
    """Factors whose μ* is clear of zero, the largest first; and those that changed nothing."""
    low = effects.mu_star - effects.mu_star_width
    sure = [int(k) for k in effects.order if low[k] > 0]
    still = [effects.names[k] for k in effects.order if effects.mu_star[k] == 0]
    return sure, still


# ------------------------------------------------------------------ table


def _table(results: Results, found: Found) -> Table:
    rows = [
        {
            "outcome": OUTCOMES[outcome].title,
            "unit": unit(outcome, results.experiment.scenario),
            "of": one.name,
            "factor": effects.names[k],
            **ends_cells("mu_star", effects.mu_star[k], effects.mu_star_width[k]),
            **ends_cells("mu", effects.mu[k], effects.mu_width[k]),
            "sigma": effects.sigma[k],
        }
        for outcome, some in found.items()
        for one, effects in some
        if not effects.why_not
        for k in effects.order
    ]
    headings = {"mu_star": "μ*", "mu": "μ", "sigma": "σ"}
    ends = {name: (f"{name}_low", f"{name}_high") for name in ("mu_star", "mu")}
    title = "Elementary effects, over the whole range of a factor"
    return Table("morris", title, columns_of(in_columns(rows), headings, ends))


# ------------------------------------------------------------------ pictures


def _picture(results: Results, shown: list[tuple[Series, Morris]], outcome: str) -> Picture:
    one, last = last_told(shown)
    order = last.order[:MOST_FACTORS]
    rows = [
        {
            "of": one.name,
            "factor": effects.names[k],
            "mu_star": effects.mu_star[k],
            "mu_star_width": effects.mu_star_width[k],
            "mu": effects.mu[k],
            "mu_width": effects.mu_width[k],
        }
        for one, effects in shown
        for k in order
    ]
    what = unit(outcome, results.experiment.scenario)
    first = last.order[0]
    size = f"{figure_text(last.mu_star[first])} ± {figure_text(last.mu_star_width[first])}"
    title = f"{last.names[first]} moves {under(one, outcome)} most: by {size}"
    text = f"Mean effect and mean size of the effect of every factor. {titled(title)}."
    draw = partial(_draw, shown, order, title, what)
    return Picture("morris", text, draw, in_columns(rows))


def _draw(shown: list[tuple[Series, Morris]], order: np.ndarray, title: str, what: str) -> Any:
    series = [one for one, _ in shown]
    names = [shown[0][1].names[k] for k in order]
    note = "Bar: mean size of the effect (μ*). Dot: mean effect with its sign (μ). "
    note += "Lines: 90% intervals."
    figure, axes = panels(title, note, names, series, f"{what} per whole range")
    at = np.arange(len(order))[::-1]
    for axis, (_, effects), tint in zip(axes, shown, panel_tints(series), strict=True):
        if effects.why_not:
            write_why_not(axis, effects.why_not)
            continue
        star, wide = effects.mu_star[order], effects.mu_star_width[order]
        axis.barh(at, star, 0.56, color=tint, alpha=0.25, edgecolor=tint, linewidth=1.2)
        axis.errorbar(star, at + 0.18, xerr=wide, fmt="none", ecolor=tint, elinewidth=1.6)
        axis.errorbar(
            effects.mu[order], at - 0.1, xerr=effects.mu_width[order], fmt="o", color=tint,
            markersize=8, elinewidth=3,
        )  # fmt: skip
        axis.margins(x=0.06)
    share_x(axes)
    return figure


def _plane(results: Results, one: Series, effects: Morris, outcome: str) -> Picture:
    bent = [effects.names[k] for k in effects.order if effects.sigma[k] > effects.mu_star[k] > 0]
    title = f"Effects on {under(one, outcome)}: "
    if bent:
        title += f"that of {told(bent)} depends on where it is moved (σ above μ*)"
    else:
        title += "no factor's effect differs more from place to place than it is large"
    columns = {
        "factor": np.array(effects.names),
        "mu_star": effects.mu_star,
        "sigma": effects.sigma,
    }
    text = f"Mean size of every factor's effect against how much it differs. {titled(title)}."
    what = of_outcome(outcome, results.experiment.scenario)
    return Picture("morris_plane", text, partial(_draw_plane, effects, title, what), columns)


def _draw_plane(effects: Morris, title: str, what: str) -> Any:
    note = "Line: σ = μ*. Above it an effect is more a matter of the other factors, or of where."
    figure, axes = new_figure(titled(title), note)
    size = 1.15 * float(max(effects.mu_star.max(), effects.sigma.max()))
    axes.plot([0, size], [0, size], color=GREY, linewidth=1, linestyle="--", zorder=1)
    axes.plot(effects.mu_star, effects.sigma, "o", color="#0072B2", markersize=10, clip_on=False)
    near = np.maximum(effects.mu_star, effects.sigma) < NEAR * size
    last = -np.inf
    for k in np.argsort(effects.sigma, kind="stable"):
        if near[k] and near.sum() > 1:
            continue
        last = max(float(effects.sigma[k]), last + 0.035 * size)  # names that would lie on another
        axes.annotate(
            effects.names[k], (effects.mu_star[k], last), xytext=(10, 0),
            textcoords="offset points", va="center", fontsize=12, annotation_clip=False,
        )  # fmt: skip
    if near.sum() > 1:
        _name_together(axes, [effects.names[k] for k in effects.order if near[k]], size)
    axes.set_xlim(0, size)
    axes.set_ylim(0, size)
    dress(axes, f"σ: how much it differs, {what}", grid="both")
    axes.set_xlabel(f"μ*: mean size of the effect, {what}", fontsize=13)
    return figure


def _name_together(axes: Any, names: list[str], size: float) -> None:
    """One label for the factors near the origin, the largest first: their own would overlap."""
    shown = names if len(names) <= MOST_NEAR else names[: MOST_NEAR - 1]
    lines = [f"{len(names)} near zero:", *shown]
    if len(shown) < len(names):
        lines.append(f"and {len(names) - len(shown)} more")
    axes.annotate(
        "\n".join(lines), (0, NEAR * size), xytext=(10, 8), textcoords="offset points",
        va="bottom", fontsize=11, color="#555", linespacing=1.4,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 2}, zorder=1.5,  # under dots
    )  # fmt: skip
