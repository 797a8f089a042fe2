"""What the office tells the whole school, and who has read what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.people import Person, feed
from tests.harness.rights import promoted
from tests.harness.school import School, announce

PATH = "/api/v1/announcements"
STREAM = "announcements/all"


@pytest.fixture(scope="module")
async def manager(school: School) -> Person:
    return await promoted(school, "manager")


async def told(manager: Person, title: str, **fields: Any) -> Any:
    draft = {"audience": "school", "title": title, "content": "To all of you.", "notify": False, **fields}
    reply = await manager.post(PATH, draft)
    assert reply.status == 201, reply.body
    return reply.data


async def test_the_office_is_heard_by_everyone_who_is_signed_in(school: School, manager: Person):
    """Nobody asks for it: whoever is connected hears it, on every instance, by socket and by server-sent events."""
    student = await school.person()
    async with student.at(school.other_url).live() as live, feed(student, "/notifications") as reader:
        await live.event("sync.ok", stream=STREAM)
        await reader.event("sync.ok", stream=STREAM)
        posted = await told(manager, "Holiday")
        heard = await live.event("announcement.posted", title="Holiday")
        assert await reader.event("announcement.posted", title="Holiday") == heard
    assert (heard["courseId"], heard["audience"], heard["_stream"]) == (None, "school", STREAM)
    listed = (await student.get(f"{PATH}?audience=school&limit=100")).data
    assert posted["announcementId"] in [one["announcementId"] for one in listed]
    assert {(one["courseId"], one["audience"], one["seenBy"]) for one in listed} == {(None, "school", None)}


async def test_only_the_office_speaks_to_the_school(school: School, manager: Person):
    """Instructors may not, nor change what was said; drafts of it are the office's own."""
    instructor = await school.person("instructor")
    draft = {"audience": "school", "title": "Mine", "content": "To all."}
    assert (await instructor.post(PATH, draft)).status == 403
    posted, kept = await told(manager, "Official"), await told(manager, "Not yet", status="draft")
    for call in (instructor.delete, lambda path: instructor.put(path, {"title": "Mine"})):
        assert (await call(f"{PATH}/{posted['announcementId']}")).status == 403
        assert (await call(f"{PATH}/{kept['announcementId']}")).status == 404
    assert (await instructor.get(f"{PATH}?audience=school&status=draft")).status == 403
    assert (await school.admin.get(f"{PATH}/{kept['announcementId']}")).status == 200
    for both in ({"courseId": "0" * 24, "audience": "school"}, {}, {"audience": "course"}):
        assert (await manager.post(PATH, {"title": "A", "content": "b", **both})).status == 400


async def test_the_school_resumes_like_a_course(school: School, manager: Person):
    """The list says where events go on; what was withdrawn meanwhile comes without its words."""
    student = await school.person()
    start = (await student.get(f"{PATH}?audience=school")).body["asOf"]
    assert list(start) == [STREAM]
    secret = await told(manager, "Secret")
    await told(manager, "Known")
    assert (await manager.delete(f"{PATH}/{secret['announcementId']}")).status == 200
    async with student.live(resume=start) as live:
        await live.event("sync.ok", stream=STREAM)
        assert live.numbers(STREAM)[0] == start[STREAM][1] + 1
        assert "Secret" not in str(live.told)
        assert "Known" in str(live.told)
        gone = await live.event("announcement.withdrawn", announcementId=secret["announcementId"])
        assert (gone["courseId"], gone["audience"]) == (None, "school")


@pytest.mark.parametrize(("scope", "status"), [("announcement.read", 200), ("course.read", 403)])
async def test_a_key_reads_the_school_with_its_scope_alone(school: School, manager: Person, scope: str, status: int):
    """A key that may follow, but not read announcements, is connected and hears nothing of them."""
    draft = {"name": "Board", "scopes": [scope, "course.follow"]}
    key = (await manager.post("/api/v1/auth/api-keys", draft)).data["key"]
    assert (await manager.call("GET", f"{PATH}?audience=school", Authorization=f"Bearer {key}")).status == status
    async with manager.live(token=key) as live:
        ack = await live.say("sync", stream=STREAM, epoch="x", seq=0)
        assert ack["ok"] is (status == 200)


async def test_receipts_count_each_reader_once_and_never_the_author(school: School):
    """Staff see how many of how many; readers see what they have read, and no counts."""
    instructor, first, second = [await school.person(role) for role in ("instructor", "student", "student")]
    course = await school.course(instructor, first, second)
    posts = [await announce(instructor, course, title) for title in ("One", "Two")]
    path = f"{PATH}/{posts[0]['announcementId']}/read"
    assert posts[0]["seenBy"] == {"seen": 0, "of": 2}
    for reader in (first, first, instructor):
        assert (await reader.post(path)).data["read"] is True
    assert (await first.post(path)).data["seen"] is None
    assert (await instructor.post(path)).data["seen"] == 1
    listed = f"{PATH}?courseId={course}"
    assert [one["read"] for one in (await first.get(listed)).data] == [False, True]
    assert [one["read"] for one in (await second.get(listed)).data] == [False, False]
    assert [one["seenBy"] for one in (await first.get(listed)).data] == [None, None]
    counts = [one["seenBy"] for one in (await instructor.get(listed)).data]
    assert counts == [{"seen": 0, "of": 2}, {"seen": 1, "of": 2}]
