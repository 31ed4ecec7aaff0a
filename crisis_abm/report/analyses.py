"""The analyses: what each asks, what it takes, what works it out and what reports on it.

This list is the only one: commands, bundles, `reproduce` and the questions of the dashboard are
made of it. Another analysis is one entry here, the function that it names and its report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crisis_abm.report.sections import Report
    from crisis_abm.scenario import Scenario


@dataclass(frozen=True)
class Option:
    """Something that can be asked for.

    Attributes
    ----------
    name : str
        Of the argument; a command has it with dashes.
    about : str
    default : object
    kind : {"whole", "text", "names", "policy", "policies", "outcome", "better", "flag"}
        "better" is an outcome of which less, or more, is better.
    metavar : str
        What stands for its value in a command's help.
    least : int or None
        Of a whole number.
    option : str
        What a command calls it, where that is not its name.
    choices : tuple of str
        What else would be refused; nothing if all will do.
    narrows : bool
        Whether it makes less to be done, where there is too much.
    """

    name: str
    about: str
    default: Any = None
    kind: str = "whole"
    metavar: str = "N"
    least: int | None = None
    option: str = ""
    choices: tuple[str, ...] = ()
    narrows: bool = False


@dataclass(frozen=True)
class Page:
    """How the dashboard asks.

    Attributes
    ----------
    about : str
        What is done to answer it.
    action : str
        What its button says.
    arguments : callable
        Makes the arguments of a page's policies, crises, seed and kinds.
    """

    about: str
    action: str
    arguments: Callable[[Any, int, int, Any], dict[str, Any]]


@dataclass(frozen=True)
class Analysis:
    """One of them.

    Attributes
    ----------
    name : str
        Of its command and its bundles.
    question : str
    about : str
        What its command says of it.
    doing : str
        What it is at, while it runs.
    work, told : str
        ``module:function`` below `crisis_abm`: ``work(scenario, **arguments, workers=, progress=)``
        works it out, ``told(result)`` gives the `Report`.
    options : tuple of Option
    examples : tuple of str
        What may stand behind the command; of none there is no command.
    page : Page or None
    one_crisis : bool
        Whether it is about one crisis, or a row of a sweep, under one policy.
    """

    name: str
    question: str
    about: str
    doing: str
    work: str
    told: str
    options: tuple[Option, ...] = ()
    examples: tuple[str, ...] = ()
    page: Page | None = None
    one_crisis: bool = False

    def run(self, scenario: Scenario, arguments: Mapping[str, Any], **how: Any) -> Any:
        """Work it out."""
        return _named(self.work)(scenario, **arguments, **how)

    def report(self, result: Any) -> Report:
        """Report on what was worked out."""
        found: Report = _named(self.told)(result)
        return found

    @property
    def function(self) -> Callable[..., Any]:
        """What works it out."""
        found: Callable[..., Any] = _named(self.work)
        return found


def _named(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(f"crisis_abm.{module}"), name)


def analysis_named(name: str) -> Analysis:
    """The analysis of a name.

    Raises
    ------
    KeyError
    """
    return {one.name: one for one in ANALYSES}[name]


OUTCOME = Option(
    "outcome",
    "What is looked at: harm, unmet, failed, peak_failures, gap_kinds … as in outcomes.csv of "
    "[bold]compare[/bold].",
    "harm",
    "outcome",
    "NAME",
)

BETTER = replace(OUTCOME, kind="better")

ANALYSES = (
    Analysis(
        "weak-links",
        "Where are the weak links, and where would help do most?",
        "Knock out every organisation and link in turn, and find where help would do most.",
        "Trying",
        "analysis.weak_links.search:weak_links",
        "report.weak_links:weak_links_report",
        (
            Option(
                "policies",
                "As in compare. By default siloed,reciprocal.",
                ("siloed", "reciprocal"),
                "policies",
                "P,P…",
            ),
            Option("pairs", "Look for the N worst pairs, too.", 0, least=0),
            Option(
                "kinds",
                "Try only these kinds, and links from or to them.",
                None,
                "names",
                "K,K…",
                narrows=True,
            ),
            Option(
                "areas",
                "Try only these areas, and links from or to them.",
                None,
                "names",
                "A,A…",
                narrows=True,
            ),
            Option(
                "organisations",
                "Try only these, and links from or to them.",
                None,
                "names",
                "ID,ID…",
                narrows=True,
            ),
            Option(
                "forms",
                "Some of organisations, links, stock, capacity, suppliers.",
                ("organisations", "links", "stock", "capacity", "suppliers"),
                "names",
                "WHAT,…",
                option="only",
                narrows=True,
            ),
            Option("replicates", "Crises for those that come out on top.", 30, least=1),
            Option(
                "screening", "Crises for everything (for what may help half as many).", 5, least=1
            ),
            Option(
                "top",
                "How many of what may break are repeated (of what may help half as many).",
                30,
                least=0,
            ),
            Option(
                "most_runs",
                "Allow so many runs; by default what takes about half an hour on two cores.",
                None,
                least=1,
            ),
        ),
        (
            "local_shock --out runs/weak_links",
            "local_shock --kinds hospital,supplier --pairs 5",
        ),
        Page(
            "Every organisation is knocked out in turn and every supply link cut; stores, "
            "capacities and lists of suppliers are made larger. What comes of it to the others?",
            "Look for weak links",
            lambda policies, replicates, seed, kinds: {
                "policies": policies, "replicates": replicates, "kinds": kinds, "seed": seed,
            },
        ),
    ),
    Analysis(
        "coalition",
        "Whom do we call first?",
        "Say whom to call first: harm against how many work together, at random and chosen.",
        "Calling",
        "analysis.coalition.search:coalition",
        "report.coalition:coalition_report",
        (
            Option(
                "by",
                "Whom one call reaches: organisation, group (a kind in an area), kind or area. "
                "By default organisation, up to 100 of them; else the finest that is not more.",
                None,
                "text",
                "UNIT",
                choices=("organisation", "group", "kind", "area"),
            ),
            Option(
                "kinds",
                "Who can be called. By default everybody but groups of people (households).",
                None,
                "names",
                "KIND,KIND…",
            ),
            BETTER,
            Option("policy", "What those called follow.", "reciprocal", "policy", "POLICY"),
            Option("otherwise", "What the others follow.", "siloed", "policy", "POLICY"),
            Option("replicates", "Crises that it is measured in, as in compare.", 30, least=1),
            Option("screening", "Further crises, to search the order in.", 5, least=1),
            Option("orders", "Random orders in each crisis.", 2, least=1),
        ),
        (
            "local_shock --out runs/coalition",
            "local_shock --kinds hospital,care_home --by group",
        ),
        Page(
            "One organisation after the other begins to work together, in the order that helps "
            "soonest and in random orders; the others go on by themselves.",
            "Find whom to call first",
            lambda policies, replicates, seed, kinds: {
                "policy": policies[1], "otherwise": policies[0], "kinds": kinds,
                "replicates": replicates, "seed": seed,
            },
        ),
    ),
    Analysis(
        "principles",
        "Which principle brings it?",
        "Say which principle brings it: alone, with the others, and where one harms.",
        "All combinations",
        "analysis.attribution:principles",
        "report.principles:principles_report",
        (
            OUTCOME,
            Option(
                "replicates",
                "How many crises, the same for every combination and as in [bold]compare[/bold].",
                30,
                least=1,
            ),
        ),
        (
            "local_shock --out runs/principles",
            "local_shock --outcome failed --replicates 10",
        ),
        Page(
            "All combinations of the principles, each fully on or off for everybody, whatever the "
            "sliders say.",
            "Compare the principles",
            lambda policies, replicates, seed, kinds: {"replicates": replicates, "seed": seed},
        ),
    ),
    Analysis(
        "trace",
        "Why did it fail?",
        "Say why it failed: who because of whom, back to the roots; and check each root.",
        "Tracing",
        "analysis.cascade.trace:trace",
        "report.cascade:trace_report",
        (
            Option(
                "check",
                "Take each root away and run again: what really vanishes without it.",
                True,
                "flag",
            ),
            Option(
                "replicates",
                "Trace N crises, too: how the causes' shares differ from one to the next.",
                0,
                least=0,
            ),
        ),
        (
            "local_shock --policy siloed --out runs/trace",
            "first_wave --policy reciprocal --seed 3",
            "local_shock --policy reciprocal --replicates 30 --no-check",
            "--sweep runs/spare --point 17 --replicate 2",
        ),
        one_crisis=True,
    ),
    Analysis(
        "causes",
        "Are these the causes in other crises, too?",
        "Trace many crises: which causes stay, and which were those of one.",
        "Tracing",
        "analysis.cascade.shares:causes_over_crises",
        "report.cascade:causes_report",
        page=Page(
            "Every crisis of the comparison is traced back to its roots: which causes stay, and "
            "which were those of this one crisis?",
            "Trace all crises",
            lambda policies, replicates, seed, kinds: {
                "policy": policies[-1], "replicates": replicates, "seed": seed,
            },
        ),
    ),
)  # fmt: skip
"""In the order of the dashboard's pages."""
