"""Who is measured. Every contestant prints "listening on …" and listens on PORT."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PEER_PYTHON: Final = str(ROOT / ".venv-bench" / "bin" / "python")


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server to measure. `uses` names what of the school its environment gets."""

    title: str
    command: Sequence[str]
    uses: Sequence[str] = ()

    @property
    def is_ours(self) -> bool:
        return not {"bench.server", "bench.worker"}.isdisjoint(self.command)

    @property
    def verifies_tokens(self) -> bool:
        return self.is_ours or "TOKEN_KEY" in self.uses


OURS: Final = (sys.executable, "-m", "bench.server")
NODE: Final = ("node", "bench/peers/node/server.js")
PLAIN: Final = (PEER_PYTHON, "bench/peers/plain.py")

CONTESTANTS: Final[Mapping[str, Contestant]] = {
    "coursewire": Contestant("Coursewire", OURS),
    "coursewire-calm": Contestant("Coursewire, nobody stalled", OURS),
    "node": Contestant("Node socket.io", NODE),
    "node-tokens": Contestant("Node socket.io, tokens verified", NODE, ["TOKEN_KEY"]),
    "node-redis": Contestant("Node socket.io, Redis adapter", NODE, ["REDIS_SOCKET"]),
    "plain": Contestant("python-socketio", PLAIN),
    "plain-redis": Contestant("python-socketio, Redis manager", PLAIN, ["REDIS_URL"]),
    "plain-rest": Contestant("python-socketio, Redis manager, MongoDB", PLAIN, ["REDIS_URL", "MONGODB_URL"]),
    "topics": Contestant("uWebSockets (socketify)", [PEER_PYTHON, "bench/peers/topics.py"]),
    "bare": Contestant("C, one send a recipient", ["bench/peers/bare.c"]),
    "worker": Contestant("Coursewire's worker", [sys.executable, "-m", "bench.worker", "work"]),
    "taskiq": Contestant("taskiq, Redis streams", [PEER_PYTHON, "bench/peers/tasks.py", "work"], ["REDIS_URL"]),
    "committers": Contestant("two committers", []),
    "transactions": Contestant("a transaction for each unit", []),
    "notify": Contestant("all numbers of a page at once", []),
    "notify-each": Contestant("a command for each stream", []),
}
