"""The after-action report for the facilitator's browser: made beside, in a process of its own."""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

logger = logging.getLogger(__name__)

PAGE = "report.html"
FAILED = "The report could not be made. The server's messages say why."


class Reports:
    """Makes the report of a sitting when asked to, one at a time.

    Parameters
    ----------
    folder : Path
        Of the sitting; what was made is kept there, as the command does.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._working = False
        self._asked = self._made = 0
        self._begun = 0.0
        self._line = ""
        self.failure = ""
        self._process: subprocess.Popen[str] | None = None

    def end(self) -> None:
        """Give up what is being made: the server ends."""
        if self._process is not None:
            self._process.terminate()

    def begin(self) -> int:
        """Have it made as things stand now; the number to ask for it by."""
        with self._lock:
            if not self._working:
                self._asked += 1
                self._working, self._begun = True, time.monotonic()
                self._line = self.failure = ""
                threading.Thread(target=self._work, name="report", daemon=True).start()
            return self._asked

    def text(self, number: int) -> str | None:
        """The report of a number, or a later one; None while it is being made."""
        if self._made < number:
            return None
        return (self.folder / PAGE).read_text(encoding="utf-8")

    def told(self) -> str:
        """How far it is."""
        seconds = round(time.monotonic() - self._begun)
        return self._line or f"The crisis is played again, decided otherwise: {seconds} seconds."

    def _work(self) -> None:
        command = [sys.executable, "-m", "crisis_abm", "exercise", "report", str(self.folder)]
        try:
            with (
                tempfile.TemporaryFile("w+", encoding="utf-8") as said,
                subprocess.Popen(
                    command, stdout=said, stderr=subprocess.PIPE, text=True
                ) as process,
            ):
                self._process = process
                assert process.stderr is not None
                for line in process.stderr:
                    self._line = line.strip()
                code = process.wait()
            if code == 0:
                self._made = self._asked
            else:
                logger.error("the report could not be made: %s", self._line)
                self.failure = FAILED
        except OSError as error:
            logger.error("the report could not be made: %s", error)
            self.failure = FAILED
        finally:
            with self._lock:
                self._working = False
