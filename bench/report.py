"""The report: ratios first, then figures, then how it was done."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bench import results
from bench.contestants import CONTESTANTS, PEER_PYTHON, ROOT
from bench.scenarios import SCENARIOS, Goal, Outcome, Scenario
from bench.stage import Row

UNITS: Final[Mapping[str, str]] = {
    "per_cpu_s": "deliveries in a second of server CPU",
    "per_s": "deliveries/s",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "max_ms": "longest, ms",
    "all_ms": "all written, ms",
    "bytes_per_event": "bytes a delivery",
    "cpu_share": "server's share of its core",
    "cpu_s": "CPU seconds",
    "out_of_order": "out of order",
    "posts_failed": "failed POSTs",
    "kib_per_client": "KiB a connection",
    "rss_before_kib": "KiB before",
    "rss_after_kib": "KiB after",
    "connects_per_s": "connects/s",
    "connect_p50_ms": "p50 of a connect, ms",
    "connect_p99_ms": "p99 of a connect, ms",
    "resume_s": "s until all are current",
    "log_reads": "reads of the log",
    "growth_mib": "MiB of the process",
    "kernel_mib": "MiB of the kernel, unsent",
    "cost_mib": "MiB in all",
    "gone_s": "s until gone",
    "auc": "area under the curve",
    "known_ms": "median for a known account, ms",
    "unknown_ms": "median for an unknown one, ms",
    "lag_ms": "lag of the loop, at most ms",
    "ping_max_ms": "longest /livez meanwhile, ms",
    "all_s": "s until all are in",
    "told_to_wait": "503 meanwhile",
    "jobs_per_s": "jobs/s",
    "start_p50_ms": "p50 until it starts, ms",
    "start_p99_ms": "p99 until it starts, ms",
    "lost": "lost",
    "repeated": "repeated",
    "unit_ms": "ms a unit of 500",
    "commands": "commands to the database",
    "commands_per_unit": "commands a unit",
    "peak_mib": "MiB at the peak",
    "told": "people told",
}

PREFACE: Final = """# Measurements

Coursewire beside the servers that could be picked instead, in the same runs on the same machine. Read the ratios:
absolute figures belong to this machine, and runs of one server differ by 10 to 20 %.

"""

METHOD: Final = """## How it was measured

**Who.** Coursewire is the real web process on real engines, started as `coursewire serve` starts it, with everything
switched on: tokens verified, rights asked of MongoDB, streams numbered, rings, sweeps, revocations read each second,
the Redis bus with its probe, metrics, limits. Only the *reach* of limits is larger (`LIMITS_SCALE=10000`), because one
machine plays every client. For fan-out alone it understands one more message, `bench.publish`, taken off in front of
the commands, which hands an event to what runs after a commit (fan-out, and Redis); `screens` and `reconnect` use the
real REST call. The peers do less: they check nothing, unless it
is said, and number and store nothing.

- *Node socket.io*: WebSocket only, no compression, `bufferutil`; with tokens it verifies EdDSA by `crypto.verify`.
- *uWebSockets*: through socketify, native topics. It speaks only as much Socket.IO as the load generator needs; its
  Python loop spins, so its CPU counts in full at any load.
- *python-socketio*: on aiohttp and uvloop, as it comes.
- *C*: an epoll loop that does one `send` for each recipient and nothing else: what the kernel allows without
  sending several events together.

**With what.** A load generator in C (`bench/load/`), one thread: it opens the sockets, follows, publishes, reads every
frame, and checks of each event on each client that it came, once, and in order. Latency is from publication to
reading. Frames have the same length for all servers. CPU is the server's user and system time out of `/proc`.

**Where.** The server has one core; the clients, Redis, MongoDB and a second instance share the other. Contestants take
turns, a fresh process each time; figures are medians over the runs, counts of faults the worst run. Loopback, without
TLS. Tokens live for three hours instead of ten minutes, so that nobody has to renew during a run.

**Again.** `make bench` plays everything; `.venv/bin/python -m bench burst` one scenario. Every run stands in
`results.json`.
"""


def show(scenario: Scenario, outcome: Outcome) -> str:
    """One scenario in Markdown."""
    return "\n".join(
        [f"## {scenario.title}", "", scenario.about, "", *_goals(scenario, outcome), *_figures(scenario, outcome)]
    )


def _goals(scenario: Scenario, outcome: Outcome) -> Iterator[str]:
    if not scenario.goals:
        return
    yield from ("| what counts | measured | asked | |", "| --- | --- | --- | --- |")
    for goal in scenario.goals:
        yield f"| {goal.text} | **{_number(goal.figure(outcome))}** | {_asked(goal)} | {_verdict(goal, outcome)} |"
    yield ""


def _figures(scenario: Scenario, outcome: Outcome) -> Iterator[str]:
    yield f"| | {' | '.join(UNITS.get(column, column) for column in scenario.columns)} |"
    yield f"| --- {'| --- ' * len(scenario.columns)}|"
    for name, _ in _in_order(scenario, outcome):
        cells = (_number(outcome.median(name, column)) for column in scenario.columns)
        yield f"| {CONTESTANTS[name].title} | {' | '.join(cells)} |"
    yield ""


def _in_order(scenario: Scenario, outcome: Outcome) -> Iterator[tuple[str, Sequence[Row]]]:
    return ((name, outcome.rows[name]) for name in scenario.contestants if name in outcome.rows)


def _asked(goal: Goal) -> str:
    return f"≥ {goal.at_least:g}" if goal.at_least > float("-inf") else f"≤ {goal.at_most:g}"


def _verdict(goal: Goal, outcome: Outcome) -> str:
    return "met" if goal.is_met(outcome) else "**MISSED**"


def _number(value: float) -> str:
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def write() -> None:
    """Render everything measured so far, with its pictures."""
    kept = results.read()
    played = [(scenario, Outcome(kept[scenario.name]["rows"])) for scenario in SCENARIOS if scenario.name in kept]  # type: ignore[arg-type]
    parts = [PREFACE, *_summary(played), *_stamp(kept), ""]
    for scenario, outcome in played:
        runs = max(len(rows) for rows in outcome.rows.values())
        parts += [show(scenario, outcome), f"Runs: {runs}, at {kept[scenario.name]['stamp']['date']}.\n"]  # type: ignore[call-overload,index]
        parts += [f"![{scenario.title}]({scenario.name}.svg)\n"]
    (results.FOLDER / "REPORT.md").write_text("\n".join([*parts, METHOD]), encoding="utf-8")
    _draw(played)


def _summary(played: list[tuple[Scenario, Outcome]]) -> Iterator[str]:
    yield from ("| scenario | what counts | measured | asked | |", "| --- | --- | --- | --- | --- |")
    for scenario, outcome in played:
        for goal in scenario.goals:
            measured, verdict = _number(goal.figure(outcome)), _verdict(goal, outcome)
            yield f"| {scenario.name} | {goal.text} | **{measured}** | {_asked(goal)} | {verdict} |"
    yield ""


def _stamp(kept: Mapping[str, results.Result]) -> Iterator[str]:
    """The machine's stamp; commits and dates of all scenarios, which may be played apart."""
    stamps = [result["stamp"] for result in kept.values()]
    for name in ("cpu", "memory", "kernel", "python", "node", "socketify", "commit", "date"):
        yield f"- {name}: {' / '.join(sorted({str(one[name]) for one in stamps}))}"  # type: ignore[call-overload]


def _draw(played: list[tuple[Scenario, Outcome]]) -> None:
    """Matplotlib lives with the peers, away from the server's dependencies."""
    pictures = [
        {
            "path": str(results.FOLDER / f"{scenario.name}.svg"),
            "title": scenario.title,
            "panels": [
                {
                    "title": UNITS.get(figure, figure),
                    "runs": {
                        CONTESTANTS[name].title: [row[figure] for row in rows]
                        for name, rows in _in_order(scenario, outcome)
                    },
                }
                for figure in scenario.plot
            ],
        }
        for scenario, outcome in played
    ]
    subprocess.run([PEER_PYTHON, "-m", "bench.plots"], input=json.dumps(pictures), text=True, cwd=ROOT, check=True)  # noqa: S603
