"""One tick: the phases of the model, in order. This is the only such list."""

from crisis_abm.compiled import kernel
from crisis_abm.engine.phases.aid import lend, take_over
from crisis_abm.engine.phases.communicate import communicate
from crisis_abm.engine.phases.events import events
from crisis_abm.engine.phases.hazard import hazard
from crisis_abm.engine.phases.orders import deliver, place, request
from crisis_abm.engine.phases.people import people
from crisis_abm.engine.phases.ration import ration, ship
from crisis_abm.engine.phases.record import explain, record
from crisis_abm.engine.phases.serve import serve, workload
from crisis_abm.engine.phases.status import status
from crisis_abm.engine.state import State
from crisis_abm.engine.system_value import value
from crisis_abm.tables.layout import World


@kernel
def tick(t: int, world: World, state: State) -> None:
    """Step the whole system by one tick, from the events of the morning to the night's record."""
    events(t, world, state)
    value(t, world, state)

    hazard(t, world, state)
    deliver(t, world, state)
    communicate(t, world, state)

    request(t, world, state)
    place(t, world, state)
    ration(t, world, state)
    ship(t, world, state)

    take_over(t, world, state)
    workload(t, world, state)
    lend(t, world, state)

    serve(t, world, state)
    explain(t, world, state)
    people(t, world, state)
    status(t, world, state)
    record(t, world, state)
