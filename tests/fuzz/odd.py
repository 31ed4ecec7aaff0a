"""Cases that must not be, for the test of who finds them: they hang, die, eat memory or raise."""

from __future__ import annotations

import os
import random

KINDS = ("fine", "hangs", "dies", "eats", "raises")


def case(rng: random.Random) -> str:
    """Do one of `KINDS`, by lot."""
    kind = rng.choice(KINDS)
    if kind == "hangs":
        while True:
            pass
    if kind == "dies":
        os._exit(9)
    if kind == "eats":
        return str(len(bytearray(10**12)))
    if kind == "raises":
        raise OverflowError("too large")
    return kind
