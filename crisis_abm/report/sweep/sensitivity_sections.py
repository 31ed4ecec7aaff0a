"""Which factors matter, by whatever method the experiment was designed for."""

from __future__ import annotations

from crisis_abm.experiment import Results
from crisis_abm.report.sections import Section
from crisis_abm.report.sweep.morris_sections import morris_section
from crisis_abm.report.sweep.one_at_a_time_sections import one_at_a_time_section
from crisis_abm.report.sweep.sobol_sections import sobol_section
from crisis_abm.report.sweep.words import how_to_finish, unfinished

__all__ = ["sensitivity_section"]

WHOLE = {"sobol": "Sobol's indices", "morris": "Morris's effects"}
NO_INDICES = {
    "latin_hypercube": "a Latin hypercube is made for scatter and scenario discovery",
    "full_factorial": "what each value of a factor comes to is in a table under Outcomes",
    "points": "the points of a table are not sampled",
}


def sensitivity_section(results: Results) -> Section | None:
    """Sobol's indices, Morris's effects, or one change at a time; or why there are none.

    Returns
    -------
    Section or None
        None where nothing but crossed levers differs.
    """
    experiment = results.experiment
    method = experiment.design.method
    if not experiment.points.sampled:
        return None
    if method == "one_at_a_time":
        return one_at_a_time_section(results)
    if method in NO_INDICES:
        words = [
            f"No sensitivity indices: {NO_INDICES[method]}. Which factor decides most is told by "
            'design.method = "sobol" (the parts of the variance), "morris" (a screening, for many '
            'factors and few runs) or "one_at_a_time".'
        ]
        return Section("sensitivity", "Sensitivity", words)
    missing = unfinished(results)
    if missing:
        words = [
            f"{WHOLE[method]} cannot be told yet: {missing}, and the method wants every one.",
            how_to_finish(results),
        ]
        return Section("sensitivity", "Sensitivity", words)
    return sobol_section(results) if method == "sobol" else morris_section(results)
