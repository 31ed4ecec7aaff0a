"""Schema of the hazard: an epidemic (docs/model.md 7.2) with its defaults.

Defaults are those of the first wave of Covid-19 in England: R0 2.4-2.8, generation time about
6.5 days, infection fatality 23% among care-home residents (Knock et al. 2021); relative risk of
lent staff 2.65 (Nguyen et al. 2022). Mixing, the staff route and the effects of protection and of
tests are judgement.
"""

from __future__ import annotations

from typing import Literal

from .fields import Age, Amounts, Factor, Fraction, Key, Names, Number, Risk, Section, WholeTicks

__all__ = ["Epidemic", "Mixing", "Residents", "ResourceEffect"]


class Mixing(Section):
    """Where an infectious person's contacts are: own group, own area, everywhere; sums to one.

    Parameters
    ----------
    own : float
        Part of them in the own household group.
    area : float
        Part of them anywhere in the area.
    everywhere : float
        Part of them anywhere in the scenario.
    """

    own: Fraction = 0.3
    area: Fraction = 0.6
    everywhere: Fraction = 0.1


class ResourceEffect(Section):
    """The part of a risk that a resource takes away when there is enough of it.

    Parameters
    ----------
    resource : str
        Such as ppe.
    effect : float
        The part that it takes away, 0 to 1.
    """

    resource: Key
    effect: Fraction


class Residents(Section):
    """`[hazard.residents]`: the epidemic inside care homes.

    Parameters
    ----------
    kinds : list of str
        Kinds whose people in care are the residents.
    r0 : float
        How many residents one infected resident would infect, were all open to infection.
    staff : float
        Infections a tick for each susceptible resident and unit of community prevalence, without
        protection.
    fatality : float
        Share of infected residents who die.
    protection : ResourceEffect, optional
        Share of the staff route that full protection prevents.
    tests : ResourceEffect, optional
        Share of infected discharges that full testing at the sender finds.
    discharge : float
        An arriving person is infectious with this times the prevalence of the sender's area.
    lent_staff_risk : float
        Relative risk when all staff of a day are lent.
    """

    kinds: Names = ["care_home"]
    r0: Factor = 2.0
    staff: Factor = 0.5
    fatality: Fraction = 0.23
    protection: ResourceEffect | None = None
    tests: ResourceEffect | None = None
    discharge: Factor = 1.0
    lent_staff_risk: Risk = 2.65


class Epidemic(Section):
    """`[hazard]`: an epidemic, stochastic SEIR in communities.

    Parameters
    ----------
    kind : str
        What sort of hazard; an epidemic is the only one.
    communities : list of str
        Kinds whose `population` is the community.
    r0 : float
        How many people one infected person would infect, were all open to infection.
    latent : float
        Ticks from infection to being infectious, on average.
    infectious : float
        Ticks a person is infectious, on average.
    mixing : Mixing
        Where an infectious person's contacts are.
    per : str
        What `infected` and `imports` are of: each ``area``, or the whole ``scenario``, over whose
        areas they are then spread in proportion to the people in their communities.
    infected : float or dict of str to float
        People infectious at the start.
    imports : float
        Infections brought in from outside each tick, on average.
    imports_until : int
        The first tick without them.
    severe : float
        Share of those leaving the infectious stage who need a place in care.
    receivers : list of str
        Kinds that receive the severe cases of their area.
    stay : float, optional
        Ticks of a severe case in care; default the receiver's own stay.
    fatality : float
        Share of served severe cases whose stay ends in death.
    absence : float
        Share of infectious people kept from work.
    residents : Residents, optional
        The epidemic inside care homes.
    """

    kind: Literal["epidemic"]
    communities: Names = ["household"]
    r0: Factor = 2.6
    latent: Age = 3.0
    infectious: Age = 4.0
    mixing: Mixing = Mixing()
    per: Literal["area", "scenario"] = "area"
    infected: Amounts = 20.0
    imports: Number = 0.0
    imports_until: WholeTicks = 0
    severe: Fraction = 0.03
    receivers: Names = ["hospital"]
    stay: Age | None = None
    fatality: Fraction = 0.27
    absence: Fraction = 0.7
    residents: Residents | None = None
