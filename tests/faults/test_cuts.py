"""Connections that break anywhere, and rights that end in the middle."""

from __future__ import annotations

import asyncio
import math
import random

import pytest

from tests.faults.conftest import Room
from tests.harness.follower import Follower, following, traffic
from tests.harness.history import History, check_followers, nothing_leaked, usage
from tests.harness.people import Person
from tests.harness.proxy import address_of, proxy_to
from tests.harness.school import School, announce


@pytest.mark.parametrize(
    ("clients", "cuts", "per_s"), [(20, 10, 60), pytest.param(200, 20, 100, marks=pytest.mark.soak)]
)
async def test_cut_at_any_byte_every_list_is_one_to_n(
    school: School, room: Room, clients: int, cuts: int, per_s: float, record_property
):
    """Each client is cut that often, mid-frame and elsewhere, and comes back at either instance."""
    chance, history = random.Random(5), History()
    async with (
        traffic() as http,
        proxy_to(address_of(school.url)) as first,
        proxy_to(address_of(school.other_url)) as second,
    ):
        followers = [room.follower(room.student.at(school.url, http)) for _ in range(clients)]
        writer = room.instructor.at(school.url, http)
        for proxy in (first, second):
            proxy.cut_after = lambda: chance.randrange(100, 12_000)

        def url_for(one: Follower) -> str:
            whole, cutting = ((school.url, first.url), (school.other_url, second.url))[chance.randrange(2)]
            return cutting if one.cuts < cuts else whole

        async with following(*followers, url=url_for):
            async with history.being_written([writer], room.course, per_s):
                async with asyncio.timeout(100):
                    while min(one.cuts for one in followers) < cuts:
                        await asyncio.sleep(0.05)
            for one in followers:
                await one.reaches(len(history.acknowledged), 10)
    history.check(followers[0].payloads)
    check_followers(followers, len(history.acknowledged))
    record_property("events", len(history.acknowledged))
    record_property("cuts", sum(one.cuts for one in followers))


@pytest.mark.soak
async def test_a_thousand_connections_leave_nothing_behind(school: School, room: Room, record_property):
    """Closed, reset or broken in the handshake: connections and tasks are gone, and memory does not grow with them."""
    chance, instance = random.Random(6), school.instances[0]

    async def come_and_go(times: int) -> None:
        async with traffic() as http, proxy_to(address_of(school.url)) as way:
            way.cut_after = lambda: chance.choice((10, 150, 400, math.inf))
            student = room.student.at(school.url, http)
            for _ in range(times // 20):
                some = [asyncio.create_task(room.follower(student).connection(way.url)) for _ in range(20)]
                await asyncio.wait(some, timeout=0.3)
                way.reset()
                await asyncio.gather(*some, return_exceptions=True)

    await come_and_go(200)
    before = await nothing_leaked(lambda: usage(room.student, instance), await usage(room.student, instance))
    await come_and_go(1000)
    after = await nothing_leaked(lambda: usage(room.student, instance), before, mib=4)
    record_property("before", before)
    record_property("after", after)


@pytest.mark.parametrize("ending", ["suspension", "leaving"])
async def test_a_right_that_ends_during_a_replay_ends_the_replay(school: School, room: Room, ending: str):
    """Whenever it ends, before, while or after 300 missed events are sent: what is posted later is never told."""
    students = [await school.person() for _ in range(8)]
    for one in students:
        await one.post(f"/api/v1/courses/{room.course}/enroll")
    await asyncio.gather(*(announce(room.instructor, room.course, f"N{n}") for n in range(300)))

    async def lose_it(student: Person, after_s: float) -> Follower:
        follower = room.follower(student.at(school.other_url))
        connection = asyncio.create_task(follower.connection(school.other_url))
        await asyncio.wait([connection], timeout=after_s)
        if ending == "leaving":
            assert (await student.delete(f"/api/v1/courses/{room.course}/enroll")).status == 200
            await asyncio.wait([asyncio.create_task(follower.hears("session.permissions", 1.5))])
        else:
            assert (await school.admin.post(f"/api/v1/users/{student.id}/suspend", {})).status == 200
            async with asyncio.timeout(2.5):  # a second to know it, a second to say why
                await connection
        return follower

    followers = await asyncio.gather(*(lose_it(one, n * 0.03) for n, one in enumerate(students)))
    await announce(room.instructor, room.course, "For members")
    async with room.student.live(resume={room.stream: [room.start[0], 299]}) as live:
        await live.event("announcement.posted", title="For members")
    for one in followers:
        assert one.applied == list(range(1, len(one.applied) + 1))
        assert one.position[1] <= 300
