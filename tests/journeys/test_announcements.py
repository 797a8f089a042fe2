"""An announcement's way from an instructor to everyone who may know, over two instances."""

from __future__ import annotations

from tests.harness.school import School, announce

ASSOCIATED = ("announcementId", "courseId", "title", "content", "authorId")


async def test_an_announcement_reaches_members_on_every_instance_and_nobody_else(school: School):
    """Posted on one instance, delivered on both, to members of that course only."""
    instructor, student, outsider = [await school.person(role) for role in ("instructor", "student", "student")]
    course_id = await school.course(instructor, student)
    other_course = await school.course(instructor, outsider)
    async with student.at(school.other_url).live() as inbox, outsider.live() as elsewhere:
        streams = await inbox.watch(course_id)
        await elsewhere.watch(other_course)

        posted = await announce(instructor, course_id, "Room change")
        told = await inbox.event("announcement.posted")
        await announce(instructor, other_course, "Unrelated")
        await elsewhere.event("announcement.posted", title="Unrelated")

        assert {key: told[key] for key in ASSOCIATED} == {key: posted[key] for key in ASSOCIATED}
        stream = f"announcements/course:{course_id}"
        assert (told["_stream"], told["_seq"], told["_epoch"]) == (stream, streams[stream][1] + 1, streams[stream][0])
        assert told["_version"] == 1
        assert "_mutation" not in told
        assert [one["title"] for one in elsewhere.named("announcement.posted")] == ["Unrelated"]


async def test_only_the_writer_recognises_the_own_change(school: School):
    """`_mutation` carries the writer's Idempotency-Key to the writer's sockets alone."""
    instructor, student = await school.person("instructor"), await school.person()
    course_id = await school.course(instructor, student)
    async with instructor.live() as own, student.live() as other:
        await own.watch(course_id)
        await other.watch(course_id)

        await announce(instructor, course_id, Idempotency_Key="change-1")

        assert (await own.event("announcement.posted"))["_mutation"] == "change-1"
        assert "_mutation" not in await other.event("announcement.posted")


async def test_a_change_is_told_and_a_withdrawal_empties_the_log(school: School):
    """Members see the new text, then the withdrawal; whoever resumes later gets the numbers without the words."""
    instructor, student = await school.person("instructor"), await school.person()
    course_id = await school.course(instructor, student)
    stream = f"announcements/course:{course_id}"
    async with student.live() as inbox:
        start = (await inbox.watch(course_id))[stream]
        path = f"/api/v1/announcements/{(await announce(instructor, course_id, 'Secret'))['announcementId']}"
        await instructor.put(path, {"title": "Still secret"})
        await instructor.delete(path)
        await inbox.event("announcement.withdrawn")
        assert (await inbox.event("announcement.updated"))["title"] == "Still secret"
    async with student.at(school.other_url).live(resume={stream: start}) as later:
        await later.event("sync.ok", stream=stream)
        assert later.numbers(stream) == [start[1] + 1, start[1] + 2, start[1] + 3]
        assert all(one["_redacted"] for one in later.named("announcement.posted") + later.named("announcement.updated"))
        assert "ecret" not in str(later.told)
    assert (await student.get(path)).status == 404


async def test_the_feed_says_where_live_delivery_goes_on(school: School):
    """A snapshot's `asOf` is a position from which nothing is missed."""
    instructor, student = await school.person("instructor"), await school.person()
    course_id = await school.course(instructor, student)
    await announce(instructor, course_id, "Before")
    snapshot = await student.get(f"/api/v1/announcements?courseId={course_id}")
    stream = f"announcements/course:{course_id}"

    await announce(instructor, course_id, "After")
    async with student.live() as inbox:
        await inbox.watch(course_id, resume={stream: snapshot.body["asOf"][stream]})
        await inbox.event("sync.ok", stream=stream)

        assert [one["title"] for one in snapshot.data] == ["Before"]
        assert [one["title"] for one in inbox.named("announcement.posted")] == ["After"]
