"""A client that stops reading hurts only itself."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson

from tests.faults.conftest import Room
from tests.harness.follower import HANDSHAKE, following, traffic
from tests.harness.history import check_followers, p99, usage
from tests.harness.people import Person
from tests.harness.process import Running, serve
from tests.harness.proxy import address_of
from tests.harness.school import School

STALLED = 100
MIB_AT_MOST = 80
GONE_WITHIN_S = 15


async def stalled(
    person: Person, url: str, stream: str, position: tuple[str, int]
) -> tuple[StreamReader, StreamWriter]:
    """Connect and follow with a window of 4 KiB, and never read again."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, address_of(url))
    reader, writer = await asyncio.open_connection(sock=plain, limit=1024)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET {HANDSHAKE} HTTP/1.1\r\nHost: school\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    auth = orjson.dumps({"token": person.token, "resume": {stream: list(position)}})
    text = b"40/announcements," + auth
    length = bytes([0x80 | len(text)]) if len(text) < 126 else bytes([0xFE]) + len(text).to_bytes(2, "big")
    writer.write(b"\x81" + length + bytes(4) + text)  # masked with zeros
    await reader.readuntil(b'"sync.ok",{"stream":"' + stream.encode())
    return reader, writer


@asynccontextmanager
async def stalled_readers(person: Person, url: str, stream: str, position: tuple[str, int]) -> AsyncIterator[None]:
    readers = await asyncio.gather(*(stalled(person, url, stream, position) for _ in range(STALLED)))
    try:
        yield
    finally:
        for _, far in readers:
            far.transport.abort()


async def long_words(person: Person, course: str, count: int, per_s: float) -> None:
    """Announcements of 20 KB at a steady rate."""
    began = time.monotonic()
    for n in range(count):
        draft = {"courseId": course, "title": f"N{n}", "content": "x" * 20_000}
        assert (await person.post("/api/v1/announcements", draft)).status == 201
        await asyncio.sleep(max(0.0, began + (n + 1) / per_s - time.monotonic()))


async def until_alone(person: Person, instance: Running, within_s: float) -> float:
    """Wait until one connection is left; returns the most memory seen meanwhile."""
    most = 0.0
    async with asyncio.timeout(within_s):
        while (now := await usage(person, instance)).sockets > 1:
            most = max(most, now.memory)
            await asyncio.sleep(0.1)
    return most


async def test_a_hundred_stalled_readers_are_gone_in_time(school: School, room: Room, record_property):
    """They cost at most 80 MiB and 15 s, and a neighbour hears everything; `bench stalled` measures how much later."""
    instance = await serve(school.place)
    student = room.student.at(instance.url)
    try:
        async with traffic() as http:
            neighbour = room.follower(student.at(instance.url, http))
            async with following(neighbour, url=lambda _: instance.url):
                writer = room.instructor.at(school.url, http)
                await long_words(writer, room.course, 40, per_s=20)
                await neighbour.reaches(40, 10)
                calm, before = p99(neighbour.delays), await usage(student, instance)
                async with stalled_readers(student, instance.url, room.stream, neighbour.position):
                    writing = asyncio.create_task(long_words(writer, room.course, 60, per_s=20))
                    most = await until_alone(student, instance, GONE_WITHIN_S)
                    await writing
                await neighbour.reaches(100, 10)
                beside = p99(neighbour.delays[40:])
            check_followers([neighbour], 100)
    finally:
        await instance.stop()
    record_property("mib", round(most - before.memory))
    record_property("neighbour_p99_ms", [round(calm * 1000), round(beside * 1000)])
    assert most - before.memory <= MIB_AT_MOST
