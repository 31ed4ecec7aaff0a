"""What a system has that has none of Unix's own: faked here, as far as it can be."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

WITHOUT = """
import importlib, os, pkgutil, signal, subprocess, sys, tempfile

# libraries know what system they are on; they are asked before it is taken away
import hatchling, llvmlite, matplotlib.pyplot, mesa, networkx, numba, openpyxl, pandas
import pyarrow.parquet
import multiprocessing.pool, concurrent.futures.process, multiprocessing.resource_tracker
import platformdirs, pydantic, rich.console, rich.progress, SALib.sample, SALib.analyze
import scipy.stats, tomlkit, typer, typer.rich_utils, asyncio, subprocess, shutil
try:
    import distributed, solara, solara.server.starlette, uvicorn, watchfiles
except ImportError:
    pass

class Missing:
    names = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog"}
    def find_spec(self, name, path=None, target=None):
        if name in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
for name in Missing.names:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())
for name in ("getuid", "geteuid", "getgid", "getegid", "getgroups", "fork", "forkpty", "nice",
             "uname", "sysconf", "sched_getaffinity", "sched_setaffinity", "mkfifo", "killpg",
             "setsid", "getpgid", "getpgrp", "statvfs", "chown", "lchown", "wait4", "WNOHANG",
             "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "posix_fallocate", "posix_fadvise",
             "pathconf", "setpriority", "getpriority", "register_at_fork", "fchmod", "fchown"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGKILL", "SIGPIPE", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGQUIT",
             "SIGXFSZ", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGWINCH", "pthread_sigmask", "alarm",
             "setitimer", "siginterrupt", "sigwait", "pthread_kill", "SIG_BLOCK", "SIG_SETMASK"):
    if hasattr(signal, name):
        delattr(signal, name)

def no_program(*_, **__):  # Popen of this system needs those names; Windows has one of its own
    raise FileNotFoundError
subprocess.Popen.__init__ = no_program

import crisis_abm
for module in pkgutil.walk_packages(crisis_abm.__path__, "crisis_abm."):
    if module.name != "crisis_abm.__main__":
        importlib.import_module(module.name)
from crisis_abm.cli import main
from crisis_abm.compiled import cache_folder
assert cache_folder().is_dir()
os.chdir(sys.argv[1])
for words in (["new", "mine"], ["graph", "mine.toml", "--out", "g.csv"],
              ["run", "mine.toml", "--set", "time.steps=50", "--out", "kept"],
              ["reproduce", "kept"]):
    sys.argv = ["crisis-abm", *words]
    assert main() == 0, words
"""


def test_every_module_loads_and_the_commands_work_without_what_windows_lacks(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "identical" in done.stdout
