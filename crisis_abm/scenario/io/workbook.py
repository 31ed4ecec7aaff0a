"""Rows of an XLSX workbook. Formulas are never computed: the value last stored with one is read.

A workbook is a zip of XML. Nothing that it claims of itself is believed: parts are unpacked as a
stream, and reading ends where they come to more than a workbook of that size can hold. Both
dialects are read, the usual one and Strict.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from crisis_abm.scenario.io.cells import TEXT_COLUMNS, ReadTable
from crisis_abm.scenario.io.load import KeptFile, read_bytes
from crisis_abm.scenario.io.sheet import Book, Sheet, text_of
from crisis_abm.scenario.io.xml_stream import Listener, listen, local
from crisis_abm.scenario.problems import NOTHING, Problem, ScenarioError

LARGEST_WORKBOOK = 50_000_000
LARGEST_UNPACKED = 400_000_000
"""Bytes of all that is read: more than a million organisations."""

MOST_TIMES = 100
"""How many times larger it may be than when packed; ordinary sheets are 5 to 30."""

ORDINARY = 5_000_000
"""Bytes that may be unpacked from a file of any size."""

MOST_PARTS = 10_000
MOST_STRINGS = 5_000_000
_STEP = 1 << 16
_BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_BUILT_IN_PERCENTS = {9, 10}
_NO_CODE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')  # of a format: texts, colours, spaces
_REPAIR = "open it in a spreadsheet program and save it anew"


def read_workbook(
    path: Path | KeptFile,
    name: str,
    sheets: Mapping[str, Sequence[str]],
    text_columns: Collection[str] = TEXT_COLUMNS,
) -> Iterator[tuple[str, ReadTable]]:
    """The rows of the sheets asked for that the workbook has.

    Parameters
    ----------
    path : Path or KeptFile
    name : str
        What to call the file in messages.
    sheets : mapping of str to sequence of str
        The sheets to read, in letters of any size, and the columns there may be; a workbook may
        have others too.
    text_columns : collection of str
        Those of them in which no number is looked for.

    Raises
    ------
    ScenarioError
    """
    package = _Package(read_bytes(path, LARGEST_WORKBOOK, name), name)
    main = package.related("_rels/.rels", "officeDocument", "") or "xl/workbook.xml"
    if not package.has(main):
        raise ScenarioError(package.not_a_workbook())
    contents = _Contents()
    package.listen(main, contents)
    wanted, others = contents.wanted(sheets, name)
    book = package.book(main, contents.from_1904)
    problems: list[Problem] = []
    result: list[tuple[str, ReadTable]] = []
    for key in sheets:
        if key not in wanted:
            continue
        title, relation = wanted[key]
        called = f"{name}, sheet {title}"
        try:
            part = package.related(_relations(main), "", relation)
            if part is None or not package.has(part):
                raise ScenarioError(Problem(called, "", NOTHING, "is missing", _REPAIR))
            sheet = Sheet(called, sheets[key], book, text_columns)
            package.listen(part, sheet, called)
            notes = [f"{called}: is hidden, and was read"] if title in contents.hidden else []
            for what, count in (("rows", sheet.hidden_rows), ("columns", sheet.hidden_columns())):
                if count:
                    notes.append(f"{called}: hidden {what} that were read, too: {count:,}")
            if others and not result:
                notes.append(f"{name}: sheets that were not read: {_some(others)}")
            result.append((key, ReadTable(called, sheet.finish(), notes)))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    yield from result


class _Package:
    """The zip: its parts, and how much of them has been unpacked."""

    def __init__(self, content: bytes, name: str) -> None:
        self._name, self._size, self._unpacked = name, len(content), 0
        self._names: set[str] = set()
        if content.count(b"PK\x01\x02") > MOST_PARTS:
            message = f"has more than {MOST_PARTS:,} parts"
            raise ScenarioError(Problem(name, "", NOTHING, message, _REPAIR))
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
            claimed = sum(entry.file_size for entry in self._archive.infolist())
            self._names = set(self._archive.namelist())
        except Exception:  # zipfile lets through whatever its structures lead it to
            raise ScenarioError(self.not_a_workbook(content)) from None
        if claimed > LARGEST_UNPACKED:
            raise ScenarioError(self._too_large())

    def not_a_workbook(self, content: bytes = b"") -> Problem:
        """What is said of a file that is something else."""
        message = "is not an XLSX workbook"
        if content.startswith(b"\xd0\xcf\x11\xe0"):
            message += ", but one of an older kind, or one with a password"
        elif not content and "content.xml" in self._names:
            message += ", but one of OpenDocument"
        return Problem(self._name, "", NOTHING, message, "save it as .xlsx")

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return part in self._names

    def listen(self, part: str, listener: Listener, called: str = "") -> None:
        """Read a part, which messages call after the sheet that it is, or by its own name."""
        file = called or f"{self._name}, part {part}"
        place = (lambda: listener.place) if isinstance(listener, Sheet) else None
        parts = self._bytes(part, file, place() if place else "")
        listen(parts, listener, file, "a sheet that can be read", _REPAIR, place)

    def related(self, relations: str, kind: str, identity: str) -> str | None:
        """The part that another one is related to, by the kind of the relation or its id."""
        if not self.has(relations):
            return None
        relations_read = _Relations()
        self.listen(relations, relations_read)
        for one, sort, target in relations_read.all:
            if one == identity if identity else sort.endswith(f"/{kind}"):
                base = posixpath.dirname(posixpath.dirname(relations))
                return posixpath.normpath(posixpath.join("/", base, target)).lstrip("/")
        return None

    def book(self, main: str, from_1904: bool) -> Book:
        """What the sheets share."""
        strings, styles = _Strings(self._name), _Styles()
        for kind, listener in (("sharedStrings", strings), ("styles", styles)):
            part = self.related(_relations(main), kind, "")
            if part is not None and self.has(part):
                self.listen(part, listener)
        dates, percents = styles.found()
        return Book(strings.all, dates, percents, from_1904)

    def _bytes(self, part: str, file: str, place: str) -> Iterator[bytes]:
        try:
            with self._archive.open(part) as unpacking:
                while content := unpacking.read(_STEP):
                    self._unpacked += len(content)
                    most = min(LARGEST_UNPACKED, ORDINARY + MOST_TIMES * self._size)
                    if self._unpacked > most:
                        raise ScenarioError(self._too_large())
                    yield content
        except (ScenarioError, GeneratorExit):
            raise
        except Exception as error:  # whatever the zip and its packing lead to
            message = f"is damaged ({type(error).__name__})"
            raise ScenarioError(Problem(file, place, NOTHING, message, _REPAIR)) from None

    def _too_large(self) -> Problem:
        most = f"more than {LARGEST_UNPACKED / 1e6:,.0f} MB, or {MOST_TIMES} times its size"
        remedy = "save it as CSV, or delete unused sheets"
        return Problem(self._name, "", NOTHING, f"would unpack to {most}", remedy)


def _some(titles: Sequence[str]) -> str:
    return ", ".join(titles[:12]) + (", …" if len(titles) > 12 else "")


def _relations(part: str) -> str:
    folder, file = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{file}.rels")


class _Silent:
    """Listens to nothing; others say what they want to hear."""

    def start(self, space: str, name: str, attributes: Mapping[str, str]) -> None:
        """Hear of the begin of an element."""

    def end(self, space: str, name: str) -> None:
        """Hear of the end of an element."""

    def text(self, text: str) -> None:
        """Hear of text."""


class _Relations(_Silent):
    def __init__(self) -> None:
        self.all: list[tuple[str, str, str]] = []

    def start(self, space: str, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and len(self.all) < MOST_PARTS:
            sort, target = attributes.get("Type", ""), attributes.get("Target", "")
            self.all.append((attributes.get("Id", ""), sort, target))


class _Contents(_Silent):
    """The sheets of a workbook: title, id of the relation, whether it is shown."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, str]] = []
        self.hidden: set[str] = set()
        self.from_1904 = False

    def wanted(
        self, names: Iterable[str], file: str
    ) -> tuple[dict[str, tuple[str, str]], list[str]]:
        """Title and relation of the sheets of these names, and the titles of all others.

        Raises
        ------
        ScenarioError
            If it is not certain which they are, or there is none.
        """
        sheets: dict[str, tuple[str, str]] = {}
        others: list[str] = []
        for title, relation, state in self.sheets:
            key = title.strip().casefold()
            if key not in names:
                others.append(title)
                continue
            if key in sheets:
                message = f"has two sheets called {key}: {sheets[key][0]} and {title}"
                raise ScenarioError(Problem(file, "", NOTHING, message, "rename one of them"))
            sheets[key] = (title, relation)
            if state in ("hidden", "veryHidden"):
                self.hidden.add(title)
        lowered = {title.strip().casefold(): title for title in others}
        for key in names:
            near = [] if key in sheets else get_close_matches(key, lowered, 1, 0.8)
            if near:
                message = f"has no sheet called {key}, but one called {lowered[near[0]]}"
                remedy = f"call it {key}, or give it a name that is not so near"
                raise ScenarioError(Problem(file, "", NOTHING, message, remedy))
        if not sheets:
            message = f"has no sheet called {' or '.join(names)}"
            remedy = f"sheets there: {_some(others) or 'none'}"
            raise ScenarioError(Problem(file, "", NOTHING, message, remedy))
        return sheets, others

    def start(self, space: str, name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet" and len(self.sheets) < MOST_PARTS:
            title, state = attributes.get("name", ""), attributes.get("state", "visible")
            self.sheets.append((title, local(attributes, "id") or "", state))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")


class _Strings(_Silent):
    def __init__(self, name: str) -> None:
        self.all: list[str] = []
        self._name = name
        self._parts: list[str] = []
        self._taking = self._phonetic = False

    def start(self, space: str, name: str, attributes: Mapping[str, str]) -> None:
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._phonetic = True
        self._taking = name == "t" and not self._phonetic

    def end(self, space: str, name: str) -> None:
        self._taking = False
        if name == "rPh":
            self._phonetic = False
        elif name == "si":
            self.all.append(text_of("".join(self._parts)))
            self._parts = []
            if len(self.all) > MOST_STRINGS:
                message = f"holds more than {MOST_STRINGS:,} texts"
                remedy = "save it as CSV"
                raise ScenarioError(Problem(self._name, "", NOTHING, message, remedy))

    def text(self, text: str) -> None:
        if self._taking:
            self._parts.append(text)


class _Styles(_Silent):
    """Which styles show numbers as dates, and which in per cent."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._formats: list[str] = []
        self._in_cells = False

    def start(self, space: str, name: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt" and len(self._codes) < MOST_PARTS:
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:1000]
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells and len(self._formats) < 10 * MOST_PARTS:
            self._formats.append(attributes.get("numFmtId", "0"))

    def end(self, space: str, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def found(self) -> tuple[frozenset[int], frozenset[int]]:
        """Numbers of the styles of dates, and of those of percentages."""
        dates = {str(one) for one in _BUILT_IN_DATES}
        percents = {str(one) for one in _BUILT_IN_PERCENTS}
        for identity, code in self._codes.items():
            dates.discard(identity)
            percents.discard(identity)
            plain = _NO_CODE.sub("", code)
            if "%" in plain:
                percents.add(identity)
            elif re.search("[dmyhs]", plain, re.IGNORECASE) and plain.lower() != "general":
                dates.add(identity)
        styles = list(enumerate(self._formats))
        return (
            frozenset(at for at, one in styles if one in dates),
            frozenset(at for at, one in styles if one in percents),
        )
