"""Running a bundle again: the same figures to the last bit, or what differs and why it might."""

from __future__ import annotations

import csv
import inspect
import io
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crisis_abm.report.analyses import ANALYSES
from crisis_abm.report.tables import outcome_columns
from crisis_abm.runs import compare, run_once
from crisis_abm.runs.bundle import OUTCOME_KINDS, Bundle, BundleError, csv_rows
from crisis_abm.runs.provenance import commit, versions_here
from crisis_abm.spreadsheet import from_spreadsheet

Progress = Callable[[int, int], None]
Cells = dict[tuple[str, int, str], str]  # by file, line and column


@dataclass(frozen=True)
class Mismatch:
    """One figure that came out otherwise.

    Attributes
    ----------
    outcome : str
        Of an analysis: the column.
    before, now : float or str
        Of an analysis: the cell as it is written.
    policy, replicate
        Of a run or comparison.
    table, line : str, int
        Of an analysis: the file, and the line in it.
    """

    outcome: str
    before: float | str
    now: float | str
    policy: str = ""
    replicate: int | None = None
    table: str = ""
    line: int = 0

    @property
    def size(self) -> float:
        """Relative difference; infinite where one of the two is no number."""
        try:
            before, now = float(self.before), float(self.now)
        except ValueError:
            return math.inf
        largest = max(abs(before), abs(now))
        gap = abs(now - before) / largest if largest else 0.0
        return gap if math.isfinite(gap) else math.inf


@dataclass(frozen=True)
class Reproduction:
    """What running a bundle again came to.

    Attributes
    ----------
    compared : int
        Figures present then and now.
    mismatches : list of Mismatch
        Largest first.
    unmatched : list of str
        Outcomes, or tables and columns, that only one of the two has.
    versions : dict of str to (str, str)
        What has another version than then: (then, now).
    same_scenario : bool
        Whether the scenario copy still has the fingerprint in the manifest.
    """

    compared: int
    mismatches: list[Mismatch]
    unmatched: list[str]
    versions: dict[str, tuple[str, str]]
    same_scenario: bool

    @property
    def identical(self) -> bool:
        """Every figure is there, and the same to the last bit."""
        return not self.mismatches and not self.unmatched and self.compared > 0


def reproduce(
    bundle: Bundle, workers: int | None = None, progress: Progress | None = None
) -> Reproduction:
    """Run a bundle again and compare every outcome, or every cell of its CSV tables.

    Raises
    ------
    BundleError
        If the manifest does not say enough.
    """
    if bundle.manifest["kind"] not in OUTCOME_KINDS:
        compared, mismatches, unmatched = _compared_tables(bundle, workers, progress)
    else:
        compared, mismatches, unmatched = _compared_outcomes(bundle, workers, progress)
    told = bundle.manifest.get("versions")
    then = told if isinstance(told, dict) else {}
    return Reproduction(
        compared=compared,
        mismatches=sorted(mismatches, key=lambda one: -one.size),
        unmatched=unmatched,
        versions=_changed(bundle.manifest, then),
        same_scenario=bundle.manifest.get("fingerprint") == bundle.scenario.fingerprint(),
    )


def _changed(manifest: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What computed a bundle and is another now, the commit as well; as far as it was recorded."""
    now: dict[str, Any] = {**versions_here(), "commit": commit()}
    recorded = {**then, "commit": manifest.get("commit")}
    return {
        name: (str(recorded[name]), str(present))
        for name, present in now.items()
        if present is not None and recorded.get(name) not in (None, present)
    }


Compared = tuple[int, list[Mismatch], list[str]]  # how many, which differ, what only one has


def _compared_outcomes(bundle: Bundle, workers: int | None, progress: Progress | None) -> Compared:
    now, before = _again(bundle, workers, progress), bundle.figures
    mismatches = [
        Mismatch(outcome, old, new, policy, None if replicate < 0 else replicate)
        for (policy, replicate, outcome), old in before.items()
        if (new := now.get((policy, replicate, outcome))) is not None and not _same(old, new)
    ]
    unmatched = sorted({outcome for _, _, outcome in before.keys() ^ now.keys()})
    return len(before.keys() & now.keys()), mismatches, unmatched


def _compared_tables(bundle: Bundle, workers: int | None, progress: Progress | None) -> Compared:
    before, now = _cells_kept(bundle), _cells_again(bundle, workers, progress)
    mismatches = [
        Mismatch(column, old, new, table=table, line=line)
        for (table, line, column), old in before.items()
        if (new := now.get((table, line, column))) is not None and old != new
    ]
    unmatched = sorted({f"{table} {column}" for table, _, column in before.keys() ^ now.keys()})
    return len(before.keys() & now.keys()), mismatches, unmatched


def _again(
    bundle: Bundle, workers: int | None, progress: Progress | None
) -> dict[tuple[str, int, str], float]:
    facts = bundle.manifest
    policies, seed = [str(policy) for policy in facts["policies"]], facts["seed"]
    replicate, replicates = facts.get("replicate"), facts.get("replicates")
    if facts["kind"] == "run":
        if len(policies) != 1 or not isinstance(replicate, int | None):
            raise BundleError(f"{bundle.folder}: its manifest does not say what was run")
        result = run_once(bundle.scenario, policies[0], seed, replicate, progress=progress)
        columns = outcome_columns(result, policies, replicate)
    else:
        if len(policies) < 2 or not isinstance(replicates, int) or replicates < 1:
            raise BundleError(f"{bundle.folder}: its manifest does not say what was run")
        compared = compare(bundle.scenario, policies, replicates, seed, workers, progress)
        columns = outcome_columns(compared, policies)
    return {
        (policy, -1 if replicate == "" else replicate, outcome): value
        for replicate, policy, outcome, value in zip(*columns.values(), strict=True)
    }


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def _cells_kept(bundle: Bundle) -> Cells:
    """Every cell of the CSV tables of a bundle.

    Raises
    ------
    BundleError
        If one cannot be read, or there is none.
    """
    found: Cells = {}
    for name in bundle.manifest["files"]:
        if not str(name).endswith(".csv"):
            continue
        path = bundle.folder / name
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                found |= _cells(name, csv.reader(file))
        except OSError as error:
            raise BundleError(f"{path}: cannot be read ({error.strerror})") from None
        except (ValueError, csv.Error):
            raise BundleError(f"{path}: is damaged; the bundle cannot be used") from None
    if not found:
        raise BundleError(f"{bundle.folder}: keeps no table that could be compared")
    return found


def _cells_again(bundle: Bundle, workers: int | None, progress: Progress | None) -> Cells:
    """The same cells, from running the analysis again.

    Raises
    ------
    BundleError
        If its arguments are not those of the analysis, or it is of runs that lie elsewhere.
    """
    analysis = next((one for one in ANALYSES if one.name == bundle.manifest["kind"]), None)
    if analysis is None and bundle.manifest["kind"] != "analyse":
        message = "was written by a newer version of this program; use that one"
        raise BundleError(f"{bundle.folder}: {message}")
    if analysis is None:
        remedy = "run crisis-abm analyse on its sweep again"
        raise BundleError(f"{bundle.folder}: reports on runs that it does not hold; {remedy}")
    arguments = bundle.manifest["arguments"]
    try:
        inspect.signature(analysis.function).bind(bundle.scenario, **arguments)
    except TypeError:
        raise BundleError(f"{bundle.folder}: its manifest does not say what was run") from None
    result = analysis.run(bundle.scenario, arguments, workers=workers, progress=progress)
    found: Cells = {}
    for name, table in analysis.report(result).data().items():
        if name.endswith(".csv"):
            text = io.StringIO(newline="")
            csv.writer(text).writerows(csv_rows([dict(table)]))
            text.seek(0)
            found |= _cells(name, csv.reader(text))
    return found


def _cells(table: str, rows: Iterable[list[str]]) -> Cells:
    header: list[str] = []
    found: Cells = {}
    for line, row in enumerate(rows, start=1):
        header = header or row
        texts = map(from_spreadsheet, row)  # written by this version or one before
        found |= {(table, line, column): cell for column, cell in zip(header, texts, strict=True)}
    return found
