"""The paired difference over time, with its interval and its band."""

from __future__ import annotations

from typing import Any

import numpy as np
import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.numbers import numbers
from crisis_abm.dashboard.terms import told
from crisis_abm.report.style import RECIPROCAL, SILOED
from crisis_abm.report.tables import difference_over_time
from crisis_abm.report.words import date_text, figure, range_ends
from crisis_abm.runs import Comparison

__all__ = ["OverTime"]

HEADINGS = {
    "mean": "difference so far",
    "low": "interval from",
    "high": "to",
    "band_low": "80% of crises from",
    "band_high": "to ",
}


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
    solara.FigureEcharts(
        option=_option(columns, second, about),
        attributes={
            "style": "height: 280px; width: 100%",
            "role": "img",
            "aria-label": about,
        },
        responsive=True,
    )
    note = "Below siloed is better. Dark: 90% interval of the mean. Pale: 80% of crises."
    tag("p", *told(note, "90% interval", "80% of crises"), look="ca-note")
    when = {"date": "date"} if "date" in columns else {"tick": scenario.time.unit}
    numbers(f"{title}, by {scenario.time.unit}", "over_time", columns, {**when, **HEADINGS})


def _option(columns: dict[str, np.ndarray], second: str, about: str) -> dict[str, Any]:
    axis = [date_text(day) for day in columns["date"].tolist()] if "date" in columns else None
    series = [_zero(len(columns["tick"]))]
    if not np.isnan(columns["low"]).all():
        known = ~np.isnan(columns["low"])
        low, high = (np.where(known, columns[end], columns["mean"]) for end in ("low", "high"))
        series += _between(columns["band_low"], columns["band_high"], "band", 0.15)
        series += _between(low, high, "interval", 0.35)
    series.append(
        {
            "name": second,
            "type": "line",
            "data": _plain(columns["mean"]),
            "showSymbol": False,
            "labelLayout": {"moveOverlap": "shiftY"},
            "lineStyle": {"color": RECIPROCAL, "width": 3},
            "itemStyle": {"color": RECIPROCAL},
            "endLabel": {
                "show": True,
                "formatter": second,
                "color": RECIPROCAL,
                "fontWeight": "bold",
                "fontSize": 14,
            },
        }
    )
    return {
        "animation": False,
        "aria": {"enabled": True, "description": about},
        "textStyle": {"fontFamily": "Roboto, sans-serif", "fontSize": 14},
        "grid": {"left": 64, "right": 96, "top": 16, "bottom": 32},
        "xAxis": {
            "type": "category",
            "data": axis or columns["tick"].tolist(),
            "axisLabel": {"fontSize": 14, "color": "#444"},
        },
        "yAxis": {"type": "value", "axisLabel": {"fontSize": 14, "color": "#444"}},
        "series": series,
    }


def _zero(steps: int) -> dict[str, Any]:
    return {
        "name": "siloed",
        "type": "line",
        "data": [0] * steps,
        "showSymbol": False,
        "lineStyle": {"color": SILOED, "width": 2, "type": "dashed"},
        "endLabel": {"show": True, "formatter": "siloed", "color": "#B34700", "fontSize": 14},
    }


def _between(low: np.ndarray, high: np.ndarray, name: str, opacity: float) -> list[dict[str, Any]]:
    """Two lines, the second standing on the first, with colour between them."""
    common = {"type": "line", "stack": name, "stackStrategy": "all", "showSymbol": False}
    common |= {"lineStyle": {"opacity": 0}, "silent": True, "name": name}
    filled = {"areaStyle": {"color": RECIPROCAL, "opacity": opacity}}
    return [{**common, "data": _plain(low)}, {**common, "data": _plain(high - low), **filled}]


def _plain(values: np.ndarray) -> list[float]:
    return [float(f"{value:.6g}") for value in values.tolist()]
