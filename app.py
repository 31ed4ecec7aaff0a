"""The dashboard for `solara run app.py`; `crisis-abm dashboard` is the usual way to it.

solara's server runs already when this file is read, so what it must not do (fetch from a CDN, send
figures home, answer to anybody and by routes of its own) is set here in its own settings and its
own application.
"""

from crisis_abm.dashboard.server.middleware import WILDCARDS, names
from solara.server import settings, starlette

from crisis_abm.dashboard.app import Layout, routes
from crisis_abm.dashboard.server.serving import apply_settings, own_names
from crisis_abm.dashboard.server.web import guard

__all__ = ["Layout", "routes"]

apply_settings(settings)
host = settings.main.host
guard(starlette.app, names(host, machine=own_names() if host in WILDCARDS else ()))
