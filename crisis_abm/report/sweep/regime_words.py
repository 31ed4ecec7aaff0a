"""Regime maps in words: where a setting helps, harms, makes no difference; how sure that is."""

from __future__ import annotations

import numpy as np

from crisis_abm.experiment.findings.regimes import FEWEST, Axis, RegimeMap, Share
from crisis_abm.report.effect_words import amount, joined
from crisis_abm.report.words import counted, figure, share_span, span
from crisis_abm.runs import Difference
from crisis_abm.scenario import Scenario


def part(share: float) -> str:
    """A share in words.

    >>> part(0), part(0.002), part(0.376), part(0.998), part(1)
    ('0%', 'under 1%', '38%', 'over 99%', '100%')
    """
    if 0 < share < 0.005:
        return "under 1%"
    return "over 99%" if 0.995 < share < 1 else f"{100 * share:.0f}%"


def sentence(text: str) -> str:
    """The text with a capital, unless it starts with a name that is written out in levers.

    >>> sentence("reciprocal helps"), sentence("agenda=1 helps")
    ('Reciprocal helps', 'agenda=1 helps')
    """
    return text if "=" in text.split()[0] else text[0].upper() + text[1:]


def headline(found: RegimeMap, outcome: str) -> str:
    """The finding in one line."""
    pairs = found.pairs
    said = {
        "helps": "helps in {}",
        "harms": "harms in {}",
        "no difference": "makes no difference in {}",
        "not sure": "not sure in {}",
        "too few states": "too few to tell in {}",
    }
    told = [
        said[share.regime].format(part(share.shown)) for share in found.shares if share.shown > 0
    ]
    text = f"{pairs.second} against {pairs.first}, {outcome}: {', '.join(told)} of the states"
    return sentence(text + (f"; {_empty(found)}" if found.share("no state").cells else ""))


def axis_words(axis: Axis) -> list[str]:
    """What the cells of an axis are called; numbers as exact as the whole axis warrants."""
    ends = zip(axis.lows, axis.highs, strict=True)
    if any(isinstance(value, str | bool) for value in axis.lows):
        return [{True: "yes", False: "no"}.get(low, str(low)) for low in axis.lows]
    return [span(float(low), float(high), whole=_width(axis)) for low, high in ends]


def _width(axis: Axis) -> float:
    return float(axis.highs[-1]) - float(axis.lows[0])


def _place_words(found: RegimeMap, row: int, column: int) -> str:
    """Where a cell lies."""
    across, up = axis_words(found.across)[column], axis_words(found.up)[row]
    return f"{found.across.name} is {across} and {found.up.name} is {up}"


def regime_words(found: RegimeMap, scenario: Scenario) -> list[str]:
    """Paragraphs on one map, the finding first."""
    paragraphs = [
        _finding(found),
        _extremes(found, scenario),
        _by_means(found),
        _within(found),
    ]
    return [text for text in paragraphs if text]


def common_words(found: RegimeMap, scenario: Scenario) -> list[str]:
    """Paragraphs that hold for all maps of a sweep."""
    return [text for text in (_how(found, scenario), _why_these(found)) if text]


def _finding(found: RegimeMap) -> str:
    pairs, said = found.pairs, {share.regime: share for share in found.shares}
    texts = {
        "helps": ("helps in {}", "help"),
        "harms": ("harms in {}", "harm"),
        "no difference": ("makes no difference that matters in {}", "that it makes no difference"),
    }
    told = [
        text.format(_of(found, said[name])) for name, (text, _) in texts.items() if said[name].cells
    ]
    none = [text for name, (_, text) in texts.items() if not said[name].cells]
    what = f"it {joined(told)}." if told else "nothing is shown."
    if none:
        what += f" No cell shows {' or '.join(none)}."
    if said["not sure"].cells:
        what += f" In {_of(found, said['not sure'])} these runs cannot tell."
    if said["too few states"].cells:
        what += f" In {_of(found, said['too few states'])} too few states lie together to judge."
    if said["no state"].cells:
        what += f" {_empty(found).capitalize()}."
    ranges = f"{_range(found.across)} and {_range(found.up)}"
    return sentence(f"{pairs.second} against {pairs.first}, over {ranges}: {what}")


def _range(axis: Axis) -> str:
    words = axis_words(axis)
    if any(isinstance(value, str | bool) for value in axis.lows) or len(words) == 1:
        return f"{axis.name} ({', '.join(words)})"
    ends = span(float(axis.lows[0]), float(axis.highs[-1]), whole=_width(axis))
    return f"{axis.name} from {ends}"


def _of(found: RegimeMap, share: Share) -> str:
    empty, cells = found.share("no state").cells, counted(found.regime.size, "cell")
    if empty:
        cells = f"the {counted(found.regime.size - empty, 'cell')} that hold any"
    return f"{part(share.shown)} of the states ({share.cells} of {cells})"


def _empty(found: RegimeMap) -> str:
    empty = found.share("no state").cells
    hold = "holds" if empty == 1 else "hold"
    return f"{empty} of {counted(found.regime.size, 'cell')} {hold} no state"


def _extremes(found: RegimeMap, scenario: Scenario) -> str:
    told = []
    for regime, word in (("helps", "most help"), ("harms", "most harm")):
        of_it = found.regime == regime
        if not of_it.any():
            continue
        size = np.where(of_it, np.abs(found.mean), -1.0)
        row, column = (int(n) for n in np.unravel_index(int(size.argmax()), size.shape))
        where = _place_words(found, row, column)
        told.append(f"{word} where {where}: {_cell(found, row, column, scenario)}")
    return sentence(f"{'; '.join(told)}.") if told else ""


def _cell(found: RegimeMap, row: int, column: int, scenario: Scenario) -> str:
    low, high = float(found.low[row, column]), float(found.high[row, column])
    effect = Difference(float(found.mean[row, column]), (low, high), (low, high), 0, 0, 0)
    level = figure(float(found.level[row, column]))
    what = amount(effect, found.pairs.outcome, scenario)
    return f"{what} (90% interval; {found.pairs.first} came to {level} on average)"


def _by_means(found: RegimeMap) -> str:
    """Nothing where every cell is told, and none could have turned out otherwise."""
    shares = [found.share(name) for name in ("helps", "harms", "no difference")]
    if all(one.interval == (one.shown, one.shown) for one in shares):
        return ""
    helps, harms, same = (
        f"{part(one.estimate)} ({share_span(*one.interval, one.estimate)})" for one in shares
    )
    others = " and other draws of the states" if found.pairs.together else ""
    return (
        f"Going by the cells' means alone, however unsure each is, {found.pairs.second} is better "
        f"by more than what matters in {helps} of the states, worse in {harms} and about the same "
        f"in {same}; in brackets where that lies under other crises{others} (90%)."
    )


def _within(found: RegimeMap) -> str:
    mixed = int(found.mixed.sum())
    if not mixed:
        return ""
    or_wide = "" if found.across.by_value and found.up.by_value else ", or the cells are too wide"
    return (
        f"In {counted(mixed, 'cell')}, hatched, the mean hides that it goes both ways: in a tenth "
        "or more of the states there the effect is the other one. Other factors decide "
        f"there{or_wide}."
    )


def _how(found: RegimeMap, scenario: Scenario) -> str:
    pairs, ranges = found.pairs, len(scenario.uncertain)
    crises = counted(pairs.crises, "crisis", "crises")
    beside = f" (and the draws of {counted(ranges, 'figure')} given as a range)" if ranges else ""
    drawn = few = left = ""
    if pairs.together:
        drawn = f", and which {counted(len(pairs), 'state')} of the world were drawn"
        few = f" A cell with fewer than {FEWEST} draws of states is not judged."
    if pairs.left_out:
        are = "is" if pairs.left_out == 1 else "are"
        states = counted(pairs.left_out, "state")
        left = f" {states} of the world with a run missing {are} left out."
    level = float(np.abs(pairs.base).mean())
    percent = f", {figure(100 * pairs.matters / level)}% of the mean" if level > 0 else ""
    return (
        "How sure: differences are paired (same state of the world, same crisis), and cells count "
        f"by their states. 90% intervals, by Student's t, cover which {crises} there were, the "
        f"same in every cell{beside}{drawn}. With so many cells judged at once some would stand "
        "out by chance: by Benjamini and Hochberg's procedure at most one in ten of the cells said "
        "to help or harm is expected to be wrong, and one in twenty of those said to make no "
        f"difference. What matters is a difference of more than {figure(pairs.matters)}{percent} "
        f"under {pairs.first}.{few}{left}"
    )


def _why_these(found: RegimeMap) -> str:
    if len(found.telling) < 3 and not found.chosen:
        return ""
    ranked = sorted(found.telling, key=lambda name: -found.telling[name])
    told = ", ".join(f"{name} {part(found.telling[name])}" for name in ranked)
    how = "named" if found.chosen else "the two that tell most"
    return (
        f"The factors of the map are {how}. Of the variance of the difference between states of "
        f"the world, each factor by itself tells: {told}. What two tell only together is not in "
        "that. Factors that are not axes are averaged over."
    )
