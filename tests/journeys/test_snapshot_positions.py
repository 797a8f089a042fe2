"""`asOf`: a snapshot names the positions that it is at least as new as, of every stream its reader may follow."""

from __future__ import annotations

import asyncio

import pytest

from tests.harness.school import School


@pytest.mark.parametrize(
    ("path", "reader", "streams"),
    [
        ("/courses/{c}", "student", {"announcements/course:{c}", "notifications/user:{me}"}),
        (
            "/courses/{c}",
            "instructor",
            {
                *("announcements/course:{c}", "notifications/user:{me}"),
                *("grading/course:{c}:staff", "progress/course:{c}:staff"),
            },
        ),
        ("/courses/{c}", "outsider", {"notifications/user:{me}"}),
        ("/announcements?courseId={c}", "student", {"announcements/course:{c}"}),
        ("/courses/{c}/roster", "instructor", {"progress/course:{c}:staff", "notifications/user:{me}"}),
    ],
)
async def test_streams_behind_a_snapshot(school: School, path: str, reader: str, streams: set[str]):
    """Exactly those whose events change what is shown, and none that the reader may not follow."""
    people = {role: await school.person(role) for role in ("instructor", "student")}
    people["outsider"] = await school.person()
    course = await school.course(people["instructor"], people["student"])
    reply = await people[reader].get("/api/v1" + path.format(c=course))
    assert set(reply.body["asOf"]) == {name.format(c=course, me=people[reader].id) for name in streams}


async def test_a_guest_follows_nothing(school: School):
    """The public page of a course has no positions."""
    instructor = await school.person("instructor")
    course = await school.course(instructor)
    async with school.http.get(f"{school.url}/api/v1/courses/{course}") as reply:
        assert "asOf" not in await reply.json()


async def test_positions_are_read_before_the_data(school: School):
    """While a course changes, no snapshot shows less than the events up to its position have told."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    path, stream = f"/api/v1/courses/{course}", f"announcements/course:{course}"
    start = (await student.get(path)).body["asOf"][stream][1]

    async def write() -> None:
        for n in range(1, 61):
            assert (await instructor.put(path, {"title": f"Title {n}"})).status == 200

    writing = asyncio.create_task(write())
    while not writing.done():
        for snapshot in await asyncio.gather(*(student.get(path) for _ in range(8))):
            title = snapshot.data["title"]
            shown = int(title.rpartition(" ")[2]) if title.startswith("Title") else 0
            assert snapshot.body["asOf"][stream][1] - start <= shown
    await writing
