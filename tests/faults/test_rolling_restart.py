"""An instance that is told to end, under load: nobody's call fails, and every socket is told when to come back."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import time
from pathlib import Path

import aiohttp
import pytest

from tests.faults.conftest import new_room
from tests.harness.deploy import open_proxy
from tests.harness.follower import following, traffic
from tests.harness.history import History, check_followers, metrics
from tests.harness.people import Person
from tests.harness.process import Running, serve
from tests.harness.school import School

NOTICE = {"DRAIN_NOTICE_S": "1", "DRAIN_SPREAD_S": "2"}
ENDS_WITHIN_S = 30


@pytest.mark.parametrize(("per_s", "restarts"), [(60, 1), pytest.param(200, 8, marks=pytest.mark.soak)])
async def test_a_rolling_restart_fails_no_call(
    school: School, tmp_path: Path, per_s: float, restarts: int, record_property
):
    """Reads and writes through nginx at a steady rate, while one instance after the other is replaced."""
    room, history, statuses = await new_room(school), History(), []
    ports = [lasting_port() for _ in range(2)]
    nodes = [await serve(school.place, PORT=port, **NOTICE) for port in ports]
    async with open_proxy(tmp_path, *(node.url for node in nodes)) as nginx, traffic() as http:
        followers = [room.follower(room.student.at(nginx.url, http)) for _ in range(20)]
        reader, writer = room.student.at(nginx.url, http), room.instructor.at(nginx.url, http)

        async def read_on() -> None:
            while True:
                statuses.append((await reader.get(f"/api/v1/courses/{room.course}")).status)
                await asyncio.sleep(1 / per_s)

        async with following(*followers, url=lambda _: nginx.url):
            reading = asyncio.create_task(read_on())
            async with history.being_written([writer], room.course, per_s / 2):
                for number in range(restarts):
                    await followers[0].reaches(len(history.acknowledged) + round(per_s / 2), 30)
                    old = nodes[number % 2]
                    began = time.monotonic()
                    old.process.send_signal(signal.SIGTERM)
                    async with asyncio.timeout(ENDS_WITHIN_S):
                        assert await old.process.wait() == 0
                    record_property("ended_after_s", round(time.monotonic() - began, 1))
                    nodes[number % 2] = await serve(school.place, PORT=ports[number % 2], **NOTICE)
                    await takes_part(room.student, nodes[number % 2])
            reading.cancel()
            await asyncio.wait([reading])
            for one in followers:
                await one.reaches(len(history.acknowledged), 10)
    for node in nodes:
        await node.stop()
    assert (set(statuses), history.unknown, history.refused) == ({200}, 0, set())
    history.check(followers[0].payloads)
    check_followers(followers, len(history.acknowledged))
    record_property("calls", len(statuses) + len(history.times))


async def test_sockets_are_told_when_to_come_back(school: School, record_property):
    """`sys.reconnect {inMs}`, spread over the time of the drain; new calls are asked to go elsewhere meanwhile."""
    room = await new_room(school)
    node = await serve(school.place, **NOTICE)
    async with traffic() as http:
        followers = [room.follower(room.student.at(node.url, http)) for _ in range(40)]
        async with following(*followers, url=lambda one: school.url if one.cuts else node.url):
            node.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(2):
                while (await status_of(http, f"{node.url}/readyz")) == 200:
                    await asyncio.sleep(0.02)
            async with asyncio.timeout(10):
                told = [(await one.hears("sys.reconnect"))["inMs"] for one in followers]
            assert await node.process.wait() == 0
    record_property("in_ms", [min(told), max(told)])
    assert 0 <= min(told) < max(told) <= 2000


async def test_whoever_is_connected_at_the_end_is_answered(school: School):
    """Calls on new connections, one after the other, while an instance ends: each is answered, or could not connect."""
    node = await serve(school.place, DRAIN_NOTICE_S="0", DRAIN_SPREAD_S="2")
    host, _, port = node.url.removeprefix("http://").partition(":")
    answers: list[bytes] = []
    calling = [asyncio.create_task(call_until_refused(host, int(port), answers)) for _ in range(16)]
    async with asyncio.timeout(10):
        while len(answers) < 100:
            await asyncio.sleep(0.01)
    node.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(ENDS_WITHIN_S):
        await asyncio.gather(*calling)
    assert await node.process.wait() == 0
    assert {answer[:15] for answer in answers} == {b"HTTP/1.1 200 OK"}


async def call_until_refused(host: str, port: int, answers: list[bytes]) -> None:
    """As a proxy without kept connections does; what was sent and never answered is an empty answer."""
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, port)
        except ConnectionRefusedError:
            return
        try:
            writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answers.append(await reader.read())
        except ConnectionError:
            answers.append(b"")
        finally:
            writer.close()


def lasting_port() -> str:
    """A port that no outgoing connection can be given while its instance is away."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return str(port)


async def takes_part(person: Person, node: Running) -> None:
    """Wait until the proxy sends calls to this instance again."""
    async with asyncio.timeout(30):
        while not any("/courses/{course_id}" in name for name in await metrics(person, node)):
            await asyncio.sleep(0.05)


async def status_of(http: aiohttp.ClientSession, url: str) -> int:
    async with http.get(url) as response:
        return response.status
