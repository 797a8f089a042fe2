"""New passwords and verified addresses, from the call to the mail and back."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from tests.harness.guessing import attempt, new_place, records_of
from tests.harness.people import PASSWORD, Person, Reply, call
from tests.harness.school import School

NEW = "another quiet battery"


async def anyone(school: School, path: str, body: Any) -> Reply:
    return await call(school.http, "POST", f"{school.url}/api/v1/auth/{path}", body, {})


async def mailed(school: School, person: Person, pattern: str, number: int = 1) -> list[str]:
    """What stands in the mails to a person, newest first, as soon as there are so many."""
    async with asyncio.timeout(10):
        while True:
            page = (await call(school.http, "GET", f"{school.url}/dev/mail", None, {})).body.decode()
            mine = "".join(mail for mail in page.split("<article>") if f"to user {person.id}" in mail)
            if len(found := list(dict.fromkeys(re.findall(pattern, mine)))) >= number:
                return found
            await asyncio.sleep(0.05)


RESET, VERIFY = r"reset_[0-9a-f]{24}\.[0-9a-f]{64}", r"verify_[0-9a-f]{24}\.[0-9a-f]{64}"


async def email_of(person: Person) -> str:
    return (await person.get("/api/v1/users/me")).data["email"]


async def test_a_changed_password_ends_every_other_session(school: School):
    """Also its open sockets; the session that made the call goes on, and the owner is told by mail."""
    person = await school.person()
    email = await email_of(person)
    other = Person(school.http, school.url, (await attempt(school.url, school, email, PASSWORD, new_place())).data)
    async with other.at(school.other_url).live() as live:
        body = {"currentPassword": PASSWORD, "newPassword": NEW}
        assert (await person.post("/api/v1/auth/change-password", body)).data == {"done": True}
        async with asyncio.timeout(2):
            await live.ended.wait()
    assert (await other.get("/api/v1/users/me")).code == "session_ended"
    assert (await person.get("/api/v1/users/me")).status == 200
    assert (await anyone(school, "refresh", {"refreshToken": person.refresh_token})).status == 200
    assert (await attempt(school.url, school, email, PASSWORD, new_place())).code == "invalid_credentials"
    assert (await attempt(school.url, school, email, NEW, new_place())).status == 200
    assert await mailed(school, person, "password of your account was changed")


async def test_s17_the_present_password_cannot_be_guessed_by_a_thief_of_the_session(school: School):
    """Five tries, as anywhere; and nothing has changed."""
    person = await school.person()
    body = {"currentPassword": "wrong", "newPassword": NEW}
    codes = [(await person.post("/api/v1/auth/change-password", body)).code for _ in range(6)]
    assert codes == ["invalid_credentials"] * 5 + ["too_many_attempts"]
    assert (await attempt(school.url, school, await email_of(person), PASSWORD, new_place())).status == 200


async def test_s17_a_session_has_five_guesses_wherever_the_password_is_asked_for(school: School):
    """At the step-up, for a new password and for a new address together."""
    person, path = await school.person(), "/api/v1"
    guess = {"currentPassword": "wrong"}
    replies = [await person.post(f"{path}/auth/step-up", {"password": "wrong"}) for _ in range(2)]
    replies += [await person.post(f"{path}/auth/change-password", {**guess, "newPassword": NEW}) for _ in range(2)]
    replies += [await person.put(f"{path}/profile/update", {**guess, "newPassword": NEW}) for _ in range(2)]
    assert [reply.code for reply in replies] == ["invalid_credentials"] * 5 + ["too_many_attempts"]
    assert (await person.post(f"{path}/auth/step-up", {"password": PASSWORD})).code == "too_many_attempts"


async def test_a_forgotten_password_is_reset_by_mail(school: School):
    """Once, with the newest mail only; every session ends, none is opened, and the address counts as verified."""
    person = await school.person()
    email = await email_of(person)
    tokens: list[str] = []
    for number in (1, 2):
        assert (await anyone(school, "forgot", {"email": email.upper()})).status == 202
        tokens = await mailed(school, person, RESET, number)
    newest, older = tokens
    assert (await anyone(school, "reset", {"token": older, "password": NEW})).code == "mailed_token_unknown"
    assert (await anyone(school, "reset", {"token": newest, "password": "short"})).code == "invalid_input"
    replies = await asyncio.gather(*(anyone(school, "reset", {"token": newest, "password": NEW}) for _ in range(3)))
    assert sorted(reply.status for reply in replies) == [200, 404, 404]
    assert (await person.get("/api/v1/users/me")).code == "session_ended"
    back = await attempt(school.url, school, email, NEW, new_place())
    assert back.data["user"]["emailVerifiedAt"] is not None


async def test_s17_a_reset_opens_an_account_that_was_guessed_at(school: School):
    """After a hundred wrong passwords in a row, and for the place where they were typed."""
    person, place = await school.person(), new_place()
    email = await email_of(person)
    for _ in range(5):
        await attempt(school.url, school, email, "wrong", place)
    async with records_of(school) as records:
        await records.were_wrong_in_a_row(email, 100)
    assert (await attempt(school.url, school, email, PASSWORD, place)).code == "reset_required"
    await anyone(school, "forgot", {"email": email})
    [token] = await mailed(school, person, RESET)
    sent = {"X-Forwarded-For": place}
    address = f"{school.url}/api/v1/auth/reset"
    assert (await call(school.http, "POST", address, {"token": token, "password": NEW}, sent)).status == 200
    assert (await attempt(school.url, school, email, NEW, place)).status == 200


async def test_two_mails_an_hour_leave_for_one_address(school: School):
    """The answers go on as if nothing were; a third token does not exist."""
    person = await school.person()
    email = await email_of(person)
    for _ in range(4):
        await anyone(school, "forgot", {"email": email})
    await mailed(school, person, RESET, 2)
    async with records_of(school) as records:
        asked = await records.audited(f"email:{records.account(email)[:16]}", "password.reset_asked")
        refused = await records.audited(f"email:{records.account(email)[:16]}", "password.reset_refused")
    assert (len(asked), len(refused)) == (2, 2)


async def test_a_changed_password_makes_a_reset_mail_worthless(school: School):
    """Whoever reads old mails comes too late."""
    person = await school.person()
    await anyone(school, "forgot", {"email": await email_of(person)})
    [token] = await mailed(school, person, RESET)
    await person.post("/api/v1/auth/change-password", {"currentPassword": PASSWORD, "newPassword": NEW})
    assert (await anyone(school, "reset", {"token": token, "password": PASSWORD})).code == "mailed_token_unknown"


async def test_the_first_mail_brings_the_proof_of_the_address(school: School):
    """The token works once; a new one takes the place of the last."""
    person = await school.person()
    [first] = await mailed(school, person, VERIFY)
    assert (await person.get("/api/v1/users/me")).data["emailVerifiedAt"] is None
    assert (await person.post("/api/v1/auth/verify-email/send")).data == {"done": True}
    second, _ = await mailed(school, person, VERIFY, 2)
    answers = [(await anyone(school, "verify-email", {"token": token})).status for token in (first, second, second)]
    assert answers == [404, 200, 404]
    assert (await person.get("/api/v1/users/me")).data["emailVerifiedAt"] is not None


@pytest.mark.parametrize("token", ["", "reset_", f"reset_{'0' * 24}.{'0' * 64}", "{purpose}", "last"])
async def test_made_up_and_misused_tokens_are_all_the_same(school: School, token: str):
    """A token for one purpose is none for the other, and one wrong digit is as good as none."""
    person = await school.person()
    [real] = await mailed(school, person, VERIFY)
    made_up = {"{purpose}": real.replace("verify", "reset"), "last": real[:-1] + ("0" if real[-1] == "1" else "1")}
    reply = await anyone(school, "reset", {"token": made_up.get(token, token), "password": NEW})
    assert (reply.status, reply.code) == (404, "mailed_token_unknown")
