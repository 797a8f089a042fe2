"""Everybody comes back at once: current soon, and the database hardly notices."""

from __future__ import annotations

import asyncio
import random
import time

import pytest
from pymongo import AsyncMongoClient

from tests.faults.conftest import Room
from tests.harness.follower import following, traffic
from tests.harness.history import History, check_followers, p99
from tests.harness.process import serve
from tests.harness.proxy import address_of, proxy_to
from tests.harness.school import School, announce


async def log_queries(school: School, room: Room) -> int:
    """How often the log of the stream was read since the profiler was switched on."""
    async with AsyncMongoClient(school.place.mongodb_url) as client:
        asked = {"ns": f"{school.place.database}.events", "command.filter._id.$gt.stream": room.stream}
        return await client[school.place.database]["system.profile"].count_documents(asked)


async def profile(school: School, level: int) -> None:
    async with AsyncMongoClient(school.place.mongodb_url) as client:
        await client[school.place.database].command("profile", level)


async def people_in(school: School, room: Room, count: int) -> list:
    """So many students of the course that none has more than forty connections."""
    students = [await school.person() for _ in range(count)]
    for one in students:
        assert (await one.post(f"/api/v1/courses/{room.course}/enroll")).status == 201
    return students


@pytest.mark.parametrize(("clients", "missed"), [(200, 40), pytest.param(2000, 40, marks=pytest.mark.soak)])
async def test_a_reconnect_storm_costs_the_log_one_query_a_second(
    school: School, room: Room, clients: int, missed: int, record_property
):
    """All lose their instance, miss events, come back at another that knows nothing of the stream yet."""
    history = History()
    students = await people_in(school, room, clients // 40)
    fresh = await serve(school.place)
    try:
        async with traffic() as http, proxy_to(address_of(school.other_url)) as way:
            followers = [room.follower(students[n % len(students)].at(way.url, http)) for n in range(clients)]
            urls = [way.url]
            async with following(*followers, url=lambda _: urls[-1], pause_s=lambda: random.uniform(0, 1)):
                await announce(room.instructor, room.course, "Before")
                await asyncio.gather(*(one.reaches(1, 30) for one in followers))
                way.cut()
                for n in range(missed):
                    await announce(room.instructor, room.course, f"Missed {n}")
                await profile(school, 2)
                began = time.monotonic()
                urls.append(fresh.url)
                async with history.being_written([room.instructor.at(school.url, http)], room.course, per_s=10):
                    await asyncio.gather(*(one.reaches(1 + missed, 60) for one in followers))
                    took = time.monotonic() - began
                await asyncio.gather(*(one.reaches(1 + missed + len(history.acknowledged), 10) for one in followers))
                queries = await log_queries(school, room)
                await profile(school, 0)
        check_followers(followers, 1 + missed + len(history.acknowledged))
    finally:
        await fresh.stop()
    record_property("current_after_s", round(took, 1))
    record_property("log_queries", queries)
    record_property("http_p99_ms", round(p99(history.times) * 1000))
    assert queries <= time.monotonic() - began + 1
    assert p99(history.times) < 1
