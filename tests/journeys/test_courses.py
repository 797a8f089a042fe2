"""The catalogue, and joining and leaving courses."""

from __future__ import annotations

import asyncio

from tests.harness.people import call
from tests.harness.school import NEW_COURSE, School

COURSE_KEYS = {
    "courseId",
    "code",
    "title",
    "description",
    "thumbnailUrl",
    "category",
    "difficultyLevel",
    "status",
    "instructorId",
    "instructor",
    "totalEnrollments",
    "maxStudents",
    "createdAt",
    "updatedAt",
    "enrollment",
}


async def test_a_course_is_made_read_changed_and_hidden(school: School):
    """Every key is always there; after deletion the course is unknown to everyone."""
    instructor, student = await school.person("instructor"), await school.person()
    made = await instructor.post("/api/v1/courses", NEW_COURSE)
    path = f"/api/v1/courses/{made.data['courseId']}"
    assert (made.status, set(made.data), made.data["instructor"]["id"]) == (201, COURSE_KEYS, instructor.id)
    changed = await instructor.put(path, {"difficulty_level": "advanced", "title": None})
    assert (changed.data["difficultyLevel"], changed.data["title"]) == ("advanced", NEW_COURSE["title"])
    await student.post(f"{path}/enroll")
    assert (await student.get(path)).data["enrollment"]["enrollmentId"]

    assert (await instructor.delete(path)).status == 200
    for reader in (instructor, student, school.admin):
        assert (await reader.get(path)).status == 404


async def test_a_change_tells_members_the_changed_fields_only(school: School):
    """`course.updated` carries what differs; a draft's changes stay with its staff."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    draft = await school.course(instructor, status="draft")
    async with student.live() as live, instructor.live("grading") as staff:
        await live.watch(course)
        await staff.watch(draft)
        await instructor.put(f"/api/v1/courses/{course}", {"title": "New title", "category": "other"})
        await instructor.put(f"/api/v1/courses/{draft}", {"title": "Quiet"})

        assert (await live.event("course.updated"))["changes"] == {"title": "New title"}
        assert (await staff.event("course.updated"))["courseId"] == draft


async def test_a_code_names_one_course(school: School):
    """It is found by search, strict in form, taken while its course is there, and null takes it away."""
    instructor = await school.person("instructor")
    course = await school.course(instructor, code="BIO-101")
    path = f"/api/v1/courses/{course}"
    assert [one["code"] for one in (await instructor.get("/api/v1/courses?search=bio-1")).data] == ["BIO-101"]
    assert (await instructor.post("/api/v1/courses", {**NEW_COURSE, "code": "BIO-101"})).code == "code_taken"
    assert (await instructor.post("/api/v1/courses", {**NEW_COURSE, "code": "bio 101"})).status == 400
    other = await school.course(instructor)
    assert (await instructor.put(f"/api/v1/courses/{other}", {"code": "BIO-101"})).code == "code_taken"

    assert (await instructor.put(path, {"code": None})).data["code"] is None
    assert (await instructor.put(f"/api/v1/courses/{other}", {"code": "BIO-101"})).status == 200
    await instructor.delete(f"/api/v1/courses/{other}")
    assert (await instructor.put(path, {"code": "BIO-101"})).data["code"] == "BIO-101"


async def test_the_list_is_paged_filtered_and_searched(school: School):
    """Part of a word, whatever its accents, and operators in the text are only text."""
    instructor = await school.person("instructor")
    for title in ("Été à la mer", "C++ (advanced)", "100 % éveil", "Musique"):
        await school.course(instructor, title=title, category="music" if title == "Musique" else "other")
    base = f"/api/v1/courses?instructorId={instructor.id}"

    async def titles(query: str) -> list[str]:
        return [course["title"] for course in (await instructor.get(f"{base}&{query}")).data]

    assert await titles("search=ete") == ["Été à la mer"]
    assert await titles("search=VEIL") == ["100 % éveil"]
    assert await titles("search=C%2B%2B%20(") == ["C++ (advanced)"]
    assert await titles("search=.*") == []
    assert await titles("category=music&difficulty=beginner") == ["Musique"]
    second = await instructor.get(f"{base}&page=2&limit=3")
    assert [course["title"] for course in second.data] == ["Été à la mer"]
    expected = {"page": 2, "limit": 3, "totalCount": 4, "totalPages": 2, "hasNext": False, "hasPrev": True}
    assert second.body["pagination"] == expected


async def test_one_finds_the_courses_that_are_ones_own(school: School):
    """Those that one joined or teaches, and nothing for those who are not signed in."""
    instructor, student = await school.person("instructor"), await school.person()
    joined, other = await school.course(instructor, student), await school.course(instructor)
    for person, own in ((student, {joined}), (instructor, {joined, other})):
        found = await person.get("/api/v1/courses?mine=true")
        assert {row["courseId"] for row in found.data} == own
    anonymous = await call(school.http, "GET", f"{school.url}/api/v1/courses?mine=true", None, {})
    assert (anonymous.status, anonymous.data) == (200, [])


async def test_drafts_are_seen_by_their_staff_only(school: School):
    """Neither in the list nor by its address; for others the draft does not exist."""
    instructor, colleague, student = [await school.person(r) for r in ("instructor", "instructor", "student")]
    path = f"/api/v1/courses/{await school.course(instructor, status='draft')}"
    listing = f"/api/v1/courses?instructorId={instructor.id}"
    seen = {person: (await person.get(path)).status for person in (instructor, school.admin, colleague, student)}
    assert list(seen.values()) == [200, 200, 404, 404]
    counts = [(await person.get(listing)).body["pagination"]["totalCount"] for person in seen]
    assert counts == [1, 1, 0, 0]
    assert (await student.post(f"{path}/enroll")).status == 404


async def test_only_an_administrator_opens_a_course_for_another(school: School):
    """`instructorId` is the caller unless an administrator names an instructor."""
    instructor, student = await school.person("instructor"), await school.person()
    named = {**NEW_COURSE, "instructorId": instructor.id}
    assert (await school.admin.post("/api/v1/courses", named)).data["instructorId"] == instructor.id
    assert (await (await school.person("instructor")).post("/api/v1/courses", named)).status == 403
    assert (await school.admin.post("/api/v1/courses", {**NEW_COURSE, "instructorId": student.id})).status == 403


async def test_enrolling_twice_is_one_enrollment(school: School):
    """201, then 200 with the same one; also when 20 come at once; leaving and coming back keep it."""
    instructor, student = await school.person("instructor"), await school.person()
    path = f"/api/v1/courses/{await school.course(instructor)}/enroll"
    replies = await asyncio.gather(*(student.post(path) for _ in range(20)))
    assert sorted(reply.status for reply in replies) == [200] * 19 + [201]
    enrollment = {reply.data["enrollmentId"] for reply in replies}
    await student.delete(path)
    again = await student.post(path)

    assert {again.data["enrollmentId"]} == enrollment
    assert (await student.get(path.removesuffix("/enroll"))).data["totalEnrollments"] == 1
    assert (await instructor.post(path)).code == "own_course"


async def test_the_last_seat_is_taken_once(school: School):
    """Ten at once for two seats: exactly two get in, and a seat that is left is free again."""
    instructor = await school.person("instructor")
    course = await school.course(instructor, maxStudents=2)
    students = [await school.person() for _ in range(10)]
    replies = await asyncio.gather(*(student.post(f"/api/v1/courses/{course}/enroll") for student in students))
    assert sorted(reply.status for reply in replies) == [201] * 2 + [409] * 8
    assert {reply.code for reply in replies if reply.status == 409} <= {"course_full", "conflict"}

    inside = students[[reply.status for reply in replies].index(201)]
    outside = students[[reply.status for reply in replies].index(409)]
    await inside.delete(f"/api/v1/courses/{course}/enroll")
    assert (await outside.post(f"/api/v1/courses/{course}/enroll")).status == 201


async def test_the_roster_is_for_staff(school: School):
    """Names by family name, and no address."""
    instructor, zoe, ada = await school.person("instructor"), None, None
    zoe, ada = await school.person(lastName="Zola"), await school.person(lastName="Émery")
    course = await school.course(instructor, zoe, ada)
    roster = await instructor.get(f"/api/v1/courses/{course}/roster")
    assert [row["student"]["lastName"] for row in roster.data] == ["Émery", "Zola"]
    assert "email" not in str(roster.body)
    assert (await zoe.get(f"/api/v1/courses/{course}/roster")).status == 403
