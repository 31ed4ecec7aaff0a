"""What the check of a trace takes away can be set from the command line, with the same figure."""

import csv
import json
import shlex

import numpy as np
import pytest

from crisis_abm.analysis.cascade.roots import settings_without, without
from crisis_abm.analysis.cascade.trace import Trace, trace
from crisis_abm.engine import State
from crisis_abm.runs import Trial, run_once, run_trials
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN
from crisis_abm.tables import Tables
from tests.cli.small import invoke, rows_in, written

TOWN = """
title = "A town with everything"
harm_unit = "deaths"
[time]
steps = 25
[resources.ppe]
cover = 2
[resources.labour]
[behaviour]
communication_cost = 0.15
[kinds.hospital]
harm = 0.1
absence = 0.1
[kinds.care_home]
harm = 0.05
absence = 0.08
[areas.north]
[areas.south]
[[organisations]]
id = 'St. "Mary" = old, north'
kind = "hospital"
area = "north"
[[groups]]
kind = "hospital"
count = 1
[[groups]]
kind = "care_home"
count = 2
spread = 0.3
[[groups]]
kind = "supplier"
count = 2
[[groups]]
kind = "household"
count = 1
population = 20000
[[supply]]
resource = "ppe"
suppliers = 2
within = "anywhere"
reliability = 0.8
capacity = 60
[[supply]]
resource = "labour"
reliability = 0.95
[[aid]]
resource = "ppe"
within = "anywhere"
[exceptions.south_hospital_1]
more_capacity = 3
[exceptions.south_hospital_1.needs.ppe]
more = 5
[[events]]
title = "Makers stop"
capacity = 0.2
kinds = ["supplier"]
share = 0.5
start = 4
end = 12
[[events]]
title = "Everybody fends for themselves"
start = 3
[events.levers]
communication = 0.0
parity = 0.0
[[events]]
title = "More come"
demand = 1.4
kinds = ["hospital"]
when = { prevalence_above = 0.002 }
duration = 6
[[events]]
title = "Roads are blocked"
link = 0.3
areas = ["south"]
share = 0.5
start = 8
end = 14
[[events]]
title = "Lorries are late"
lead_time = 3
kinds = ["supplier"]
start = 9
[[events]]
title = "A store burns"
stock = 0.0
resource = "ppe"
areas = ["north"]
start = 6
[[events]]
title = "A gift"
add_stock = 20.0
resource = "ppe"
kinds = ["care_home"]
start = 7
[[events]]
title = "People stay at home"
contact = 0.5
start = 10
[hazard]
kind = "epidemic"
infected = { north = 40, south = 20 }
imports = 2.0
imports_until = 10
[hazard.residents]
[uncertain]
"hazard.infected.north" = { low = 20, high = 60 }
"events[0].capacity" = { low = 0.1, high = 0.4 }
"kinds.care_home.absence" = { low = 0.05, high = 0.2 }
"exceptions.south_hospital_1.needs.ppe.more" = { low = 1, high = 9 }
"behaviour.hoarding" = { low = 1, high = 4 }
"""
CRISIS = ("--policy", "reciprocal", "--seed", "3", "--replicate", "1")
KINDS = ("event", "hazard", "absence", "communication", "links", "capacity", "stores")


@pytest.fixture(scope="module")
def found() -> Trace:
    return trace(Scenario.from_text(TOWN), "reciprocal", seed=3, replicate=1, workers=1)


def total(tables: Tables, state: State) -> np.ndarray:
    return np.array(state.record.harm.sum() + state.record.hazard_deaths.sum())


def test_every_root_by_its_settings_comes_to_the_figure_of_the_check(found: Trace) -> None:
    run, roots = found.run, found.all_roots
    assert {root.kind for root in roots} == set(KINDS)
    trials = [Trial(BUILT_IN["reciprocal"], (without(root, run.tables),)) for root in roots]
    scenario = Scenario.from_text(TOWN)
    harm = run_trials(scenario, trials, total, [1], seed=3, workers=1)[:, 0]
    moved = set()
    for root, there in zip(roots, harm, strict=True):
        settings, missing = settings_without(root, run.scenario, run.tables)
        if settings:
            here = run_once(run.scenario.with_(settings), "reciprocal", run.seed).outcomes["harm"]
            moved |= {root.kind} if abs(here - found.harm) > 1e-3 else set()
        else:
            here = found.harm
            assert root.kind in ("capacity", "stores") and missing
        assert here == pytest.approx(there, abs=1e-9), root.key
    assert moved == set(KINDS)


def test_what_is_set_gives_the_figure_on_the_command_line(tmp_path) -> None:
    file = written(tmp_path, TOWN)
    told = json.loads(invoke("trace", file, *CRISIS, "--json", "--workers", 1).stdout)
    by_kind = {root["root"].split()[0]: root for root in reversed(rows_in(told, "roots"))}
    events = ("event 0", "event 1", "event 2")
    others = [root for root in rows_in(told, "roots") if root["root"] in events]
    assert {*by_kind, "stores"} == set(KINDS) and len(others) == 3
    for root in [*by_kind.values(), *others]:
        assert root["no_set"] is None
        options = [word for text in root["set"] for word in ("--set", text)]
        answer = invoke("run", file, *CRISIS, *options, "--json")
        assert answer.exit_code == 0, answer.output
        vanished = told["harm"] - json.loads(answer.stdout)["outcomes"]["harm"]
        assert vanished == pytest.approx(root["vanishes"], abs=1e-9), root["root"]


def test_the_command_that_is_shown_runs_and_gives_the_figure(tmp_path) -> None:
    file = written(tmp_path, TOWN, "-odd 'town'.toml")
    asked = (*CRISIS, "--set", "behaviour.keep=1")
    out = tmp_path / "kept"
    answer = invoke("trace", file, *asked, "--out", out, "--workers", 1)
    assert answer.exit_code == 0, answer.output
    (shown,) = [
        line for line in answer.stdout.replace("\\\n", "").splitlines() if "crisis-abm run" in line
    ]
    again = invoke(*shlex.split(shown)[1:], "--json")
    assert again.exit_code == 0, again.output
    with (out / "roots.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    first = rows[0]
    with (out / "harm.csv").open(newline="") as table:
        harm = sum(float(row["harm"]) for row in csv.DictReader(table))
    vanished = harm - json.loads(again.stdout)["outcomes"]["harm"]
    assert vanished == pytest.approx(float(first["vanishes"]), abs=1e-9)
    assert all(row["set"] and not row["no_set"] for row in rows)


TABLE = "from,to,resource,reliability\nwell,town,water,0.5\n"
DRY = """
title = "A well"
[time]
steps = 8
[resources.water]
storable = false
[kinds.source.makes.water]
make = 1
[kinds.home]
harm = 1
demand = 10
[kinds.home.needs.water]
use = 1
criticality = 1
[[organisations]]
id = "well"
kind = "source"
[[organisations]]
id = "town"
kind = "home"
[tables]
links = "links.csv"
"""


def test_a_root_that_cannot_be_set_says_why(tmp_path) -> None:
    (tmp_path / "links.csv").write_text(TABLE, encoding="utf-8")
    file = written(tmp_path, DRY)
    told = json.loads(invoke("trace", file, "--json", "--workers", 1).stdout)
    links = next(root for root in rows_in(told, "roots") if root["root"] == "links")
    assert links["harm"] > 0 and links["set"] == []
    assert links["no_set"] == "1 link of a table can be made sure in that table only"
    text = " ".join(invoke("trace", file, "--workers", 1).stdout.split())
    assert f"“{links['title']}” cannot be taken away by setting values: {links['no_set']}" in text


def test_levers_with_a_range_cannot_be_left_alone_by_a_value() -> None:
    scenario = Scenario.from_text(TOWN + '"events[1].levers.parity" = { low = 0, high = 0.2 }\n')
    found = trace(scenario, "reciprocal", seed=3, check=False, workers=1)
    event = found.all_roots[1]
    settings, missing = settings_without(event, found.run.scenario, found.run.tables)
    assert not settings and "no value of a lever leaves it alone" in missing
