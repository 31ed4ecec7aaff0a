"""How every picture looks: 1280 × 800, safe colours, a title that says what was found.

Figures are made without pyplot, so that nothing global is touched and threads may draw.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from crisis_abm.history import dates
from crisis_abm.report.sections import Picture
from crisis_abm.scenario import Scenario
from crisis_abm.user_folders import make_private, scratch_folder, user_cache

GREY, DARK = "#8A8A8A", "#333333"
SILOED, RECIPROCAL = "#D55E00", "#0072B2"
OTHERS = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe & Ito 2008
STATUS_COLOURS = ("#EFEFEF", "#C9B6DF", "#7F4FA8", "#22092F")  # light to dark: working to failed


def _give_matplotlib_a_folder() -> None:
    """Where no home can be written to, it would say so in many lines and seek fonts every time."""
    home = user_cache()
    above = None if home is None else next(folder for folder in home.parents if folder.exists())
    if "MPLCONFIGDIR" in os.environ or (above is not None and os.access(above, os.W_OK)):
        return
    with contextlib.suppress(OSError):  # it finds a place of its own, and says so
        folder = scratch_folder()
        make_private(folder)
        make_private(folder / "matplotlib")
        os.environ["MPLCONFIGDIR"] = str(folder / "matplotlib")


_give_matplotlib_a_folder()  # it looks once, whoever loads it first


def colours(policies: tuple[str, ...]) -> dict[str, str]:
    """A colour for every policy; the two built-in ones have always the same.

    >>> colours(("siloed", "agenda=1", "reciprocal"))["reciprocal"]
    '#0072B2'
    """
    found, free = {"siloed": SILOED, "reciprocal": RECIPROCAL}, list(OTHERS)
    for policy in policies:
        if policy not in found:
            found[policy] = free.pop(0) if free else GREY
    return found


def new_figure(title: str, note: str = "", rows: int = 1, columns: int = 1) -> tuple[Any, Any]:
    """A figure with its title, a note below, and its axes."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of building its font cache
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(rect=(0.01, 0.05, 0.98, 0.93), h_pad=0.15)
    figure = Figure(figsize=(12.8, 8.0), dpi=100, layout=layout, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns)
    figure.suptitle(
        textwrap.fill(title, 82), x=0.02, ha="left", fontsize=17, fontweight="bold", color=DARK
    )
    if note:
        figure.text(
            0.02, 0.012, textwrap.shorten(note, 170, placeholder=" …"), fontsize=11, color="#555"
        )
    return figure, axes


def dress(axes: Any, ylabel: str = "", grid: str = "y") -> None:
    """Take away what is not needed; a pale grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=12)
    if grid:
        axes.grid(axis=grid, color="#E4E4E4", linewidth=0.8)
    axes.set_axisbelow(True)
    if ylabel:
        axes.set_ylabel(ylabel, fontsize=13)


def aside(axes: Any, at: float, text: str, x: float = 1.02, **how: Any) -> None:
    """Write something at the right of a row."""
    axes.annotate(
        text, (x, at), xycoords=("axes fraction", "data"), va="center", fontsize=11,
        annotation_clip=False, **how,
    )  # fmt: skip


def time_axis(axes: Any, scenario: Scenario, steps: int) -> np.ndarray:
    """Ticks as dates where the scenario has them; returns the values of the axis."""
    from matplotlib import dates as calendar

    known = dates(scenario, np.arange(steps))
    if known is None:
        axes.set_xlabel(f"{scenario.time.unit} of the run", fontsize=13)
        return np.arange(steps)
    from matplotlib.ticker import FuncFormatter

    axes.xaxis.set_major_locator(calendar.AutoDateLocator(minticks=4, maxticks=9))
    axes.xaxis.set_major_formatter(FuncFormatter(_date_label))
    years = sorted({known[0].year, known[-1].year})
    axes.set_xlabel(" to ".join(map(str, years)), fontsize=13)
    return np.asarray(calendar.date2num(known))


def _date_label(value: float, position: int | None = None) -> str:
    from matplotlib import dates as calendar

    when = calendar.num2date(value)
    return f"{when.day} {when:%b}"


def save(figure: Any, path: Path) -> None:
    """Write a figure as PNG, the same bytes for the same figure."""
    take_as_written(figure)
    figure.savefig(path, format="png", metadata={"Software": None})


def take_as_written(figure: Any) -> None:
    """Let no text of a figure be read as a formula: names and titles may hold a dollar."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)


def files(figures: Mapping[str, Callable[[], Any]]) -> dict[str, Callable[[Path], None]]:
    """What draws figures, by name, as what writes their files, by file name."""
    return {f"{name}.png": partial(_written, draw) for name, draw in figures.items()}


def _written(draw: Callable[[], Any], path: Path) -> None:
    save(draw(), path)


SALT = "crisis_abm"  # the ids inside an SVG are hashes with this
_alone = Lock()  # matplotlib takes the salt from settings that all threads share
_OUTLINE = re.compile(r'(?<= d=")[^"]+')
_DIGITS = re.compile(r"(\.\d{3})\d+")


@dataclass(frozen=True)
class Drawing:
    """A picture in both forms.

    Attributes
    ----------
    svg : str
        Starts with ``<svg``.
    png : bytes
    """

    svg: str
    png: bytes


def drawing(picture: Picture) -> Drawing:
    """Draw a picture.

    Returns
    -------
    Drawing
    """
    figure = picture.draw()
    take_as_written(figure)
    png = io.BytesIO()
    figure.savefig(png, format="png", metadata={"Software": None})
    return Drawing(_svg(figure), png.getvalue())


def _svg(figure: Any) -> str:
    from matplotlib import rc_context

    text = io.StringIO()
    about = {"Title": figure.get_suptitle(), "Date": None, "Creator": None}
    with _alone, rc_context({"svg.hashsalt": SALT, "svg.fonttype": "path"}):
        figure.savefig(text, format="svg", metadata=about)
    whole = text.getvalue()
    drawn = whole[whole.index("<svg") :]  # without the address of a DTD that nobody needs
    # A thousandth of a point is exact enough for an outline, and a third of the size.
    return _OUTLINE.sub(lambda found: _DIGITS.sub(r"\1", found[0]), drawn)
