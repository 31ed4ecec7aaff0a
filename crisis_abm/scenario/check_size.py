"""How much memory a scenario would need, told before it is built."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .facts import Facts
from .problems import Problem

__all__ = ["Size", "available_memory", "estimate", "too_large"]

# Bytes while a run is built, judged generously: rows of the tables (416 to 527 B an organisation
# with its holdings and links were measured), and the Python objects they are built from.
PER_ORGANISATION = 1_000
PER_HOLDING = 200
PER_LINK = 150
PER_RECORD = 8

RECORDED_PER_ORGANISATION = 6


@dataclass(frozen=True)
class Size:
    """Rows a scenario would have, and bytes they would take."""

    organisations: int
    holdings: int
    links: int
    records: int

    @property
    def bytes(self) -> int:
        """Memory while a run is built and recorded."""
        return (
            self.organisations * PER_ORGANISATION
            + self.holdings * PER_HOLDING
            + self.links * PER_LINK
            + self.records * PER_RECORD
        )


def estimate(facts: Facts) -> Size:
    """The size of a scenario, from counts alone."""
    scenario = facts.scenario
    organisations = sum(facts.census.values())
    holdings = 0
    for kind, recipe in facts.recipes.items():
        holdings += facts.size([kind]) * len(recipe.needs.keys() | recipe.makes.keys())
    links = len(scenario.all_links())
    for rule in scenario.supply:
        makers = facts.named(rule.from_ or facts.makers(rule.resource))
        users = facts.named(rule.to or facts.users(rule.resource))
        near = facts.near(makers)
        for cell, count in users.items():
            reach = near.within(cell[1], rule.within)
            each = reach if rule.suppliers == "all" else min(reach, int(rule.suppliers))
            links += count * each
        if rule.split == "catchment" and rule.suppliers != "all":
            links += near.everywhere * int(rule.suppliers)  # a street is cut at every supplier too
    for aid in scenario.all_aid():
        partners = facts.named(aid.between or facts.users(aid.resource))
        near = facts.near(partners)
        for cell, count in partners.items():
            reach = near.within(cell[1], aid.within)
            links += count * (reach if aid.partners == "all" else min(reach, int(aid.partners)))
    records = 0
    if scenario.record.detail == "organisations":
        records = scenario.time.steps * organisations * RECORDED_PER_ORGANISATION
        records += scenario.time.steps * holdings * 2  # held, and ordered or finished
    return Size(organisations, holdings, links, records)


def too_large(facts: Facts) -> Iterator[Problem]:
    """A scenario that would not fit into the memory there is."""
    size = estimate(facts)
    available = available_memory()
    if size.bytes <= available:
        return
    message = (
        f"would need about {size.bytes / 1e9:,.1f} GB of memory, {available / 1e9:,.1f} GB are "
        f"available ({size.organisations:,} organisations, {size.links:,} links)"
    )
    remedy = "make groups smaller, give rules fewer suppliers or partners"
    remedy += ' than "all" or a nearer reach, or set record.detail = "groups"'
    yield facts.missing("", message, remedy)


def available_memory() -> int:
    """Bytes that can be had without pushing others out, as far as the system tells."""
    known = [_meminfo(), _control_group()]
    found = [figure for figure in known if figure is not None]
    if found:
        return min(found)
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not a POSIX system
        return 4 * 10**9


def _meminfo() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _control_group() -> int | None:
    """What a container's limit leaves (Linux control groups, version 2)."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit = int((folder / "memory.max").read_text())
        return max(limit - int((folder / "memory.current").read_text()), 0)
    except (OSError, ValueError):  # "max": no limit
        return None
