"""One's sessions: seeing them, ending them, and what ends with them."""

from __future__ import annotations

import asyncio

import pytest

from tests.harness.people import PASSWORD, Person, Reply, call, feed, sign_in
from tests.harness.school import School

SESSIONS = "/api/v1/auth/sessions"
BROWSER = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
FIELDS = {"id", "deviceInfo", "userAgent", "ip", "firstIp", "createdAt", "lastActivity", "expiresAt"} | {
    "isActive",
    "isCurrent",
    "permissions",
    "amr",
}


async def email_of(person: Person) -> str:
    return (await person.get("/api/v1/users/me")).data["email"]


async def another(person: Person) -> Person:
    """The same person on another device."""
    return await sign_in(person.http, person.url, await email_of(person), PASSWORD)


async def exchanged(person: Person, token: str, url: str = "", **headers: str) -> Reply:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await call(person.http, "POST", f"{url or person.url}/api/v1/auth/refresh", {"refreshToken": token}, sent)


async def test_sessions_are_listed_with_their_devices(school: School):
    """The last used first; the one that asks is marked; nobody else's is there."""
    student = await school.person()
    draft = {"email": await email_of(student), "password": PASSWORD}
    sent = {"User-Agent": FIREFOX}
    opened = (await call(school.http, "POST", f"{school.url}/api/v1/auth/signin", draft, sent)).data
    mine = Person(school.http, school.other_url, opened)
    first, second = (await mine.get(SESSIONS)).data
    assert set(first) == FIELDS
    assert first["deviceInfo"] == {"name": "Firefox · Linux", "browser": "Firefox", "os": "Linux", "kind": "computer"}
    assert [first["id"], second["id"]] == [mine.session_id, student.session_id]
    assert [first["isCurrent"], second["isCurrent"], first["isActive"]] == [True, False, True]
    assert (first["ip"], first["amr"], first["userAgent"]) == ("127.0.0.0/24", ["pwd"], FIREFOX)
    assert "course.follow" in first["permissions"]
    assert "user.suspend" not in first["permissions"]
    paged = (await mine.get(f"{SESSIONS}?limit=1&page=2")).body
    assert ([one["id"] for one in paged["data"]], paged["pagination"]["totalCount"]) == ([student.session_id], 2)


async def test_what_a_session_does_shows_in_the_list(school: School):
    """Its last activity follows, within seconds, and is not written again for five minutes."""
    student = await school.person()
    other = await another(student)
    opened = {one["id"]: one["lastActivity"] for one in (await other.get(SESSIONS)).data}
    async with asyncio.timeout(10):
        while (rows := (await student.at(school.other_url).get(SESSIONS)).data)[0]["id"] != student.session_id:
            await asyncio.sleep(0.1)
    assert rows[0]["lastActivity"] > opened[student.session_id]


async def test_one_session_is_ended_and_the_others_stay(school: School):
    """It is missing for everyone else before, and for its owner after; one's own takes the cookies along."""
    student, stranger = await school.person(), await school.person()
    other = await another(student)
    path = f"{SESSIONS}/{other.session_id}"
    assert (await stranger.delete(path)).code == (await stranger.delete(f"{SESSIONS}/{'0' * 24}")).code == "not_found"
    assert (await student.delete(path)).status == 200
    assert (await student.delete(path)).code == "not_found"
    assert (await other.get("/api/v1/users/me")).code == "session_ended"
    assert (await exchanged(other, other.refresh_token)).code == "session_ended"
    own = await student.delete(f"{SESSIONS}/{student.session_id}")
    assert (own.status, len(own.headers.getall("Set-Cookie"))) == (200, 2)
    assert (await student.get("/api/v1/users/me")).code == "session_ended"


async def test_ending_sessions_needs_a_fresh_proof(school: School):
    """A refresh token that has moved to another browser sees the list, and ends nothing."""
    student = await school.person()
    moved = Person(school.http, school.url, (await exchanged(student, student.refresh_token, User_Agent=FIREFOX)).data)
    assert (await moved.get(SESSIONS)).status == 200
    for path in (SESSIONS, f"{SESSIONS}/{student.session_id}"):
        refused = await moved.delete(path)
        assert (refused.status, refused.code) == (401, "step_up_required")
        assert "insufficient_user_authentication" in refused.headers["WWW-Authenticate"]


async def test_the_eleventh_session_ends_the_first_and_tells_it(strict_school: School):
    """Ten at once beside a live one, over both instances: the live one is the least recently used."""
    student = await strict_school.person()
    email = await email_of(student)
    async with student.at(strict_school.other_url).live() as live:
        await live.event("sync.ok")
        urls = [strict_school.url, strict_school.other_url] * 5
        people = await asyncio.gather(*(sign_in(strict_school.http, url, email, PASSWORD) for url in urls))
        assert await live.event("session.permissions", within_s=1.5) == {"ended": "evicted"}
    assert len((await people[0].get(SESSIONS)).data) == 10


async def browses(school: School, person: Person, cookies: dict[str, str]) -> tuple[Person, dict[str, str]]:
    """Sign in as a browser with these cookies; the session, and the cookies that it is given."""
    sent = {**BROWSER, "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    draft = {"email": await email_of(person), "password": PASSWORD}
    reply = await call(school.http, "POST", f"{school.url}/api/v1/auth/signin", draft, sent)
    school.http.cookie_jar.clear()
    given = (value.partition(";")[0].partition("=") for value in reply.headers.getall("Set-Cookie"))
    return Person(school.http, school.url, reply.data), {name.partition("-")[0]: value for name, _, value in given}


async def test_s13_cookies_that_were_there_before_are_replaced(school: School):
    """Signing in takes nothing from a session that somebody has put into the browser, and leaves it alone."""
    attacker, preset = await browses(school, await school.person(), {})
    victim, given = await browses(school, await school.person(), {f"{name}-0": preset[name] for name in preset})
    assert victim.session_id != attacker.session_id
    assert given["at"] == victim.token
    assert given["rt"].startswith(f"rt_{victim.session_id}.")
    assert (await attacker.get("/api/v1/users/me")).data["id"] == attacker.id
    assert [one["id"] for one in (await attacker.get(SESSIONS)).data if one["isCurrent"]] == [attacker.session_id]


async def test_a_browser_keeps_the_id_of_its_device(school: School):
    """Through signing out and in, and whoever signs in; what is no id is replaced."""
    _, first = await browses(school, await school.person(), {})
    _, second = await browses(school, await school.person(), {"device-0": first["device"]})
    _, third = await browses(school, await school.person(), {"device-0": "too short"})
    assert second["device"] == first["device"]
    assert len({first["device"], third["device"]}) == 2


ORDERS = {
    "one after the other": ("1234", True),
    "every reply lost once": ("11223344", True),
    "two tabs": ("111222", True),
    "the first one again": ("121", False),
    "the first one much later": ("12341", False),
    "each one twice but the last": ("112334", True),
    "one between again": ("12343", False),
    "one before that again": ("12342", False),
    "the thief is ahead": ("11231", False),
}


@pytest.mark.parametrize(("order", "lives"), ORDERS.values(), ids=ORDERS)
async def test_s12_orders_of_tokens(school: School, order: str, lives: bool):  # noqa: FBT001 - a row of the table
    """Whatever comes in turn or twice in a row goes on; whatever is older ends the family. Instances alternate."""
    student = await school.person()
    tokens = {1: student.refresh_token}
    for step, number in enumerate(map(int, order)):
        reply = await exchanged(student, tokens[number], (school.url, school.other_url)[step % 2])
        if reply.status == 200:
            assert tokens.setdefault(number + 1, reply.data["refreshToken"]) == reply.data["refreshToken"]
    last = await exchanged(student, tokens[max(tokens)])
    assert (last.status == 200) is lives


async def test_s12_twenty_refreshes_at_once_on_two_instances(school: School):
    """One family, one successor, and every one of the twenty is signed in."""
    student = await school.person()
    urls = [school.url, school.other_url] * 10
    replies = await asyncio.gather(*(exchanged(student, student.refresh_token, url) for url in urls))
    assert len({reply.data["refreshToken"] for reply in replies}) == 1
    people = [Person(school.http, school.other_url, reply.data) for reply in replies]
    assert {person.session_id for person in people} == {student.session_id}
    lists = await asyncio.gather(*(person.get(SESSIONS) for person in people))
    assert {tuple(one["id"] for one in reply.data) for reply in lists} == {(student.session_id,)}
    assert (await exchanged(student, replies[0].data["refreshToken"])).status == 200


async def test_s12_reuse_of_a_stolen_token_closes_its_sockets_on_both_instances(school: School):
    """Within a second, and a stream of events with them; the user's other device stays."""
    student = await school.person()
    other = (await another(student)).at(school.other_url)
    second = (await exchanged(student, student.refresh_token)).data["refreshToken"]
    assert (await exchanged(student, second)).status == 200
    there = student.at(school.other_url)
    async with student.live() as here, there.live() as away, other.live() as stays, feed(there, "") as stream:
        await asyncio.gather(*(live.event("sync.ok") for live in (here, away, stays)))
        assert (await exchanged(student, student.refresh_token)).code == "session_ended"
        told = await asyncio.gather(*(one.event("session.permissions", within_s=1.0) for one in (here, away, stream)))
        await asyncio.gather(here.ended.wait(), away.ended.wait())
        assert told == [{"ended": "refresh_reused"}] * 3
        assert (await stays.say("course.unwatch", courseId="0" * 24))["ok"]
    assert (await there.get("/api/v1/users/me")).code == "session_ended"
    assert (await other.get("/api/v1/users/me")).status == 200


async def log_out(_: School, victim: Person, __: Person) -> Reply:
    return await victim.post("/api/v1/auth/logout", {})


async def end_one(_: School, victim: Person, other: Person) -> Reply:
    return await other.delete(f"{SESSIONS}/{victim.session_id}")


async def end_others(_: School, __: Person, other: Person) -> Reply:
    return await other.delete(SESSIONS)


async def end_by_administrator(school: School, victim: Person, _: Person) -> Reply:
    return await school.admin.post(f"/api/v1/users/{victim.id}/sessions/revoke")


async def suspend(school: School, victim: Person, _: Person) -> Reply:
    return await school.admin.post(f"/api/v1/users/{victim.id}/suspend", {})


ENDINGS = {
    log_out: "signed_out",
    end_one: "revoked",
    end_others: "revoked",
    end_by_administrator: "revoked",
    suspend: "suspended",
}


@pytest.mark.parametrize("ends", ENDINGS)
async def test_s26_an_end_reaches_the_other_instance(school: School, ends):
    """Calls, sockets and streams of events there, all within a second."""
    victim = await school.person()
    other, there = await another(victim), victim.at(school.other_url)
    async with there.live() as live, feed(there, "") as stream:
        await live.event("sync.ok")
        await stream.event("sync.ok")
        assert (await ends(school, victim, other)).status == 200
        told = await asyncio.gather(*(one.event("session.permissions", within_s=1.0) for one in (live, stream)))
        await live.ended.wait()
        await stream.read(lambda _: False, within_s=1.0)
        assert told == [{"ended": ENDINGS[ends]}] * 2
    assert (await there.get("/api/v1/users/me")).code in {"session_ended", "account_suspended"}
