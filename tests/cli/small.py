"""A crisis of eight organisations and 15 days, as files, for the tests of the commands."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

from typer.testing import CliRunner, Result

from crisis_abm.cli import app, progress

SMALL = """\
title = "Two wards"
harm_unit = "deaths"
caveat = "not yet fitted to data"

[time]
steps = 15
start = 2020-02-24

[resources]
ppe = {}

[areas.north]
[areas.south]

[[organisations]]
id = "infirmary"
kind = "hospital"
area = "north"

[[organisations]]
id = "depot"
kind = "supplier"
area = "north"

[[organisations]]
id = "store"
kind = "supplier"
area = "south"

[[groups]]
kind = "care_home"
count = { north = 2, south = 3 }

[[supply]]
resource = "ppe"
within = "anywhere"
suppliers = "all"

[[aid]]
resource = "ppe"
within = "anywhere"

[[events]]
title = "The depot burns"
capacity = 0.0
start = 2
organisations = ["depot"]

[[events]]
title = "All stock is lost"
stock = 0.0
resource = "ppe"
start = 2

[[events]]
announcement = "Wash your hands"
start = 3

[uncertain]
"behaviour.hoarding" = { low = 1, high = 5, why = "judgement" }
"kinds.hospital.needs.ppe.use" = { low = 5, high = 15, why = "judgement" }
"""

CALM = SMALL.replace("stock = 0.0", "stock = 1.0").replace("capacity = 0.0", "capacity = 1.0")
"""The same with nothing happening."""


def written(folder: Path, text: str = SMALL, name: str = "small.toml") -> str:
    """The path of a scenario file just written."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def invoke(*words: object) -> Result:
    """One command, in this process; how far it is would be told on a slow machine alone."""
    with mock.patch.object(progress, "SILENT", math.inf):
        return CliRunner().invoke(app, [str(word) for word in words])


def started(*words: object, cwd: Path, **more: str) -> subprocess.Popen[str]:
    """One command as a process of its own (and a group of its own)."""
    return subprocess.Popen(
        [sys.executable, "-m", "crisis_abm", *map(str, words)],
        cwd=cwd,
        env={**os.environ, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding=more.get("PYTHONIOENCODING"),
        start_new_session=True,
    )


def rows_in(found, name):
    """The rows of a table of a report in JSON."""
    (columns,) = (
        section["tables"][name]["columns"]
        for section in found["sections"]
        if name in section["tables"]
    )
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
