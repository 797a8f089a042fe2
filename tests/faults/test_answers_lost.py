"""Answers that get lost, and a database that says nothing: an error means unknown, and a repeat has one effect."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.faults.conftest import Wired, health, new_room
from tests.harness.follower import following, traffic
from tests.harness.history import History, check_followers
from tests.harness.people import Person
from tests.harness.proxy import BLACKHOLE, STALL, Fault
from tests.harness.school import announce

pytestmark = pytest.mark.xdist_group("wired")
ANSWERED_WITHIN_S = 6.0


@pytest.mark.parametrize("lost", ["answers to commits", "answers to clients", "notifications of failure"])
async def test_a_lost_answer_never_doubles_nor_loses_a_write(wired: Wired, lost: str):
    """The commit's answer between instance and MongoDB, or the reply to the client: one effect, one event."""
    room, history, before = await new_room(wired.school), History(), wired.answers_lost
    follower, door = room.follower(), wired.doors[0]
    async with traffic() as http, following(follower, url=lambda _: wired.school.other_url):
        writer = room.instructor.at(door.url, http)
        for n in range(12):
            if lost == "answers to commits":
                wired.mongodb.lose_answer_to(b"commitTransaction")
            elif n % 2:
                door.lose_answer_to(b"POST /api/v1/announcements")
            if lost == "notifications of failure":
                await history.write(room.student.at(door.url, http), room.course, f"Not allowed {n}")
            await history.write(writer, room.course, f"N{n}")
        await follower.reaches(12, 5)
    history.check(follower.payloads)
    check_followers([follower], 12)
    assert len(history.acknowledged) == 12
    assert wired.answers_lost - before >= 6


@pytest.mark.soak
@pytest.mark.parametrize(
    "fault",
    [BLACKHOLE, STALL, Fault(delay_s=10)],
    ids=["hole", "stall", "slow"],
)
async def test_a_silent_database_is_told_in_time(wired: Wired, fault: Fault, record_property):
    """Every call is answered within 6 s, 503 and when to come back; alive but not ready; then all is well again."""
    room, school, history = await new_room(wired.school), wired.school, History()
    follower = room.follower()
    async with traffic() as http, following(follower, url=lambda _: school.url):
        await announce(room.instructor, room.course, "Before")
        await follower.reaches(1, 3)
        wired.mongodb.suffer(fault)
        silent = time.monotonic()
        write = asyncio.create_task(history.write(room.instructor.at(school.url, http), room.course, "Meanwhile"))
        student, paths = room.student.at(school.url, http), (f"/api/v1/courses/{room.course}", "/api/v1/users/me")
        calls = [timed(student, path) for _ in range(5) for path in paths]
        await health(school, school.url, "ERROR", 5)
        for status, retry_after, took in await asyncio.gather(*calls):
            assert (status, bool(retry_after)) == (503, True)
            assert took < ANSWERED_WITHIN_S
        alive, ready = [await timed(room.student, path) for path in ("/livez", "/readyz")]
        assert (alive[0], ready[0]) == (200, 503)
        record_property("silent_for_s", round(time.monotonic() - silent, 1))
        await wired.mend()
        await write
        await follower.reaches(2, 5)
    check_followers([follower], 2)
    assert max(history.times) < ANSWERED_WITHIN_S


async def timed(person: Person, path: str) -> tuple[int, str | None, float]:
    began = time.monotonic()
    reply = await person.get(path)
    return reply.status, reply.headers.get("Retry-After"), time.monotonic() - began
