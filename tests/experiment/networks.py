"""An experiment over three networks of a ward and its suppliers, as files."""

from __future__ import annotations

from pathlib import Path

SCENARIO = """
title = "A ward and who supplies it"
resources = {{ ppe = {{}} }}
areas = {{ north = {{}} }}
[time]
steps = 12
{tables}
[[events]]
title = "one of them stops"
organisations = ["first"]
capacity = 0.0
start = 2
"""
KINDS = {"ward": "hospital", "first": "supplier", "second": "supplier"}


def graph(*suppliers: str) -> str:
    """A ward and two suppliers as GraphML, the ward supplied by some of them."""
    nodes = "".join(
        f'<node id="{name}"><data key="kind">{kind}</data><data key="area">north</data></node>'
        for name, kind in KINDS.items()
    )
    edges = "".join(
        f'<edge source="{one}" target="ward"><data key="resource">ppe</data></edge>'
        for one in suppliers
    )
    keys = "".join(
        f'<key id="{name}" for="{of}" attr.name="{name}" attr.type="string"/>'
        for name, of in (("kind", "node"), ("area", "node"), ("resource", "edge"))
    )
    space = 'xmlns="http://graphml.graphdrawing.org/xmlns"'
    return f'<graphml {space}>{keys}<graph edgedefault="directed">{nodes}{edges}</graph></graphml>'


NAMES = ["both.graphml", "nets/first.graphml", "nets/second.graphml"]


def written(folder: Path, names: list[str] = NAMES) -> Path:
    """An experiment over three networks, as files."""
    (folder / "nets").mkdir(parents=True)
    (folder / "both.graphml").write_text(graph("first", "second"))
    (folder / "nets" / "first.graphml").write_text(graph("first"))
    (folder / "nets" / "second.graphml").write_text(graph("second"))
    (folder / "town.toml").write_text(SCENARIO.format(tables='[tables]\ngraph = "both.graphml"'))
    path = folder / "networks.toml"
    path.write_text(
        'title = "networks"\nscenario = "town.toml"\nreplicates = 1\n'
        f'[uncertainties]\n"tables.graph" = {names}\n'
        '[levers]\npolicy = ["siloed", "reciprocal"]\n[outcomes]\nunmet = "less"\n'
    )
    return path
