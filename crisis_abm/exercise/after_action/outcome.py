"""What came of it: harm beside other ways to decide, who paid, and which decisions mattered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from crisis_abm.exercise.after_action.words import (
    effect,
    sentence,
)
from crisis_abm.exercise.course import Branch
from crisis_abm.exercise.evaluation.counterfactuals import POLICIES, Counterfactuals, Otherwise
from crisis_abm.exercise.exercise import Exercise
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import covered, joined
from crisis_abm.report.exercise_pictures import harm_figure
from crisis_abm.report.sections import Column, Picture, Section, Table
from crisis_abm.report.words import counted, figure, unit
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import compare_pairs

STANDING = "standing policy"
MEANING = {"siloed": "siloed (each for itself)", "reciprocal": "reciprocal (all work together)"}


@dataclass(frozen=True)
class Told:
    """One branch of an exercise, and what came of it.

    Attributes
    ----------
    exercise : Exercise
    branch : Branch
    result : Counterfactuals
    name : str
        What it is called, nothing where there is only one.
    suffix : str
        Of the names of its sections and files.
    """

    exercise: Exercise
    branch: Branch
    result: Counterfactuals
    name: str = ""
    suffix: str = ""

    @property
    def harm(self) -> str:
        """What harm is counted in."""
        return self.exercise.scenario.harm_unit

    @property
    def crises(self) -> str:
        """How many crises differences are taken over."""
        return counted(self.result.crises, "further crisis", "further crises")

    def policy(self, name: str) -> Otherwise:
        """The way of everybody following a policy."""
        return self.result.of("policy", policy=name)[0]

    def words(self, difference: Difference, than: str) -> str:
        """A difference in harm, in words."""
        return effect(difference, self.harm, than, self.result.crises)


def outcome_section(told: Told) -> Section:
    """Harm as it was played, siloed and reciprocal; a picture of the one crisis; all figures."""
    result = told.result
    words = [came_to(told)]
    if told.branch.turn < told.exercise.turns:
        words.append(
            f"{max(told.branch.turn, 0)} of {counted(told.exercise.turns, 'turn')} were played: "
            "from then on all goes on by standing policy."
        )
    words.append(together_words(told))
    words.append(
        f"Means over {told.crises} of the same scenario with the same injects, each played again "
        f"with what was decided; 90% intervals, which cover {covered(result.scenario)}. The crisis "
        "that was played is one of many: what happened in it alone may be luck."
    )
    starts = told.exercise.starts[: max(told.branch.turn, 0) + 1]
    picture = Picture(
        f"harm{told.suffix}",
        f"By {result.scenario.time.unit}, {told.harm} in the crisis that was played: as it was "
        "played, siloed and reciprocal, with the beginning of each turn. " + sentence(own(told)),
        partial(harm_figure, result.scenario, result.daily, starts, sentence(own(told))),
        {
            "tick": np.arange(result.daily.shape[1]),
            "as_played": result.daily[0],
            **dict(zip(POLICIES, result.daily[1:], strict=True)),
        },
    )
    return Section(
        f"outcome{told.suffix}",
        titled("What came of it", told),
        words,
        [_outcomes(told)],
        [picture],
    )


def own(told: Told) -> str:
    """What the crisis that was played came to, beside the same siloed and reciprocal."""
    result = told.result
    others = [f"{figure(result.own(told.policy(name)))} {name}" for name in POLICIES]
    return (
        f"this crisis came to {figure(result.own())} {told.harm} as it was played"
        f" ({joined(others)})"
    )


def came_to(told: Told) -> str:
    """The finding: as it was played, and beside siloed and reciprocal."""
    result = told.result
    siloed, together = (result.difference(told.policy(name)) for name in POLICIES)
    first = effect(siloed, told.harm, MEANING["siloed"], result.crises, doubted=siloed.shown != 0)
    second = told.words(together, MEANING["reciprocal"])
    return sentence(
        f"{own(told)}. {verdict(told)}: over {told.crises} it came to {first}, and to {second}"
    )


def short(told: Told) -> str:
    """The same in a line."""
    return sentence(f"{own(told)}. {verdict(told)}, against each working for itself")


def verdict(told: Told) -> str:
    """Whether what was decided helped, against each working for itself."""
    return {
        -1: "What was decided helped",
        0: f"What was decided made no difference to harm that {told.result.crises} crises could "
        "show",
        1: "What was decided did harm",
    }[told.result.difference(told.policy("siloed")).shown]


def together_words(told: Told) -> str:
    """Whether working together throughout helps here, and who pays for it."""
    siloed, together = told.policy("siloed"), told.policy("reciprocal")
    one = told.result.difference(siloed, against=together)
    words = {
        -1: "Working together throughout (reciprocal) helps here",
        0: "Working together throughout (reciprocal) is not shown to help here",
        1: "Working together throughout (reciprocal) does not help here",
    }[one.shown]
    amount = effect(one, told.harm, MEANING["siloed"], told.result.crises, doubted=False)
    by_kind = told.result.by_payer(siloed, against=together)
    who = _paid(told, by_kind) or "nobody is shown to pay or gain"
    return sentence(f"{words}: it comes to {amount}; in that, {who}")


def paid_section(told: Told) -> Section:
    """Harm by kind of organisation, against siloed and against reciprocal."""
    result = told.result
    title = titled("Who paid", told)
    against = {name: result.by_payer(told.policy(name)) for name in POLICIES}
    nobody = "no kind of organisation is shown to have paid or gained"
    told_of = [f"against {name}, {_paid(told, against[name]) or nobody}" for name in POLICIES]
    words = [" ".join(map(sentence, told_of))]
    words.append(
        "Each kind of organisation is judged by its own 90% interval: of ten that pay nothing, one "
        "would be named by chance."
    )
    bore = [
        kind
        for k, kind in enumerate(result.kinds)
        if any(against[name][kind].mean for name in POLICIES) or result.by_kind[:, :, k].any()
    ]
    played = result.by_kind[1:, 0].mean(axis=0)
    rows = [list(result.kinds).index(kind) for kind in bore]
    columns = [
        Column.of("kind", [plain_kind(kind) for kind in bore], "kind of organisation"),
        Column.of("as_played", played[rows], f"{told.harm} as played"),
        *(
            Column.of_estimates(
                f"against_{name}", [against[name][kind] for kind in bore], f"more than {name}"
            )
            for name in POLICIES
        ),
    ]
    table = Table(
        f"who_paid{told.suffix}",
        f"{told.harm[:1].upper()}{told.harm[1:]} by who bore it, as played minus otherwise",
        columns,
    )
    return Section(f"paid{told.suffix}", title, words, [table] if bore else [])


def _paid(told: Told, by_kind: Mapping[str, Difference]) -> str:
    """Who is shown to come to more harm, who to less; empty if nobody is."""
    parts = []
    for sign, who in ((1, "paid"), (-1, "gained")):
        shown = sorted(
            ((kind, one) for kind, one in by_kind.items() if one.shown == sign),
            key=lambda pair: -abs(pair[1].mean),
        )
        if shown:
            each = [f"{plain_kind(kind)} ({told.words(one, '')})" for kind, one in shown]
            parts.append(f"{joined(each)} {who}")
    return "; ".join(parts)


def _outcomes(told: Told) -> Table:
    """Every outcome as played, siloed and reciprocal."""
    result = told.result
    columns = [
        Column.of("title", [about.title for about in OUTCOMES.values()], "outcome"),
        Column.of("unit", [unit(name, result.scenario) for name in OUTCOMES], "counted in"),
        Column.of("outcome", list(OUTCOMES)),
        Column.of("as_played", [result.mean(outcome=name) for name in OUTCOMES], "as played"),
        *(
            column
            for policy in POLICIES
            for column in (
                Column.of(
                    policy, [result.mean(told.policy(policy), name) for name in OUTCOMES], policy
                ),
                Column.of_estimates(
                    f"against_{policy}",
                    [result.difference(told.policy(policy), name) for name in OUTCOMES],
                    f"played minus {policy}",
                ),
            )
        ),
    ]
    title = f"Every outcome, mean of {told.crises}"
    return Table(f"outcomes{told.suffix}", title, columns)


def branches_section(told: Sequence[Told]) -> Section:
    """Several branches side by side, in the same crises."""
    last = told[-1]
    harm = list(OUTCOMES).index("harm")
    words, differences = [], []
    for one in told[:-1]:
        first, second = (each.result.figures[1:, 0, harm] for each in (one, last))
        difference = compare_pairs(first, second, -1, amounts=True)
        differences.append(difference)
        words.append(sentence(f"{last.name} came to {last.words(difference, one.name)}"))
    columns = [
        Column.of("branch", [one.name for one in told], "branch"),
        Column.of("own", [one.result.own() for one in told], f"{last.harm}, this crisis"),
        Column.of("mean", [one.result.mean() for one in told], "mean of all"),
        Column.of_estimates("difference", [*differences, None], f"{last.name} minus that"),
    ]
    table = Table("branches", "The branches, as each was played", columns)
    note = (
        "A branch that was left goes on from there by standing policy, so that all are judged to "
        "the end of the crisis. Injects count in the branch in which they were sent: one that was "
        "left before an inject came is judged without it."
    )
    return Section("branches", "The branches beside each other", [*words, note], [table])


def plain_kind(kind: str) -> str:
    """A kind of organisation as it is read."""
    return kind.replace("_", " ")


def titled(title: str, told: Told) -> str:
    """The title of a section, with the branch that it is about."""
    return f"{title}: {told.name}" if told.suffix else title
