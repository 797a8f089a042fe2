"""Whoever guesses passwords is slowed, and nobody else is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.harness.guessing import Records, attempt, new_place, records_of
from tests.harness.people import PASSWORD, Reply, call, sign_up
from tests.harness.school import School

BROWSER = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
LONG_AGO = timedelta(minutes=20)


@pytest.fixture
async def records(school: School) -> AsyncIterator[Records]:
    async with records_of(school) as records:
        yield records


async def newcomer(school: School) -> str:
    """The address of a new account."""
    return (await (await school.person()).get("/api/v1/users/me")).data["email"]


async def at_home(school: School) -> tuple[str, dict[str, str]]:
    """The address of a new account, and what its owner's browser sends from then on."""
    email = f"at.home.{new_place()}@school.example"
    draft = {"email": email, "password": PASSWORD, "firstName": "Ada", "lastName": "Home"}
    reply = await call(school.http, "POST", f"{school.url}/api/v1/auth/signup", draft, BROWSER)
    school.http.cookie_jar.clear()
    cookies = "; ".join(value.partition(";")[0] for value in reply.headers.getall("Set-Cookie"))
    return email, {**BROWSER, "Cookie": cookies}


async def wrong(school: School, email: str, place: str, times: int = 1) -> list[str]:
    return [(await attempt(school.url, school, email, "wrong", place)).body["code"] for _ in range(times)]


async def test_s17_the_sixth_wrong_password_from_one_place_has_to_wait(school: School, records: Records):
    """Even the right one; from elsewhere the owner gets in, and each refusal is on record."""
    person = await school.person()
    email, place = (await person.get("/api/v1/users/me")).data["email"], new_place()
    assert await wrong(school, email, place, 6) == ["invalid_credentials"] * 5 + ["too_many_attempts"]
    refused = await attempt(school.other_url, school, email, PASSWORD, place)
    assert (refused.status, refused.code) == (429, "too_many_attempts")
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert (await attempt(school.url, school, email, PASSWORD, new_place())).status == 200
    audited = await records.audited(f"user:{person.id}", "password.refused")
    assert Counter(one["details"]["reason"] for one in audited) == {"wrong": 5, "too_many_attempts": 2}


async def test_s17_a_forged_address_helps_nobody(school: School):
    """What a client writes before the entry of our own proxy is not read."""
    email, place = await newcomer(school), new_place()
    codes = [await wrong(school, email, f"{new_place()}, {place}") for _ in range(6)]
    assert codes == [["invalid_credentials"]] * 5 + [["too_many_attempts"]]


async def test_s17_many_accounts_from_one_place(school: School, records: Records):
    """After fifty wrong passwords a place has to wait, whomever it tries next; other places do not."""
    email, place = await newcomer(school), new_place()
    await records.were_tried("place", place, 49, timedelta(minutes=1))
    assert await wrong(school, await newcomer(school), place, 2) == ["invalid_credentials", "too_many_attempts"]
    assert (await attempt(school.url, school, email, PASSWORD, place)).code == "too_many_attempts"
    assert (await attempt(school.url, school, email, PASSWORD, new_place())).status == 200


async def test_s17_one_account_from_many_places(school: School, records: Records):
    """After twenty wrong passwords in an hour there is a pause before the next try, and a longer one after it."""
    email = await newcomer(school)
    pauses = []
    for tries, ago_s in ((20, 10), (20, 31), (21, 31), (21, 61), (40, 600), (40, 901)):
        await records.were_tried("account", email, tries, timedelta(seconds=ago_s))
        refused = await attempt(school.url, school, email, "wrong", new_place())
        pauses.append(int(refused.headers.get("Retry-After", 0)))
    assert [pauses[1], pauses[3], pauses[5]] == [0, 0, 0]
    assert (15 < pauses[0] <= 20, 25 < pauses[2] <= 29, 290 < pauses[4] <= 300) == (True, True, True)


async def test_s17_after_a_hundred_in_a_row_only_a_known_device_gets_in(school: School, records: Records):
    """Elsewhere not even the right password counts any more; the owner's own browser does not notice."""
    email, known_device = await at_home(school)
    await records.were_wrong_in_a_row(email, 99)
    assert await wrong(school, email, new_place(), 2) == ["invalid_credentials", "reset_required"]
    assert (await attempt(school.url, school, email, PASSWORD, new_place())).status == 403
    assert (await attempt(school.url, school, email, PASSWORD, new_place(), **BROWSER)).code == "reset_required"
    known = await attempt(school.url, school, email, PASSWORD, new_place(), **known_device)
    school.http.cookie_jar.clear()
    assert known.status == 200


async def test_s17_on_a_known_device_passwords_are_counted_by_themselves(school: School):
    """Strangers use up nothing of it; but who guesses on it is slowed as anywhere."""
    place, (email, known) = new_place(), await at_home(school)
    assert (await wrong(school, email, place, 6))[-1] == "too_many_attempts"
    tries = [await attempt(school.url, school, email, "wrong", place, **known) for _ in range(4)]
    assert {reply.code for reply in tries} == {"invalid_credentials"}
    assert (await attempt(school.url, school, email, PASSWORD, place, **known)).status == 200
    tries = [await attempt(school.url, school, email, "wrong", place, **known) for _ in range(2)]
    school.http.cookie_jar.clear()
    assert [reply.code for reply in tries] == ["invalid_credentials", "too_many_attempts"]


async def test_s17_forty_people_sign_in_from_one_place_while_one_guesses(school: School, records: Records):
    """In the same seconds all of them get in, and six wrong passwords on one account are slowed."""
    person, place = await school.person(), new_place()
    email, addresses = await newcomer(school), await records.copies(person.id, 40)
    turns = asyncio.Semaphore(20)

    async def come_in(number: int, address: str) -> Reply:
        async with turns:
            url = (school.url, school.other_url)[number % 2]
            return await attempt(url, school, address, PASSWORD, place)

    guessing = asyncio.create_task(wrong(school, email, place, 6))
    replies = await asyncio.gather(*(come_in(number, address) for number, address in enumerate(addresses)))
    assert {reply.status for reply in replies} == {200}
    assert await guessing == ["invalid_credentials"] * 5 + ["too_many_attempts"]


async def test_s17_right_passwords_side_by_side_are_no_guesses(school: School):
    """Twelve sign-ins of one person at once, through both instances."""
    email, place = await newcomer(school), new_place()
    urls = (school.url, school.other_url)
    coming = (attempt(urls[number % 2], school, email, PASSWORD, place) for number in range(12))
    assert {reply.status for reply in await asyncio.gather(*coming)} == {200}


async def test_s17_twelve_guesses_side_by_side_are_five(school: School):
    """Tries at the same time, on both instances, do not slip through together."""
    email, place = await newcomer(school), new_place()
    urls = (school.url, school.other_url)
    coming = [attempt(urls[number % 2], school, email, "wrong", place) for number in range(12)]
    codes = sorted(reply.code for reply in await asyncio.gather(*coming))
    assert codes == ["invalid_credentials"] * 5 + ["too_many_attempts"] * 7


def told(reply: Reply) -> tuple[int, dict, dict]:
    """Everything that an answer says, but for its id, its date, and some seconds of Retry-After."""
    mine = {"Date", "X-Request-ID"}
    headers = {name: value for name, value in reply.headers.items() if name not in {*mine, "RateLimit"}}
    if "Retry-After" in headers:
        headers["Retry-After"] = "a quarter" if 850 < int(headers["Retry-After"]) <= 900 else "another time"
    return reply.status, headers, {**reply.body, "requestId": ""}


async def test_s19_an_unknown_account_is_answered_like_a_known_one(school: School, records: Records):
    """Wrong password, too many of them, a hundred in a row: status, headers and body are the same."""
    seen = {}
    for email in (await newcomer(school), f"nobody.{new_place()}@school.example"):
        place = new_place()
        answers = [told(await attempt(school.url, school, email, "wrong", place)) for _ in range(6)]
        await records.were_wrong_in_a_row(email, 100)
        seen[email] = [*answers, told(await attempt(school.url, school, email, PASSWORD, place))]
    first, second = seen.values()
    assert first == second
    assert [answer[0] for answer in first] == [401] * 5 + [429, 403]


async def test_s19_asking_for_a_reset_tells_nothing(school: School):
    """202 for every address, also when no further mail leaves."""
    answers = []
    for email in (await newcomer(school), f"nobody.{new_place()}@school.example"):
        path = f"{school.url}/api/v1/auth/forgot"
        answers.append([told(await call(school.http, "POST", path, {"email": email}, {})) for _ in range(4)])
    assert answers[0] == answers[1]
    assert {answer[0] for answer in answers[0]} == {202}


async def test_s19_a_password_proves_itself_before_a_suspension_shows(school: School):
    """Only its owner learns that an account is suspended."""
    person = await sign_up(school.http, school.url)
    email = (await person.get("/api/v1/users/me")).data["email"]
    await school.admin.post(f"/api/v1/users/{person.id}/suspend", {})
    assert await wrong(school, email, new_place()) == ["invalid_credentials"]
    assert (await attempt(school.url, school, email, PASSWORD, new_place())).code == "account_suspended"
