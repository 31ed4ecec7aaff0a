"""Lines over time, one a policy, with the numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.numbers import numbers
from crisis_abm.dashboard.terms import told
from crisis_abm.report.style import colours

__all__ = ["Lines"]

HEIGHT, LABEL = 128, 18  # pixels of the picture's inside, and of a name
DASHES = ("dashed", "solid", "dotted")


@solara.component
def Lines(
    title: str, unit: str, times: list[Any], lines: Mapping[str, np.ndarray], time: str = "day"
) -> None:
    """Several series over the same ticks.

    Parameters
    ----------
    title, unit : str
    times : list
        Ticks, or dates in words.
    lines : dict of str to ndarray, shape (T,)
        By policy.
    time : str
        What a tick is called.
    """
    tint = colours(tuple("reciprocal" if name == "together" else name for name in lines))
    shades = list(tint.values())
    shifts = _apart(list(lines.values()))
    series = [
        {
            "name": name,
            "type": "line",
            "data": [float(f"{value:.6g}") for value in values.tolist()],
            "showSymbol": False,
            "lineStyle": {"color": shades[k], "width": 2, "type": DASHES[k % len(DASHES)]},
            "itemStyle": {"color": shades[k]},
            "endLabel": {
                "show": True,
                "formatter": name,
                "color": shades[k],
                "fontSize": 14,
                "offset": [0, shifts[k]],
            },
        }
        for k, (name, values) in enumerate(lines.items())
    ]
    about = f"{title}, {unit}: " + "; ".join(
        f"{name} from {values.min():.3g} to {values.max():.3g}" for name, values in lines.items()
    )
    option = {
        "animation": False,
        "aria": {"enabled": True, "description": about},
        "textStyle": {"fontFamily": "Roboto, sans-serif", "fontSize": 14},
        "grid": {"left": 64, "right": 96, "top": 16, "bottom": 32},
        "xAxis": {"type": "category", "data": times, "axisLabel": {"fontSize": 14}},
        "yAxis": {"type": "value", "axisLabel": {"fontSize": 14}},
        "series": series,
    }
    tag("h3", *told(f"{title} ({unit})", "service level", "workload", "stock", "orders"))
    solara.FigureEcharts(
        option=option,
        attributes={"style": "height: 176px; width: 100%", "role": "img"},
        responsive=True,
    )
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
