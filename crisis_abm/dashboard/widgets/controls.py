"""Native controls: what the keyboard, a screen reader and a phone already know how to use.

Each is an `anywidget` whose HTML element is the browser's own. Values that come from a browser are
checked here; whatever is not of the control's kind is dropped.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

import anywidget
import traitlets

from crisis_abm.dashboard.widgets import source

LARGEST = 20_000_000  # bytes of all files together
MOST = 4  # files at once
LARGEST_OF_ALL = 200_000_000  # bytes of all uploads under way
_LOCK = threading.Lock()


class Slider(anywidget.AnyWidget):
    """A number between two ends, with its sentence; `value` changes when it is let go.

    With a `term` (`html.identity`) the label explains itself.
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


class NameBox(TextBox):
    """As `TextBox`, offering names; others may be written, `several` with commas between."""

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    several = traitlets.Bool(False).tag(sync=True)


class Upload(anywidget.AnyWidget):
    """A field for files; `taken` is called with their contents by name.

    A file comes in parts, because a message of a browser may not be large. What is too much is
    refused by the browser, and again here, where it counts.
    """

    _esm = source("upload.js")
    label = traitlets.Unicode("").tag(sync=True)
    about = traitlets.Unicode("").tag(sync=True)
    accept = traitlets.Unicode("").tag(sync=True)
    largest = traitlets.Int(LARGEST).tag(sync=True)
    fault = traitlets.Unicode("").tag(sync=True)
    taken = traitlets.Callable(None, allow_none=True)
    _under_way: weakref.WeakSet[Upload] = weakref.WeakSet()  # of all pages

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._parts: dict[str, bytearray] = {}
        with _LOCK:
            self._under_way.add(self)
        self.on_msg(self._came)

    def _came(self, widget: Any, content: Any, buffers: list[Any]) -> None:
        if not isinstance(content, dict) or content.get("what") not in ("begin", "part", "end"):
            return
        if content["what"] == "begin":
            self._parts, self.fault = {}, ""
        elif content["what"] == "part" and len(buffers) == 1:
            name = str(content.get("name", ""))[:200]
            self._parts.setdefault(name, bytearray()).extend(bytes(buffers[0]))
            if self._size() > LARGEST or len(self._parts) > MOST:
                self._parts = {}
                size = f"{LARGEST // 1_000_000} MB"
                self.fault = f"At most {MOST} files of {size} together can be uploaded."
            elif self._size_of_all() > LARGEST_OF_ALL:
                self._parts = {}
                self.fault = "Too much is being uploaded at this moment; try it again soon."
        elif self._parts and self.taken is not None:
            files, self._parts = {n: bytes(part) for n, part in self._parts.items()}, {}
            self.taken(files)

    def close(self) -> None:
        """Forget what came, too."""
        self._parts = {}
        super().close()

    def _size(self) -> int:
        return sum(map(len, list(self._parts.values())))  # another page may ask meanwhile

    def _size_of_all(self) -> int:
        with _LOCK:
            return sum(one._size() for one in self._under_way)


class Save(anywidget.AnyWidget):
    """A button that saves a text as a file."""

    _esm = source("save.js")
    label = traitlets.Unicode("Save").tag(sync=True)
    name = traitlets.Unicode("file.txt").tag(sync=True)
    kind = traitlets.Unicode("text/plain").tag(sync=True)
    content = traitlets.Unicode("").tag(sync=True)


class Fetch(anywidget.AnyWidget):
    """A button for a file that is made when it is asked for; `make` gives its text."""

    _esm = source("fetch.js")
    label = traitlets.Unicode("Save").tag(sync=True)
    busy = traitlets.Unicode("Making it …").tag(sync=True)
    name = traitlets.Unicode("file.txt").tag(sync=True)
    kind = traitlets.Unicode("text/plain").tag(sync=True)
    fault = traitlets.Unicode("").tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    make = traitlets.Callable(None, allow_none=True)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._lock = threading.Lock()
        self.on_msg(self._asked)

    def _asked(self, widget: Any, content: Any, buffers: list[Any]) -> None:
        if self.make is not None and content == "make" and self._lock.acquire(blocking=False):
            threading.Thread(target=self._made, daemon=True).start()

    def _made(self) -> None:
        self.fault = ""
        try:
            assert self.make is not None
            self.send({"what": "made"}, buffers=[self.make().encode()])
        except Exception as error:
            self.fault = f"It could not be made: {error}"
            self.send({"what": "failed"})
        finally:
            self._lock.release()


class Undo(anywidget.AnyWidget):
    """Two buttons; Ctrl+Z and Ctrl+Shift+Z (Cmd on a Mac) do the same anywhere on the page.

    Where text is typed that was not told yet, the keys are left to it. It calls ``asked("undo")``
    or ``asked("redo")``.
    """

    _esm = source("undo.js")
    undoable = traitlets.Int(0).tag(sync=True)
    redoable = traitlets.Int(0).tag(sync=True)
    asked = traitlets.Callable(None, allow_none=True)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.on_msg(self._came)

    def _came(self, widget: Any, content: Any, buffers: list[Any]) -> None:
        what = content.get("what") if isinstance(content, dict) else None
        if what in ("undo", "redo") and self.asked is not None:
            self.asked(what)


class CopyLink(anywidget.AnyWidget):
    """Copies the page's own address, which says everything that is on the screen."""

    _esm = source("copy_link.js")


class PageAbout(anywidget.AnyWidget):
    """Sets the language and title of the page it is on; tells when its server is away."""

    _esm = source("page_about.js")
    title = traitlets.Unicode("crisis_abm").tag(sync=True)
    language = traitlets.Unicode("en-GB").tag(sync=True)


class Tour(anywidget.AnyWidget):
    """Steps, a heading and a sentence each, until seen or closed; this browser remembers."""

    _esm = source("tour.js")
    steps = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)


class Words(anywidget.AnyWidget):
    """A list that opens on demand; once on a page, it explains every word that is marked there.

    `words` are ids, words and meanings.
    """

    _esm = source("words.js")
    words = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
