"""Administering accounts: finding them, suspending and anonymising them, and never losing the office."""

from __future__ import annotations

import os

import pytest
from pymongo import AsyncMongoClient

from tests.harness.people import PASSWORD, Person, call, sign_in
from tests.harness.process import run
from tests.harness.rights import USERS, assign, promoted, renewed
from tests.harness.school import School, announce

LIST = "/api/v1/admin/users"


def unique(word: str) -> str:
    """A name that nobody else in the school has."""
    letters = str.maketrans("0123456789", "ghijklmnop")
    return word + os.urandom(6).hex().translate(letters)


async def found(asker: Person, **query: object) -> list[str]:
    """The ids of a list, in its order."""
    reply = await asker.get(f"{LIST}?" + "&".join(f"{name}={value}" for name, value in query.items()))
    assert reply.status == 200, reply.body
    return [user["id"] for user in reply.data]


async def test_accounts_are_found_by_parts_of_names_and_by_whole_addresses(school: School):
    """Whatever the case and the accents; a part of an address finds nobody, because only its index is stored."""
    name = unique("Zoe")
    address = f"{name.lower()}@school.example"
    zoe = await school.person(firstName=name.replace("e", "é", 1), lastName="Ångström", email=address)
    for search in (name, name.upper(), name[2:9].lower(), f"angstr {name}", f"ÅNGSTROM+{name}"):
        assert await found(school.admin, search=search) == [zoe.id]
    assert await found(school.admin, search=address.upper()) == [zoe.id]
    assert await found(school.admin, search=address[:-1]) == []
    assert await found(school.admin, search=".*") == []


async def test_lists_are_filtered_sorted_and_paged(school: School):
    """By role and status, by name, username and age, with the usual block of pages; the alias answers the same."""
    name = unique("Sort")
    people = [await school.person(role, firstName=name, lastName=last) for role, last in ROWS]
    await school.admin.post(f"{USERS}/{people[1].id}/suspend", {})
    ids = [person.id for person in people]
    assert await found(school.admin, search=name, sort="name") == [ids[2], ids[0], ids[1]]
    assert await found(school.admin, search=name, sort="-name") == [ids[1], ids[0], ids[2]]
    assert await found(school.admin, search=name, sort="created_at") == ids
    assert await found(school.admin, search=name) == ids[::-1]
    assert await found(school.admin, search=name, role="tutor") == [ids[1]]
    assert await found(school.admin, search=name, status="suspended") == [ids[1]]
    paged = await school.admin.get(f"/api/v1/users?search={name}&limit=2&page=2&sort=created_at")
    assert [user["id"] for user in paged.data] == ids[2:]
    pages = paged.body["pagination"]
    assert (pages["page"], pages["totalCount"], pages["totalPages"], pages["hasNext"]) == (2, 3, 2, False)


ROWS = (("student", "Émile"), ("tutor", "Zola"), ("student", "eluard"))


@pytest.mark.parametrize(
    "query",
    ["role=king", "status=gone", "sort=password_hash", "sort=name;drop", "page=0", "limit=1000", "search=", "x=1"]
    + ["search[$ne]=1", "role=student&role=tutor"],
)
async def test_bad_values_of_a_list_are_refused(school: School, query: str):
    """400, with the parameter that is wrong."""
    reply = await school.admin.get(f"{LIST}?{query}")
    assert (reply.status, reply.code) == (400, "invalid_input")
    assert reply.body["fields"]


async def test_a_manager_lists_staff_below(school: School):
    """Neither students nor managers, whether by their primary role or besides."""
    name = unique("Staff")
    roles = ("student", "tutor", "instructor", "facilitator")
    people = {role: await school.person(role, firstName=name) for role in roles}
    await assign(school.admin, people["facilitator"], role="manager")
    manager = await promoted(school, "manager", firstName=name)
    assert set(await found(manager, search=name)) == {people["tutor"].id, people["instructor"].id}
    assert len(await found(school.admin, search=name)) == 5


async def test_a_suspended_account_comes_back_with_new_sessions_only(school: School):
    """Suspending and taking it back are repeatable; both are audited once, and old tokens stay void."""
    address = f"{unique('back')}@school.example"
    person = await school.person(email=address)
    for step in ("suspend", "suspend", "unsuspend", "unsuspend"):
        reply = await school.admin.post(f"{USERS}/{person.id}/{step}", {} if step == "suspend" else None)
        assert reply.data["isActive"] is (step == "unsuspend")
    again = await sign_in(school.http, school.url, address, PASSWORD)
    assert (await again.get("/api/v1/users/me")).status == 200
    assert (await person.get("/api/v1/users/me")).status in {401, 403}
    log = (await school.admin.get(f"{USERS}/{person.id}/activity?limit=100")).data
    assert [row["action"] for row in log].count("user.suspended") == 1
    back = next(row for row in log if row["action"] == "user.unsuspended")
    assert (back["details"], back["actorId"]) == ({"before": "suspended", "after": "active"}, school.admin.id)


async def test_activity_shows_what_an_account_did_and_what_was_done_to_it(school: School):
    """Newest first, in pages; of nobody else. Who reads it is in it, too."""
    instructor = await school.person("instructor")
    course = await school.course(instructor)
    await announce(instructor, course)
    log = (await school.admin.get(f"{USERS}/{instructor.id}/activity")).data
    assert [row["action"] for row in log] == ["announcement.posted", "course.created", "user.created"]
    assert {row["actorId"] for row in log} == {instructor.id, None}
    second = await school.admin.get(f"{USERS}/{instructor.id}/activity?limit=1&page=3")
    assert [row["id"] for row in second.data] == [log[1]["id"]]


async def canaries(school: School, *secrets: str) -> set[str]:
    """The collections of the school in which one of these texts stands anywhere."""
    client = AsyncMongoClient(school.place.mongodb_url)
    database = client[school.place.database]
    try:
        return {
            name
            for name in await database.list_collection_names()
            async for row in database[name].find()
            if any(secret.casefold() in str(row).casefold() for secret in secrets)
        }
    finally:
        await client.close()


async def test_an_anonymised_person_is_gone_and_what_they_did_stays(school: School):
    """No name, address, username or picture is left anywhere; the enrollment, the log and what they wrote are."""
    name, address = unique("Canary"), f"{unique('gone')}@school.example"
    draft = {"email": address, "username": name, "avatarUrl": f"https://pictures.example/{name}.png"}
    person = await school.person("instructor", firstName=name, lastName=name, **draft)
    taught, joined = await school.course(person), await school.course(await school.person("instructor"), person)
    await announce(person, taught, "What I wrote")
    async with person.at(school.other_url).live() as live:
        assert (await school.admin.delete(f"{USERS}/{person.id}")).data["done"] is True
        await live.event("session.permissions", within_s=1.0)
        await live.ended.wait()

    assert await canaries(school, name) <= {"jobs"}
    assert (await school.admin.get(f"{USERS}/{person.id}")).status == 404
    assert (await school.admin.delete(f"{USERS}/{person.id}")).status == 404
    signin = {"email": address, "password": PASSWORD}
    assert (await call(school.http, "POST", f"{school.url}/api/v1/auth/signin", signin, {})).status == 401
    renewal = {"refreshToken": person.refresh_token}
    assert (await call(school.http, "POST", f"{school.url}/api/v1/auth/refresh", renewal, {})).status == 401
    roster = (await school.admin.get(f"/api/v1/courses/{joined}/roster")).data
    assert [(row["userId"], row["student"]["firstName"]) for row in roster] == [(person.id, "Former")]
    feed = (await school.admin.get(f"/api/v1/announcements?courseId={taught}")).data
    assert (feed[0]["title"], feed[0]["authorId"]) == ("What I wrote", person.id)
    await school.person(email=address, username=name)


async def test_the_first_administrator_is_appointed_at_the_command_line(school: School):
    """An open session has the office after a refresh; an address without an account is told in one line."""
    address = f"{unique('first')}@school.example"
    person = await school.person(email=address)
    assert "administrator" in await run(school.place, "appoint", address.upper())
    assert (await (await renewed(person)).get(LIST)).status == 200
    with pytest.raises(AssertionError, match="NotFound"):
        await run(school.place, "appoint", "nobody@school.example")
