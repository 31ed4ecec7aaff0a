"""What the sections on sensitivity share: what is shown and told of factors, and how sure it is.

Their pictures have a row for each factor and a panel for each setting and their difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

from crisis_abm.experiment import Experiment, Results
from crisis_abm.experiment.design.states import ALL_RUNS, setting_labels
from crisis_abm.experiment.findings.outcome_tables import Series, best_setting, series_of
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import joined
from crisis_abm.report.sections import Section
from crisis_abm.report.style import DARK, RECIPROCAL, SILOED, dress, new_figure
from crisis_abm.report.sweep.about import titled
from crisis_abm.report.words import span

MOST_FACTORS = 20  # rows of a picture
MOST_NAMES = 3  # factors named in a sentence
DIFFERENCE = "#4B0082"
Found = TypeVar("Found", bound="Told")


def all_series(results: Results) -> dict[str, list[Series]]:
    """By outcome every setting, and every further one against the first."""
    labels = setting_labels(results.settings)
    return {name: series_of(array, labels) for name, array in results.outcomes().items()}


def shown_series(series: Sequence[Series], direction: int) -> list[Series]:
    """What a picture has room for: the first setting, the best of the others, their difference."""
    settings = [one for one in series if not one.against]
    if len(settings) == 1:
        return settings
    second = best_setting(np.stack([one.values for one in settings], axis=1), direction)
    return [settings[0], settings[second], series[len(settings) + second - 1]]


class Told(Protocol):
    """Indices or effects of one series."""

    @property
    def why_not(self) -> str:
        """Why there are none; empty where there are."""


def shown_pairs(some: Sequence[tuple[Series, Any]], direction: int) -> list[tuple[Series, Any]]:
    """What was found about those that `shown_series` has room for."""
    chosen = shown_series([one for one, _ in some], direction)
    return [pair for one in chosen for pair in some if pair[0] is one]


def last_told(pairs: Sequence[tuple[Series, Found]]) -> tuple[Series, Found]:
    """The last of which anything can be told."""
    return next(pair for pair in reversed(pairs) if not pair[1].why_not)


def headline_of(found: Mapping[str, Sequence[tuple[Series, Told]]]) -> str | None:
    """The first outcome of which anything can be told."""
    told = (o for o, some in found.items() if any(not one.why_not for _, one in some))
    return next(told, None)


def nothing_told(found: Mapping[str, Sequence[tuple[Series, Told]]], what: str) -> Section:
    """The section where nothing can be told of any outcome."""
    reasons = sorted({one.why_not for some in found.values() for _, one in some})
    words = [f"{what} cannot be told for any outcome: {'; '.join(reasons)}."]
    return Section("sensitivity", "Sensitivity", words)


def untold(found: Mapping[str, Sequence[tuple[Series, Told]]], what: str) -> list[str]:
    """Of what nothing can be told, and why."""
    parts = [
        f"{under(one, outcome)} ({about.why_not})"
        for outcome, some in found.items()
        for one, about in some
        if about.why_not
    ]
    return [f"No {what}: {'; '.join(parts)}."] if parts else []


def ends_cells(name: str, value: float, width: float) -> dict[str, float]:
    """An index with the ends of its interval, as columns."""
    return {name: value, f"{name}_low": value - width, f"{name}_high": value + width}


def under(one: Series, outcome: str) -> str:
    """What is looked at, in words that follow a factor's name."""
    title = OUTCOMES[outcome].title
    what = title[0].lower() + title[1:]
    if one.against:
        return f"the difference in {what} between {one.setting} and {one.against}"
    return what if one.setting == ALL_RUNS else f"{what} under {one.setting}"


def told(parts: Sequence[str]) -> str:
    """The first few of some factors, and how many more."""
    more = len(parts) - MOST_NAMES
    return joined([*parts[:MOST_NAMES], *([f"{more} more"] if more > 0 else [])])


def panel_tints(series: Sequence[Series]) -> list[str]:
    """A colour for each panel."""
    return [DARK] if len(series) == 1 else [SILOED, RECIPROCAL, DIFFERENCE]


def panels(
    title: str, note: str, names: Sequence[str], series: Sequence[Series], xlabel: str
) -> tuple[Any, list[Any]]:
    """A figure with empty panels, the first name at the top.

    Parameters
    ----------
    names : sequence of str
        Of the rows; the first one has the highest place, ``len(names) - 1``.
    series : sequence of Series
        A panel each.
    """
    figure, axes = new_figure(titled(title), note, columns=len(series))
    row = list(np.atleast_1d(axes))
    for k, (axis, one, tint) in enumerate(zip(row, series, panel_tints(series), strict=True)):
        axis.set_ylim(-0.7, len(names) - 0.3)
        axis.set_yticks(range(len(names)), list(reversed(names)) if k == 0 else [""] * len(names))
        axis.axvline(0, color="#555", linewidth=1)
        if len(series) > 1:
            axis.set_title(_wrapped(one.name), fontsize=13, loc="left", color=tint)
        dress(axis, grid="x")
        axis.tick_params(axis="y", length=0)
        axis.set_xlabel(xlabel, fontsize=12)
        axis.tick_params(axis="x", labelsize=11)
    return figure, row


def write_why_not(axis: Any, why_not: str) -> None:
    """In an empty panel, why it is."""
    axis.text(0.5, 0.5, why_not, transform=axis.transAxes, ha="center", fontsize=12)


def share_x(axes: Sequence[Any]) -> None:
    """Give all panels the same reach: what looks larger is larger."""
    ends = np.array([axis.get_xlim() for axis in axes])
    for axis in axes:
        axis.set_xlim(ends[:, 0].min(), ends[:, 1].max())


def _wrapped(text: str) -> str:
    return text if len(text) <= 32 else text.replace(" − ", "\n− ")


MUCH = 0.1  # noise, as a part of the variance


def part_of_variance(index: float, width: float) -> str:
    """A total index with its interval, as far as a part of a whole can reach.

    An estimate from few points may lie above 1, which no index does.

    >>> part_of_variance(0.62, 0.1), part_of_variance(0.95, 0.12), part_of_variance(1.16, 0.14)
    ('0.62 ± 0.10', '0.83 to 1', 'about 1, unsure')
    """
    if index + width <= 1:
        return f"{index:.2f} ± {width:.2f}"
    low = index - width
    return "about 1, unsure" if low >= 0.995 else span(low, 1.0, min(index, 1.0), whole=1.0)


def sources(experiment: Experiment, sampled: str) -> str:
    """What intervals of an index cover; `sampled` is what was drawn beside the crises."""
    if experiment.replicates == 1:
        return (
            f"90% intervals cover {sampled}, not which crisis befell them: there is one only, and "
            "indices are of that crisis. Set replicates = 10 or more and sweep again."
        )
    return (
        f"90% intervals cover {sampled} (a bootstrap) and which {experiment.replicates} crises "
        "befell them (a jackknife): these are the same at every point, so they would not show as "
        "scatter between points."
    )


def about_noise(shares: Sequence[tuple[float | None, str]], effect: str) -> list[str]:
    """How much of what varies between points is chance, and what that does to indices.

    Shares are parts of the variance, and of what; the first one is spoken of, and the largest.
    """
    known = [(share, what) for share, what in shares if share is not None]
    if not known:
        return []
    first, most = known[0], max(known)
    text = f"Noise: {first[0]:.0%} of the variance of {first[1]} between points"
    if most[0] > first[0]:
        text += f", and at most {most[0]:.0%} (of {most[1]}),"
    text += f" is chance in the crises, not the factors; {effect}."
    if most[0] > MUCH:
        text += " More replicates make it less."
    return [text]
