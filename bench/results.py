"""What was measured, kept as JSON beside the report, with the stamp of machine and moment."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeAlias

from bench.contestants import PEER_PYTHON, ROOT
from bench.stage import Row

FOLDER: Final = ROOT / "docs" / "benchmarks"
FILE: Final = FOLDER / "results.json"

Stamp: TypeAlias = Mapping[str, str]
Result: TypeAlias = Mapping[str, Stamp | Mapping[str, Sequence[Row]]]

LIBRARIES: Final = ("aiohttp", "python-socketio", "python-engineio", "uvloop", "orjson", "redis", "pymongo", "beanie")
NODE_LIBRARIES: Final = ("socket.io", "ws", "@socket.io/redis-adapter", "redis")


def stamp() -> Stamp:
    """Machine, versions, commit, moment."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(encoding="utf-8"))
    modules = ROOT / "bench" / "peers" / "node" / "node_modules"
    node = [f"{name} {_node_version(modules / name)}" for name in NODE_LIBRARIES]
    return {
        "cpu": f"{cpu[1] if cpu else platform.machine()}, {_cores()} cores",
        "memory": f"{int(memory[1]) / 2**20:.0f} GiB" if memory else "",
        "kernel": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "node": f"{_said('node', '--version')}; {', '.join(node)}",
        "socketify": _said(PEER_PYTHON, "-c", "from importlib.metadata import version; print(version('socketify'))"),
        "commit": _said("git", "rev-parse", "--short=12", "HEAD")
        + (" and changes" if _said("git", "diff", "HEAD", "--stat") else ""),
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }


def _cores() -> int:
    return Path("/proc/cpuinfo").read_text(encoding="utf-8").count("processor\t")


def _node_version(module: Path) -> str:
    file = module / "package.json"
    return str(json.loads(file.read_text(encoding="utf-8"))["version"]) if file.exists() else "missing"


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def read() -> dict[str, Result]:
    """Everything measured so far, by scenario."""
    return dict(json.loads(FILE.read_text(encoding="utf-8"))) if FILE.exists() else {}


def keep(name: str, rows: Mapping[str, Sequence[Row]]) -> None:
    """Put a scenario's result in the place of its last one."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    results = {**read(), name: {"stamp": stamp(), "rows": rows}}
    text = json.dumps(results, indent=1, sort_keys=True)
    # one row a line, so that a difference can be read
    FILE.write_text(re.sub(r"\n {5,}", " ", text) + "\n", encoding="utf-8")
