"""Schema of the hazard: an epidemic (docs/model.md 7.2) with its defaults.

Defaults are those of the first wave of Covid-19 in England: R0 2.4-2.8, generation time about
6.5 days, infection fatality 23% among care-home residents (Knock et al. 2021); relative risk of
lent staff 2.65 (Nguyen et al. 2022). Mixing, the staff route and the effects of protection and of
tests are judgement.
"""

from __future__ import annotations

from typing import Literal

from crisis_abm.scenario.fields import (
    Age,
    Amounts,
    Factor,
    Fraction,
    Key,
    Names,
    Number,
    Risk,
    Section,
    WholeTicks,
)

__all__ = ["Epidemic", "Mixing", "Residents", "ResourceEffect"]


class Mixing(Section):
    """Where an infectious person's contacts are: own group, own area, everywhere; sums to one."""

    own: Fraction = 0.3
    """Part of them in the own household group."""
    area: Fraction = 0.6
    """Part of them anywhere in the area."""
    everywhere: Fraction = 0.1
    """Part of them anywhere in the scenario."""


class ResourceEffect(Section):
    """The part of a risk that a resource takes away when there is enough of it."""

    resource: Key
    """Such as ppe."""
    effect: Fraction
    """The part that it takes away, 0 to 1."""


class Residents(Section):
    """`[hazard.residents]`: the epidemic inside care homes."""

    kinds: Names = ["care_home"]
    """Kinds whose people in care are the residents."""
    r0: Factor = 2.0
    """How many residents one infected resident would infect, were all open to infection."""
    staff: Factor = 0.5
    """Infections a tick for each susceptible resident and unit of community prevalence, without
    protection."""
    fatality: Fraction = 0.23
    """Share of infected residents who die."""
    protection: ResourceEffect | None = None
    """Share of the staff route that full protection prevents."""
    tests: ResourceEffect | None = None
    """Share of infected discharges that full testing at the sender finds."""
    discharge: Factor = 1.0
    """An arriving person is infectious with this times the prevalence of the sender's area."""
    lent_staff_risk: Risk = 2.65
    """Relative risk when all staff of a day are lent."""


class Epidemic(Section):
    """`[hazard]`: an epidemic, stochastic SEIR in communities."""

    kind: Literal["epidemic"]
    """What sort of hazard; an epidemic is the only one."""
    communities: Names = ["household"]
    """Kinds whose `population` is the community."""
    r0: Factor = 2.6
    """How many people one infected person would infect, were all open to infection."""
    latent: Age = 3.0
    """Ticks from infection to being infectious, on average."""
    infectious: Age = 4.0
    """Ticks a person is infectious, on average."""
    mixing: Mixing = Mixing()
    """Where an infectious person's contacts are."""
    per: Literal["area", "scenario"] = "area"
    """What `infected` and `imports` are of: each ``area``, or the whole ``scenario``, over whose
    areas they are then spread in proportion to the people in their communities."""
    infected: Amounts = 20.0
    """People infectious at the start."""
    imports: Number = 0.0
    """Infections brought in from outside each tick, on average."""
    imports_until: WholeTicks = 0
    """The first tick without them."""
    severe: Fraction = 0.03
    """Share of those leaving the infectious stage who need a place in care."""
    receivers: Names = ["hospital"]
    """Kinds that receive the severe cases of their area."""
    stay: Age | None = None
    """Ticks of a severe case in care; default the receiver's own stay."""
    fatality: Fraction = 0.27
    """Share of served severe cases whose stay ends in death."""
    absence: Fraction = 0.7
    """Share of infectious people kept from work."""
    residents: Residents | None = None
    """The epidemic inside care homes."""
