"""Accounts and sessions, as clients and browsers meet them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.harness.people import PASSWORD, Person, Reply, call
from tests.harness.school import School

DRAFT = {"password": PASSWORD, "firstName": "Ada", "lastName": "Lovelace"}
BROWSER = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}


async def anyone(school: School, method: str, path: str, body: Any = None, **headers: str) -> Reply:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await call(school.http, method, f"{school.url}{path}", body, sent)


async def refreshed(person: Person, token: str) -> Reply:
    return await call(person.http, "POST", f"{person.url}/api/v1/auth/refresh", {"refreshToken": token}, {})


@pytest.mark.parametrize("path", ["/api/v1/auth/signup", "/api/auth/register", "/api/v1/users/register"])
async def test_signing_up_opens_a_session(school: School, path: str):
    """One function behind three paths and two bases; both spellings of names count."""
    name = path.replace("/", "")
    fields = {"password": PASSWORD, "first_name": "Ada", "lastName": "Lovelace", "email": f"{name}@School.example"}
    reply = await anyone(school, "POST", path, fields)

    assert reply.status == 201
    assert set(reply.data) == {"user", "accessToken", "token", "expiresIn", "refreshToken"}
    assert (reply.data["token"], reply.data["expiresIn"]) == (reply.data["accessToken"], 600)
    assert reply.data["user"]["role"] == "student"
    assert "Set-Cookie" not in reply.headers


async def test_an_address_and_a_username_belong_to_one_account(school: School):
    """Twenty at once with one address make one account; case does not tell addresses apart."""
    drafts = [{**DRAFT, "email": f"{'Twin' if n % 2 else 'twin'}@school.example"} for n in range(20)]
    replies = await asyncio.gather(*(anyone(school, "POST", "/api/v1/auth/signup", draft) for draft in drafts))
    assert sorted(reply.status for reply in replies) == [201] + [409] * 19
    assert {reply.code for reply in replies if reply.status == 409} <= {"email_taken", "conflict"}

    await school.person(username="Grace.Hopper")
    taken = await anyone(
        school, "POST", "/api/v1/auth/signup", {**DRAFT, "email": "g@school.example", "username": "grace.hopper"}
    )
    assert taken.code == "username_taken"


async def test_nobody_makes_themselves_administrator(school: School):
    """Instructor is open in development; admin never is."""
    reply = await anyone(school, "POST", "/api/v1/auth/signup", {**DRAFT, "email": "x@school.example", "role": "admin"})
    assert (reply.status, reply.code) == (403, "role_requires_invite")


async def test_wrong_password_and_unknown_account_look_alike(school: School):
    """The refusal tells nobody who has an account."""
    await anyone(school, "POST", "/api/v1/auth/signup", {**DRAFT, "email": "known@school.example"})
    drafts = [{"email": "known@school.example", "password": "wrong"}, {"email": "unknown", "password": "wrong"}]
    first, second = [await anyone(school, "POST", "/api/v1/auth/signin", draft) for draft in drafts]
    assert first.status == second.status == 401
    assert {**first.body, "requestId": ""} == {**second.body, "requestId": ""}


async def test_refresh_tokens_rotate_and_a_late_one_ends_the_family(school: School):
    """Each works once; the replaced one yields the same successor for a moment, an older one ends all."""
    person = await school.person()
    second = (await refreshed(person, person.refresh_token)).data["refreshToken"]
    again = (await refreshed(person, person.refresh_token)).data["refreshToken"]
    third = (await refreshed(person, second)).data["refreshToken"]

    assert second == again
    assert len({person.refresh_token, second, third}) == 3
    assert (await refreshed(person, person.refresh_token)).code == "session_ended"
    assert (await refreshed(person, third)).code == "session_ended"
    assert (await person.get("/api/v1/users/me")).code == "session_ended"


async def test_twenty_refreshes_at_once_leave_one_living_family(school: School):
    """Parallel tabs neither fork a session nor log anyone out."""
    person = await school.person()
    replies = await asyncio.gather(*(refreshed(person, person.refresh_token) for _ in range(20)))
    successors = {reply.data["refreshToken"] for reply in replies}
    assert len(successors) == 1
    assert (await refreshed(person, successors.pop())).status == 200


async def test_a_made_up_refresh_token_ends_nobodys_session(school: School):
    """Who knows a session's id can do no harm with it."""
    person = await school.person()
    family = person.refresh_token.partition(".")[0]
    assert (await refreshed(person, f"{family}.{'A' * 43}")).status == 401
    assert (await refreshed(person, person.refresh_token)).status == 200


async def test_browsers_get_cookies_and_must_prove_their_origin(school: School):
    """No refresh token in the body; the cookie works from our own pages only."""
    draft = {**DRAFT, "email": "browser@school.example"}
    reply = await call(school.http, "POST", f"{school.url}/api/v1/auth/signup", draft, BROWSER)
    assert reply.data["refreshToken"] is None
    school.http.cookie_jar.clear()
    cookies = "; ".join(value.partition(";")[0] for value in reply.headers.getall("Set-Cookie"))
    assert all("HttpOnly" in value for value in reply.headers.getall("Set-Cookie"))
    assert [value.count("SameSite=Strict") for value in reply.headers.getall("Set-Cookie")] == [1, 1, 0]

    for site, status in (("same-origin", 200), ("cross-site", 403), ("same-site", 403)):
        sent = {**BROWSER, "Cookie": cookies, "Sec-Fetch-Site": site}
        assert (await call(school.http, "POST", f"{school.url}/api/v1/auth/refresh", {}, sent)).status == status
    school.http.cookie_jar.clear()
    foreign = {"Cookie": cookies, "Origin": "https://evil.example"}
    refused = await call(school.http, "POST", f"{school.url}/api/v1/courses", {}, foreign)
    assert (refused.status, refused.code) == (403, "cross_origin")


async def test_auth_check_answers_everyone(school: School):
    """Whoever asks learns whether they are signed in; garbage is simply not."""
    person = await school.person()
    assert (await person.get("/api/v1/auth/check")).data["user"]["id"] == person.id
    for header in ("", "Bearer garbage", "Basic eA=="):
        reply = await anyone(school, "GET", "/api/v1/auth/check", Authorization=header)
        assert (reply.status, reply.data["authenticated"]) == (200, False)


async def test_a_token_in_a_huge_header_is_refused_not_crashed_on(school: School):
    """Header fields are read to 32 KiB; a token over 8 KiB is 401."""
    reply = await anyone(school, "GET", "/api/v1/users/me", Authorization=f"Bearer {'a' * 9000}")
    assert reply.status == 401
    cookie = await anyone(school, "GET", "/api/v1/auth/check", X_Filler="a" * 30_000)
    assert cookie.status == 200


async def test_suspension_ends_everything_and_repeats_harmlessly(school: School):
    """The suspended user's valid token is 403 on every instance; signing in again is refused."""
    student = await school.person(email="suspended@school.example")
    path = f"/api/v1/users/{student.id}/suspend"
    assert (await student.post(path, {})).status == 403
    assert (await school.admin.post(path, {"reason": "Shared account"})).data["status"] == "suspended"
    assert (await school.admin.post(path, {})).data["status"] == "suspended"
    assert (await student.get("/api/v1/users/me")).code == "account_suspended"
    signin = {"email": "suspended@school.example", "password": PASSWORD}
    assert (await anyone(school, "POST", "/api/v1/auth/signin", signin)).code == "account_suspended"
    assert (await refreshed(student, student.refresh_token)).code == "session_ended"
    assert (await school.admin.post(f"/api/v1/users/{school.admin.id}/suspend", {})).code == "last_admin"


async def test_a_new_account_is_greeted(school: School):
    """The welcome mail commits with the account, and a worker takes it from there."""
    await school.person(firstName="Wilhelmina")
    async with asyncio.timeout(15):
        while b"Wilhelmina" not in (await anyone(school, "GET", "/dev/mail")).body:
            await asyncio.sleep(0.1)
