"""A lever, an event effect, a page and an analysis more, as docs/architecture.md adds them."""

import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOWN = {
    "title": "A works and a ward",
    "time": {"steps": 8},
    "behaviour": {"forecast_window": 1},
    "resources": {"kit": {"storable": True, "cover": 4}},
    "kinds": {
        "works": {"makes": {"kit": {"make": 1}}},
        "ward": {"harm": 1, "needs": {"kit": {"use": 1, "criticality": 1}}},
    },
    "organisations": [
        {"id": "works", "kind": "works", "area": "here", "capacity": 20},
        {"id": "ward", "kind": "ward", "area": "here", "capacity": 10, "demand": 8},
    ],
    "supply": [{"resource": "kit", "lead_time": 1}],
}


def changes(heading: str) -> list[tuple[str, str, str]]:
    """File, what stands there and what is to stand there, of each change under a heading."""
    document = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = document.partition(f"### {heading}\n")[2].partition("\n### ")[0]
    found = []
    for file, body in re.findall(r"```diff\n--- (\S+)\n(.*?)```", section, re.DOTALL):
        lines = [(line[:1] or " ", line[1:]) for line in body.splitlines()]
        old, new = (
            "".join(f"{text}\n" for sign, text in lines if sign != other) for other in ("+", "-")
        )
        found.append((file, old, new))
    return found


def touched(one: Path, other: Path) -> set[str]:
    """Files that are different in two folders, or in one of them only."""
    seen = filecmp.dircmp(one, other, ignore=["__pycache__"])
    _, different, unknown = filecmp.cmpfiles(one, other, seen.common_files, shallow=False)
    assert not unknown
    inside = (
        f"{name}/{file}" for name in seen.common_dirs for file in touched(one / name, other / name)
    )
    return {*different, *seen.left_only, *seen.right_only, *inside}


@pytest.fixture
def scratch(tmp_path):
    """A folder with a copy of the package."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "crisis_abm", tmp_path / "crisis_abm", ignore=ignored)
    return tmp_path


def changed(scratch: Path, heading: str) -> set[str]:
    """Make the changes under a heading; answers with the files that this touched."""
    package = scratch / "crisis_abm"
    for file, old, new in changes(heading):
        path = package / file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert text.count(old) == 1 or not (text or old), (file, old)
        path.write_text(text.replace(old, new), encoding="utf-8")
    return touched(ROOT / "crisis_abm", package)


def told_by(folder: Path, script: str):
    """What a script prints as JSON, run beside a copy of the package as plain Python."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", f"TOWN = {TOWN!r}\n{script}"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


COMMANDS = """
import contextlib, io, json, sys
from crisis_abm import run_once
from crisis_abm.cli import main
from crisis_abm.scenario import Scenario

def command(*words):
    sys.argv, printed = ["crisis-abm", *words], io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        main()
    return printed.getvalue()

def checked(scenario):
    scenario.save("town.toml")
    return command("check", "town.toml")
"""


def test_a_lever_more_is_an_entry_and_its_rule(scratch):
    assert changed(scratch, "A sixth lever") == {
        "scenario/schema/policy.py",
        "engine/phases/orders.py",
    }
    told = told_by(
        scratch,
        COMMANDS
        + """
from crisis_abm.analysis.attribution import COMBINATIONS, combination
from crisis_abm.dashboard.components.html import GLOSSARY
from crisis_abm.dashboard.state.view import View, address, view_of
from crisis_abm.report.principles_words import ALL, OTHERS

late = {"title": "Lean days", "levers": {"thrift": 1}, "start": 2}
policies = {"later": {"changes": [{"start": 2, "kinds": ["ward"], "thrift": 0.5}]}}
town = Scenario.from_dict({**TOWN, "policies": policies})
def stock(scenario, policy):
    return run_once(scenario, policy, seed=1).state.inputs.stock.tolist()
struck = town.with_({"events[+]": late})
print(json.dumps({
    "stock": {policy: stock(town, policy) for policy in ("siloed", "thrift=1", "later")},
    "struck": stock(struck, "siloed"),
    "check": checked(struck),
    "combinations": [COMBINATIONS, combination(COMBINATIONS - 1), ALL, OTHERS],
    "word": GLOSSARY["thrift"],
    "address": address("/", view_of("thrift=0.5")),
}))
""",
    )
    (usual,) = told["stock"]["siloed"]
    # a ward that uses 8 a tick and keeps four ticks of it keeps two fewer, or one
    assert told["stock"] == {"siloed": [usual], "thrift=1": [usual - 16], "later": [usual - 8]}
    assert told["struck"] == [usual - 16]
    assert "Lean days (thrift = 1; everybody)" in told["check"]
    assert told["combinations"][0] == 64
    assert told["combinations"][1].endswith(",reciprocity=1,thrift=1")
    assert told["combinations"][2:] == ["all six", "the other five"]
    assert told["word"].startswith("What is scarce lasts longer")
    assert told["address"] == "/?scenario=local_shock&thrift=0.5"


def test_an_event_effect_more_is_an_entry_a_code_and_its_rule(scratch):
    assert changed(scratch, "An event effect") == {
        "scenario/schema/shocks.py",
        "tables/layout.py",
        "engine/phases/events.py",
    }
    told = told_by(
        scratch,
        COMMANDS
        + """
from crisis_abm import history
from crisis_abm.dashboard.scenarios.fields import about_key
from crisis_abm.report.words import event_line
from crisis_abm.scenario import Event, ScenarioError

half = {"title": "Half days", "activity": 0.5, "start": 2, "end": 5, "kinds": ["ward"]}
town = Scenario.from_dict({**TOWN, "events": [half, {**half, "start": 3, "end": 4}]})
wrong = ""
try:
    Scenario.from_dict({**TOWN, "events": [{**half, "resource": "kit", "demand": 2}]})
except ScenarioError as error:
    wrong = str(error)
run = run_once(town, "siloed", seed=1)
ward = run.tables.ids.index("ward")
print(json.dumps({
    "served": run.state.record.service[:, ward].tolist(),
    "check": checked(town),
    "wrong": wrong,
    "about": about_key(Event, "activity"),
}))
""",
    )
    assert told["served"] == [8, 8, 4, 2, 4, 8, 8, 8]
    assert "Half days (capacity and demand × 0.5; ward)" in told["check"]
    assert "has demand and activity" in told["wrong"]
    assert "events[0].resource" in told["wrong"]
    assert told["about"] == "Factor on capacity, base demand and arrivals alike."


def test_a_page_more_is_an_entry_and_its_component(scratch):
    pytest.importorskip("solara")
    assert changed(scratch, "A page of the dashboard") == {
        "dashboard/state/view.py",
        "dashboard/pages/levers.py",
    }
    told = told_by(
        scratch,
        """
import asyncio, json, os
os.environ["SOLARA_APP"] = "crisis_abm.dashboard.app"
import solara
from crisis_abm.dashboard.app import routes
from crisis_abm.dashboard.components.frame import Frame
from crisis_abm.web.guard import names
from crisis_abm.dashboard.server.web import application

app = application(names("127.0.0.1", (), "", []))

def status(path):
    said = []
    async def send(message):
        said.append(message)
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": b"", "headers": [(b"host", b"127.0.0.1")], "scheme": "http",
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "http_version": "1.1",
    }
    asyncio.run(app(scope, receive, send))
    return said[0]["status"]

def words(widget):
    for child in getattr(widget, "children", ()):
        yield from [child] if isinstance(child, str) else words(child)

page = next(route.component for route in routes if route.path == "levers")
framed = solara.RoutingProvider(routes=routes, pathname="/levers", children=[Frame([page()])])
_, drawn = solara.render(framed, handle_error=False)
print(json.dumps({
    "status": [status(path) for path in ("/levers", "/why", "/leavers")],
    "words": list(words(drawn.container)),
}))
drawn.close()
""",
    )
    assert told["status"] == [200, 200, 404]
    assert told["words"].count("Levers") == 2  # in the bar and on the page
    assert any(text.startswith("Parity: ") for text in told["words"])


def test_an_analysis_more_is_itself_its_report_and_an_entry(scratch):
    assert changed(scratch, "An analysis") == {
        "analysis/worst.py",
        "report/worst.py",
        "report/analyses.py",
    }
    told = told_by(
        scratch,
        COMMANDS
        + """
closed = {"title": "Closed", "capacity": 0, "start": 2, "end": 5, "kinds": ["works"]}
Scenario.from_dict({**TOWN, "events": [closed]}).save("town.toml")
asked = ("worst", "town.toml", "--replicates", "3", "--workers", "1")
print(json.dumps({
    "json": json.loads(command(*asked, "--json")),
    "screen": command(*asked, "--out", "kept"),
    "again": command("reproduce", "kept", "--workers", "1"),
    "help": command("worst", "--help"),
    "harm": run_once(Scenario.load("town.toml"), "siloed", seed=0).outcomes["harm"],
}))
""",
    )
    answer = told["json"]
    (section,) = answer["sections"]
    assert section["tables"]["worst"]["columns"] == {"crisis": [0, 1, 2], "harm": [16.0] * 3}
    assert told["harm"] == 16
    assert answer["finding"] == "The worst crisis does harm of 16 under siloed."
    assert answer["finding"] in told["screen"]
    assert told["again"].startswith("identical")
    assert "Say how bad it can get" in told["help"]
    assert "crisis-abm worst local_shock" in told["help"]
