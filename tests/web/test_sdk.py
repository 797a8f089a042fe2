"""The JavaScript client: its own tests, and a program that uses it on a real school."""

from __future__ import annotations

import asyncio
import json
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import jwt
import pytest
from socketio.exceptions import ConnectionError as Refused

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

    async def until_states(self, *last: str) -> None:
        async with asyncio.timeout(WITHIN_S):
            while tuple(self.states[-len(last) :]) != last:
                self.said.append(json.loads(await self._out.readline()))

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
        await program.until_states("live")
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


@pytest.mark.parametrize(("transport", "state"), [("websocket", "live"), ("sse", "sse")])
async def test_s26_a_client_leaves_at_once_when_its_session_is_ended(school: School, transport: str, state: str):
    """Nobody is signed in within a second, over either transport, and the connection does not come back."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    async with following(school.other_url, student, course, transports=[transport]) as program:
        await program.until("state", state)
        assert (await school.admin.post(f"/api/v1/users/{student.id}/sessions/revoke")).data == {"revoked": 1}
        began = time.monotonic()
        await program.until("user", None)
        assert time.monotonic() - began < 1.0, program.said
        await program.until("state", "closed")


async def test_other_rights_are_taken_up_at_once(school: School):
    """The token is exchanged, and the connection goes on under the new session with what may still be followed."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    async with following(school.url, student, course, transports=["websocket"]) as program:
        await program.until("state", "live")
        await school.admin.put(f"/api/v1/users/{student.id}/role", {"role": "tutor"})
        await program.until("exchanged", 2)
        await announce(instructor, course, "Still here")
        await program.applied("Still here")
        await program.until_states("live")
    assert "offline" not in program.states


async def test_sixty_courses_at_once(strict_school: School):
    """More than the server takes at once: what it refuses is said again, and the connection is never given up."""
    teacher = await strict_school.person("instructor")
    courses = [await strict_school.course(teacher, title=f"Course {number}") for number in range(60)]
    async with following(strict_school.url, teacher, "", courseIds=courses, transports=["websocket"]) as program:
        await program.until("state", "live")
        for number, course in enumerate(courses):
            await announce(teacher, course, f"News {number}")
        for number in range(60):
            await program.applied(f"News {number}")
    assert len(program.titles) == 60
    assert "offline" not in program.states
    assert program.states.count("live") <= 2  # the second when snapshots came after the connection


async def open_all_that_are_allowed(others: AsyncExitStack, person: Person, school: School) -> None:
    """Ten, and a few more where the two instances have just started and do not know of each other yet."""
    for url in (school.url, school.other_url):
        with suppress(Refused):
            for _ in range(20):
                await others.enter_async_context(person.at(url).live())


async def test_one_connection_too_many(strict_school: School):
    """A client that is refused for the connections of its user says so, waits as long as it was told, and gets in."""
    person = await strict_school.person("instructor")
    course = await strict_school.course(person)
    async with AsyncExitStack() as others:
        await open_all_that_are_allowed(others, person, strict_school)
        async with following(strict_school.url, person, course, transports=["websocket"]) as program:
            await program.until_states("resuming", "offline")
            began = time.monotonic()
            await others.aclose()
            await program.until("state", "live")
            assert time.monotonic() - began > 8, program.said
