"""A process that serves an exercise as often as it is asked to, each time in a child to be killed.

Reads lines ``FOLDER PORT`` and answers each with the child's process id; an empty line ends it. A
child begins as the command does, but everything is imported and compiled already.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import uvicorn

from crisis_abm.exercise import Sitting, play
from crisis_abm.exercise.server import app, hall, serving
from tests.exercise.small import exercise


def main() -> None:
    assert uvicorn and app and hall  # all that a child needs
    play(exercise(), {})
    for line in sys.stdin:
        if not line.strip():
            break
        folder, port = line.split()
        child = os.fork()
        if child == 0:
            sitting = Sitting.open(Path(folder))
            serving.serve(sitting, port=int(port), browse=False)
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
