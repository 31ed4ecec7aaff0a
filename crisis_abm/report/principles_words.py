"""What an attribution to the principles means, in sentences: the wording every face uses.

An effect is said to be there if its 90% interval is clear of zero. Paired crises show even effects
that do not matter: one smaller than `OF_LARGEST` of the largest effect, or than `OF_OUTCOME` of the
outcome itself, is called next to nothing.
"""

from __future__ import annotations

from crisis_abm.analysis.attribution import (
    COMBINATIONS,
    Attribution,
    PairEffect,
    PrincipleEffect,
    combination,
)
from crisis_abm.report.effect_words import (
    amount,
    ends,
    how_often,
    how_sure,
    is_better,
    is_worse,
    joined,
    of_outcome,
)
from crisis_abm.report.words import figure, signed
from crisis_abm.runs import Difference
from crisis_abm.scenario import LEVERS

OF_LARGEST, OF_OUTCOME = 0.005, 0.001
_COUNT = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ALL, OTHERS = (
    f"{who} {_COUNT[n - 1]}" for who, n in (("all", len(LEVERS)), ("the other", len(LEVERS) - 1))
)


def principles_finding(result: Attribution) -> str:
    """The finding in a sentence or two: what all of them change, and which of them brings it."""
    sure = how_sure(result.scenario, result.replicates)
    if not result.values.any():
        none = of_outcome(result.outcome, result.scenario)
        return f"Nothing to attribute: no combination of principles came to any {none} ({sure})."
    effects, least, rest = result.effects(), floor(result), []
    little = [o.name for o in effects if o.share.shown and abs(o.share.mean) < least]
    if little:
        verb = "brings" if len(little) == 1 else "bring"
        rest.append(f"{joined(little)} {verb} next to nothing")
    unsure = [o.name for o in effects if result.replicates > 1 and not o.share.shown]
    if unsure:
        rest.append(f"no effect of {joined(unsure)} is shown")
    return "; ".join([headline(result), *rest]) + f" ({sure})."


def headline(result: Attribution) -> str:
    """What all of them change, and what each brings of it that brings more than next to nothing."""
    least = floor(result)
    parts = [
        f"{one.name} brings {amount(one.share, result.outcome, result.scenario, named=False)}"
        for one in sorted(result.effects(), key=lambda one: -abs(one.share.mean))
        if one.share.shown and abs(one.share.mean) >= least
    ]
    return _whole(result) + (f", of which {', '.join(parts)}" if parts else "")


def _whole(result: Attribution) -> str:
    whole = result.whole()
    none = figure(float(result.values[:, 0].mean()))
    told = amount(whole, result.outcome, result.scenario, f"none (which come to {none})")
    together = f"{ALL} principles together come to {told}"
    if result.replicates > 1 and not whole.shown:
        return f"No difference shown: {together}"
    return f"{together[0].upper()}{together[1:]}"


def floor(result: Attribution) -> float:
    """What is next to nothing: a smaller effect than this."""
    effects = [result.whole()]
    effects += [e for one in result.effects() for e in (one.share, one.alone, one.last)]
    largest = max(abs(one.mean) for one in effects)
    return max(OF_LARGEST * largest, OF_OUTCOME * abs(float(result.values[:, 0].mean())))


def about_principle(result: Attribution, one: PrincipleEffect, least: float) -> str:
    """What a principle does by itself and with the others, in a sentence."""
    alone, last = (_does(result, effect, least) for effect in (one.alone, one.last))
    if alone == last and alone.startswith("makes no difference in"):
        return f"{one.name} {last}, neither alone nor with the others."
    but = "and" if alone == last else "but"
    return (
        f"{one.name} alone {alone}{_size(one.alone)}, {but} added to {OTHERS} it "
        f"{last}{_size(one.last)}."
    )


def _does(result: Attribution, effect: Difference, least: float) -> str:
    if effect.alike is not None and effect.alike.figure == 0:
        return f"makes no difference {how_often(effect.alike)}"
    if effect.replicates < 2:
        return "comes to " + signed(effect.mean)
    if not effect.shown:
        return "makes no difference that these runs can show"
    if abs(effect.mean) < least:
        return "does next to nothing"
    if is_better(effect, result.outcome):
        return "helps"
    if is_worse(effect, result.outcome):
        return "DOES HARM"
    return "changes it"


def _size(effect: Difference) -> str:
    if effect.replicates < 2 or (effect.alike is not None and effect.alike.figure == 0):
        return ""
    return f" ({ends(effect, ' to ')})"


def notable_pairs(result: Attribution, least: float) -> list[PairEffect]:
    """Pairs whose principles do change each other's effect, largest first."""
    found = [
        pair
        for pair in result.pairs()
        if any(e.shown and abs(e.mean) >= least for e in (pair.interaction, pair.beyond))
    ]
    return sorted(found, key=lambda pair: -abs(pair.beyond.mean))


def about_best(result: Attribution) -> str:
    """Whether a combination does better than all principles; empty where none does."""
    best = result.best()
    if best is None:
        return ""
    mask, difference = best
    if mask == result.values.shape[1] - 1:
        return f"No combination does better than {ALL}."
    if not is_better(difference, result.outcome):
        return f"That any combination does better than {ALL} cannot be shown."
    half = result.replicates // 2
    return (
        f"Best of the {COMBINATIONS} combinations: {levers_on(mask)}, "
        f"{amount(difference, result.outcome, result.scenario, ALL)} "
        f"(chosen by {half} of the crises, measured in the other {result.replicates - half})."
    )


def levers_on(mask: int) -> str:
    """The principles that are on, in words.

    >>> levers_on(0), levers_on(0b10100), levers_on(0b11111)
    ('none', 'communication and reciprocity', 'all five')
    """
    if mask == COMBINATIONS - 1:
        return ALL
    on = [part.partition("=")[0] for part in combination(mask).split(",") if part.endswith("=1")]
    return joined(on) or "none"


def percent(share: Difference, whole: Difference) -> str:
    """A share in per cent of the whole; nothing where the whole is not shown."""
    if not whole.shown:
        return ""
    part = share.mean / whole.mean
    if round(abs(part), 9) > 1:  # others take away what it brings: its own figures tell more
        return "over 100%" if part > 0 else "under -100%"
    return f"{figure(float(f'{100 * part:.2g}'))}%"
