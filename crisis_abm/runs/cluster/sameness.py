"""Whether everybody in a cluster computes the same bits: versions here, and there.

What differs is said before anything is run, and a worker that joins later is asked as well.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version

from crisis_abm.runs.provenance import computing, versions_here

__all__ = ["differences", "tuning"]

Tuning = Mapping[str, str]


def tuning() -> Tuning:
    """What a figure may depend on, and what is needed to understand each other, of this process.

    Of Python only the series (3.12) counts, as for packages.
    """
    present = versions_here()
    found = computing(present)
    found["python"] = present["python"].rpartition(".")[0]
    found["distributed"] = version("distributed")
    found["processor"] = platform.machine()
    return found


def differences(here: Tuning, there: Tuning) -> str:
    """What is not the same, in words; empty if nothing.

    >>> differences({"numpy": "2.4.6", "numba": "0.68.1"}, {"numpy": "2.5.5", "numba": "0.68.1"})
    'numpy is 2.5.5 there and 2.4.6 here'
    >>> differences({"numpy": "2.4.6"}, {"numpy": "2.4.6"})
    ''
    """
    return ", ".join(
        f"{name} is {there.get(name, 'missing')} there and {here.get(name, 'missing')} here"
        for name in dict.fromkeys([*here, *there])
        if here.get(name) != there.get(name)
    )
