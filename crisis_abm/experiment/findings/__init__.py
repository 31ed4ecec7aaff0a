"""What the runs of a sweep say: tables, sensitivities, regimes, scenarios, convergence."""
