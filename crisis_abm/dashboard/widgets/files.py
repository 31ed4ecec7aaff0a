"""Files from a browser and to it."""

from __future__ import annotations

import threading
import weakref
from typing import Any

import anywidget
import traitlets

from crisis_abm.dashboard.widgets.source import source

__all__ = ["Fetch", "Save", "Upload"]

LARGEST = 20_000_000  # bytes of all files together
MOST = 4  # files at once
LARGEST_OF_ALL = 200_000_000  # bytes of all uploads under way
_LOCK = threading.Lock()


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
                self.fault = too_much()
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


def too_much() -> str:
    """What is said of an upload that is refused."""
    return f"At most {MOST} files of {LARGEST // 1_000_000} MB together can be uploaded."


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
