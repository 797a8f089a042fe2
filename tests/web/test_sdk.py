"""The JavaScript client: its own tests, and a program that uses it on a real school."""

from __future__ import annotations

import asyncio
import json
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest

from server.keys import load_keys
from server.settings import Settings
from tests.harness.people import Person
from tests.harness.proxy import address_of, proxy_to
from tests.harness.school import School, announce

HERE = Path(__file__).parent
WITHIN_S = 30.0


class Program:
    """A running `follow.mjs`, and everything that it has said."""

    def __init__(self, out: asyncio.StreamReader) -> None:
        self._out = out
        self.said: list[list[Any]] = []

    async def until(self, name: str, what: Any) -> None:
        async with asyncio.timeout(WITHIN_S):
            while [name, what] not in self.said:
                line = await self._out.readline()
                assert line, f"the program ended before {name} {what}: {self.said}"
                self.said.append(json.loads(line))

    async def applied(self, title: str) -> None:
        async with asyncio.timeout(WITHIN_S):
            while title not in self.titles:
                self.said.append(json.loads(await self._out.readline()))

    @property
    def titles(self) -> list[str]:
        return [what[1] for name, what in self.said if name == "applied"]

    @property
    def states(self) -> list[str]:
        return [what for name, what in self.said if name == "state"]


@asynccontextmanager
async def following(url: str, person: Person, course: str, **more: Any) -> AsyncIterator[Program]:
    asked = {"url": url, "refreshToken": person.refresh_token, "courseId": course, **more}
    process = await asyncio.create_subprocess_exec(
        "node", str(HERE / "follow.mjs"), json.dumps(asked), stdin=PIPE, stdout=PIPE
    )
    assert process.stdout is not None
    try:
        yield Program(process.stdout)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.mjs")), ids=lambda file: file.name)
async def test_the_client_passes_its_own_tests(file: Path):
    """Positions, gaps, resets, retries, and the examples that the property test's model reads too."""
    process = await asyncio.create_subprocess_exec("node", "--test", str(file), stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()
    assert process.returncode == 0, (out + err).decode()


@pytest.mark.parametrize(("transport", "state"), [("websocket", "live"), ("sse", "sse")])
async def test_what_happens_during_a_cut_is_applied_once(school: School, transport: str, state: str):
    """Over either transport: the snapshot, an event, a cut that hides two, and what follows; each once, in order."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    await announce(instructor, course, "Before")
    async with (
        proxy_to(address_of(school.url)) as net,
        following(net.url, student, course, transports=[transport]) as program,
    ):
        await program.until("state", state)
        await announce(instructor, course, "First")
        await program.applied("First")
        net.cut()
        for title in ("Hidden", "Hidden too"):
            await announce(instructor, course, title)
        await program.until("state", "offline")
        net.mend()
        await program.applied("Hidden too")
    assert program.titles == ["First", "Hidden", "Hidden too"]
    assert [what for name, what in program.said if name == "snapshot"] == [["Before"]]


async def test_a_token_is_renewed_on_the_live_connection(school: School):
    """A connection whose token expires in five seconds is still there, unbroken, after seven."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    key = load_keys(Settings(_env_file=None, data_dir=school.place.data_dir)).signing[0]
    claims = jwt.decode(student.token, options={"verify_signature": False}) | {"exp": int(time.time()) + 5}
    short = jwt.encode(claims, key.private, "EdDSA", headers=jwt.get_unverified_header(student.token))
    async with following(school.url, student, course, transports=["websocket"], firstToken=short) as program:
        await program.until("exchanged", 2)
        await asyncio.sleep(7)
        await announce(instructor, course, "Still here")
        await program.applied("Still here")
    assert program.states[-1] == "live"
    assert "offline" not in program.states


async def test_the_right_to_follow_ends_with_the_membership(school: School):
    """Who leaves the course is told so, and hears nothing of what comes after."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    async with following(school.url, student, course) as program:
        await program.until("state", "live")
        await student.delete(f"/api/v1/courses/{course}/enroll")
        await program.until("ended", "not_permitted")
        await announce(instructor, course, "For the others")
    assert program.titles == []
