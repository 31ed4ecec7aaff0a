"""What a unit of service is worth to the whole: the system value (7.6)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.plain_mesa.organisation import Organisation

# (units made, Σ of weights, [(weight × criticality ÷ use, customer), …]) of one output
_Worth = tuple[float, float, list[tuple[float, "Organisation"]]]


def solve(organisations: list[Organisation]) -> None:
    """Set `value` of all: V = harm + γ·Σ make × value of the output."""
    outputs = {one: [_worth(output) for output in one.outputs] for one in organisations}
    rate = growth_rate(organisations, outputs)
    damping = min(1.0, 0.9 / rate) if rate > 0 else 1.0
    values = {one: one.kind.harm for one in organisations}
    for _ in range(1000):
        passed_on = _pass_on(outputs, values)
        new = {one: one.kind.harm + damping * passed_on[one] for one in organisations}
        change = max(abs(new[one] - values[one]) for one in organisations)
        values = new
        if change <= 1e-13 * max(abs(value) for value in values.values()):
            break
    for one in organisations:
        one.value = values[one]


def growth_rate(organisations: list[Organisation], outputs: dict[Organisation, list]) -> float:
    """Growth rate of the map from values to what they are worth one hop upstream."""
    x = dict.fromkeys(organisations, 1.0)
    logarithm = 0.0
    for step in range(64):
        x = _pass_on(outputs, x)
        norm = max(x.values())
        if norm == 0:
            return 0.0
        if step >= 32:
            logarithm += math.log(norm)
        x = {one: value / norm for one, value in x.items()}
    return math.exp(logarithm / 32)


def _worth(output) -> _Worth:
    weights = [link.share * min(1.0, link.factor) for link in output.links]
    terms = []
    for link, weight in zip(output.links, weights, strict=True):
        customer = link.customer
        if customer.use > 0:
            terms.append((weight * customer.criticality / customer.use, customer.owner))
    return output.make, sum(weights), terms


def _pass_on(
    outputs: dict[Organisation, list[_Worth]], values: dict[Organisation, float]
) -> dict[Organisation, float]:
    return {
        one: sum(
            make * sum(part * values[customer] for part, customer in terms) / weights
            for make, weights, terms in its
            if weights > 0
        )
        for one, its in outputs.items()
    }
