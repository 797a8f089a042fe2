"""What an account has because of its role: given at sign-up, kept when the role changes, gone with the person."""

from __future__ import annotations

import asyncio
import secrets

import pytest
from beanie import PydanticObjectId

from tests.harness.factors import collection
from tests.harness.people import PASSWORD, Person, Reply, call
from tests.harness.rights import USERS
from tests.harness.school import School

ROWS = ("managers", "facilitators", "students", "tutors", "mentors")


def fresh() -> str:
    """A number that nobody else has, as the school writes it."""
    return f"N-{secrets.token_hex(6).upper()}"


async def sign_up(school: School, role: str, path: str = "/auth/signup", url: str = "", **fields: object) -> Reply:
    name = secrets.token_hex(6)
    draft = {"email": f"{name}@school.example", "password": PASSWORD, "firstName": "Ro", "lastName": "Le"}
    somewhere = {"X-Forwarded-For": f"2001:db8:{name[:4]}:{name[4:8]}::1"}
    return await call(
        school.http, "POST", f"{url or school.url}/api/v1{path}", {**draft, "role": role, **fields}, somewhere
    )


async def profile(asker: Person, of: Person) -> object:
    return (await asker.get(f"{USERS}/{of.id}")).data["roleProfile"]


@pytest.mark.parametrize("path", ["/auth/signup", "/auth/register", "/users/register"])
async def test_what_is_said_at_sign_up_stands_in_the_role_profile(school: School, path: str):
    """In either spelling, on all three paths; the person sees it, and an administrator."""
    number = fresh()
    said = {"employee_id": f" {number.lower()} ", "department": "Physics", "specialization": "Optics"}
    made = await sign_up(school, "facilitator", path, **said)
    person = Person(school.http, school.url, made.data)
    kept = {"employeeId": number, "department": "Physics", "specialization": "Optics", "maxCourseLoad": None}
    assert await profile(school.admin, person) == await profile(person, person) == kept
    for reader in (person, school.admin):
        assert (await reader.get(f"{USERS}/{person.id}/profile")).data["roleProfile"] == kept

    student = Person(school.http, school.url, (await sign_up(school, "student", path, studentNo=number)).data)
    assert await profile(school.admin, student) == {"studentNo": number, "cohortId": None}


@pytest.mark.parametrize(
    ("role", "fields", "wrong"),
    [
        ("student", {"employeeId": "E-1"}, {"employeeId"}),
        ("facilitator", {"studentNo": "S-1", "department": "Physics"}, {"studentNo"}),
        ("tutor", {"department": "Physics"}, {"department"}),
        ("instructor", {"specialization": "Optics", "employeeId": "E-1"}, {"specialization", "employeeId"}),
        ("student", {"studentNo": "{$ne: 1}"}, {"studentNo"}),
        ("student", {"studentNo": ""}, {"studentNo"}),
    ],
)
async def test_a_field_of_another_role_is_refused(school: School, role: str, fields: dict[str, str], wrong: set[str]):
    """400, with the fields that are wrong."""
    reply = await sign_up(school, role, **fields)
    assert (reply.status, reply.code) == (400, "invalid_input")
    assert {one["path"] for one in reply.body["fields"]} == wrong


@pytest.mark.parametrize(
    ("role", "field", "code"),
    [("facilitator", "employeeId", "employee_id_taken"), ("student", "studentNo", "student_no_taken")],
)
async def test_a_number_belongs_to_one_person(school: School, role: str, field: str, code: str):
    """One after the other in another case, and two at once at two instances; the account is not made either."""
    first, second = fresh(), fresh()
    assert (await sign_up(school, role, **{field: first})).status == 201
    reply = await sign_up(school, role, **{field: first.lower()})
    assert (reply.status, reply.code) == (409, code)

    urls = (school.url, school.other_url) * 2
    replies = await asyncio.gather(*(sign_up(school, role, url=url, **{field: second}) for url in urls))
    assert sorted(one.status for one in replies) == [201, 409, 409, 409]
    assert {one.code for one in replies if one.status == 409} == {code}
    assert [(await sign_up(school, role)).status for _ in range(2)] == [201, 201]


async def test_a_new_role_has_its_own_row_and_the_old_one_stays(school: School):
    """Coming back to a role finds what it had; a role without a profile shows none."""
    number = fresh()
    person = await school.person(studentNo=number)
    before = await profile(school.admin, person)
    for role, shown in (
        ("mentor", {"capacity": None}),
        ("instructor", None),
        ("student", before),
        ("tutor", {"hourlyRateMinor": None, "currency": None, "subjects": [], "bio": None, "verifiedAt": None}),
        ("manager", {"employeeId": None, "department": None}),
    ):
        assert (await school.admin.put(f"{USERS}/{person.id}/role", {"role": role})).status == 200
        assert await profile(school.admin, person) == shown
    assert await rows(school, person) == {"students": 1, "mentors": 1, "tutors": 1, "managers": 1}


async def test_anonymising_takes_the_rows_along(school: School):
    """The number is free again."""
    number = fresh()
    person = await school.person(studentNo=number)
    assert (await school.admin.put(f"{USERS}/{person.id}/role", {"role": "mentor"})).status == 200
    assert (await school.admin.delete(f"{USERS}/{person.id}")).status == 200
    assert await rows(school, person) == {}
    assert (await sign_up(school, "student", studentNo=number)).status == 201


async def test_teachers_do_not_see_it(school: School):
    """It is for the person and for administrators."""
    instructor, student = await school.person("instructor"), await school.person(studentNo=fresh())
    await school.course(instructor, student)
    seen = (await instructor.get(f"{USERS}/{student.id}/profile")).data
    assert (seen["email"] is not None, seen["roleProfile"]) == (True, None)


async def rows(school: School, person: Person) -> dict[str, int]:
    """How many rows of each kind the person has, where there are any."""
    found = {}
    for name in ROWS:
        async with collection(school, name) as stored:
            if many := await stored.count_documents({"user_id": PydanticObjectId(person.id)}):
                found[name] = many
    return found
