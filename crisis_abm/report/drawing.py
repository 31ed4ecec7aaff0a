"""Pictures as bytes: drawn once, as PNG for slides and as SVG for pages.

The same picture gives the same bytes: no dates, no names made up anew. Letters in an SVG are
outlines, so that it looks the same where no font is installed.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from threading import Lock
from typing import Any

from crisis_abm.report.sections import Picture

__all__ = ["Drawing", "drawing"]

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
