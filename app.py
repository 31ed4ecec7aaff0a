"""The dashboard for `solara run app.py`; `crisis-abm dashboard` is the usual way to it.

solara is there already when this file is read, so what it must not do (fetch from a CDN, send
figures home) is set here in its own settings.
"""

from solara.server import settings

from crisis_abm.dashboard.app import Layout, routes
from crisis_abm.dashboard.serving import apply_settings

__all__ = ["Layout", "routes"]

apply_settings(settings)
