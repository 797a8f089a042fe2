"""Many clients at once that send what no client sends: the server stays well, and its log stays readable."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from tests.faults.conftest import Room
from tests.harness.follower import CLOSE, HANDSHAKE, following, traffic
from tests.harness.history import check_followers, p99
from tests.harness.people import call
from tests.harness.process import serve
from tests.harness.school import School, announce

FLOODS = {
    "no packet": ["x", "99", "40,", ""],
    "broken JSON": ['40/announcements,{"token":', "42/announcements,[", "42/announcements,{}"],
    "binary": [b"\x00" * 100, b"b4AAAA", '451-/announcements,["x",{"_placeholder":true,"num":0}]'],
    "too large": ["4" + "x" * 100_000],
    "nowhere": ["40/nowhere,", "40/announcements,{}", "41/announcements,", "43/announcements,9[]"],
}
CLIENTS_EACH = 4
MAX_LINES_A_MINUTE = 100


async def flood(http: aiohttp.ClientSession, url: str, frames: list[str | bytes], until: float) -> None:
    """Connect, send all of it ten times, see the end of the connection, begin anew."""
    while time.monotonic() < until:
        try:
            async with asyncio.timeout(2), http.ws_connect(url + HANDSHAKE, timeout=CLOSE) as socket:
                for frame in frames * 10:
                    await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_str(frame))
                async for _ in socket:
                    pass
        except (TimeoutError, aiohttp.ClientError, OSError):
            continue


@pytest.mark.parametrize("for_s", [3, pytest.param(60, marks=pytest.mark.soak)])
async def test_malformed_floods_leave_the_server_healthy(school: School, room: Room, for_s: float, record_property):
    """Five kinds at once: calls and events go on in time, with fewer than 100 lines a minute."""
    instance = await serve(school.place, LOG_LEVEL="info")
    times: list[float] = []
    try:
        async with traffic() as http:
            neighbour = room.follower(room.student.at(instance.url, http))
            async with following(neighbour, url=lambda _: instance.url):
                until, posted = time.monotonic() + for_s, 0
                kinds = list(FLOODS.values()) * CLIENTS_EACH
                flooding = asyncio.gather(*(flood(http, instance.url, frames, until) for frames in kinds))
                while time.monotonic() < until:
                    began, posted = time.monotonic(), posted + 1
                    assert (await call(http, "GET", f"{instance.url}/health", None, {})).body["status"] == "OK"
                    times.append(time.monotonic() - began)
                    await announce(room.instructor, room.course, f"N{posted}")
                    await neighbour.reaches(posted, 2)
                await flooding
        check_followers([neighbour], posted)
        lines = sum('"route":"/health"' not in line for line in instance.log.read_text().splitlines())
        record_property("log_lines", lines)
        record_property("event_p99_ms", round(p99(neighbour.delays) * 1000))
        record_property("health_p99_ms", round(p99(times) * 1000))
        assert lines < MAX_LINES_A_MINUTE * max(1, for_s / 60)
    finally:
        await instance.stop()
