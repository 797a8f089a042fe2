"""What may stand in the repository: no registry's name, no name that collides, no file or function too long."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ("server", "handlers", "realtime", "workers", "services", "models", "schemas")
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("anaconda", "org"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("proxy", "golang", "org"),
    )
]
MAX_FILE, MAX_FUNCTION, MAX_BROAD = 400, 60, 3


@cache
def files(*patterns: str) -> list[Path]:
    """Tracked files, and new ones that would be; those deleted but not yet committed are gone."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    named = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted(path for name in set(named) if name and (path := ROOT / name).is_file())


def source() -> list[Path]:
    return [path for path in files("*.py") if path.relative_to(ROOT).parts[0] in LAYERS]


def nodes(path: Path, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    return (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, kinds))


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_registry_is_named(host):
    """Where packages come from is the machine's own setting: no file says it."""
    naming = [path for path in files() if host.encode() in path.read_bytes()]
    assert naming == []


def _top_levels() -> Iterator[tuple[str, str]]:
    """Each distribution beside ours, and the names that it makes importable."""
    for distribution in distributions():
        if distribution.name != "coursewire":
            for file in distribution.files or ():
                yield distribution.name, file.parts[0].partition(".")[0]


def test_no_dependency_takes_our_names():
    """Our packages are top-level: a dependency with one of their names would stand in their place."""
    found = set(_top_levels())
    assert ("aiohttp", "aiohttp") in found
    assert {(name, top) for name, top in found if top in {*LAYERS, "tests", "bench", "web"}} == set()


def test_no_file_is_too_long():
    """What does not fit into one file is more than one thing."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in files("*.py")}
    assert {name: length for name, length in lengths.items() if length > MAX_FILE} == {}


def test_no_function_is_too_long():
    """A function can be read at a glance."""
    functions = ((path, node) for path in files("*.py") for node in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef))
    long = [where(path, node.lineno) for path, node in functions if node.end_lineno - node.lineno >= MAX_FUNCTION]
    assert long == []


def test_imports_stand_at_the_top():
    """No import hides in a function, where it would hide a cycle, too."""
    hidden = [
        where(path, inner.lineno)
        for path in source()
        for function in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def _is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught)


def test_few_places_catch_everything():
    """Only the three interpreters, of requests, commands and jobs, stand between a fault and the process."""
    broad = [
        where(path, node.lineno) for path in source() for node in nodes(path, ast.ExceptHandler) if _is_broad(node)
    ]
    assert len(broad) <= MAX_BROAD, broad
