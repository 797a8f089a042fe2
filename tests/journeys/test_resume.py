"""Coming back to a stream: what is missed is sent, what cannot be proven is reset."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import WSMsgType
from pymongo import AsyncMongoClient

from tests.harness.people import Person
from tests.harness.school import School, announce


class Room:
    """A course with some announcements, and a student who has seen the first `seen` of them."""

    def __init__(self, instructor: Person, student: Person, course_id: str) -> None:
        self.instructor, self.student, self.course_id = instructor, student, course_id
        self.stream = f"announcements/course:{course_id}"


@pytest.fixture
async def room(school: School) -> Room:
    instructor, student = await school.person("instructor"), await school.person()
    return Room(instructor, student, await school.course(instructor, student))


async def epoch_of(room: Room) -> str:
    async with room.student.live() as live:
        return (await live.watch(room.course_id))[room.stream][0]


@pytest.mark.parametrize("seen", [0, 1, 3])
async def test_what_was_missed_arrives_once_and_in_order(school: School, room: Room, seen: int):
    """From the beginning, from the middle and at the end; on the other instance."""
    posted = [(await announce(room.instructor, room.course_id, f"N{n}"))["announcementId"] for n in range(3)]
    epoch = await epoch_of(room)
    async with room.student.at(school.other_url).live(resume={room.stream: [epoch, seen]}) as live:
        ok = await live.event("sync.ok", stream=room.stream)

        assert [one["announcementId"] for one in live.named("announcement.posted")] == posted[seen:]
        assert (ok["from"], ok["to"], ok["epoch"]) == (seen, 3, epoch)


async def test_an_empty_stream_stands_at_zero(room: Room):
    """A course without events has the position [epoch, 0], and resuming from it is no reset."""
    async with room.student.live() as live:
        epoch, seq = (await live.watch(room.course_id))[room.stream]
    async with room.student.live(resume={room.stream: [epoch, 0]}) as live:
        assert (await live.event("sync.ok", stream=room.stream))["to"] == seq == 0


@pytest.mark.parametrize(
    ("position", "reason"),
    [
        (["another epoch", 0], "wrong_epoch"),
        (["{epoch}", 99], "from_the_future"),
        (["{epoch}", 1, "0" * 24], "restored"),
        (["{epoch}", -1], "malformed"),
        (["{epoch}", "1"], "malformed"),
        (["{epoch}", True], "malformed"),
        ([], "malformed"),
        ({"$gt": ""}, "malformed"),
    ],
)
async def test_what_cannot_be_proven_is_reset(room: Room, position: object, reason: str):
    """The reset names its reason, and nothing else is sent for that stream."""
    await announce(room.instructor, room.course_id)
    epoch = await epoch_of(room)
    if isinstance(position, list):
        position = [epoch if part == "{epoch}" else part for part in position]
    async with room.student.live(resume={room.stream: position}) as live:
        assert await live.event("sync.reset") == {"stream": room.stream, "reason": reason}
        await announce(room.instructor, room.course_id, "After the reset")
        await live.say("course.unwatch", courseId=room.course_id)
        assert live.numbers(room.stream) == []


async def test_after_a_reset_sync_goes_on_from_the_snapshot(room: Room):
    """The client loads the feed and continues from its `asOf`."""
    async with room.student.live(resume={room.stream: ["another epoch", 5]}) as live:
        await live.event("sync.reset")
        feed = await room.student.get(f"/api/v1/announcements?courseId={room.course_id}")
        epoch, seq = feed.body["asOf"][room.stream]
        await announce(room.instructor, room.course_id, "Between")
        ack = await live.say("sync", stream=room.stream, epoch=epoch, seq=seq)

        assert ack == {"ok": True, "data": {"streams": {room.stream: [epoch, seq]}}}
        assert (await live.event("announcement.posted"))["title"] == "Between"


async def test_streams_of_others_are_not_resumed(school: School, room: Room):
    """Neither another user's stream, nor a course that one is not in, nor a name that is none."""
    outsider = await school.person()
    foreign = {f"announcements/user:{room.student.id}", room.stream, "announcements/*", f"grading/course:{'0' * 24}"}
    async with outsider.live(resume={name: ["e", 0] for name in foreign}) as live:
        await live.until(lambda told: sum(one.name == "sync.reset" for one in told) == len(foreign))

        reasons = {one["stream"]: one["reason"] for one in live.named("sync.reset")}
        assert reasons[room.stream] == reasons[f"announcements/user:{room.student.id}"] == "not_permitted"
        assert reasons["announcements/*"] == "unknown_stream"
        await announce(room.instructor, room.course_id)
        assert not (await live.say("course.watch", courseId=room.course_id))["ok"]
        assert live.numbers(room.stream) == []


async def test_watching_twice_neither_replays_nor_delivers_twice(room: Room):
    """`course.watch` is idempotent, whatever position the second one names."""
    await announce(room.instructor, room.course_id, "First")
    async with room.student.live() as live:
        epoch, seq = (await live.watch(room.course_id))[room.stream]
        again = await live.watch(room.course_id, resume={room.stream: [epoch, 0]})
        await announce(room.instructor, room.course_id, "Second")
        await live.event("announcement.posted", title="Second")
        await live.say("course.unwatch", courseId=room.course_id)

        assert again == {room.stream: [epoch, seq]}
        assert live.numbers(room.stream) == [seq + 1]


async def test_more_than_a_ring_is_replayed_from_the_log(school: School, room: Room):
    """300 missed events arrive whole although memory holds 256; 501 are too many."""
    await room.instructor.put(f"/api/v1/courses/{room.course_id}", {"title": "Renamed"})
    epoch = await epoch_of(room)
    for n in range(300):
        await room.instructor.put(f"/api/v1/courses/{room.course_id}", {"title": f"Title {n}"})
    async with room.student.live(resume={room.stream: [epoch, 1]}) as live:
        await live.event("sync.ok", stream=room.stream)
        assert live.numbers(room.stream) == list(range(2, 302))


async def test_the_ack_leaves_before_the_first_event_and_connect_before_the_replay(room: Room):
    """A client knows where a stream starts before anything of it arrives."""
    for n in range(3):
        await announce(room.instructor, room.course_id, f"N{n}")
    epoch = await epoch_of(room)
    async with room.student.live() as live:
        for stream in (f"announcements/user:{room.student.id}", "announcements/all"):
            await live.event("sync.ok", stream=stream)
        before = len(live.told)
        streams = await live.watch(room.course_id, resume={room.stream: [epoch, 0]})
        assert streams == {room.stream: [epoch, 0]}
        await live.event("sync.ok", stream=room.stream)
        assert [one.name for one in live.told[before:]] == ["announcement.posted"] * 3 + ["sync.ok"]


@pytest.mark.parametrize(
    ("seen", "gone", "reason"), [(0, 3, "too_old"), (2, 3, "too_old"), (3, 3, None), (0, 5, "too_old")]
)
async def test_what_retention_has_taken_is_reset(school: School, seen: int, gone: int, reason: str | None):
    """The rows themselves prove continuity: 30 days later those after the position are not there any more."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    stream = f"announcements/course:{course}"
    for n in range(5):
        await announce(instructor, course, f"N{n}")
    async with AsyncMongoClient(school.place.mongodb_url) as client:
        events = client[school.place.database]["events"]
        await events.delete_many({"_id.stream": stream, "_id.seq": {"$lte": gone}})
        epoch = (await client[school.place.database]["meta"].find_one())["epoch"]
    async with student.live(resume={stream: [epoch, seen]}) as live:
        await live.until(lambda told: any(one.payload.get("stream") == stream for one in told))
        assert [one["reason"] for one in live.named("sync.reset")] == ([reason] if reason else [])
        assert live.numbers(stream) == ([] if reason else [4, 5])


async def test_a_resume_of_a_megabyte_closes_the_connection(school: School, room: Room):
    """A frame is at most 64 KiB; a neighbour on the same instance does not notice."""
    async with room.student.live() as neighbour:
        await neighbour.watch(room.course_id)
        address = f"{school.url}/socket.io/?EIO=4&transport=websocket"
        async with school.http.ws_connect(address) as socket, asyncio.timeout(5):
            await socket.receive_str()
            resume = {f"announcements/course:{n:024x}": ["e", n] for n in range(20_000)}
            await socket.send_str(f"40/announcements,{json.dumps({'token': room.student.token, 'resume': resume})}")
            while (await socket.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR}:
                pass
        await announce(room.instructor, room.course_id, "Undisturbed")
        await neighbour.event("announcement.posted", title="Undisturbed")
