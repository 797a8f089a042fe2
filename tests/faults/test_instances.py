"""Instances that die, and instances that compete."""

from __future__ import annotations

import asyncio
import time
from statistics import quantiles

import aiohttp
import pytest

from tests.harness.people import Person
from tests.harness.process import start
from tests.harness.school import School, announce, open_school

LAST_WORDS = "Last words"


async def post_last_words(instructor: Person, course: str) -> None:
    draft = {"courseId": course, "title": LAST_WORDS, "content": "Nobody hints at these."}
    with pytest.raises(aiohttp.ClientError):
        await instructor.post("/api/v1/announcements", draft, Idempotency_Key="last")


async def test_an_instance_killed_between_commit_and_hint_loses_nothing(new_place):
    """The event arrives by another instance's sweep; a resuming client has no gap and no duplicate."""
    async with open_school(new_place(), instances=1, with_worker=False) as school:
        dying = await start(school.place, ["-m", "tests.faults.dying_server", "serve"], "listening on ")
        instructor, student = await school.person("instructor"), await school.person()
        course = await school.course(instructor, student)
        stream = f"announcements/course:{course}"
        async with student.live() as live:
            epoch, start_at = (await live.watch(course))[stream]
            for n in range(3):
                await announce(instructor.at(dying.url), course, f"N{n}")
            await post_last_words(instructor.at(dying.url), course)
            await live.event("announcement.posted", within_s=14, title=LAST_WORDS)
            assert live.numbers(stream) == [start_at + n for n in (1, 2, 3, 4)]
        async with student.live(resume={stream: [epoch, start_at + 2]}) as live:
            await live.event("sync.ok", stream=stream)
            assert live.numbers(stream) == [start_at + 3, start_at + 4]
        retried = await instructor.post(
            "/api/v1/announcements",
            {"courseId": course, "title": LAST_WORDS, "content": "Nobody hints at these."},
            Idempotency_Key="last",
        )
        assert retried.headers["Idempotency-Replayed"] == "true"


async def test_five_hundred_writers_on_one_stream_leave_no_hole(school: School, record_property):
    """Through two processes at once: contiguous numbers, each announcement once, each writer answered."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    stream, times = f"announcements/course:{course}", []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http, student.live() as live:
        start_at = (await live.watch(course))[stream][1]
        writers = [instructor.at(url, http) for url in (school.url, school.other_url)]

        async def write(n: int) -> str:
            began = time.perf_counter()
            posted = await announce(writers[n % 2], course, f"N{n}")
            times.append(time.perf_counter() - began)
            return posted["announcementId"]

        ids = await asyncio.gather(*(write(n) for n in range(500)))
        await live.until(lambda _: len(live.numbers(stream)) == 500, within_s=20)
    assert live.numbers(stream) == list(range(start_at + 1, start_at + 501))
    assert sorted(one["announcementId"] for one in live.named("announcement.posted")) == sorted(ids)
    record_property("p99_ms_all_at_once", round(quantiles(times, n=100)[98] * 1000))


async def test_stopping_an_instance_sends_its_clients_elsewhere(new_place):
    """SIGTERM ends every transport and the process, cleanly; the session goes on at another instance."""
    async with open_school(new_place(), instances=2, with_worker=False) as school:
        student = await school.person()
        async with student.live() as live:
            await live.event("sync.ok")
            assert await school.instances[0].stop() == 0
            async with asyncio.timeout(5):
                await live.ended.wait()
        async with student.at(school.other_url).live() as live:
            await live.event("sync.ok")
