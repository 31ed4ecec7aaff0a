"""The examples for clusters are whole: they parse, and name commands and options that there are."""

import ast
from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[2] / "docs" / "cluster"


def test_slurm_example_is_python_that_sweeps_with_a_scheduler():
    text = (FOLDER / "slurm.py").read_text(encoding="utf-8")
    ast.parse(text)
    assert '"--scheduler"' in text


def test_kubernetes_example_joins_workers_to_the_scheduler():
    parts = list(yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text(encoding="utf-8")))
    assert [part["kind"] for part in parts] == ["Service", "Deployment", "Deployment"]
    service, scheduler, workers = parts
    labels = scheduler["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    command = workers["spec"]["template"]["spec"]["containers"][0]["command"]
    port = service["spec"]["ports"][0]["port"]
    assert f"{service['metadata']['name']}:{port}" in command
