"""Phase 3, deliver: shipments under way arrive (docs/model.md 7.3)."""

from crisis_abm.compiled import kernel
from crisis_abm.engine.state import State
from crisis_abm.tables.layout import World


@kernel
def deliver(t: int, world: World, state: State) -> None:
    """Empty today's slot of the ring of shipments into stock."""
    slots = state.inputs.transit.shape[0]
    if slots == 1:  # nothing is ever under way
        return
    arriving = state.inputs.transit[t % slots]
    stock, pipeline = state.inputs.stock, state.inputs.pipeline
    for h in range(stock.shape[0]):
        stock[h] += arriving[h]
        pipeline[h] = max(0.0, pipeline[h] - arriving[h])
        arriving[h] = 0.0
