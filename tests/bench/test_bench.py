"""The measurements still measure: built, started, loaded, counted. No time is asserted."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from typing import Any

from bench.contestants import CONTESTANTS
from bench.report import UNITS
from bench.scenarios import SCENARIOS

FAULTS = ("lost", "duplicated", "out_of_order", "sequence_breaks", "dropped", "refused", "posts_failed")


async def measured(*scenarios: str) -> list[dict[str, Any]]:
    """A short run each of our server, as the load generator saw it."""
    options = ["--only", "coursewire", "--clients", "5", "--reps", "1", "--seconds", "1"]
    command = [sys.executable, "-m", "bench", *scenarios, *options]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    said, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return [json.loads(line)["coursewire"][0] for line in said.splitlines()]


async def test_a_crowd_of_five_gets_everything_once_and_in_order():
    """The load generator builds, its clients follow the real server, and nothing is amiss."""
    scenarios = ("burst", "screens", "reconnect")
    rows = await measured(*scenarios)
    assert len(rows) == len(scenarios)
    for row in rows:
        assert row["ready"] == row["clients"] == 5
        assert row["delivered"] > 0
        assert {name: row[name] for name in FAULTS} == dict.fromkeys(FAULTS, 0)


def test_the_table_names_what_there_is():
    """Every contestant exists, and every goal asks for something."""
    assert {name for row in SCENARIOS for name in (*row.contestants, *row.own)} <= set(CONTESTANTS)
    assert {figure for row in SCENARIOS for figure in row.plot} <= set(UNITS)
    assert [
        goal.text for row in SCENARIOS for goal in row.goals if goal.at_least < 0 and goal.at_most == float("inf")
    ] == []
