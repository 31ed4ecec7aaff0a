"""Does the suite notice a wrong rule? Twenty of them are put in, one at a time.

    python -m tests.mutations                         # this checkout
    python -m tests.mutations --checkout ../before    # another, such as the commit before
    python -m tests.mutations --only trust --only stay

A mutation is a slip that anybody could make: a sign, a factor, a boundary. Each is made in a copy
of the checkout, in a folder of its own that is removed afterwards; nothing is changed here. Then
each of the test files that should catch it runs, by itself and only up to its first failure, and a
line says whether it did and by which test. A file is asked for itself, so that a file that is made
quicker cannot hide behind another one that catches the same. Exit code 1 if any file missed one.

Whoever makes tests quicker (fewer examples, replicates or processes; shared fixtures) runs this
before and after and compares: what was caught must still be. Whoever changes a rule so that a
mutation has no place left finds that `tests/test_mutations.py` fails, and writes it anew.

The test that caught it is run again on the right rule, where it must pass. Rules of the engine and
of the tables are compiled code: where few calls are made they run as plain Python
(``NUMBA_DISABLE_JIT=1``), else they are compiled into a folder that goes with the copy. Examples
are those of CI (``CI=true``): the same every time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
COPIED = ("crisis_abm", "tests", "scenarios", "experiments", "docs", "benchmarks")
COPIED += ("pyproject.toml", "README.md", "Makefile", "constraints.txt")
LONGEST = 600  # seconds that a file may take: a mutated rule may not come to an end


@dataclass(frozen=True)
class Mutation:
    """One slip in one rule.

    Attributes
    ----------
    name : str
        In a word; `what` tells it in full.
    part : str
        Of the package: a folder or a file of it.
    old, new : str
        Text that occurs once in that part, and what stands there instead.
    plain, compiled : tuple of str
        Test files, or tests, that should notice; run as plain Python or with compiled rules.
    """

    name: str
    what: str
    part: str
    old: str
    new: str
    plain: tuple[str, ...] = ()
    compiled: tuple[str, ...] = ()

    def place(self, checkout: Path) -> Path:
        """The file that the slip is made in, whatever it is called now.

        Raises
        ------
        LookupError
            If its place is not there, or not only once.
        """
        part = checkout / "crisis_abm" / self.part
        files = [part] if part.is_file() else sorted(part.rglob("*.py"))
        times = {file: file.read_text(encoding="utf-8").count(self.old) for file in files}
        if sum(times.values()) != 1:
            found = sum(times.values())
            raise LookupError(f"{self.name}: found {found} times in {self.part}: {self.old}")
        return next(file for file, count in times.items() if count)

    def made_in(self, checkout: Path) -> str:
        """Its file with the slip in it."""
        return self.place(checkout).read_text(encoding="utf-8").replace(self.old, self.new)


PHASES, LIMITS = "tests/engine/test_phases.py", "tests/validation/test_cases.py"
TWIN = "tests/test_twin.py"

MUTATIONS = (
    Mutation(
        "patience",
        "an organisation closes a tick later than its patience says",
        "engine",
        "if now.failing[i] >= kinds.patience[",
        "if now.failing[i] > kinds.patience[",
        plain=(PHASES,),
    ),
    Mutation(
        "agenda",
        "the part of a claim that an agenda does not decide grows with the agenda",
        "engine",
        "((1.0 - agenda) * order + agenda",
        "((1.0 + agenda) * order + agenda",
        plain=(PHASES,),
    ),
    Mutation(
        "pipeline",
        "goods on their way are ordered again",
        "engine",
        "in_hand = now.stock[h] + now.pipeline[h]",
        "in_hand = now.stock[h] - now.pipeline[h]",
        compiled=(f"{LIMITS}::test_bullwhip_of_others",),
    ),
    Mutation(
        "mixing",
        "infection from everywhere protects",
        "engine",
        "+ plan.everywhere * everywhere",
        "- plan.everywhere * everywhere",
        plain=(TWIN,),
    ),
    Mutation(
        "stay",
        "people stay a tick longer than they should",
        "engine",
        "else 1.0 / rows.stay[i]",
        "else 1.0 / (rows.stay[i] + 1.0)",
        plain=(PHASES,),
    ),
    Mutation(
        "trust",
        "a partner that has had much is trusted more",
        "engine",
        "(1.0 + math.exp(balance / scale))",
        "(1.0 + math.exp(-balance / scale))",
        plain=(PHASES, TWIN),
    ),
    Mutation(
        "end",
        "events last a tick longer",
        "engine",
        "active = plan.start[v] <= t < plan.end[v]",
        "active = plan.start[v] <= t <= plan.end[v]",
        plain=(TWIN, "tests/analysis/test_cascade.py"),
    ),
    Mutation(
        "cost",
        "communicating adds capacity instead of costing some",
        "engine",
        "organisations.capacity[i] *= 1.0 - cost",
        "organisations.capacity[i] *= 1.0 + cost",
        plain=(f"{LIMITS}::test_nothing_to_share_at_other_costs",),
        compiled=("tests/test_scenarios_library.py",),
    ),
    Mutation(
        "lots",
        "the larger a supplier, the less often it is chosen",
        "tables",
        "wait = -math.log(u) / candidate_weight[s]",
        "wait = -math.log(u) * candidate_weight[s]",
        plain=("tests/tables/test_choice.py",),
    ),
    Mutation(
        "remainders",
        "the smallest remainder is rounded up first",
        "tables",
        "np.argsort(whole - exact, kind",
        "np.argsort(exact - whole, kind",
        plain=("tests/tables/test_hazard.py",),
    ),
    Mutation(
        "calendar",
        "a run may end the day after the last of the calendar",
        "scenario",
        "if (date.max - time.start).days <= time.steps * days:",
        "if (date.max - time.start).days < time.steps * days:",
        compiled=("tests/scenario/test_limits.py",),
    ),
    Mutation(
        "cycles",
        "a cycle of flows is told only where a criticality is above one",
        "scenario",
        "if need.criticality >= 1 - 1e-9 and",
        "if need.criticality >= 1 + 1e-9 and",
        compiled=("tests/scenario/test_bad_input.py",),
    ),
    Mutation(
        "error",
        "the standard error divides by all, not by all but one",
        "runs",
        "error = values.std(axis=0, ddof=1)",
        "error = values.std(axis=0, ddof=0)",
        compiled=("tests/runs/test_statistics.py",),
    ),
    Mutation(
        "apart",
        "five crises that differ are too few for an interval",
        "runs",
        "(replicates - count < FEWEST_APART)",
        "(replicates - count <= FEWEST_APART)",
        compiled=("tests/runs/test_statistics.py",),
    ),
    Mutation(
        "noise",
        "the noise of a mean is taken for that of one run",
        "experiment",
        "((points - 1) * (replicates - 1)) / replicates",
        "((points - 1) * (replicates - 1))",
        compiled=("tests/experiment/test_sobol_indices.py",),
    ),
    Mutation(
        "peeling",
        "thick slices are preferred, not patient ones",
        "experiment",
        "(step.density - last.density) / (last.cases - step.cases)",
        "(step.density - last.density) * (last.cases - step.cases)",
        compiled=("tests/experiment/test_prim.py",),
    ),
    Mutation(
        "width",
        "half the width of an interval over states and crises is left out",
        "experiment",
        "return mean - width, mean + width",
        "return mean - width / 2, mean + width / 2",
        compiled=("tests/experiment/test_outcome_tables.py",),
    ),
    Mutation(
        "excess",
        "what two add together is told with the wrong sign",
        "analysis",
        "paired_differences(parts, whole[:, :, ALL])",
        "paired_differences(whole[:, :, ALL], parts)",
        compiled=("tests/analysis/test_weak_links.py",),
    ),
    Mutation(
        "recovery",
        "time to recovery leaves out its last tick",
        "outcomes.py",
        "np.where(first >= 0, last - first + 1, 0)",
        "np.where(first >= 0, last - first, 0)",
        compiled=("tests/test_outcomes.py",),
    ),
    Mutation(
        "ends",
        "the lower end of a range is moved up where it would not hold its mean",
        "report",
        "_end(low, places, least, ROUND_FLOOR, nothing)",
        "_end(low, places, least, ROUND_CEILING, nothing)",
        compiled=("tests/report/test_words.py", "tests/report/test_ranges.py"),
    ),
)


def copy(checkout: Path, to: Path) -> None:
    """What tests read of a checkout."""
    for name in COPIED:
        source = checkout / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, to / name)


def failed(folder: Path, test: str, compiled: bool) -> str:
    """The first test of a file that fails, or nothing; what went wrong where none ended."""
    environment = os.environ | {"CI": "true", "PYTHONPATH": str(folder)}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "NUMBA_DISABLE_JIT": str(int(not compiled))}
    environment["NUMBA_CACHE_DIR"] = str(folder / "kernels")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", test]
    try:
        told = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        return f"no end within {LONGEST} s"
    lines = told.stdout.splitlines()
    found = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
    if told.returncode not in (0, 1) and not found:
        return f"pytest ended with {told.returncode}: {(told.stdout + told.stderr)[-300:]}"
    return found[0].split(" - ")[0].removeprefix("FAILED ") if found else ""


def caught(mutation: Mutation, folder: Path) -> bool:
    """Whether every file that should catch a mutation does; prints by which test."""
    file, missed = mutation.place(folder), False
    right, wrong = file.read_text(encoding="utf-8"), mutation.made_in(folder)
    for tests, compiled in ((mutation.plain, False), (mutation.compiled, True)):
        for test in tests:
            began = time.monotonic()
            file.write_text(wrong, encoding="utf-8")
            by = failed(folder, test, compiled)
            file.write_text(right, encoding="utf-8")
            said = "caught" if by else "NOT CAUGHT"
            if by.startswith("tests/") and failed(folder, by, compiled):
                said = "FAILS ANYWAY"
            missed = missed or said != "caught"
            by = f"by {by.removeprefix(test).removeprefix('::')}" if by else ""
            seconds = time.monotonic() - began
            print(f"{mutation.name:<11} {said:<12} {test} {by}  ({seconds:.0f} s)", flush=True)
    return not missed


def main() -> int:
    """Try all mutations, or some; 1 if a file missed one."""
    parser = argparse.ArgumentParser(description="Does the suite notice a wrong rule?")
    parser.add_argument("--checkout", type=Path, default=HERE, help="default: this one")
    parser.add_argument("--only", action="append", choices=[one.name for one in MUTATIONS])
    asked = parser.parse_args()
    tried = [one for one in MUTATIONS if not asked.only or one.name in asked.only]
    with tempfile.TemporaryDirectory(prefix="crisis-abm-mutations-") as name:
        folder = Path(name)
        copy(asked.checkout, folder)
        missed = [one.name for one in tried if not caught(one, folder)]
    print(f"{len(tried) - len(missed)} of {len(tried)} caught by every file that should")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
