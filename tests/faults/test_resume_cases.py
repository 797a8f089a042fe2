"""Coming back, in every case, by socket and by server-sent events alike: what is missed, or a reset that says why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from pymongo import AsyncMongoClient

from realtime import cursor
from tests.faults.conftest import Room
from tests.harness.follower import HANDSHAKE
from tests.harness.people import Feed, Live, feed
from tests.harness.school import School, announce

Open = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Door:
    """One way to come back; `stranger` is no position of ours."""

    opens: Open
    stranger: object

    async def comes_back(self, room: Room, claimed: object) -> tuple[list[int], str | None]:
        """The numbers that arrive until the server has judged the position, and why it was refused."""
        async with self.opens(room, claimed) as reader:
            await judged(reader, room.stream)
            return numbers(reader, room.stream), reason(reader, room.stream)


@asynccontextmanager
async def by_socket(room: Room, claimed: object):
    async with room.student.live(resume={room.stream: claimed}) as live:
        yield live


@asynccontextmanager
async def by_sse(room: Room, claimed: object):
    packed = claimed if isinstance(claimed, str) else cursor.pack(claimed[0], {room.stream: claimed[1]})
    async with feed(room.student, "/notifications", Last_Event_ID=packed) as reader:
        yield reader


DOORS = {
    "socket": Door(by_socket, {"no": "position"}),
    "sse": Door(by_sse, "A" * 1000),
}


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


async def until(reader: Live | Feed, enough: Callable[[], bool]) -> None:
    await (reader.until if isinstance(reader, Live) else reader.read)(lambda _: enough())


async def judged(reader: Live | Feed, stream: str) -> None:
    def is_judged() -> bool:
        return any(one.name in {"sync.ok", "sync.reset"} and one.payload["stream"] == stream for one in reader.told)

    await until(reader, is_judged)


def numbers(reader: Live | Feed, stream: str) -> list[int]:
    return [one.payload["_seq"] for one in reader.told if one.payload.get("_stream") == stream]


def reason(reader: Live | Feed, stream: str) -> str | None:
    resets = [one["reason"] for one in reader.named("sync.reset") if one["stream"] == stream]
    return resets[0] if resets else None


async def posted(room: Room, count: int) -> list[str]:
    return [(await announce(room.instructor, room.course, f"N{n}"))["announcementId"] for n in range(1, count + 1)]


@pytest.mark.parametrize(("count", "seen"), [(0, 0), (6, 0), (6, 3), (6, 6)])
async def test_what_was_missed_comes_in_order_and_nothing_else(room: Room, door: Door, count: int, seen: int):
    """Of an empty stream, from the beginning, from the middle, and at the end."""
    await posted(room, count)
    assert await door.comes_back(room, (room.start[0], seen)) == (list(range(seen + 1, count + 1)), None)


async def test_what_proves_nothing_is_reset(room: Room, door: Door):
    """Another epoch, a number that is not yet there, and garbage."""
    await posted(room, 2)
    assert await door.comes_back(room, ("another", 1)) == ([], "wrong_epoch")
    assert await door.comes_back(room, (room.start[0], 3)) == ([], "from_the_future")
    assert await door.comes_back(room, door.stranger) == ([], "malformed")


async def test_what_retention_took_is_reset(school: School, room: Room, door: Door):
    """The rows prove continuity: where the first missed one is gone, nothing of the rest is sent."""
    await posted(room, 5)
    async with AsyncMongoClient(school.place.mongodb_url) as client:
        events = client[school.place.database]["events"]
        gone = await events.delete_many({"_id": {"$in": [{"stream": room.stream, "seq": seq} for seq in (1, 2, 3)]}})
    assert gone.deleted_count == 3
    assert await door.comes_back(room, (room.start[0], 1)) == ([], "too_old")
    assert await door.comes_back(room, (room.start[0], 3)) == ([4, 5], None)


async def test_more_than_five_hundred_are_too_many(room: Room, door: Door):
    """500 missed events arrive whole; one more, and the snapshot is cheaper."""
    await asyncio.gather(*(announce(room.instructor, room.course, f"N{n}") for n in range(501)))
    assert await door.comes_back(room, (room.start[0], 0)) == ([], "too_far_behind")
    assert await door.comes_back(room, (room.start[0], 1)) == (list(range(2, 502)), None)


async def test_who_left_the_course_gets_nothing_of_it(room: Room, door: Door):
    """The position was true, but the right is gone."""
    await posted(room, 2)
    assert (await room.student.delete(f"/api/v1/courses/{room.course}/enroll")).status == 200
    await posted(room, 1)
    assert await door.comes_back(room, (room.start[0], 1)) == ([], "not_permitted")


async def test_a_withdrawn_text_does_not_come_back(room: Room, door: Door):
    """Its number does, empty; so the list has no hole, and the words are gone."""
    first, second, _ = await posted(room, 3)
    await room.instructor.put(f"/api/v1/announcements/{second}", {"title": "N2 again"})
    await room.instructor.delete(f"/api/v1/announcements/{second}")
    async with door.opens(room, (room.start[0], 0)) as reader:
        await judged(reader, room.stream)
        assert numbers(reader, room.stream) == [1, 2, 3, 4, 5]
        texts = json.dumps([one.payload for one in reader.told])
        assert ("N1" in texts, "N2" in texts, "N3" in texts) == (True, False, True)
        emptied = [one.payload["_seq"] for one in reader.told if one.payload.get("_redacted")]
        assert (emptied, first in texts) == ([2, 4], True)


async def test_coming_back_in_the_middle_of_a_burst(school: School, room: Room, door: Door):
    """What is replayed and what happens meanwhile become one list, on both instances."""
    await posted(room, 5)
    writers = [room.instructor.at(url) for url in (school.url, school.other_url)]
    burst = asyncio.gather(*(announce(writers[n % 2], room.course, f"B{n}") for n in range(120)))
    readers = [door.opens(room, (room.start[0], seen)) for seen in (0, 3, 5)]
    opened = [await reader.__aenter__() for reader in readers]
    await burst
    for reader, seen in zip(opened, (0, 3, 5), strict=True):
        await until(reader, lambda reader=reader, seen=seen: len(numbers(reader, room.stream)) >= 125 - seen)
        assert numbers(reader, room.stream) == list(range(seen + 1, 126))
    for reader in readers:
        await reader.__aexit__(None, None, None)


async def test_a_megabyte_of_cursor_ends_its_own_connection(room: Room):
    """A header field or an address of that size is refused, a frame closes the socket; the neighbour hears on."""
    huge = "A" * 1024 * 1024
    http, url, token = room.student.http, room.student.url, room.student.token
    async with room.student.live(resume={room.stream: list(room.start)}) as neighbour:
        await neighbour.event("sync.ok", stream=room.stream)
        for headers, path in (({"Last-Event-ID": huge}, ""), ({}, f"?cursor={huge}")):
            async with refusal(http, f"{url}/api/v1/events{path}", token, headers) as status:
                assert status in {0, 400, 414, 431}
        async with http.ws_connect(url + HANDSHAKE) as socket:
            await socket.send_str(f'40/announcements,{{"token":"{token}","resume":{{"{room.stream}":["{huge}",1]}}}}')
            async for _ in socket:
                pass
            assert socket.closed
        await announce(room.instructor, room.course, "Still here")
        await neighbour.event("announcement.posted", within_s=1, title="Still here")


@asynccontextmanager
async def refusal(http: aiohttp.ClientSession, url: str, token: str, headers: dict[str, str]):
    """The status of the answer; 0 where the connection ended instead."""
    try:
        async with http.get(url, headers={"Authorization": f"Bearer {token}", **headers}) as response:
            yield response.status
    except aiohttp.ClientError:
        yield 0
