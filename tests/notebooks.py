"""The notebooks of docs/: run from a fresh kernel, held against what is stored, renewed.

    python -m tests.notebooks

runs every one of them again and stores what it comes to.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

DOCS = Path(__file__).parent.parent / "docs"
CELL_TAKES_AT_MOST = 240  # seconds; the first run of a version compiles the engine
ABOUT_THE_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class ThisPython(KernelSpecManager):
    """Whatever kernel is asked for, it is the Python that is running."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


def notebooks() -> list[Path]:
    """All there are."""
    return sorted(DOCS.glob("*.ipynb"))


def executed(path: Path) -> nbformat.NotebookNode:
    """A notebook with what its cells come to now, run in an empty folder that is taken away.

    Talks with the kernel through files in that folder, not over the network.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory(prefix="nb") as folder:
        work = Path(folder) / "work"
        work.mkdir()
        kept_out_of_home = {
            "IPYTHONDIR": f"{folder}/ipython",
            "JUPYTER_CONFIG_DIR": f"{folder}/config",
            "JUPYTER_DATA_DIR": f"{folder}/data",
            "JUPYTER_RUNTIME_DIR": f"{folder}/runtime",
            "MPLCONFIGDIR": f"{folder}/matplotlib",
        }
        with mock.patch.dict(os.environ, kept_out_of_home):
            os.environ.pop("MPLBACKEND", None)  # the kernel draws into the notebook
            kernel = AsyncKernelManager(
                kernel_spec_manager=ThisPython(),
                transport="ipc",
                ip=f"{folder}/kernel",
                connection_file=f"{folder}/kernel.json",
            )
            NotebookClient(
                notebook,
                km=kernel,
                timeout=CELL_TAKES_AT_MOST,
                record_timing=False,
                resources={"metadata": {"path": str(work)}},
            ).execute(cleanup_kc=True)
    return notebook


def shown(notebook: nbformat.NotebookNode) -> list[dict[str, Any]]:
    """What the code cells show: texts and tables word for word, of pictures that there is one."""
    return [
        {"cell": cell.source, "shows": [_of_output(output) for output in cell.outputs]}
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def _of_output(output: nbformat.NotebookNode) -> dict[str, str]:
    if output.output_type == "stream":
        return {output.name: output.text}
    if output.output_type == "error":
        return {"error": f"{output.ename}: {output.evalue}"}
    return {
        kind: "a picture" if kind.startswith("image/") else str(content)
        for kind, content in output.data.items()
    }


def renew(path: Path) -> None:
    """Run a notebook and store it, with nothing in it of where and when that was."""
    notebook = executed(path)
    notebook.metadata = nbformat.from_dict(ABOUT_THE_KERNEL)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
        cell.metadata = nbformat.from_dict({})
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for one in notebooks():
        renew(one)
        print(f"renewed {one.relative_to(DOCS.parent)}: {one.stat().st_size / 1000:,.0f} kB")
