"""Starting the dashboard: a server on this machine that needs no internet and sends nothing out."""

from __future__ import annotations

import contextlib
import os
import threading
import webbrowser
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from crisis_abm.dashboard.server import MOST_PAGES
from crisis_abm.web.address import PROXIES, CannotServe, listening, own_names, url

HOST, PORT = "127.0.0.1", 8765
PATIENCE = 2  # seconds that open pages are given when the server ends
NOWHERE = "http://127.0.0.1:9/"  # whatever would be fetched from a CDN fails at once
SETTINGS = {
    "SOLARA_ASSETS_CDN": NOWHERE,
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "false",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
    "SOLARA_STATE_AUTO_REMOUNT": "true",  # pages come back live after a restart
    "SOLARA_KERNEL_CULL_TIMEOUT": "2m",  # of a page that went without a word; it may come back
    "SOLARA_THEME_SHOW_BANNER": "false",
    "SOLARA_THEME_TITLE": "crisis_abm",
    "SOLARA_MODE": "production",
}


def apply_settings(settings: Any, base: str = "") -> None:
    """Put `SETTINGS` into `solara.server.settings`, and where the server stands.

    That is `base`, as in `web.guard.Names`; else a request could say it.
    """
    import solara.settings

    settings.assets.fontawesome_enabled = False
    settings.telemetry.mixpanel_enable = False
    settings.state.auto_remount = True
    settings.kernel.cull_timeout = SETTINGS["SOLARA_KERNEL_CULL_TIMEOUT"]
    settings.theme.show_banner = False
    settings.theme.title = SETTINGS["SOLARA_THEME_TITLE"]
    settings.main.mode = "production"
    settings.main.root_path = ""
    settings.main.base_url = base
    settings.session.http_only = True
    solara.settings.assets.cdn = NOWHERE


def serve(
    host: str = HOST,
    port: int = PORT,
    folder: Path | None = None,
    browse: bool = True,
    *,
    allowed: Iterable[str] = (),
    base: str = "",
    pages: int = MOST_PAGES,
    announce: Callable[[str], None] = lambda where: None,
) -> None:
    """Serve the dashboard until Ctrl-C.

    Parameters
    ----------
    host, port
        Who listens to another address than 127.0.0.1 lets others in.
    folder : Path, optional
        Where visitors' own scenarios are kept.
    browse : bool
        Whether to open a browser.
    allowed, base
        Further names by which browsers may come; the address that they see before a proxy.
    pages : int
        How many may be open at once.
    announce : callable
        Told the address when it listens there.

    Raises
    ------
    CannotServe
        If it cannot listen there, or its own files are not all there.
    """
    with listening(host, port) as place:
        from crisis_abm.dashboard.scenarios.library import FOLDER, keep_private, own_folder

        os.environ[FOLDER] = str(folder or own_folder())
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
        os.environ["SOLARA_APP"] = "crisis_abm.dashboard.app"
        import uvicorn
        from solara.server import settings

        from crisis_abm.web.guard import WILDCARDS, names

        machine = own_names() if host in WILDCARDS else []
        known = names(host, allowed, base, machine)
        apply_settings(settings, base or url(host, port))
        settings.main.host = host
        from crisis_abm.dashboard.data.exercise_servers import Place
        from crisis_abm.dashboard.scenarios.problems import log_in_plain_lines
        from crisis_abm.dashboard.server.visitors import connection_for
        from crisis_abm.dashboard.server.web import LARGEST, application, assets_folder
        from crisis_abm.dashboard.state.session import end, serve_exercises_at, workers

        if not any(assets_folder().glob("@widgetti/solara-vuetify-app@*/dist/*.css")):
            raise CannotServe(
                "files of the dashboard's pages are missing; install them again: "
                "pip install --force-reinstall --no-deps solara-assets"
            )
        log_in_plain_lines()
        keep_private(own_folder())
        serve_exercises_at(Place(host, tuple(allowed), base))
        # starting them takes seconds, which the first visitor need not wait for
        threading.Thread(target=workers, name="starting the workers", daemon=True).start()
        config = uvicorn.Config(
            application(known, pages),
            http=connection_for(pages),
            log_level="warning",
            log_config=None,  # its own would write what it is sent as it is
            proxy_headers=bool(base),  # else whoever asks could say where from
            forwarded_allow_ips=PROXIES,
            server_header=False,
            timeout_graceful_shutdown=PATIENCE,
            ws_max_size=LARGEST,
        )
        announce(base or url(machine[0] if machine else host, port))
        if browse:
            here = HOST if host in WILDCARDS else host
            threading.Timer(1.0, webbrowser.open, (url(here, port),)).start()
        try:
            with contextlib.suppress(KeyboardInterrupt):  # by which it was ended
                uvicorn.Server(config).run(sockets=[place])
        finally:
            end()
