"""`python -m bench NAME…`: play scenarios and print what came out; without a name all, and the report."""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from bench.scenarios import CONTESTANTS, SCENARIOS, Scenario
from bench.school import open_school
from bench.stage import OTHER_CORE, Row, Stage
from server.engines import Engines
from server.logs import configure_logs

PEOPLE = 10_001


async def play(stage: Stage, scenario: Scenario, reps: int, quick: bool) -> dict[str, list[Row]]:
    """Interleave the contestants, so that whatever else the machine does befalls all."""
    rows: dict[str, list[Row]] = {name: [] for name in scenario.contestants}
    load = dict(scenario.load)
    if quick:
        load["seconds"] = 1.0
    for _ in range(reps):
        for name in scenario.contestants:
            rows[name].append(await scenario.play(stage, CONTESTANTS[name], load))
    return rows


def show(scenario: Scenario, rows: dict[str, list[Row]]) -> None:
    def median(name: str, figure: str) -> float:
        return statistics.median(float(row[figure]) for row in rows[name])

    print(f"## {scenario.title}")
    for name in scenario.contestants:
        print(f"{name:12}", "  ".join(f"{column} {median(name, column):,.1f}" for column in scenario.columns))
    for goal in scenario.goals:
        print(f"{goal.text}: {goal.figure(median):.2f} (at least {goal.at_least}, at most {goal.at_most})", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    configure_logs("error")
    os.sched_setaffinity(0, {OTHER_CORE})
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coursewire-bench-")))
        engines = Engines(folder)
        urls = await engines.start()
        stack.push_async_callback(engines.stop)
        school = await stack.enter_async_context(open_school(folder, urls, PEOPLE))
        stage = Stage(school)
        for scenario in SCENARIOS:
            if not asked.names or scenario.name in asked.names:
                show(scenario, await play(stage, scenario, asked.reps, asked.quick))


if __name__ == "__main__":
    asyncio.run(main())
