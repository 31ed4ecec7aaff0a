"""What the runs of a sweep say: tables, sensitivities, regimes, scenarios, convergence."""

import sys

from crisis_abm.experiment.findings import discovery

sys.modules[f"{__name__}.criteria"] = discovery  # so it was called in the notebooks of users
