"""S24 and S25: rooms are authorised when they are joined and after, and no event crosses a course."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from typing import Any

import pytest

from schemas.streams import Namespace
from tests.harness.people import Person, feed
from tests.harness.rights import USERS, promoted, staff_of
from tests.harness.school import School, announce
from tests.harness.teller import tell_everything
from tests.harness.walls import MEMBERS, STAFF, Side, all_connected, everywhere, is_marked, overseers, side

NOTHING = {"not_found", "forbidden", "invalid_input"}


@pytest.fixture(scope="module")
async def sides(school: School) -> tuple[Side, Side]:
    return await side(school, "the first"), await side(school, "the second")


@pytest.fixture(scope="module")
async def above(school: School) -> dict[str, Person]:
    return await overseers(school)


def foreign_streams(mine: Side, other: Side, role: str) -> list[str]:
    """Rooms in which this role of one side may not be: of the other course, of others, of the own course's staff."""
    others = [*other.people.values(), *(person for name, person in mine.people.items() if name != role)]
    users = [f"{namespace}/user:{person.id}" for namespace in Namespace for person in others]
    return [*other.rooms, *users, *(one for one in mine.rooms if role not in mine.readers(one))]


def malformed(course: str) -> list[Any]:
    """What is no name of a room, whatever it may look like to a pattern, a path or a query."""
    names = ["", "*", "announcements/*", "announcements/course:*", f"announcements/course:{course[:-1]}?", "course"]
    names += [f"announcements/course:{course}\0", f"announcements/course:{course} ", f"Announcements/course:{course}"]
    names += [f"announcements/../grading/course:{course}", f"announcements/course:{course.upper()}x", "user:", ".*"]
    return [*names, [f"announcements/course:{course}"], {"$ne": ""}, {"$regex": ".*"}, None, 7, True]


@pytest.mark.parametrize("role", [*MEMBERS, *STAFF])
async def test_s24_nobody_joins_a_room_that_is_not_theirs(sides: tuple[Side, Side], role: str):
    """Neither by a stream's name, nor by a course's id, nor when connecting; and nothing is followed afterwards."""
    mine, other = sides
    person, refused = mine.people[role], foreign_streams(mine, other, role)
    resumed = {name: ["any", 0] for name in refused if name.startswith("announcements/")}
    async with everywhere(person, resume=resumed) as here:
        live = here.lives["announcements"]
        for stream in refused:
            namespace = stream.partition("/")[0]
            ack = await here.lives[namespace].say("sync", stream=stream, epoch="any", seq=0)
            assert ack["error"]["code"] in NOTHING, stream
        for body in watches(mine.course, other.course):
            assert (await live.say("course.watch", **body))["error"]["code"] in NOTHING, body
        for name in malformed(other.course):
            assert (await live.say("sync", stream=name, epoch="any", seq=0))["error"]["code"] in NOTHING, name
        resets = live.named("sync.reset")
        assert {one["stream"] for one in resets} == set(resumed)
        assert {one["reason"] for one in resets} <= {"not_permitted", "unknown_stream"}
        await announce(other.people["instructor"], other.course, other.canary)
        await here.settled()
        assert here.heard() == Counter()


def watches(mine: str, other: str) -> list[dict[str, Any]]:
    """A foreign course alone, beside one's own, and as everything that is no id."""
    ids = [{"courseId": one} for one in malformed(other) if one is not None] + [{"courseId": other}]
    return [*ids, *({"courseIds": one} for one in ([mine, other], [other], ["*"], [[other]], [], "*", {"$gt": ""}))]


@pytest.mark.parametrize("role", ["student", "instructor", "manager", "admin"])
async def test_s24_nobody_hears_what_is_anothers_alone(sides: tuple[Side, Side], above: dict[str, Person], role: str):
    """The room of a user is that user's, whoever asks and whatever they manage."""
    mine, other = sides
    person, target = {**mine.people, **above}[role], other.people["student"]
    async with everywhere(person) as here:
        for namespace in Namespace:
            stream = f"{namespace}/user:{target.id}"
            assert (await here.lives[namespace].say("sync", stream=stream, epoch="x", seq=0))["error"], stream


@pytest.mark.parametrize("way", ["unenrolled", "unassigned", "demoted", "course_deleted"])
async def test_s24_who_was_taken_out_hears_nothing_from_two_seconds_after(school: School, way: str):
    """However the right was lost, on another instance, over a socket and as server-sent events."""
    course = await school.course(head := await school.person("instructor"))
    person = await someone_inside(school, way, course)
    away = person.at(school.other_url)
    async with away.live() as live, feed(away, f"/notifications?courseId={course}") as reader:
        await live.watch(course)
        await reader.event("sync.ok", stream=f"announcements/course:{course}")
        await taken_out(school, way, person, head, course)
        for heard in (live, reader):
            assert f"announcements/course:{course}" in (await heard.event("session.permissions", within_s=2))["left"]
        if way != "course_deleted":
            await announce(head, course, "canary of those who stay")
        await live.say("course.unwatch", courseId="0" * 24)
        assert not any(is_marked(one.payload) for one in (*live.told, *reader.told))


async def someone_inside(school: School, way: str, course: str) -> Person:
    """Who hears the course by the right that is going to end in this way."""
    if way == "demoted":
        return await promoted(school, "manager")
    if way == "unassigned":
        return await staff_of(school, course)
    person = await school.person()
    await person.post(f"/api/v1/courses/{course}/enroll")
    return person


async def taken_out(school: School, way: str, person: Person, head: Person, course: str) -> None:
    match way:
        case "unenrolled":
            await person.delete(f"/api/v1/courses/{course}/enroll")
        case "unassigned":
            (held,) = (await school.admin.get(f"{USERS}/{person.id}/assignments")).data
            await school.admin.delete(f"/api/v1/role-assignments/{held['assignmentId']}")
        case "demoted":
            await school.admin.put(f"{USERS}/{person.id}/role", {"role": "student"})
        case "course_deleted":
            await head.delete(f"/api/v1/courses/{course}")


async def test_s25_no_event_crosses_a_course(school: School, sides: tuple[Side, Side], above: dict[str, Person]):
    """Every event of EVENTS in two courses: each of fourteen people hears exactly those that are due to them."""
    people = {f"{one.name} {role}": person for one in sides for role, person in one.people.items()} | above
    async with all_connected(people) as connected:
        for here in connected.values():
            for one in sides:
                await here.follow(one.course)
        await tell_everything(school.place, *(one.told for one in sides))

        due = {f"{one.name} {role}": one.due(role) for one in sides for role in one.people}
        due |= dict.fromkeys(above, sides[0].due(None) + sides[1].due(None))
        async with asyncio.timeout(10):
            for name, here in connected.items():
                while here.heard() != due[name] and here.heard().total() < due[name].total():
                    await here.settled()
        for here in connected.values():
            await here.settled()
        assert {name: here.heard() for name, here in connected.items()} == due


async def test_s25_errors_tell_of_no_other_course(sides: tuple[Side, Side]):
    """A refusal about a foreign course holds nothing of it, on a socket as over REST."""
    mine, other = sides
    title = f"canary of {os.urandom(4).hex()}"
    await other.people["instructor"].put(f"/api/v1/courses/{other.course}", {"title": title, "status": "draft"})
    person = mine.people["student"]
    async with person.live("collab") as live:
        acks = [await live.say(name, courseId=other.course) for name in ("course.watch", "presence.list")]
    replies = [
        await person.get(f"/api/v1/{path}") for path in (f"courses/{other.course}", f"events?courseId={other.course}")
    ]
    await other.people["instructor"].put(f"/api/v1/courses/{other.course}", {"status": "published"})
    assert all(ack["error"]["code"] == "not_found" for ack in acks)
    assert title not in f"{acks}{[reply.body for reply in replies]}"


async def test_s25_after_leaving_nothing_is_replayed(school: School):
    """Neither from the first number of the stream nor from a cursor of server-sent events; who stays gets it all."""
    owner, leaver, stayer = await school.person("instructor"), await school.person(), await school.person()
    course = await school.course(owner, leaver, stayer)
    stream = f"announcements/course:{course}"
    async with feed(leaver, "/notifications") as reader:
        await reader.event("sync.ok", stream=stream)
        await announce(owner, course, "canary of before")
        epoch = (await reader.event("announcement.posted"))["_epoch"]
    await leaver.delete(f"/api/v1/courses/{course}/enroll")
    await announce(owner, course, "canary of after")

    async with leaver.live(resume={stream: [epoch, 0]}) as gone, stayer.live(resume={stream: [epoch, 0]}) as here:
        assert (await gone.event("sync.reset", stream=stream))["reason"] == "not_permitted"
        await here.event("sync.ok", stream=stream)
        assert (len(here.named("announcement.posted")), gone.named("announcement.posted")) == (2, [])
    async with feed(leaver, "/notifications", Last_Event_ID=reader.last_id) as back:
        assert (await back.event("sync.reset", stream=stream))["reason"] == "not_permitted"
        assert back.named("announcement.posted") == []
