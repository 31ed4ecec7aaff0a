"""A running dashboard, for tests and for measurements."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

STARTING = 60  # seconds


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A dashboard in a process of its own, that can be started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.assets = folder / "assets"
        self.more: list[str] = []  # options of the command
        self.process: subprocess.Popen[bytes] | None = None

    def with_own_assets(self) -> None:
        """Serve the pages' scripts from a copy, so that no test can harm the installation."""
        from solara.server import settings

        def copied(source: str, to: str) -> None:
            try:
                os.link(source, to)
            except OSError:  # another disk
                shutil.copy2(source, to)

        installed = Path(settings.assets.proxy_cache_dir)
        for package in ("@widgetti/solara-vuetify-app@*", "echarts@*", "requirejs@*"):
            for found in installed.glob(package):
                to = self.assets / found.relative_to(installed)
                shutil.copytree(found, to, copy_function=copied)

    def ask(
        self, path: str, headers: dict[str, str] | None = None, method: str = "GET"
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer to one request, which says nothing but what it is told to say."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": f"127.0.0.1:{self.port}", **(headers or {})}.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def start(self) -> None:
        command = [sys.executable, "-m", "crisis_abm", "dashboard", "--no-browser"]
        command += ["--port", str(self.port), "--folder", str(self.folder / "own"), *self.more]
        environment = dict(os.environ)
        if self.assets.exists():
            environment["SOLARA_ASSETS_PROXY_CACHE_DIR"] = str(self.assets)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, env=environment
            )
        deadline = time.monotonic() + STARTING
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise RuntimeError(f"the dashboard did not start:\n{self.log.read_text()}")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
