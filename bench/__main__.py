"""Plays scenarios and prints what came out. `all` plays every one and writes docs/benchmarks/REPORT.md."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench import report, results
from bench.contestants import CONTESTANTS
from bench.scenarios import SCENARIOS, Outcome, Scenario
from bench.school import open_school
from bench.stage import OTHER_CORE, NotPlayableError, Options, Row, Stage
from server.engines import Engines
from server.logs import configure_logs

MARGIN: Final = 1
"""People beside the clients: the one who publishes."""


@asynccontextmanager
async def open_stage(people: int) -> AsyncIterator[Stage]:
    """Engines and a filled school in a folder that goes away; everything but the servers runs on one core."""
    os.sched_setaffinity(0, {OTHER_CORE})
    with tempfile.TemporaryDirectory(prefix="coursewire-bench-") as folder:
        engines = Engines(Path(folder))
        urls = await engines.start()
        try:
            async with open_school(Path(folder), urls, people) as school:
                yield Stage(school)
        finally:
            await engines.stop()


async def play(stage: Stage, scenario: Scenario, reps: int, changed: Options) -> Outcome:
    """Let the contestants take turns, so that whatever else the machine does befalls all."""
    rows: dict[str, list[Row]] = {name: [] for name in scenario.contestants}
    for rep in range(reps):
        for name in scenario.contestants:
            load = {**scenario.load, **scenario.own.get(name, {}), **changed}
            rows[name].append(await scenario.play(stage, CONTESTANTS[name], load))
            print(f"{scenario.name} {rep + 1}/{reps} {name}", file=sys.stderr)
    return Outcome(rows)


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    known = [scenario.name for scenario in SCENARIOS]
    parser.add_argument(
        "names", nargs="+", choices=[*known, "all", "report"], metavar="NAME", help=", ".join([*known, "all", "report"])
    )
    parser.add_argument("--reps", type=int, default=5, help="turns of each contestant")
    parser.add_argument("--quick", action="store_true", help="short turns: to see that it works, not how fast")
    parser.add_argument("--seconds", type=float, help="length of a turn, in the place of the scenario's own")
    parser.add_argument("--clients", type=int, help="clients, in the place of the scenario's own number")
    parser.add_argument(
        "--only", metavar="CONTESTANT", choices=CONTESTANTS, help="let one play alone: every run as JSON"
    )
    parser.add_argument("--keep", action="store_true", help="keep the figures for the report, as `all` does")
    return parser.parse_args(arguments)


def _changed(scenario: Scenario, asked: argparse.Namespace) -> Options:
    """What of the scenario's load is asked for otherwise."""
    seconds = scenario.quick_seconds if asked.quick else asked.seconds
    return {
        name: value
        for name, value in (("seconds", seconds), ("clients", asked.clients))
        if value is not None and name in scenario.load
    }


async def measure(asked: argparse.Namespace, chosen: Sequence[Scenario]) -> None:
    if task := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    people = max(asked.clients or int(scenario.load.get("clients", 0)) for scenario in chosen) + MARGIN
    async with open_stage(people) as stage:
        for row in chosen:
            scenario = replace(row, contestants=[asked.only], goals=[]) if asked.only else row
            outcome = await play(stage, scenario, scenario.turns or asked.reps, _changed(scenario, asked))
            print(json.dumps(outcome.rows) if asked.only else report.show(scenario, outcome), flush=True)
            if asked.keep:
                results.keep(scenario.name, outcome.rows)


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _asked(arguments)
    configure_logs("error")
    asked.keep = asked.keep or "all" in asked.names
    if chosen := [scenario for scenario in SCENARIOS if scenario.name in asked.names or "all" in asked.names]:
        asyncio.run(measure(asked, chosen))
    if "all" in asked.names or "report" in asked.names:
        report.write()


if __name__ == "__main__":
    try:
        main()
    except NotPlayableError as error:
        sys.exit(f"bench: {error}")
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit("bench: ended early")
