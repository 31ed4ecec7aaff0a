"""The planner's dashboard: pages in a browser over computed runs. `serving.serve` starts it."""
