"""The command line, on a DATA_DIR of its own, as a stranger meets it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import aiohttp
import psutil
import pytest

from server.migrations import CURRENT
from tests.harness.process import outcome


def alone(tmp_path: Path, **more: str) -> dict[str, str]:
    """An environment without engines named, so that the process finds or starts its own."""
    kept = {name: value for name, value in os.environ.items() if name not in {"MONGODB_URL", "REDIS_URL"}}
    return {**kept, "DATA_DIR": str(tmp_path / "data"), "COLUMNS": "200", **more}


async def command(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    status, out, errors = await outcome(environment, *arguments)
    return status, out + errors


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def until_line(process: Process, text: str) -> str:
    seen = ""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while text not in seen:
            line = (await process.stdout.readline()).decode()
            assert line, seen
            seen += line
    return seen


async def test_one_command_starts_a_school_and_one_signal_ends_it(tmp_path: Path):
    """`up` prints the address and the demo logins, serves, and leaves no process behind."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "up", env=alone(tmp_path, PORT=str(port)), stdin=DEVNULL, stdout=PIPE
    )
    welcome = await until_line(process, "Ctrl-C")
    below = psutil.Process(process.pid).children(recursive=True)
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/health") as reply:
        assert (reply.status, (await reply.json())["environment"]) == (200, "development")
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 30) == 0

    assert f"http://127.0.0.1:{port}" in welcome
    assert all(login in welcome for login in ("instructor@", "student@", "admin@", "password123"))
    assert len(below) >= 8
    assert psutil.wait_procs(below, timeout=10)[1] == []


async def test_short_commands_bring_their_own_engines(tmp_path: Path):
    """migrate, seed (twice) and doctor work on an empty folder, and say what they did."""
    environment = alone(tmp_path, PORT=str(free_port()), LOG_LEVEL="error")
    status, said = await command(environment, "migrate")
    assert (status, said.startswith(f"schema {CURRENT}: {CURRENT} step")) == (0, True)
    for _ in range(2):
        status, said = await command(environment, "seed")
        assert (status, "demo data is in place" in said) == (0, True)
    status, said = await command(environment, "doctor")
    assert (status, said.count("FAIL")) == (0, 0), said
    assert all(
        subject in said for subject in ("Python", "keys", "disk", "port", "mongod", "valkey", "database", "redis")
    )


async def test_doctor_names_what_is_wrong_and_what_to_do(tmp_path: Path):
    """A taken port, a binary that is none, and a broken key are each told with advice."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = alone(tmp_path, PORT=str(taken.getsockname()[1]), MONGOD="/nowhere/mongod", FIELD_KEY="short")
        status, said = await command(environment, "doctor")
    assert status == 1
    assert said.count("FAIL") >= 3
    assert "Set another PORT" in said


@pytest.mark.parametrize(
    ("arguments", "environment", "text"),
    [
        (["serve"], {}, "No engines run on"),
        (["worker"], {}, "No engines run on"),
        (["serve"], {"PORT": "http"}, "PORT"),
        (["serve"], {"APP_ENV": "production"}, "production needs TOKEN_KEY"),
        (["up"], {"MONGOD": "/nowhere/mongod"}, "MONGOD"),
    ],
)
async def test_what_cannot_start_says_why_in_one_line(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], text: str
):
    """No traceback, a status that is not zero, and the thing to change."""
    status, said = await command(alone(tmp_path, **environment), *arguments)
    assert status != 0
    assert text in said
    assert "Traceback" not in said
