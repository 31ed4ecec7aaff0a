"""Charts over time, and the table of numbers behind every chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import solara

from crisis_abm.dashboard.components.html import find, identity, marked, tag
from crisis_abm.dashboard.widgets.pictures import Numbers
from crisis_abm.report.cells import as_csv, shown
from crisis_abm.report.sections import Table
from crisis_abm.report.style import RECIPROCAL, SILOED, colours
from crisis_abm.report.tables import difference_over_time
from crisis_abm.report.words import date_text, figure, range_ends
from crisis_abm.runs import Comparison

MOST_ROWS = 2000  # shown; the file holds all
HEIGHT, LABEL = 128, 18  # pixels of the picture's inside, and of a name
DASHES = ("dashed", "solid", "dotted")
HEADINGS = {
    "mean": "difference so far",
    "low": "interval from",
    "high": "to",
    "band_low": "80% of crises from",
    "band_high": "to ",
}


def numbers(
    caption: str,
    name: str,
    columns: Mapping[str, Any],
    headings: Mapping[str, str],
    folded: bool = True,
    explained: bool = False,
    links: Mapping[str, Sequence[str]] | None = None,
    most: int = MOST_ROWS,
) -> Any:
    """The table of columns, rounded for reading, with its file.

    Parameters
    ----------
    caption : str
    name : str
        Of the file, without the ending.
    columns : dict of str to ndarray or list
        Of the same length.
    headings : dict of str to str
        What columns are called in the table; others are in the file only.
    folded : bool
    explained : bool
        Whether the first column holds words of the model, too; headings that do are always marked.
    links : dict of str to list of str, optional
        By column, the address that each of its cells leads to; nothing for none.
    most : int
        Rows that are shown; the file holds all.
    """
    shown = [_column(columns[column]) for column in headings]
    rows = [
        [_read(value) for value in row]
        for row in zip(*(column[:most].tolist() for column in shown), strict=True)
    ]
    words = {*headings.values(), *(row[0] for row in rows if explained)}
    return Numbers.element(
        caption=caption,
        headings=list(headings.values()),
        rows=rows,
        terms={one.strip(): identity(one) for one in words if find(one)},
        links={
            str(k): list(links[column][:most])
            for k, column in enumerate(headings)
            if links and column in links
        },
        figures=[k > 0 and _is_figure(column) for k, column in enumerate(shown)],
        csv=as_csv(columns),
        name=f"{name}.csv",
        folded=folded,
    )


def table_numbers(
    table: Table,
    caption: str,
    folded: bool,
    links: Mapping[str, Sequence[str]],
    most: int = MOST_ROWS,
) -> Any:
    """A table of a report, its intervals in columns of their own; parameters as of `numbers`."""
    read = shown(table, most)
    words = {one: one for one in read.headings if find(one)}
    names = [one.name for one in table.columns if one.heading]
    return Numbers.element(
        caption=caption,
        headings=read.headings,
        rows=read.rows,
        terms={one: identity(one) for one in words},
        links={str(names.index(name)): list(found[:most]) for name, found in links.items()},
        figures=[k > 0 and number for k, number in enumerate(read.numeric)],
        csv=as_csv(table.plain()),
        name=f"{table.name}.csv",
        folded=folded,
    )


def _column(values: Any) -> np.ndarray:
    """As an array; of numbers among which there are texts, as they are."""
    if isinstance(values, np.ndarray):
        return values
    kinds = {type(value) for value in values}
    return np.asarray(values, object if len(kinds) > 1 else None)


def _is_figure(column: np.ndarray) -> bool:
    """Whether a column holds numbers; where one is missing there is an empty text."""
    if column.dtype.kind in "fiu":
        return True
    known = [value for value in column.tolist() if value != ""]
    return bool(known) and all(isinstance(value, int | float) for value in known)


def _read(value: Any) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else figure(value)
    if hasattr(value, "isoformat"):
        return date_text(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


@solara.component
def Lines(
    title: str, unit: str, times: list[Any], lines: Mapping[str, np.ndarray], time: str = "day"
) -> None:
    """Series over the same ticks or dates in words, by policy; `time` is what a tick is called."""
    tint = colours(tuple("reciprocal" if name == "together" else name for name in lines))
    shades = list(tint.values())
    shifts = _apart(list(lines.values()))
    series = [
        _line(name, values, shades[k], DASHES[k % len(DASHES)], endLabel={"offset": [0, shifts[k]]})
        for k, (name, values) in enumerate(lines.items())
    ]
    about = f"{title}, {unit}: " + "; ".join(
        f"{name} from {values.min():.3g} to {values.max():.3g}" for name, values in lines.items()
    )
    tag("h3", *marked(f"{title} ({unit})", "service level", "workload", "stock", "orders"))
    _chart(176, times, series, about)
    headings = {"time": time, **{name: name for name in lines}}
    numbers(title, title.lower().replace(" ", "_"), {"time": times, **lines}, headings)


def _apart(lines: list[np.ndarray]) -> list[float]:
    """Pixels by which the name of each of two lines is moved, so that both can be read."""
    if len(lines) != 2:
        return [0.0] * len(lines)
    top = max(1e-12, max(float(values.max()) for values in lines))
    ends = [HEIGHT * float(values[-1]) / top for values in lines]
    shift = max(0.0, LABEL - abs(ends[0] - ends[1])) / 2
    return [shift, -shift] if ends[0] <= ends[1] else [-shift, shift]


@solara.component
def OverTime(result: Comparison) -> None:
    """Harm so far, working together against siloed, day by day."""
    columns = solara.use_memo(lambda: difference_over_time(result), [result])
    scenario = result.scenario
    second = result.policies[1]
    title = f"{scenario.harm_unit} so far: {second} against siloed".capitalize()
    tag("h2", title)
    last = {name: float(column[-1]) for name, column in columns.items() if name in HEADINGS}
    lowest, highest = range_ends(last["band_low"], last["band_high"])
    about = (
        f"Line chart by {scenario.time.unit}. At the end {second} stands at "
        f"{figure(last['mean'])} {scenario.harm_unit} against siloed; in 80% of crises between "
        f"{lowest} and {highest}."
    )
    times = [date_text(day) for day in columns["date"].tolist()] if "date" in columns else None
    _chart(280, times or columns["tick"].tolist(), _against_siloed(columns, second), about)
    note = "Below siloed is better. Dark: 90% interval of the mean. Pale: 80% of crises."
    tag("p", *marked(note, "90% interval", "80% of crises"), look="ca-note")
    when = {"date": "date"} if "date" in columns else {"tick": scenario.time.unit}
    numbers(f"{title}, by {scenario.time.unit}", "over_time", columns, {**when, **HEADINGS})


def _against_siloed(columns: Mapping[str, np.ndarray], second: str) -> list[dict[str, Any]]:
    """The difference with its interval and band; siloed is the line at 0."""
    zero = np.zeros(len(columns["tick"]))
    series = [_line("siloed", zero, SILOED, "dashed", endLabel={"color": "#B34700"})]
    if not np.isnan(columns["low"]).all():
        known = ~np.isnan(columns["low"])
        low, high = (np.where(known, columns[end], columns["mean"]) for end in ("low", "high"))
        series += _between(columns["band_low"], columns["band_high"], "band", 0.15)
        series += _between(low, high, "interval", 0.35)
    thick: dict[str, Any] = {"lineStyle": {"width": 3}, "endLabel": {"fontWeight": "bold"}}
    apart = {"labelLayout": {"moveOverlap": "shiftY"}}
    return [*series, _line(second, columns["mean"], RECIPROCAL, "solid", **thick) | apart]


def _chart(height: int, times: list[Any], series: list[dict[str, Any]], about: str) -> None:
    """Lines over time, so high in pixels; `about` is for those who do not see them."""
    label = {"fontSize": 14, "color": "#444"}
    option = {
        "animation": False,
        "aria": {"enabled": True, "description": about},
        "textStyle": {"fontFamily": "Roboto, sans-serif", "fontSize": 14},
        "grid": {"left": 64, "right": 96, "top": 16, "bottom": 32},
        "xAxis": {"type": "category", "data": times, "axisLabel": label},
        "yAxis": {"type": "value", "axisLabel": label},
        "series": series,
    }
    attributes = {"style": f"height: {height}px; width: 100%", "role": "img", "aria-label": about}
    solara.FigureEcharts(option=option, attributes=attributes, responsive=True)


def _line(
    name: str, values: np.ndarray, colour: str, dashes: str, **more: Mapping[str, Any]
) -> dict[str, Any]:
    """A line with its name at its end; more of its `lineStyle` and `endLabel`."""
    line = {"color": colour, "width": 2, "type": dashes}
    label = {"show": True, "formatter": name, "color": colour, "fontSize": 14}
    return {
        "name": name,
        "type": "line",
        "data": _plain(values),
        "showSymbol": False,
        "lineStyle": line | dict(more.get("lineStyle", {})),
        "itemStyle": {"color": colour},
        "endLabel": label | dict(more.get("endLabel", {})),
    }


def _between(low: np.ndarray, high: np.ndarray, name: str, opacity: float) -> list[dict[str, Any]]:
    """Two lines, the second standing on the first, with colour between them."""
    common = {"type": "line", "stack": name, "stackStrategy": "all", "showSymbol": False}
    common |= {"lineStyle": {"opacity": 0}, "silent": True, "name": name}
    filled = {"areaStyle": {"color": RECIPROCAL, "opacity": opacity}}
    return [{**common, "data": _plain(low)}, {**common, "data": _plain(high - low), **filled}]


def _plain(values: np.ndarray) -> list[float]:
    return [float(f"{value:.6g}") for value in values.tolist()]
