"""The JavaScript client, as browsers and Node use it."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.harness.school import School, announce

SCRIPT = Path(__file__).parents[1] / "node" / "follow.mjs"


@asynccontextmanager
async def following(*arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec("node", str(SCRIPT), *arguments, stdin=PIPE, stdout=PIPE)
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


async def heard(process: Process, name: str) -> Any:
    """Read on until the named event."""
    assert process.stdout is not None
    async with asyncio.timeout(15):
        while line := await process.stdout.readline():
            told, payload = json.loads(line)
            if told == name:
                return payload
    message = f"the client ended before {name}"
    raise AssertionError(message)


async def test_socket_io_client_follows_and_resumes(school: School):
    """It gets what is posted, and after coming back what it missed, once."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    async with following(school.other_url, student.token, course) as client:
        watching = await heard(client, "watching")
        posted = await announce(instructor, course, "Bonjour à tous")
        first = await heard(client, "announcement.posted")
    await announce(instructor, course, "Missed")
    resume = json.dumps({first["_stream"]: [first["_epoch"], first["_seq"]]})
    async with following(school.url, student.token, course, resume) as client:
        missed = await heard(client, "announcement.posted")

    assert watching["ok"] is True
    assert (first["announcementId"], first["title"]) == (posted["announcementId"], "Bonjour à tous")
    assert (missed["title"], missed["_seq"]) == ("Missed", first["_seq"] + 1)


async def test_socket_io_client_is_told_why_it_may_not_connect(school: School):
    """`connect_error` carries the text and the code."""
    async with following(school.url, "nonsense", "0" * 24) as client:
        error = await heard(client, "connect_error")
    assert error["message"].startswith("Sign in first")
    assert error["data"]["code"] == "not_authenticated"
