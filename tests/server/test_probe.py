"""`coursewire health`: what a container asks a web process every few seconds."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from urllib.parse import urlsplit

import pytest

from tests.harness.process import outcome
from tests.harness.school import School


async def ask(*command: str, place, url: str) -> tuple[int, str]:
    environment = {**place.environment, "PORT": str(urlsplit(url).port)}
    if command[0] == "server":
        return (await outcome(environment, *command[1:]))[:2]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *command, env=environment, stdout=PIPE)
    said = (await process.communicate())[0].decode()
    return process.returncode or 0, said


@pytest.mark.parametrize("command", [["server", "health"], ["server.probe"]])
async def test_a_server_is_asked_how_it_is(school: School, command: list[str]):
    """Ready by default, alive when asked; each with the server's own words and status 0."""
    for arguments, word in (([], '"ready":true'), (["ready"], '"ready":true'), (["live"], '"alive"')):
        status, said = await ask(*command, *arguments, place=school.place, url=school.url)
        assert (status, word in said) == (0, True), said


@pytest.mark.parametrize("command", [["server", "health"], ["server.probe"]])
async def test_a_server_that_is_not_there_is_not_well(school: School, command: list[str]):
    """Status 1, and one line that says where nobody answered."""
    status, said = await ask(*command, "live", place=school.place, url="http://127.0.0.1:1")
    assert status == 1
    assert said.startswith("nothing answers at 127.0.0.1:1/livez")
    assert said.count("\n") == 1
