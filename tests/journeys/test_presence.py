"""Who is here and who is typing, over two instances."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from beanie import PydanticObjectId

from realtime.attendance import AttendanceBook
from server.engines import EngineUrls
from tests.harness.people import Live, Person
from tests.harness.process import serve
from tests.harness.school import School

GRACE_S = 1.5


@pytest.fixture(scope="module")
async def quick(school: School) -> AsyncIterator[School]:
    """Two more instances of the school, at which people are gone sooner."""
    async with AsyncExitStack() as stack:
        instances = []
        for _ in range(2):
            instances.append(await serve(school.place, PRESENCE_GRACE_S=str(GRACE_S)))
            stack.push_async_callback(instances[-1].stop)
        yield School(school.place, instances, school.http, school.admin.at(instances[0].url))


@pytest.fixture
async def class_of_two(quick: School) -> tuple[Person, Person, str]:
    instructor = await quick.person("instructor", firstName="Ada", lastName="Lovelace")
    student = await quick.person(firstName="Noa", lastName="Ito")
    return instructor, student.at(quick.other_url), await quick.course(instructor, student)


def prefix(school: School) -> str:
    return school.place.environment["REDIS_PREFIX"]


async def here(person: Person, course: str) -> set[str]:
    people = (await person.get(f"/api/v1/courses/{course}/presence")).data["people"]
    return {one["id"] for one in people}


async def listed(live: Live, course: str, *ids: str) -> list[dict]:
    """The list, once it holds exactly these."""
    async with asyncio.timeout(10):
        while True:
            people = (await live.say("presence.list", courseId=course))["data"]["people"]
            if {one["id"] for one in people} == set(ids):
                return people
            await asyncio.sleep(0.05)


async def somebody_leaves(school: School, engines: EngineUrls, course: str, live: Live) -> None:
    """Return when whoever is gone by now would have been told of: somebody else who left after them has been."""
    stranger, elsewhere = str(PydanticObjectId()), AttendanceBook(engines.redis_url, prefix(school), GRACE_S)
    await elsewhere.move_on({course: [stranger]}, {})
    await elsewhere.close()
    await live.event("presence.left", userId=stranger)


async def test_who_comes_is_seen_on_the_other_instance(class_of_two):
    """With name, role and time, and nothing else; the same in the list and over REST."""
    instructor, student, course = class_of_two
    async with instructor.live("collab") as hers, student.live("collab") as his:
        assert list(await hers.watch(course)) == [f"collab/course:{course}"]
        await listed(hers, course, instructor.id)
        await his.watch(course)
        joined = await hers.event("presence.joined", userId=student.id)
        assert (joined.pop("name"), joined.pop("role"), joined.pop("count")) == ("Noa Ito", "student", 2)
        assert set(joined) == {"courseId", "userId", "since", "_stream"}
        people = await listed(his, course, instructor.id, student.id)
        assert [one["name"] for one in people] == ["Ada Lovelace", "Noa Ito"]
        assert set(people[0]) == {"id", "name", "role", "since"}
        assert await here(student, course) == {instructor.id, student.id}


async def test_a_second_device_is_the_same_person(quick: School, class_of_two, engines):
    """Only the first device joins and only the last one leaves."""
    instructor, student, course = class_of_two
    async with instructor.live("collab") as hers:
        await hers.watch(course)
        async with student.live("collab") as phone:
            await phone.watch(course)
            await hers.event("presence.joined", userId=student.id)
            async with student.at(instructor.url).live("collab") as laptop:
                await laptop.watch(course)
            await somebody_leaves(quick, engines, course, hers)
            assert [one["userId"] for one in hers.named("presence.joined")].count(student.id) == 1
            assert student.id not in [one["userId"] for one in hers.named("presence.left")]
        left = await hers.event("presence.left", userId=student.id)
        assert left == {"courseId": course, "userId": student.id, "count": 1, "_stream": f"collab/course:{course}"}


async def test_who_comes_back_within_the_grace_has_not_left(class_of_two):
    """A reload of the page tells nobody anything."""
    instructor, student, course = class_of_two
    async with instructor.live("collab") as hers:
        await hers.watch(course)
        for _ in range(3):
            async with student.live("collab") as his:
                await his.watch(course)
                await listed(his, course, instructor.id, student.id)
        assert len(hers.named("presence.joined")) <= 2
        assert hers.named("presence.left") == []


async def test_a_killed_instance_takes_its_people_with_it(school: School, class_of_two):
    """After the grace they are gone for everyone else."""
    instructor, student, course = class_of_two
    dying = await serve(school.place, PRESENCE_GRACE_S=str(GRACE_S))
    async with instructor.live("collab") as hers, student.at(dying.url).live("collab") as his:
        await hers.watch(course)
        await his.watch(course)
        await hers.event("presence.joined", userId=student.id)
        await dying.kill()
        await hers.event("presence.left", userId=student.id, within_s=3 * GRACE_S)
        assert await here(instructor, course) == {instructor.id}


async def test_who_loses_the_right_is_gone_at_once(class_of_two):
    """Leaving the course, and suspension, do not wait for the grace."""
    instructor, student, course = class_of_two
    async with instructor.live("collab") as hers, student.live("collab") as his:
        await hers.watch(course)
        await his.watch(course)
        await hers.event("presence.joined", userId=student.id)
        await student.delete(f"/api/v1/courses/{course}/enroll")
        assert await his.event("session.permissions") == {"left": [f"collab/course:{course}"]}
        await hers.event("presence.left", userId=student.id, within_s=1.2)
        assert (await his.say("presence.list", courseId=course))["error"]["code"] == "forbidden"
        assert await here(instructor, course) == {instructor.id}


async def test_only_members_learn_who_is_here(quick: School, class_of_two):
    """Others may neither follow nor list nor type; a course that does not exist is not found."""
    _, _, course = class_of_two
    outsider = await quick.person()
    async with outsider.live("collab") as live:
        for command, body in {"course.watch": {}, "presence.list": {}, "typing": {"where": "announcement"}}.items():
            assert (await live.say(command, courseId=course, **body))["error"]["code"] == "forbidden"
            assert (await live.say(command, courseId="0" * 24, **body))["error"]["code"] == "not_found"


async def test_a_crowd_is_counted(quick: School, class_of_two, engines):
    """Above 200 a number takes the place of names, and names come back with the space for them."""
    instructor, _, course = class_of_two
    elsewhere = AttendanceBook(engines.redis_url, prefix(quick), 3 * GRACE_S)
    await elsewhere.move_on({course: [str(PydanticObjectId()) for _ in range(300)]}, {})
    async with instructor.live("collab") as hers:
        await hers.watch(course)
        assert (await hers.event("presence.changed"))["count"] == 301
        crowd = (await hers.say("presence.list", courseId=course))["data"]
        assert crowd == {"courseId": course, "count": 301, "people": None}
        assert hers.named("presence.joined") == []
        await hers.event("presence.changed", count=1)
        await listed(hers, course, instructor.id)
    await elsewhere.close()


async def test_typing_is_passed_on_now_and_then(class_of_two):
    """The first word is told with a name and an end, those of the next three seconds are taken and dropped."""
    instructor, student, course = class_of_two
    async with instructor.live("collab") as hers, student.live("collab") as his:
        await hers.watch(course)
        await his.watch(course)
        for _ in range(5):
            assert (await his.say("typing", courseId=course, where="announcement"))["ok"]
        assert (await hers.say("typing", courseId=course, where="announcement"))["ok"]
        for live in (hers, his):
            await live.event("typing", userId=instructor.id)
            assert len(live.named("typing")) == 2
        (told,) = [one for one in hers.named("typing") if one["userId"] == student.id]
        assert (told["name"], told["where"], told["inMs"]) == ("Noa Ito", "announcement", 5000)


@pytest.mark.parametrize("where", ["", "A", "a" * 65, "<b>", 5, None])
async def test_typing_takes_a_place_by_name(class_of_two, where):
    """Anything else is refused and told to nobody."""
    _, student, course = class_of_two
    async with student.live("collab") as his:
        await his.watch(course)
        assert (await his.say("typing", courseId=course, where=where))["error"]["code"] == "invalid_input"
        async with student.live("announcements") as other:
            refused = await other.say("typing", courseId=course, where="announcement")
            assert refused["error"]["code"] == "unknown_command"
        assert his.named("typing") == []
