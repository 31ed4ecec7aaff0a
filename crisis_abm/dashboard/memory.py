"""Memory of pages that were closed, given back to the system.

Python frees what a page held, but the C library keeps it for whatever may come: after fifty pages
at once the server would stay as large as it was with them.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
import threading
import time
from collections.abc import Callable

__all__ = ["give_back", "page_opened"]

SOON = 2.0  # seconds in which other pages may be closed, too

_lock = threading.Lock()
_pending = threading.Event()


def page_opened() -> Callable[[], None]:
    """To be called by solara when a page begins; what it is given back is called when it ends."""
    return give_back


def give_back(after: float = SOON) -> None:
    """Give back what nobody needs, once for all pages that are closed within a moment."""
    with _lock:
        if _pending.is_set():
            return
        _pending.set()
    thread = threading.Thread(target=_given_back, args=(after,), daemon=True, name="giving back")
    thread.current_context = None  # type: ignore[attr-defined] # solara's: it would keep the page
    thread.start()


def _given_back(after: float) -> None:
    time.sleep(after)
    _pending.clear()
    gc.collect()  # widgets of a page know each other
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a C library that has no such thing
            ctypes.CDLL(None).malloc_trim(0)
