"""What is withdrawn cannot be got any more: by resume, by server-sent events, by REST, from any instance."""

from __future__ import annotations

import pytest

from tests.harness.people import Person, feed
from tests.harness.process import start
from tests.harness.school import announce, open_school

SECRET = "Meet me behind the gym"


async def everything_to_be_got(reader: Person, course: str, epoch: str, cursor: str) -> str:
    """All that one instance says about the course from its beginning on."""
    stream = f"announcements/course:{course}"
    said = [(await reader.get(f"/api/v1/announcements?courseId={course}")).body]
    async with reader.live(resume={stream: [epoch, 0]}) as live:
        await live.event("sync.ok", stream=stream)
        assert live.numbers(stream) == [1, 2, 3, 4]
        assert [one["_seq"] for one in live.named("announcement.posted") if one.get("_redacted")] == [2]
        said += live.told
    async with feed(reader, "?topics=notifications", Last_Event_ID=cursor) as events:
        await events.event("announcement.withdrawn")
        said += events.told
    return str(said)


@pytest.mark.parametrize("writer", ["server", "tests.faults.mute_server"])
async def test_a_withdrawn_text_is_gone_everywhere(new_place, writer: str):
    """Both instances had it in memory; also when the withdrawal's hint is lost, after the next sweep."""
    async with open_school(new_place(), instances=1, with_worker=False) as school:
        writing = await start(school.place, ["-m", writer, "serve"], "listening on ")
        instructor, student = await school.person("instructor"), await school.person()
        course = await school.course(instructor, student)
        here, there = student.at(school.url), student.at(writing.url)
        async with feed(here, "?topics=notifications") as early:
            await early.event("sync.ok", stream=f"announcements/course:{course}")
            await announce(instructor, course, "First")
            cursor = (await early.event("announcement.posted"), early.last_id)[1]
        async with here.live() as one, there.live() as two:
            epoch = (await one.watch(course))[f"announcements/course:{course}"][0]
            await two.watch(course)
            post = await announce(instructor.at(writing.url), course, SECRET)
            await one.event("announcement.posted", title=SECRET)
            path = f"/api/v1/announcements/{post['announcementId']}"
            assert (await instructor.at(writing.url).delete(path)).status == 200
            await one.event("announcement.withdrawn", within_s=12)
            await announce(instructor.at(writing.url), course, "Last")
            await one.event("announcement.posted", title="Last")
            for reader in (here, there):
                assert SECRET not in await everything_to_be_got(reader, course, epoch, cursor or "")
                assert (await reader.get(path)).status == 404
        await writing.stop()
