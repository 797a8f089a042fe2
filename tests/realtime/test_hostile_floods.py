"""Five floods at once against a real process: it stays small and quiet, and its other clients notice nothing."""

import asyncio
import time

import pytest

from tests.harness.raw_socket import BINARY, TEXT, frame, raw_socket, rss_mib
from tests.harness.school import announce, open_school

FLOODS = {
    "packets that are none": [frame("42[]")],
    "bytes": [frame("45999999999-[" + "x" * 1000), frame(b"\xff" * 60_000, BINARY)],
    "pieces without an end": [frame("4", first=TEXT), *[frame("x" * 1000, first=0)] * 70],
    "deep and long": [frame('42/announcements,1["sync",' + "[" * 30_000), frame("42" + "9" * 60_000)],
    "events and connects": [frame('42/announcements,1["nonsense",{}]'), frame("40/grading,{}")] * 150,
}
ROUNDS = 100
MOST_MIB, MOST_LINES = 20, 100


@pytest.fixture(scope="module")
async def flooded(new_place):
    """One instance with the limits of production, and a log of its own."""
    async with open_school(new_place(), instances=1, with_worker=False, LIMITS_SCALE="1") as school:
        yield school


async def flood(url, token, frames, address):
    """The same hostility again and again, each time on a new connection, until the server ends it."""
    for _ in range(ROUNDS):
        async with raw_socket(url, token, X_Forwarded_For=address) as socket:
            socket.send(*frames)
            await socket.end()


async def delays(school, teacher, course, seconds):
    """How long announcements take to reach a healthy neighbour meanwhile."""
    took = []
    async with raw_socket(school.url, teacher.token) as socket:
        await socket.ask("course.watch", {"courseId": course})
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            began = time.monotonic()
            posted = await announce(teacher, course)
            assert (await socket.event("announcement.posted"))["announcementId"] == posted["announcementId"]
            took.append(time.monotonic() - began)
    return sorted(took)


async def test_floods(flooded):
    """Five hundred hostile connections of five kinds: size, log and neighbour stay as they were; each was counted."""
    teacher = await flooded.person("instructor")
    course = await flooded.course(teacher)
    running, attackers = flooded.instances[0], [await flooded.person() for _ in FLOODS]
    await flood(flooded.url, teacher.token, [frame("x")], "203.0.113.99")  # whatever the first ones load
    before, lines = rss_mib(running.process.pid), len(running.log.read_text().splitlines())
    floods = [
        flood(flooded.url, one.token, frames, f"203.0.113.{number}")
        for number, (one, frames) in enumerate(zip(attackers, FLOODS.values(), strict=True))
    ]
    async with asyncio.TaskGroup() as group:
        neighbour = group.create_task(delays(flooded, teacher, course, 5))
        for one in floods:
            group.create_task(one)
    assert rss_mib(running.process.pid) - before < MOST_MIB
    assert len(running.log.read_text().splitlines()) - lines < MOST_LINES
    took = neighbour.result()
    assert len(took) > 5
    assert took[len(took) // 2] < 1
    await counted(flooded)


async def counted(school):
    async with school.http.get(f"{school.url}/metrics") as response:
        figures = await response.text()
    for reason in ("malformed_frame", "binary_not_supported", "frame_too_large", "rate_limited"):
        assert f'input_refused_total{{reason="{reason}"}}' in figures
