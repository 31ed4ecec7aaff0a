"""Long questions of the Weak links and the Why page, each worked out in a process of its own.

An answer is told as sections of a report, so that the page, its report and the command line say the
same in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import crisis_abm
from crisis_abm.report.drawing import Drawing, drawing
from crisis_abm.report.effect_words import covered
from crisis_abm.report.finding import caveat
from crisis_abm.report.page import page_html
from crisis_abm.report.sections import Section
from crisis_abm.report.words import counted
from crisis_abm.scenario import Scenario

__all__ = ["INQUIRIES", "Inquiry", "Told", "report_of"]

Progress = Callable[[int, int], None]
NARROWER = "choose one kind under Among, or fewer crises"
NAMED = 5  # organisations of each kind of finding whose Why is a click away


@dataclass(frozen=True)
class Told:
    """An answer as it is sent to a page: its pictures drawn.

    Attributes
    ----------
    finding : str
    sections : tuple of Section
        Without what drew their pictures.
    drawings : mapping of str to Drawing
        By the name of the picture.
    who : tuple of (str, str)
        Id and name of the organisations that it is about.
    about : tuple of (str, str)
        How it was made, item by item; the first one is about this question alone.
    """

    finding: str
    sections: tuple[Section, ...]
    drawings: Mapping[str, Drawing]
    who: tuple[tuple[str, str], ...]
    about: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Inquiry:
    """A question that a planner may have worked out.

    Attributes
    ----------
    title, about : str
        The question, and what is done to answer it.
    action : str
        What its button says.
    answer : callable
        ``answer(scenario, (policies, replicates, seed, kinds), workers, progress)``.
    """

    title: str
    about: str
    action: str
    answer: Callable[..., Told]


def weakest(scenario: Scenario, asked: Sequence[Any], workers: int, progress: Progress) -> Told:
    """Where it is weakest, and where help would do most, under every policy."""
    from crisis_abm.analysis.weak_links.search import weak_links
    from crisis_abm.analysis.weak_links.size import TooManyRuns
    from crisis_abm.report.weak_links.page import weak_links_finding, weak_links_sections

    policies, replicates, seed, kinds = asked
    try:
        result = weak_links(
            scenario,
            policies,
            replicates,
            kinds=kinds,
            seed=seed,
            workers=workers,
            progress=progress,
        )
    except TooManyRuns as error:
        raise error.with_remedy(NARROWER) from error
    ids = [
        one.candidate.organisation
        for policy in result.policies
        for form in ("organisations", "stock")
        for one in result.of(form, policy)[:NAMED]
        if one.harm[policy].shown > 0
    ]
    who = [(one, result.name_of(one)) for one in dict.fromkeys(ids)]
    told = weak_links_finding(result) or "There is nothing here that could be tried."
    return _told(scenario, told, weak_links_sections(result), who, asked, result.runs)


def first_calls(scenario: Scenario, asked: Sequence[Any], workers: int, progress: Progress) -> Told:
    """Whom to win over first, and whether adoption tips."""
    from crisis_abm.analysis.coalition.search import coalition
    from crisis_abm.report.coalition.page import coalition_sections
    from crisis_abm.report.coalition.words import adoption_finding

    (otherwise, policy), replicates, seed, kinds = asked
    result = coalition(
        scenario,
        policy=policy,
        otherwise=otherwise,
        kinds=kinds,
        replicates=replicates,
        seed=seed,
        workers=workers,
        progress=progress,
    )
    called = result.called(min(NAMED, len(result.units)))
    rows = [unit.rows[0] for unit in called if len(unit.rows) == 1]
    who = [(scenario_id, name) for scenario_id, name in _named(scenario, rows)]
    sections = coalition_sections(result)
    return _told(scenario, adoption_finding(result), sections, who, asked, result.runs)


def shares(scenario: Scenario, asked: Sequence[Any], workers: int, progress: Progress) -> Told:
    """What each of the principles brings."""
    from crisis_abm.analysis.attribution import COMBINATIONS, principles
    from crisis_abm.report.principles.page import principles_sections
    from crisis_abm.report.principles.words import principles_finding

    _, replicates, seed, _ = asked
    result = principles(
        scenario, replicates=replicates, seed=seed, workers=workers, progress=progress
    )
    sections = principles_sections(result)
    finding, runs = principles_finding(result), COMBINATIONS * replicates
    return _told(
        scenario, finding, sections, (), asked, runs, compared=f"all {COMBINATIONS} combinations"
    )


def causes(scenario: Scenario, asked: Sequence[Any], workers: int, progress: Progress) -> Told:
    """How the causes of the harm differ from crisis to crisis, under the last of the policies."""
    from crisis_abm.analysis.cascade.over_crises import causes_over_crises
    from crisis_abm.report.cascade.page import causes_sections
    from crisis_abm.report.cascade.words import causes_finding

    policies, replicates, seed, _ = asked
    result = causes_over_crises(scenario, policies[-1], replicates, seed, workers, progress)
    sections = causes_sections(result)
    finding = causes_finding(result)
    return _told(scenario, finding, sections, (), asked, replicates, compared=policies[-1].name)


def _named(scenario: Scenario, rows: Sequence[int]) -> list[tuple[str, str]]:
    from crisis_abm.runs import Prepared

    tables = Prepared(scenario).tables
    return [(tables.ids[row], tables.names[row]) for row in rows]


def _told(
    scenario: Scenario,
    finding: str,
    sections: Sequence[Section],
    who: Sequence[tuple[str, str]],
    asked: Sequence[Any],
    runs: int,
    compared: str = "",
) -> Told:
    drawings = {one.name: drawing(one) for section in sections for one in section.pictures}
    sent = [
        replace(
            section,
            words=tuple(text for text in section.words if text != finding),
            pictures=tuple(replace(one, draw=_drawn) for one in section.pictures),
        )
        for section in sections
    ]
    policies, replicates, seed, kinds = asked
    tried = "" if kinds is None else f"; only {', '.join(kinds)}"
    crises = counted(replicates, "crisis", "crises")
    under = compared or " and ".join(policy.name for policy in policies)
    made = f"{under}; {crises} from seed {seed}; {counted(runs, 'run')}"
    about = (
        (sections[0].title, f"{made}{tried}"),
        ("Scenario", f"{scenario.title} (fingerprint {scenario.fingerprint()[:16]})"),
        ("Intervals", f"90%; they cover {covered(scenario)}"),
        ("Program", f"crisis_abm {crisis_abm.__version__}"),
        ("Caveat", caveat(scenario) or "none is given by the scenario"),
    )
    return Told(finding, tuple(sent), drawings, tuple(who), about)


def _drawn() -> Any:
    """What drew a picture is left where it was drawn: it holds every run."""
    raise RuntimeError("this picture is drawn already")


def report_of(title: str, answers: Sequence[Told]) -> str:
    """Answers as one page to keep."""
    lead = [one.finding for one in answers]
    sections = [section for one in answers for section in one.sections]
    drawings = {name: made for one in answers for name, made in one.drawings.items()}
    about = [*(one.about[0] for one in answers), *answers[0].about[1:]]
    return page_html(title, lead, sections, about, drawings)


INQUIRIES = {
    "weakest": Inquiry(
        "Where are the weak links, and where would help do most?",
        "Every organisation is knocked out in turn and every supply link cut; stores, capacities "
        "and lists of suppliers are made larger. What comes of it to the others?",
        "Look for weak links",
        weakest,
    ),
    "calls": Inquiry(
        "Whom do we call first?",
        "One organisation after the other begins to work together, in the order that helps soonest "
        "and in random orders; the others go on by themselves.",
        "Find whom to call first",
        first_calls,
    ),
    "principles": Inquiry(
        "Which principle brings it?",
        "All combinations of the principles, each fully on or off for everybody, whatever the "
        "sliders say.",
        "Compare the principles",
        shares,
    ),
    "causes": Inquiry(
        "Are these the causes in other crises, too?",
        "Every crisis of the comparison is traced back to its roots: which causes stay, and which "
        "were those of this one crisis?",
        "Trace all crises",
        causes,
    ),
}
"""The questions by their names, in the order of the pages."""
