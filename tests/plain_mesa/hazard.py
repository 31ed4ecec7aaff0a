"""The epidemic: in communities, and among residents of care homes (7.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crisis_abm import streams
from tests.plain_mesa.organisation import Organisation
from tests.plain_mesa.things import Residents, Status

if TYPE_CHECKING:
    from tests.plain_mesa.model import PlainModel


@dataclass(eq=False, repr=False)
class Area:
    """Where communities mix, and whose receivers take their severe cases."""

    imports: float = 0.0
    communities: list[Organisation] = field(default_factory=list)
    receivers: list[Organisation] = field(default_factory=list)
    prevalence: float = 0.0
    population: int = 0


def prevalence(communities: list[Organisation]) -> float:
    """Infectious people ÷ population."""
    people = sum(one.community.population for one in communities)
    return sum(one.community.infectious for one in communities) / people if people else 0.0


class Epidemic:
    """Who infects whom, tick by tick.

    Parameters
    ----------
    model : PlainModel
    figures : crisis_abm.tables.layout.Hazard
        Its numbers; the organisations concerned are given by the other two.
    areas : list of Area
    homes : list of Organisation
        Those with residents.
    """

    def __init__(self, model: PlainModel, figures, areas: list[Area], homes: list[Organisation]):
        self.model, self.figures, self.areas, self.homes = model, figures, areas, homes
        self.communities = [one for area in areas for one in area.communities]
        for area in areas:
            area.population = sum(one.community.population for one in area.communities)
            area.prevalence = prevalence(area.communities)

    def chance(self, organisation: Organisation, draw: int) -> float:
        model = self.model
        return streams.uniform(model.seed, streams.HAZARD, organisation.key, model.tick, draw)

    def draw(self, organisation: Organisation, draw: int, trials: float, risk: float) -> int:
        trials = math.floor(trials + 0.5)
        if trials <= 0 or risk <= 0:
            return 0
        return streams.binomial(self.chance(organisation, draw), trials, float(risk))

    def spread(self) -> None:
        """One tick of the epidemic."""
        everywhere = prevalence(self.communities)
        for area in self.areas:
            severe = [self.infect(one, area, everywhere) for one in area.communities]
            self.admit(area, severe)
        for area in self.areas:
            area.prevalence = prevalence(area.communities)
        for home in self.homes:
            if home.caseload > 0:
                self.infect_residents(home, home.residents)

    def infect(self, one: Organisation, area: Area, everywhere: float) -> int:
        """Move people of a community on; return the severe cases."""
        its, given = one.community, self.figures
        people = its.population
        own = its.infectious / people if people else 0.0
        contacts = given.own * own + given.area * area.prevalence + given.everywhere * everywhere
        force = given.beta * one.contact_factor * contacts
        exposed = self.draw(one, 0, its.susceptible, 1.0 - math.exp(-force))
        if self.model.tick < given.imports_until and area.population:
            expected = area.imports * people / area.population
            imported = math.floor(expected + self.chance(one, 1))
            exposed += min(imported, its.susceptible - exposed)
        infectious = self.draw(one, 2, its.exposed, given.onset)
        recovered = self.draw(one, 3, its.infectious, given.end)
        its.susceptible -= exposed
        its.exposed += exposed - infectious
        its.infectious += infectious - recovered
        its.recovered += recovered
        one.ill = given.absence * its.infectious / people if people else 0.0
        if exposed:
            self.model.occurred["community infection"] += 1
        return self.draw(one, 4, recovered, given.severe)

    def admit(self, area: Area, severe: list[int]) -> None:
        """Severe cases go to the area's receivers."""
        cases = sum(severe)
        if not area.receivers:
            for one, number in zip(area.communities, severe, strict=True):
                one.harm += number
                self.model.occurred["severe case without a receiver"] += number > 0
            return
        self.model.severe_so_far += cases
        working = [one for one in area.receivers if one.status is not Status.FAILED]
        receivers = working or area.receivers
        places = sum(one.nominal for one in receivers)
        for one in receivers:
            part = one.nominal / places if places > 0 else 1 / len(receivers)
            one.caseload += cases * part
            one.hazard_caseload += cases * part

    def infect_residents(self, home: Organisation, its: Residents) -> None:
        """Move residents on, whole numbers drawn from real ones."""
        given = self.figures
        shield = its.protection.service_fill if its.protection else 0.0
        shielded = 1 - given.protection_effect * shield
        lent = 1 + (given.lent_staff_risk - 1) * its.lent_share
        within = given.resident_beta * its.infectious / home.caseload
        staff = given.staff * self.areas[home.area].prevalence * shielded * lent
        risk = 1.0 - math.exp(-(within + staff))
        exposed = min(its.susceptible, self.draw(home, 0, its.susceptible, risk))
        infectious = min(its.exposed, self.draw(home, 1, its.exposed, given.onset))
        leaving = min(its.infectious, self.draw(home, 2, its.infectious, given.end))
        deaths = min(leaving, self.draw(home, 3, leaving, given.resident_fatality))
        its.susceptible -= exposed
        its.exposed += exposed - infectious
        its.infectious += infectious - leaving
        home.die(deaths)
        home.hazard_deaths += deaths
        home.deaths_so_far += deaths
        if exposed > 0:
            self.model.occurred["resident infection"] += 1
            if its.lent_share > 0:
                self.model.occurred["resident infection with lent staff"] += 1

    def discharge(self, home: Organisation) -> None:
        """People arriving by referral join the residents; some bring the infection (7.2)."""
        arrived, infectious = 0.0, 0.0
        for link in home.referred_here:
            origin, given = link.origin, self.figures
            arrived += link.moved
            tested = origin.tests.service_fill if origin.tests else 0.0
            risk = min(1.0, given.discharge * self.areas[origin.area].prevalence)
            infectious += link.moved * risk * (1 - given.tests_effect * tested)
        its = home.residents
        its.susceptible += arrived
        number = min(its.susceptible, math.floor(infectious + self.chance(home, 4)))
        its.susceptible -= number
        its.infectious += number
        if number > 0:
            self.model.occurred["discharge infection"] += 1
