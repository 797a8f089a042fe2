"""Server-sent events: the same facts as over the socket, for readers without one."""

from __future__ import annotations

import asyncio
import json
import random
import time

import aiohttp
import pytest
from yarl import URL

from realtime import cursor
from tests.harness.people import PASSWORD, Person, Reply, call, feed
from tests.harness.school import School, announce


async def room(school: School) -> tuple[Person, Person, str]:
    instructor, student = await school.person("instructor"), await school.person()
    return instructor, student, await school.course(instructor, student)


async def test_a_reader_gets_what_the_socket_gets(school: School):
    """The same object under the same name; nothing of courses that one is not in."""
    instructor, student, course = await room(school)
    elsewhere = await school.course(instructor)
    async with feed(student.at(school.other_url), "/notifications") as reader, student.live() as live:
        await live.watch(course)
        await reader.event("sync.ok", stream=f"announcements/course:{course}")
        await announce(instructor, elsewhere, "Not for you")
        await announce(instructor, course, "For you")

        assert await reader.event("announcement.posted") == await live.event("announcement.posted")
        assert [one["title"] for one in reader.named("announcement.posted")] == ["For you"]


async def test_topics_choose_the_streams(school: School):
    """Staff follow the roster under progress; a student who asks for assignments hears no announcement."""
    instructor, student, course = await room(school)
    async with feed(instructor, "?topics=progress,assignments") as staff, feed(student, "/assignments") as reader:
        await staff.event("sync.ok", stream=f"progress/course:{course}:staff")
        await reader.event("sync.ok", stream=f"grading/course:{course}")
        await announce(instructor, course)
        await student.delete(f"/api/v1/courses/{course}/enroll")

        assert (await staff.event("membership.changed"))["state"] == "dropped"
        assert await reader.event("session.permissions") == {"left": [f"grading/course:{course}"]}
        assert staff.named("announcement.posted") == reader.named("announcement.posted") == []


async def test_a_returning_reader_gets_what_it_missed(school: School):
    """Last-Event-ID, or ?cursor= for those who cannot set it, on any instance."""
    instructor, student, course = await room(school)
    async with feed(student, "/notifications") as reader:
        await reader.event("sync.ok", stream=f"announcements/course:{course}")
        await announce(instructor, course, "Seen")
        await reader.event("announcement.posted")
    for n in range(3):
        await announce(instructor, course, f"Missed {n}")
    other = student.at(school.other_url)
    async with (
        feed(other, "/notifications", Last_Event_ID=reader.last_id) as back,
        feed(student, f"/notifications?cursor={reader.last_id}") as also,
    ):
        for one in (back, also):
            await one.event("sync.ok", stream=f"announcements/course:{course}")
            titles = [told["title"] for told in one.named("announcement.posted")]
            assert titles == ["Missed 0", "Missed 1", "Missed 2"]


async def test_twenty_cuts_at_any_byte_leave_no_gap_and_no_repeat(school: School):
    """300 events, read in pieces that end anywhere; a client that follows the specification sees 1 to 300."""
    instructor, student, course = await room(school)
    stream, seen, last_id = f"announcements/course:{course}", [], ""
    chance = random.Random(7)

    async def write() -> None:
        for n in range(300):
            await instructor.put(f"/api/v1/courses/{course}", {"title": f"Title {n}"})

    async with feed(student, "/notifications") as reader:
        await reader.event("sync.ok", stream=stream)
        last_id = reader.last_id
    writing = asyncio.create_task(write())
    cuts = 0
    async with asyncio.timeout(60):
        while len(seen) < 300:
            frames, last_id = await piece(
                student, last_id, chance.randrange(200, 12_000) if cuts < 20 else None, 300 - len(seen)
            )
            seen += [seq for name, seq in frames if name == stream]
            cuts += 1
    await writing
    assert cuts > 20
    assert seen == list(range(1, 301))


async def piece(person: Person, last_id: str, size: int | None, wanted: int) -> tuple[list[tuple[str, int]], str]:
    """Read until `size` bytes, or `wanted` events, then drop the connection; whole frames count."""
    frames: list[tuple[str, int]] = []
    left = size
    async with feed(person, "/notifications", Last_Event_ID=last_id) as reader:
        whole = b""
        while (left is None or left > 0) and len(frames) < wanted:
            chunk = await reader.response.content.read(min(left or 4096, 4096))
            whole, left = whole + chunk, None if left is None else left - len(chunk)
            *complete, whole = whole.split(b"\n\n")
            for frame in complete:
                fields = dict(line.split(": ", 1) for line in frame.decode().splitlines() if ": " in line)
                if fields.get("event") == "course.updated":
                    told = json.loads(fields["data"])
                    frames.append((told["_stream"], told["_seq"]))
                last_id = fields.get("id", last_id)
        reader.response.close()
    return frames, last_id


async def test_a_cursor_over_two_hundred_streams_works(school: School):
    """4.3 KB of cursor in a header field; every stream goes on from its place."""
    student, instructor = await school.person(), await school.person("instructor")
    courses = [await school.course(instructor, student) for _ in range(3)]
    await announce(instructor, courses[0], "Missed")
    async with student.live() as live:
        epoch = (await live.watch(courses[0]))[f"announcements/course:{courses[0]}"][0]
    foreign = {f"announcements/course:{n:024x}": 5 for n in range(197)}
    packed = cursor.pack(epoch, {**foreign, **{f"announcements/course:{one}": 0 for one in courses}})
    async with feed(student, "/notifications", Last_Event_ID=packed) as reader:
        assert (await reader.event("announcement.posted"))["title"] == "Missed"
        assert 4200 < len(packed) < 4500


@pytest.mark.parametrize(
    ("kind", "reason"), [("garbage", "malformed"), ("future", "from_the_future"), ("restored", "wrong_epoch")]
)
async def test_a_cursor_that_proves_nothing_resets_and_goes_on(school: School, kind: str, reason: str):
    """The reader hears why, loads the snapshot, and gets what comes after."""
    instructor, student, course = await room(school)
    stream = f"announcements/course:{course}"
    async with student.live() as live:
        epoch = (await live.watch(course))[stream][0]
    made = {"garbage": "A" * 1000, "future": cursor.pack(epoch, {stream: 9}), "restored": cursor.pack("e", {stream: 0})}
    async with feed(student, "/notifications", Last_Event_ID=made[kind]) as reader:
        assert (await reader.event("sync.reset", stream=stream))["reason"] == reason
        await reader.event("sync.ok", stream=stream)
        await announce(instructor, course, "Afterwards")
        assert (await reader.event("announcement.posted"))["title"] == "Afterwards"


async def test_another_readers_cursor_opens_nothing(school: School):
    """Its positions are only positions: streams that one may not read stay closed."""
    instructor, student, course = await room(school)
    outsider = await school.person()
    async with feed(student, "/notifications") as reader:
        await reader.event("sync.ok", stream=f"announcements/course:{course}")
        await announce(instructor, course, "Members only")
        await reader.event("announcement.posted")
    async with feed(outsider, "/notifications", Last_Event_ID=reader.last_id) as stranger:
        own = await school.course(instructor, outsider)
        await announce(instructor, course, "Members only again")
        await stranger.event("sync.ok", stream=f"announcements/course:{own}")
        await announce(instructor, own, "For the outsider")
        await stranger.event("announcement.posted", title="For the outsider")
        assert [one["title"] for one in stranger.named("announcement.posted")] == ["For the outsider"]


async def test_refusals_are_told_inside_the_stream_but_strangers_get_401(school: School):
    """EventSource gives up on every status but 200, so only those whom we do not know get another."""
    student = await school.person()
    for path, code in (
        ("?topics=grades", "invalid_input"),
        ("?x=1", "invalid_input"),
        ("?courseId=" + "0" * 24, "not_found"),
    ):
        async with feed(student, path) as reader:
            assert (await reader.event("sys.error"))["code"] == code
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        reply: Reply = await call(school.http, "GET", f"{school.url}/api/v1/events", None, headers)
        assert (reply.status, reply.code) == (401, "not_authenticated")


async def test_browsers_open_it_by_cookie_from_our_own_pages_only(school: School):
    """The access cookie, or the refresh cookie, with the browser's proof of origin."""
    draft = {"email": "sse@school.example", "password": PASSWORD, "firstName": "S", "lastName": "S"}
    browser = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
    reply = await call(school.http, "POST", f"{school.url}/api/v1/auth/signup", draft, browser)
    school.http.cookie_jar.clear()
    access, refresh, _ = [value.partition(";")[0] for value in reply.headers.getall("Set-Cookie")]
    for cookie in (access, refresh):
        for site, status in (("same-origin", 200), ("cross-site", 401 if cookie == refresh else 403)):
            sent = {"Cookie": cookie, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": site}
            opened = await call(school.http, "GET", f"{school.url}/api/v1/events", None, sent)
            assert (opened.status, site) == (status, site)
    school.http.cookie_jar.clear()


async def test_suspension_ends_the_stream(school: School):
    """Within a second, on the other instance."""
    student = await school.person()
    async with feed(student.at(school.other_url), "") as reader:
        await reader.event("sync.ok")
        began = time.monotonic()
        await school.admin.post(f"/api/v1/users/{student.id}/suspend", {})
        await reader.read(lambda _: False)
        assert time.monotonic() - began < 1.5
        assert reader.named("session.permissions") == [{"ended": "suspended"}]


async def test_an_administrator_follows_a_course_only_by_asking(school: School):
    """A right by role alone opens a course with ?courseId=, and no other."""
    instructor, _, course = await room(school)
    async with (
        feed(school.admin, f"/notifications?courseId={course}") as one,
        feed(school.admin, "/notifications") as all_of_it,
    ):
        await one.event("sync.ok", stream=f"announcements/course:{course}")
        await all_of_it.event("sync.ok", stream=f"notifications/user:{school.admin.id}")
        await announce(instructor, course, "Asked for")
        await one.event("announcement.posted", title="Asked for")
        assert all_of_it.named("announcement.posted") == []


async def test_a_stream_that_is_not_followed_any_more_is_reset_alone(school: School):
    """A course that one has left, and one that never was: told as such; the others go on from their places."""
    instructor, student, course = await room(school)
    left, never = await school.course(instructor, student), "0" * 24
    async with feed(student, "/notifications") as reader:
        await reader.event("sync.ok", stream=f"announcements/course:{left}")
        await reader.event("sync.ok", stream=f"announcements/course:{course}")
    epoch = cursor.unpack(reader.last_id)[f"announcements/course:{course}"][0]
    await student.delete(f"/api/v1/courses/{left}/enroll")
    await announce(instructor, course, "Missed")
    named = {f"announcements/course:{one}": 0 for one in (course, left, never)}
    packed = cursor.pack(epoch, {**named, f"grading/course:{course}": 0})
    async with feed(student, "/notifications", Last_Event_ID=packed) as back:
        await back.event("announcement.posted", title="Missed")
        lost = {(one["stream"], one["reason"]) for one in back.named("sync.reset")}
    assert lost == {(f"announcements/course:{one}", "not_permitted") for one in (left, never)}


@pytest.mark.parametrize("size", [33 * 1024, 1024 * 1024])
async def test_a_cursor_beyond_measure_is_refused(school: School, size: int):
    """In a field or in the address: a clear 400 (or 414, 431), never a 500, and the next request is served."""
    student = await school.person()
    bearer = {"Authorization": f"Bearer {student.token}"}
    for address, headers in (("", {"Last-Event-ID": "A" * size}), (f"?cursor={'A' * size}", {})):
        async with aiohttp.ClientSession() as http:
            try:
                url = URL(f"{school.url}/api/v1/events{address}", encoded=True)
                async with http.get(url, headers={**bearer, **headers}) as reply:
                    assert reply.status in {400, 414, 431}
            except aiohttp.ClientConnectionError:
                assert size > 64 * 1024  # answered while the rest was still being sent
    async with feed(student, "") as reader:
        await reader.event("sync.ok")


@pytest.mark.parametrize("size", [20_000, 30_000])
async def test_a_long_cursor_of_garbage_resets(school: School, size: int):
    """Header fields are accepted to 32 KiB; what cannot be read resets every stream, inside the stream."""
    student = await school.person()
    async with feed(student, "", Last_Event_ID="A" * size) as reader:
        assert (await reader.event("sync.reset"))["reason"] == "malformed"
    async with feed(student, f"?cursor={'A' * size}") as reader:
        assert (await reader.event("sys.error"))["code"] == "invalid_input"
