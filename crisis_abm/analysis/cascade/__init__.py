"""Why it failed: the causal graph of a run, from failures back to their root causes."""
