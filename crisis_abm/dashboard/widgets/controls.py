"""Native controls: what the keyboard, a screen reader and a phone already know how to use.

Each is an `anywidget` whose HTML element is the browser's own. Values that come from a browser are
checked here; whatever is not of the control's kind is dropped.
"""

from __future__ import annotations

import anywidget
import traitlets

from crisis_abm.dashboard.widgets.source import source

__all__ = ["Button", "Choice", "Slider", "TextBox"]


class Slider(anywidget.AnyWidget):
    """A number between two ends, with its sentence; `value` changes when it is let go.

    With a `term` (`terms.identity`) the label explains itself.
    """

    _esm = source("slider.js")
    label = traitlets.Unicode("").tag(sync=True)
    term = traitlets.Unicode("").tag(sync=True)
    about = traitlets.Unicode("").tag(sync=True)
    value = traitlets.Float(0.0).tag(sync=True)
    least = traitlets.Float(0.0).tag(sync=True)
    most = traitlets.Float(1.0).tag(sync=True)
    step = traitlets.Float(0.1).tag(sync=True)
    ends = traitlets.List(traitlets.Unicode(), ["", ""]).tag(sync=True)

    @traitlets.validate("value")
    def _within(self, proposal: dict[str, float]) -> float:
        return min(max(float(proposal["value"]), self.least), self.most)


class Choice(anywidget.AnyWidget):
    """One of several; `options` are (value, words) pairs; `term` as in `Slider`."""

    _esm = source("choice.js")
    label = traitlets.Unicode("").tag(sync=True)
    term = traitlets.Unicode("").tag(sync=True)
    about = traitlets.Unicode("").tag(sync=True)
    fault = traitlets.Unicode("").tag(sync=True)
    value = traitlets.Unicode("").tag(sync=True)
    options = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)

    @traitlets.validate("value")
    def _known(self, proposal: dict[str, str]) -> str:
        value = proposal["value"]
        known = [option[0] for option in self.options]
        return value if not known or value in known else self.value


class Button(anywidget.AnyWidget):
    """A button; `presses` counts. One that `unfolds` something says whether it has."""

    _esm = source("button.js")
    label = traitlets.Unicode("").tag(sync=True)
    about = traitlets.Unicode("").tag(sync=True)
    look = traitlets.Enum(["plain", "main", "quiet"], "plain").tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    unfolds = traitlets.Enum(["", "no", "yes"], "").tag(sync=True)
    presses = traitlets.Int(0).tag(sync=True)


class TextBox(anywidget.AnyWidget):
    """A line of text, a number or a date; `value` changes when it is left, or on Enter."""

    _esm = source("textbox.js")
    label = traitlets.Unicode("").tag(sync=True)
    about = traitlets.Unicode("").tag(sync=True)
    value = traitlets.Unicode("").tag(sync=True)
    kind = traitlets.Enum(["text", "number", "date", "multiline"], "text").tag(sync=True)
    fault = traitlets.Unicode("").tag(sync=True)
    hint = traitlets.Unicode("").tag(sync=True)
    rows = traitlets.Int(3).tag(sync=True)
