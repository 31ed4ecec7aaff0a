"""Starting the dashboard: a server on this machine that needs no internet and sends nothing out."""

from __future__ import annotations

import os
import socket
import threading
import webbrowser
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "HOST", "PORT", "PortTaken", "apply_settings", "own_folder", "serve"]

HOST, PORT = "127.0.0.1", 8765
FOLDER = "CRISIS_ABM_DASHBOARD"  # names the folder of own scenarios
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


class PortTaken(RuntimeError):
    """The dashboard cannot listen where it was asked to; the message is one line."""


def own_folder() -> Path:
    """Where visitors' own scenarios are kept."""
    chosen = os.environ.get(FOLDER)
    if chosen:
        return Path(chosen)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "crisis_abm"


def apply_settings(settings: Any) -> None:
    """Put `SETTINGS` into solara's own, where it was loaded before they could be read."""
    import solara.settings

    settings.assets.fontawesome_enabled = False
    settings.telemetry.mixpanel_enable = False
    settings.state.auto_remount = True
    settings.kernel.cull_timeout = SETTINGS["SOLARA_KERNEL_CULL_TIMEOUT"]
    settings.theme.show_banner = False
    settings.theme.title = SETTINGS["SOLARA_THEME_TITLE"]
    settings.main.mode = "production"
    solara.settings.assets.cdn = NOWHERE


def serve(
    host: str = HOST, port: int = PORT, folder: Path | None = None, browse: bool = True
) -> None:
    """Serve the dashboard until Ctrl-C.

    Parameters
    ----------
    host : str
        Who listens to another address than 127.0.0.1 lets others in.
    port : int
    folder : Path, optional
        Where visitors' own scenarios are kept.
    browse : bool
        Whether to open a browser.

    Raises
    ------
    PortTaken
        If it cannot listen there.
    """
    with socket.socket() as probe:  # uvicorn would say so in many lines
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = "choose another with --port, or another --host"
            raise PortTaken(
                f"{host}:{port} cannot be listened at ({error.strerror}); {remedy}"
            ) from None
    if folder is not None:
        os.environ[FOLDER] = str(folder)
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ["SOLARA_APP"] = "crisis_abm.dashboard.app"
    import uvicorn
    from solara.server import settings

    settings.main.mode = "production"
    settings.main.host = host
    from solara.server.starlette import app

    from crisis_abm.dashboard.session import end, workers

    # starting them takes seconds, which the first visitor need not wait for
    threading.Thread(target=workers, name="starting the workers", daemon=True).start()
    if browse:
        threading.Timer(1.0, webbrowser.open, (f"http://{host}:{port}/",)).start()
    try:
        uvicorn.run(
            app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=PATIENCE
        )
    finally:
        end()
