"""The report on a sweep: which sections, about which outcomes and settings, in which order.

What was found comes first, then how sure it is, then what was varied and what these runs cannot
tell. The sections themselves are written elsewhere, one module each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from crisis_abm.experiment import Results
from crisis_abm.experiment.design.states import setting_labels
from crisis_abm.experiment.findings.outcome_tables import best_setting, complete_pairs
from crisis_abm.experiment.findings.pairs import QuestionError, setting_named
from crisis_abm.report.effect_words import joined
from crisis_abm.report.sections import Section
from crisis_abm.report.sweep.about import failed_section, how_to_finish, unfinished, varied_section
from crisis_abm.report.sweep.convergence import convergence_section
from crisis_abm.report.sweep.discovery import discovery_section
from crisis_abm.report.sweep.morris import morris_section
from crisis_abm.report.sweep.one_at_a_time import one_at_a_time_section
from crisis_abm.report.sweep.outcomes import outcome_section
from crisis_abm.report.sweep.regime_words import sentence
from crisis_abm.report.sweep.regimes import judged_outcome, regime_section
from crisis_abm.report.sweep.sobol import sobol_section

MOST_MAPS = 4  # settings that get a map each; of more only the best one does
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Asked:
    """What somebody wants to know of a sweep; what is left out is chosen from its runs.

    Attributes
    ----------
    outcomes : sequence of str, optional
        The first one has the headlines, every one with a better direction its map and boxes. All
        are looked at unless said, and the first with a direction has a map.
    against : str, optional
        The setting that others are held against; the first unless said.
    settings : sequence of str, optional
        The settings that maps and boxes are about; all others unless said, or if these are more
        than `MOST_MAPS` the one that is best on average.
    over : (str, str), optional
        The factors across and up a map; those that tell most unless said.
    """

    outcomes: Sequence[str] | None = None
    against: str | None = None
    settings: Sequence[str] | None = None
    over: tuple[str, str] | None = None


def sections(results: Results, asked: Asked, progress: Progress | None = None) -> list[Section]:
    """Every section of the report, in order.

    Parameters
    ----------
    results : Results
    asked : Asked
    progress : callable, optional
        Told how many parts of how many are done.

    Raises
    ------
    QuestionError
        If the sweep has no such outcome, setting or factor.
    """
    view = chosen(results, asked.outcomes, asked.against)
    for name in asked.settings or ():
        setting_named(view, name)
    steps: list[Callable[[], Section | None]] = [partial(outcome_section, view)]
    judged = _judged(view, asked)
    for outcome in judged:
        one = chosen(results, [outcome] if outcome else asked.outcomes, asked.against)
        ending = f"_{outcome}" if len(judged) > 1 else ""
        steps.append(partial(_maps, one, asked, ending))
        steps.append(partial(_boxes, one, asked, ending))
    steps += [partial(_sensitivity, view), partial(convergence_section, view)]
    steps += [partial(varied_section, view), partial(failed_section, view)]
    found = []
    for done, step in enumerate(steps):
        if progress is not None:
            progress(done, len(steps))
        section = step()
        if section is not None:
            found.append(section)
    return _untold_last(_with_names_apart(found))


def _judged(view: Results, asked: Asked) -> list[str]:
    """The outcomes that get a map; one without a name if none can be told better from worse."""
    directions = view.experiment.directions
    judged = [name for name in view.experiment.outcomes if directions[name]] or [""]
    return judged if asked.outcomes else judged[:1]


def _maps(view: Results, asked: Asked, ending: str) -> Section:
    seconds, why = _shown_settings(view, asked)
    try:
        section = regime_section(view, judged_outcome(view), asked.over, seconds=seconds)
    except QuestionError as error:
        if asked.over or asked.settings:
            raise
        return _Untold("regimes" + ending, "A map of where it helps", [_why(error, view)])
    return _named(section, ending, view, why)


def _boxes(view: Results, asked: Asked, ending: str) -> Section:
    seconds, why = _shown_settings(view, asked)
    seconds = seconds or list(range(1, max(2, len(setting_labels(view.settings)))))
    try:
        outcome = judged_outcome(view)
        parts = [discovery_section(view, outcome, second=second) for second in seconds]
    except QuestionError as error:
        if asked.settings:
            raise
        return _Untold("discovery" + ending, "Scenario discovery", [_why(error, view)])
    if len(parts) > 1:
        parts = [_renamed(part, f"_{n}") for n, part in enumerate(parts, start=1)]
    whole = Section(
        "discovery",
        parts[0].title,
        list(dict.fromkeys(text for part in parts for text in part.words)),
        [table for part in parts for table in part.tables],
        [picture for part in parts for picture in part.pictures],
    )
    return _named(whole, ending, view, why)


def _why(error: QuestionError, view: Results) -> str:
    return sentence(str(error).removeprefix(f"{view.folder}: ")) + "."


def _shown_settings(view: Results, asked: Asked) -> tuple[list[int] | None, str]:
    """Numbers of the settings that are shown, None for all; and why these, if somebody may ask."""
    if asked.settings:
        return [setting_named(view, name) for name in asked.settings], ""
    labels = setting_labels(view.settings)
    outcome = next(iter(view.experiment.outcomes))
    if len(labels) <= MOST_MAPS + 1 or not view.experiment.directions[outcome]:
        return None, ""
    values = view.values(outcome)
    if not complete_pairs(values).any():
        return [1], ""
    best = best_setting(values, view.experiment.directions[outcome])
    why = (
        f"Of {len(labels)} settings this is about {labels[best]}, the best on average of those "
        f"beside {labels[0]}; ask for another to see that."
    )
    return [best], why


def _named(section: Section, ending: str, view: Results, why: str) -> Section:
    """With names of its own where several outcomes have such a section, and why this setting."""
    words = [*section.words[:1], *([why] if why and section.pictures else []), *section.words[1:]]
    section = replace(section, words=words)
    if not ending:
        return section
    outcome = next(iter(view.experiment.outcomes))
    renamed = _renamed(section, ending)
    return replace(renamed, title=f"{section.title}: {outcome.replace('_', ' ')}")


def _renamed(section: Section, ending: str) -> Section:
    return replace(
        section,
        name=section.name + ending,
        tables=[replace(one, name=one.name + ending) for one in section.tables],
        pictures=[replace(one, name=one.name + ending) for one in section.pictures],
    )


def _with_names_apart(found: list[Section]) -> list[Section]:
    """Every picture and table under a file name of its own; the section's is added to a second."""
    taken: set[str] = set()

    def apart(name: str, section: Section) -> str:
        own = f"{section.name}_{name}" if name in taken else name
        taken.add(own)
        return own

    return [
        replace(
            one,
            pictures=[replace(each, name=apart(each.name, one)) for each in one.pictures],
            tables=[replace(each, name=apart(each.name, one)) for each in one.tables],
        )
        for one in found
    ]


def _sensitivity(view: Results) -> Section | None:
    section = sensitivity_section(view)
    if section is None or section.tables or section.pictures:
        return section
    return _Untold(section.name, section.title, section.words)


class _Untold(Section):
    """A section that says only why it is none."""


def _untold_last(found: list[Section]) -> list[Section]:
    """What the runs cannot tell becomes a section at the end, a paragraph each."""
    untold = [one for one in found if isinstance(one, _Untold)]
    if not untold:
        return found
    names = joined([one.title[0].lower() + one.title[1:] for one in untold])
    words = [f"These runs give no answer about: {names}."]
    words += [f"{one.title}: {' '.join(one.words)}" for one in untold]
    told = [one for one in found if not isinstance(one, _Untold)]
    return [*told, Section("not-told", "What these runs cannot tell", words)]


WHOLE = {"sobol": "Sobol's indices", "morris": "Morris's effects"}
NO_INDICES = {
    "latin_hypercube": "a Latin hypercube is made for scatter and scenario discovery",
    "full_factorial": "what each value of a factor comes to is in a table under Outcomes",
    "points": "the points of a table are not sampled",
}


def sensitivity_section(results: Results) -> Section | None:
    """Sobol's indices, Morris's effects, or one change at a time; or why there are none.

    Returns
    -------
    Section or None
        None where nothing but crossed levers differs.
    """
    experiment = results.experiment
    method = experiment.design.method
    if not experiment.points.sampled:
        return None
    if method == "one_at_a_time":
        return one_at_a_time_section(results)
    if method in NO_INDICES:
        words = [
            f"No sensitivity indices: {NO_INDICES[method]}. Which factor decides most is told by "
            'design.method = "sobol" (the parts of the variance), "morris" (a screening, for many '
            'factors and few runs) or "one_at_a_time".'
        ]
        return Section("sensitivity", "Sensitivity", words)
    missing = unfinished(results)
    if missing:
        words = [
            f"{WHOLE[method]} cannot be told yet: {missing}, and the method wants every one.",
            how_to_finish(results),
        ]
        return Section("sensitivity", "Sensitivity", words)
    return sobol_section(results) if method == "sobol" else morris_section(results)


@dataclass(frozen=True, eq=False)
class Chosen(Results):
    """Results whose outcomes and settings are in another order, or fewer outcomes of them.

    Attributes
    ----------
    order : tuple of int
        Numbers of the settings as they were swept, in the order in which they are looked at.
    """

    order: tuple[int, ...]

    def outcomes(self, names: list[str] | None = None) -> dict[str, np.ndarray]:
        """As of `Results`, settings in this order."""
        found = super().outcomes(names)
        return {name: values[:, list(self.order)] for name, values in found.items()}


def chosen(
    results: Results, outcomes: Sequence[str] | None = None, against: str | None = None
) -> Results:
    """The same runs, looked at in another way.

    Every analysis takes the first outcome for its headlines, and holds every setting against the
    first; so what is asked about becomes the first.

    Parameters
    ----------
    results : Results
    outcomes : sequence of str, optional
        All that were recorded unless said.
    against : str, optional
        What a setting is called; the first unless said.

    Raises
    ------
    QuestionError
        If the sweep has no such outcome or setting.
    """
    experiment, points = results.experiment, results.experiment.points
    names = tuple(dict.fromkeys(outcomes or experiment.outcomes))
    for name in names:
        if name not in experiment.outcomes:
            recorded = ", ".join(experiment.outcomes)
            remedy = f"choose of {recorded}, or name it under [outcomes] and sweep again"
            raise QuestionError(f'{results.folder}: does not record outcome "{name}"; {remedy}')
    first = 0 if against is None else setting_named(results, against)
    order = (first, *(s for s in range(points.settings) if s != first))
    columns = {
        name: column.reshape(-1, points.settings)[:, list(order)].ravel()
        for name, column in points.columns.items()
    }
    directions = {name: experiment.directions[name] for name in names}
    looked_at = replace(
        experiment,
        outcomes=names,
        directions=directions,
        points=replace(points, columns=columns),
    )
    return Chosen(results.folder, looked_at, results.statuses, order)
