"""The house has five layers and one direction, and the drawing of it is true."""

import ast
import re
import tomllib
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]
TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
CONTRACTS = TOOLS["importlinter"]
BESIDE = {"bench", "tests"}
LAYER = re.compile(r" {4}([a-z]+(?: \| [a-z]+)*) +\S")


def test_imports_keep_the_layers(monkeypatch, capsys):
    """Every contract of import-linter is kept."""
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == 0, capsys.readouterr().out


def test_the_drawing_is_the_contract():
    """`docs/architecture.md` draws the layers that import-linter checks, in their order."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    lines = text.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("    server "))
    drawn = [match[1] for line in lines[begin : begin + 5] if (match := LAYER.match(line))]

    (layers,) = [contract["layers"] for contract in CONTRACTS["contracts"] if contract["type"] == "layers"]
    assert drawn == layers


def test_every_folder_of_ours_is_in_a_layer():
    """A new package of the house is in the contract; what only stands beside the house is not installed."""
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - BESIDE
    assert packages == set(CONTRACTS["root_packages"])
    assert packages == {name.removesuffix("*") for name in TOOLS["setuptools"]["packages"]["find"]["include"]}
    assert packages == set(re.findall(r"\w+", " ".join(CONTRACTS["contracts"][0]["layers"])))


def _imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return named | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def test_the_transport_and_the_gateway_alone_know_the_socket_library():
    """python-socketio may change or go: within `realtime/`, too, one package imports it, and the doors on it."""
    knowing = {
        path.name
        for path in (ROOT / "realtime").glob("*.py")
        if any(name.partition(".")[0] in {"socketio", "engineio"} for name in _imported(path))
    }
    assert knowing == {"gateway.py"}
