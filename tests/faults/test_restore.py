"""A database that was brought back from a dump: every client is told, and none goes on as if nothing had happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from tests.harness.people import Person, feed
from tests.harness.process import Place, run, serve
from tests.harness.school import School, announce, open_school

Dump = dict[str, list[dict[str, Any]]]


@asynccontextmanager
async def database_of(place: Place) -> AsyncIterator[Any]:
    async with AsyncMongoClient(place.mongodb_url, tz_aware=True) as client:
        yield client[place.database]


async def dump(place: Place) -> Dump:
    async with database_of(place) as database:
        names = await database.list_collection_names()
        return {name: await database[name].find().to_list() for name in names}


async def bring_back(place: Place, dumped: Dump) -> None:
    async with database_of(place) as database:
        for name in await database.list_collection_names():
            await database[name].delete_many({})
            if rows := dumped.get(name):
                await database[name].insert_many(rows)


@pytest.fixture
async def school(new_place) -> AsyncIterator[School]:
    async with open_school(new_place(), instances=1, with_worker=False) as school:
        yield school


async def room(school: School) -> tuple[Person, Person, str, str]:
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    await announce(instructor, course, "Before the dump")
    return instructor, student, course, f"announcements/course:{course}"


async def test_clients_from_the_future_are_reset(school: School):
    """100 events after the dump are gone: whoever saw them, some or none of them, loads again; over SSE, too."""
    instructor, student, course, stream = await room(school)
    async with feed(student, "?topics=notifications") as reader:
        dumped = await dump(school.place)
        for n in range(100):
            await announce(instructor, course, f"Lost {n}")
        await reader.event("announcement.posted", title="Lost 99")
    async with student.live() as live:
        epoch, seq = (await live.watch(course))[stream]
        await bring_back(school.place, dumped)
        await run(school.place, "restore", "--force")
        async with asyncio.timeout(15):
            await live.ended.wait()
            await school.instances[0].process.wait()

    again = await serve(school.place)
    student = student.at(again.url)
    for n in range(3):
        await announce(instructor.at(again.url), course, f"After {n}")
    for claimed in (0, 1, seq - 100, seq):
        async with student.live(resume={stream: [epoch, claimed]}) as live:
            assert (await live.event("sync.reset", stream=stream))["reason"] == "wrong_epoch"
    async with feed(student, "?topics=notifications", Last_Event_ID=reader.last_id or "") as reader:
        assert (await reader.event("sync.reset", stream=stream))["reason"] == "wrong_epoch"
    snapshot = await student.get(f"/api/v1/announcements?courseId={course}")
    fresh, position = snapshot.body["asOf"][stream]
    assert (fresh != epoch, position) == (True, 4)
    assert [one["title"] for one in snapshot.data] == ["After 2", "After 1", "After 0", "Before the dump"]
    await again.stop()


async def test_restore_waits_for_processes_to_end(school: School):
    """While a process serves it is refused and changes nothing; afterwards it ends every session."""
    instructor, _, course, stream = await room(school)
    before = await dump(school.place)
    with pytest.raises(AssertionError):
        await run(school.place, "restore")
    assert (await dump(school.place))["meta"] == before["meta"]

    await school.instances[0].stop()
    async with database_of(school.place) as database:
        await database["streams"].update_one({"_id": stream}, {"$set": {"seq": 0}})
        said = await run(school.place, "restore")
        assert await database["auth_sessions"].count_documents({}) == 0
        assert (await database["streams"].find_one({"_id": stream}))["seq"] == 1
        epoch = (await database["meta"].find_one({"_id": "school"}))["epoch"]
    assert epoch in said
    assert epoch != before["meta"][0]["epoch"]
    again = await serve(school.place)
    await announce(instructor.at(again.url), course, "The number after it is free")
    await again.stop()
