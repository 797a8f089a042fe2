"""The table of scenarios: what is played, by whom, and what must come out."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from bench.stage import PEER_PYTHON, Contestant, Row, Stage

Medians: TypeAlias = Callable[[str, str], float]
"""The median of a figure of one contestant: `of("coursewire", "p99_ms")`."""

Play: TypeAlias = Callable[[Stage, Contestant, Mapping[str, float | str]], Awaitable[Row]]

CONTESTANTS: Final[Mapping[str, Contestant]] = {
    "coursewire": Contestant("Coursewire", [sys.executable, "-m", "bench.server"]),
    "node": Contestant("Node socket.io", ["node", "bench/peers/node/server.js"]),
    "bare": Contestant("C, one send each", ["bare.c"]),
    "topics": Contestant("uWebSockets (socketify)", [str(PEER_PYTHON), "bench/peers/topics.py"]),
    "plain": Contestant("python-socketio", [str(PEER_PYTHON), "bench/peers/plain.py"]),
}


@dataclass(frozen=True, slots=True)
class Goal:
    """What must come out: a figure made of medians, at least or at most so large."""

    text: str
    figure: Callable[[Medians], float]
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the table. `load` are options of the load generator."""

    name: str
    title: str
    about: str
    contestants: Sequence[str]
    play: Play
    columns: Sequence[str]
    goals: Sequence[Goal]
    load: Mapping[str, float | str] = field(default_factory=dict)


def ratio(figure: str, of: str, to: str) -> Callable[[Medians], float]:
    return lambda median: median(of, figure) / max(median(to, figure), 1e-9)


async def fan_out(stage: Stage, contestant: Contestant, load: Mapping[str, float | str]) -> Row:
    """One server, and a publisher among its clients."""
    async with stage.server(contestant) as server:
        return await stage.load([server], **load)  # type: ignore[arg-type]


SCENARIOS: Final = (
    Scenario(
        "burst",
        "Burst: 16 events in flight",
        "500 sockets follow one course; the next event is published when all have the one 16 before.",
        ("coursewire", "node", "topics", "bare", "plain"),
        fan_out,
        ("per_cpu_s", "per_s", "p50_ms", "p99_ms", "lost", "out_of_order"),
        (
            Goal("deliveries per CPU second, to Node", ratio("per_cpu_s", "coursewire", "node"), at_least=8),
            Goal(
                "deliveries per CPU second, to uWebSockets", ratio("per_cpu_s", "coursewire", "topics"), at_least=0.75
            ),
        ),
        {"mode": "closed", "clients": 500, "in_flight": 16, "seconds": 2.5},
    ),
    Scenario(
        "single",
        "One event at a time",
        "500 sockets; the next event is published when all have the last. Nothing can be coalesced.",
        ("coursewire", "node", "topics", "bare", "plain"),
        fan_out,
        ("per_cpu_s", "per_s", "p50_ms", "p99_ms", "lost", "out_of_order"),
        (
            Goal("deliveries per CPU second, to Node", ratio("per_cpu_s", "coursewire", "node"), at_least=1.5),
            Goal("deliveries per CPU second, to bare C", ratio("per_cpu_s", "coursewire", "bare"), at_least=0.75),
        ),
        {"mode": "closed", "clients": 500, "in_flight": 1, "seconds": 2.5},
    ),
)
