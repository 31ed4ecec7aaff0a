"""Random cases in processes of their own: what hangs, dies or eats memory is found, and told.

A case is a function of a `random.Random` that answers with a word for what came of it ("refused",
"ran") and raises whatever should not have happened. It is made anew from seed and number alone, so
that one which ended its process can be looked at: ``python -m tests.fuzz.scenarios --only 4711``.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import multiprocessing
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psutil

__all__ = ["Found", "fuzz", "made_from", "main"]

Case = Callable[[random.Random], str]

SECONDS = 20.0  # of computing that a case may take
WAITING = 10  # times as long by the clock: others may need the machine
STARTING = 600.0  # seconds a process may take to begin: it may have to compile
BYTES = 1_500_000_000  # a case may take on top of what its process had at first
LONGEST = 400  # characters of a fault


@dataclass
class Found:
    """What came of many cases.

    Attributes
    ----------
    words : Counter of str
        The answers.
    faults : list of (int, str)
        Number of a case, and what happened.
    seconds : float
    slowest : tuple of (float, int)
        Seconds of the slowest case that ended, and its number.
    """

    words: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[int, str]] = field(default_factory=list)
    seconds: float = 0.0
    slowest: tuple[float, int] = (0.0, -1)

    def __str__(self) -> str:
        count = sum(self.words.values()) + len(self.faults)
        words = ", ".join(f"{n:,} {word}" for word, n in self.words.most_common())
        took, number = self.slowest
        pace = count / max(self.seconds, 1e-9)
        summary = f"{count:,} cases in {self.seconds:,.0f} s ({pace:,.0f}/s): {words or 'none'}; "
        summary += f"slowest {took:.1f} s (case {number}); {len(self.faults)} faults"
        return "\n".join([*(f"case {n}: {what}" for n, what in self.faults), summary])


def fuzz(
    module: str,
    count: int,
    seed: int = 0,
    first: int = 0,
    case: str = "case",
    seconds: float = SECONDS,
    tell: Callable[[int, str], None] = lambda number, what: None,
) -> Found:
    """Try cases `first` to `first + count`.

    Parameters
    ----------
    module : str
        Where the case is: ``tests.fuzz.scenarios``. Its function ``prepare``, if it has one, is
        called once in each process before the first case.
    count, seed, first : int
    case : str
        Name of the function.
    seconds : float
        Of computing after which a case counts as hanging.
    tell : callable
        Told of every fault at once.
    """
    found, began = Found(), time.monotonic()
    child = _Child(module, case, seed)
    try:
        for number in range(first, first + count):
            before = time.monotonic()
            answer = child.ask(number, seconds)
            took = time.monotonic() - before
            if isinstance(answer, _Fault):
                found.faults.append((number, answer.what))
                tell(number, answer.what)
                if answer.fatal:
                    child.stop()
                    child = _Child(module, case, seed)
                continue
            found.words[answer] += 1
            found.slowest = max(found.slowest, (took, number))
    finally:
        child.stop()
    found.seconds = time.monotonic() - began
    return found


@dataclass(frozen=True)
class _Fault:
    what: str
    fatal: bool = False


class _Child:
    """A process that tries one case after the other."""

    def __init__(self, module: str, case: str, seed: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        arguments = (theirs, module, case, seed)
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        if not self._ours.poll(STARTING):
            raise TimeoutError("a process did not begin")
        self._ours.recv()

    def ask(self, number: int, seconds: float) -> str | _Fault:
        """The word for a case."""
        self._ours.send(number)
        if not self._ours.poll(min(seconds, 1.0)) and not self._patiently(seconds):
            return _Fault(f"hangs: not ended after {seconds:g} s", fatal=True)
        try:
            answer: str | _Fault = self._ours.recv()
        except (EOFError, OSError):
            self._process.join(5)
            return _Fault(f"ended its process (exit code {self._process.exitcode})", fatal=True)
        return answer

    def _patiently(self, seconds: float) -> bool:
        """Whether there is an answer before so many seconds of computing are over."""
        used, end = self._used(), time.monotonic() + WAITING * seconds
        while not self._ours.poll(0.25):
            if self._used() - used > seconds or time.monotonic() > end:
                return False
        return True

    def _used(self) -> float:
        with contextlib.suppress(psutil.Error):
            spent = psutil.Process(self._process.pid).cpu_times()
            return float(spent.user + spent.system)
        return 0.0

    def stop(self) -> None:
        """End it, work in hand included."""
        self._process.kill()
        self._process.join()
        self._ours.close()


def _serve(pipe: Any, module: str, case: str, seed: int) -> None:
    loaded = importlib.import_module(module)
    getattr(loaded, "prepare", lambda: None)()
    function: Case = getattr(loaded, case)
    _limit_memory()
    pipe.send("ready")
    while True:
        try:
            number = pipe.recv()
        except EOFError:
            return
        pipe.send(_answer(function, seed, number))


def _answer(function: Case, seed: int, number: int) -> str | _Fault:
    try:
        return function(made_from(seed, number))
    except MemoryError:
        return _Fault(f"took more than {BYTES / 1e9:g} GB: {_where()}")
    except Exception:
        return _Fault(_where())


def made_from(seed: int, number: int) -> random.Random:
    """What decides everything about a case."""
    return random.Random(f"{seed} {number}")


def _where() -> str:
    lines = traceback.format_exc().strip().splitlines()
    places = [line.strip() for line in lines if line.lstrip().startswith("File ")]
    return f"{lines[-1][:LONGEST]} ({places[-1] if places else 'nowhere'})"


def _limit_memory() -> None:
    """Have more memory than `BYTES` refused, where the system can do that."""
    try:
        import resource
    except ImportError:
        return
    now = psutil.Process().memory_info().vms
    resource.setrlimit(resource.RLIMIT_AS, (now + BYTES, resource.RLIM_INFINITY))


def main(module: str, count: int, description: str) -> None:
    """The command line of a module of cases."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--count", type=int, default=count, help="cases to try")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--only", type=int, help="try this one here, with its traceback")
    parser.add_argument("--case", default="case", help="name of the function")
    chosen = parser.parse_args()
    if chosen.only is not None:
        loaded = importlib.import_module(module)
        getattr(loaded, "prepare", lambda: None)()
        print(getattr(loaded, chosen.case)(made_from(chosen.seed, chosen.only)))
        return
    found = fuzz(
        module,
        chosen.count,
        chosen.seed,
        chosen.first,
        chosen.case,
        tell=lambda number, what: print(f"case {number}: {what}", flush=True),
    )
    print(str(found).splitlines()[-1])
    sys.exit(1 if found.faults else 0)
