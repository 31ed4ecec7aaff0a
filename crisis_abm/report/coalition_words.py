"""What adoption means, in sentences: whom to call first, whether it tips, what chance costs."""

from __future__ import annotations

from crisis_abm.analysis.coalition.adoption import LEAST_PART, SHARES, Adoption
from crisis_abm.report.effect_words import amount, how_sure, is_better, is_worse, joined, of_outcome
from crisis_abm.report.words import counted, figure, share_span, span

ENOUGH = 0.9  # of what all calls bring
NOTHING = 0.05  # of the whole: who brings less alone works only together with others
MORE = 1.1  # times what all gain: what some gain that is told apart from it
ROWS, FEWEST = 12, 3  # calls that are shown at most, and where none gains anything


def _unit_word(result: Adoption, count: int) -> str:
    """Units in words: "3 organisations", "3 kinds"."""
    noun = {"group": "group"}.get(result.by, result.by)
    return counted(count, noun)


def adoption_finding(result: Adoption) -> str:
    """The finding in a sentence: what all bring, how few bring most of it, whether it tips."""
    sure = how_sure(result.scenario, result.replicates)
    if not (result.best.any() or result.random.any()):
        none = of_outcome(result.outcome, result.scenario)
        return f"Nobody needs to be called: nobody came to any {none} ({sure})."
    parts = [headline(result)]
    if result.replicates > 1 and is_better(result.whole(), result.outcome):
        parts.append(about_tipping(result, brief=True))
    return f"{'; '.join(parts)} ({sure})."


def headline(result: Adoption) -> str:
    """The same in short, for the title of a picture."""
    whole, scenario = result.whole(), result.scenario
    told = amount(whole, result.outcome, scenario, "none")
    everyone = f"all {_unit_word(result, len(result.units))} under {result.policy}"
    if result.replicates > 1 and not whole.shown:
        return f"No difference shown: {everyone} come to {told}{_some(result)}"
    text = f"{everyone[0].upper()}{everyone[1:]} come to {told}"
    if is_worse(whole, result.outcome):
        return f"{text}, so that calling them all does HARM{_some(result)}"
    enough, chance = result.calls_for(ENOUGH), result.calls_for(ENOUGH, at_random=True)
    if enough:
        few = _up(enough[0])
        who = f"the first {few} in the best order found bring"
        if few == 1:
            who = f"{result.called(1)[0].title} alone brings"
        text += f"; {who} {ENOUGH:.0%} of that"
    if enough and chance:
        text += f", in a random order it takes {_up(chance[0])}"
    return text


def _some(result: Adoption) -> str:
    """What some of them gain where all do not."""
    calls, _ = result.lowest()
    gain = result.gain(calls)
    if calls == 0 or not is_better(gain, result.outcome):
        return ""
    told = amount(gain, result.outcome, result.scenario, "none")
    who = f"the first {calls} in the best order found come"
    if calls == 1:
        who = f"{result.called(1)[0].title} alone comes"
    return f"; {who} to {told}"


def _up(calls: float) -> int:
    return int(-(-calls // 1))


def about_tipping(result: Adoption, brief: bool = False) -> str:
    """Whether one call in the best order brings much of the whole."""
    step = result.tipping()
    if step is None:
        return (
            "no tipping point: no gain is shown" if brief else "No tipping point: no gain is shown."
        )
    first, last = (int(result.points[step.at + k]) for k in (0, 1))
    which = f"call {last}" if last == first + 1 else f"calls {first + 1} to {last}"
    names = joined([unit.title for unit in result.called(last)[first:]])
    part, of_what = _percent(step.interval, step.part), _of_what(result)
    if not step.tips:
        told = f"no tipping point: the largest step, {which} ({names}), brings {part} {of_what}"
        return told if brief else f"{told[0].upper()}{told[1:]}."
    told = f"tipping point: {which} ({names}) brings {part} {of_what} at once"
    others = joined([unit.title for unit in result.called(first)])
    alone = result.alone(result.found.order[last - 1])
    if first and last == first + 1 and alone < NOTHING <= abs(step.part):
        told += f", but only with {others}: alone it brings {_percent((alone, alone))}"
        if not brief:
            names = joined([unit.title for unit in result.called(last)])
            told += f" (in the crises of the search). Call {names} together"
    return told if brief else f"{told[0].upper()}{told[1:]}."


def _of_what(result: Adoption) -> str:
    """What parts of a curve are parts of, where some gain much more than all."""
    most, all_of_them = (abs(one.mean) for one in (result.gain(result.lowest()[0]), result.whole()))
    return "of the gain" if most <= MORE * all_of_them else "of the most that some of them gain"


def about_tipping_at_random(result: Adoption) -> str:
    """Whether adoption tips in random orders."""
    step, half = result.tipping_at_random(), result.calls_for(0.5, at_random=True)
    if step is None:
        return "In random order: no gain is shown at any share."
    tenths = min(SHARES, len(result.units))
    ends = share_span(step.at / tenths, (step.at + 1) / tenths)
    part = _percent(step.interval, step.part)
    text = (
        f"In random order there is {'a' if step.tips else 'no'} tipping point: the largest of "
        f"{tenths} equal steps, from {ends} of the calls, brings {part} {_of_what(result)}"
    )
    if half:
        share = [end / len(result.units) for end in (half[1] or (half[0], half[0]))]
        reached = _percent((share[0], share[1]), half[0] / len(result.units))
        text += f"; half of it is reached at {reached} of the calls"
    single = result.single_orders()
    if single and single[0] >= LEAST_PART and not step.tips:
        part, begins = _percent((single[0], single[0])), _percent(single[1])
        text += (
            f". A single order is more sudden than this mean of many: one of its steps brings "
            f"{part} of the gain, from somewhere at {begins} of the calls on (80% of the orders)"
        )
    return text + "."


def _percent(ends: tuple[float, float], part: float | None = None) -> str:
    """A part in per cent; a step after a loss may bring more than the whole."""
    low, high = (max(0.0, end) for end in ends)
    if low > 1:
        return "more than all"
    if high > 1:
        return f"{figure(100 * low)}% to more than all"
    return f"{span(100 * low, 100 * high, None if part is None else 100 * part)}%"


def about_random(result: Adoption, calls: int | None = None) -> str:
    """How much worse a random order is."""
    behind = result.random_behind(calls)
    after = f"After {counted(calls, 'call')}" if calls else "On average over all numbers of calls"
    told = amount(behind, result.outcome, result.scenario, "the best order found")
    return f"{after} a random order comes to {told}."


def about_order(result: Adoption) -> str:
    """How the order was found, who could be called, and what is not claimed."""
    how = (
        "from the end, letting go of who was missed least"
        if result.found.backward
        else "from the beginning, calling next who helped most"
    )
    reach = {
        "organisation": "one organisation a call",
        "group": "a kind in an area a call",
        "kind": "a kind a call",
        "area": "an area a call",
    }[result.by]
    text = (
        f"Called: {reach}; {counted(len(result.units), 'call')} reach all {result.organisations:,}."
    )
    if result.not_called:
        text += (
            f" Not called: {joined(list(result.not_called))} (they stay {result.otherwise}"
            f"{_with_them(result)})."
        )
    return (
        f"{text} Found greedily ({how}) in {counted(result.screening, 'crisis', 'crises')} of its "
        f"own, {result.found.asked:,} coalitions tried; measured in {result.replicates} others. "
        "Not proven to be the best."
    )


def _with_them(result: Adoption) -> str:
    with_all, last = float(result.everybody.mean()), float(result.best[:, -1].mean())
    same = abs(with_all - last) <= 1e-9 * max(1.0, abs(last))
    return f"; with them it comes to {'the same' if same else figure(with_all)}"


def about_lowest(result: Adoption) -> str:
    """Whether some calls had better not be made; empty where that is not so."""
    calls, difference = result.lowest()
    if calls == len(result.units) or not is_better(difference, result.outcome):
        return ""
    rest = len(result.units) - calls
    if calls == 0:
        told = amount(difference, result.outcome, result.scenario, "with all")
        return f"Best is to call nobody: it comes to {told}."
    others = f"with the other {rest} as well"
    told = amount(difference, result.outcome, result.scenario, others)
    return (
        f"Nothing is gained by more than {counted(calls, 'call')}: with these alone it comes to "
        f"{told}."
    )


def shown_calls(result: Adoption) -> list[int]:
    """Rows of `points` worth showing: until nearly all is gained, at most `ROWS`."""
    best, _ = result.lowest()
    top = result.gain(best).mean
    if best == 0 or top == 0:
        return list(range(1, min(FEWEST, len(result.units)) + 1))
    enough = next(
        k for k in range(1, len(result.points)) if result.gain(result.points[k]).mean / top >= 0.99
    )
    return list(range(1, min(enough, ROWS) + 1))
