"""Event loops for tests that stand beside a browser, whose own loop runs in the tests' thread."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def answer_of(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, run to its end in another thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
