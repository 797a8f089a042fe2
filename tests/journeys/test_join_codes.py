"""Join codes: staff hand one out, students come in with it."""

from __future__ import annotations

from typing import Any

from tests.harness.people import Person, Reply
from tests.harness.school import School


async def made(instructor: Person, course: str, **body: Any) -> Any:
    reply = await instructor.post(f"/api/v1/courses/{course}/join-code", body)
    assert reply.status == 201, reply.body
    return reply.data


async def join(person: Person, code: str) -> Reply:
    return await person.post("/api/v1/courses/join", {"code": code})


async def test_a_code_lets_in_however_it_was_typed(school: School):
    """201, then 200 with the same enrollment; lower case, spaces and hyphens do not matter."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor)
    code = (await made(instructor, course))["code"]
    assert (len(code), set(code) & set("01ILO")) == (8, set())

    joined = await join(student, f" {code[:4].lower()}-{code[4:]}")
    assert (joined.status, joined.data["courseId"], joined.data["state"]) == (201, course, "active")
    again = await join(student, code)
    assert (again.status, again.data["enrollmentId"]) == (200, joined.data["enrollmentId"])
    assert (await join(instructor, code)).code == "own_course"


async def test_a_code_is_replaced_removed_and_unknown(school: School):
    """The old code opens nothing, nor does one that never was; only staff see the present one."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor)
    path = f"/api/v1/courses/{course}/join-code"
    old, new = (await made(instructor, course))["code"], await made(instructor, course, expiresInDays=7)
    assert (await instructor.get(path)).data == new
    assert new["expiresAt"] is not None
    assert (await join(student, old)).code == "join_code_unknown"
    assert (await student.get(path)).status == 403
    assert new["code"] not in str([(await p.get(f"/api/v1/courses/{course}")).body for p in (student, instructor)])

    assert (await instructor.delete(path)).status == 200
    assert (await instructor.get(path)).data == {"courseId": course, "code": None, "expiresAt": None}
    assert ((await join(student, new["code"])).status, (await join(student, "????")).status) == (404, 404)


async def test_a_code_keeps_the_rules_of_enrolling(school: School):
    """A draft does not show itself, an archived course is closed, and a full one is full."""
    instructor, first, second = [await school.person(r) for r in ("instructor", "student", "student")]
    course = await school.course(instructor, maxStudents=1, status="draft")
    code = (await made(instructor, course))["code"]
    assert (await join(first, code)).code == "join_code_unknown"
    for status, refusal in (("archived", "course_closed"), ("published", None)):
        await instructor.put(f"/api/v1/courses/{course}", {"status": status})
        reply = await join(first, code)
        assert reply.code == refusal if refusal else reply.status == 201
    assert (await join(second, code)).code == "course_full"
