"""API keys: what a program may do in somebody's name, over every door, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from socketio.exceptions import ConnectionError as RefusedError

from tests.harness.people import PASSWORD, Person, feed
from tests.harness.school import School, announce

KEYS = "/api/v1/auth/api-keys"


async def make(owner: Person, *scopes: str, **more: Any) -> Any:
    reply = await owner.post(KEYS, {"name": "Timetable", "scopes": list(scopes), **more})
    assert reply.status == 201, reply.body
    return reply.data


async def program(owner: Person, *scopes: str, **more: Any) -> tuple[Person, str]:
    """Someone who holds a new key of the owner instead of a session; and the key's id."""
    made = await make(owner, *scopes, **more)
    session = {"user": {"id": owner.id}, "accessToken": made["key"], "refreshToken": ""}
    return Person(owner.http, owner.url, session), made["id"]


@pytest.fixture
async def rows(school: School) -> AsyncIterator[Any]:
    """The collection, as a reader of the database sees it."""
    async with AsyncMongoClient(school.place.mongodb_url, tz_aware=True) as client:
        yield client[school.place.database]["api_keys"]


async def test_a_key_does_what_its_scopes_say_and_no_more(school: School):
    """In its owner's name, within both its scopes and the owner's rights, on every instance."""
    owner = await school.person("instructor")
    course = await school.course(owner)
    program_, _ = await program(owner, "course.read", "announcement.post")

    assert (await program_.get(f"/api/v1/courses/{course}")).status == 200
    assert (await program_.at(school.other_url).get(f"/api/v1/courses/{course}")).status == 200
    assert (await announce(program_, course))["announcementId"]
    assert (await program_.put(f"/api/v1/courses/{course}", {"title": "Other"})).status == 403
    assert (await program_.get("/api/v1/users/me")).status == 403


async def test_a_key_makes_no_keys_and_reaches_no_step_up(school: School):
    """Nor may it list or revoke them, and no scope opens what is for those who are signed in."""
    owner = await school.person("instructor")
    refused = await owner.post(KEYS, {"name": "Own", "scopes": ["api_key.manage"]})
    held = ["course.read", "course.follow", "user.read_self"]
    program_, key_id = await program(owner, *held)

    assert (refused.status, refused.body["fields"][0]["code"]) == (400, "scope_not_held")
    for reply in (
        await program_.post(KEYS, {"name": "More", "scopes": ["course.read"]}),
        await program_.get(KEYS),
        await program_.delete(f"{KEYS}/{key_id}"),
    ):
        assert (reply.status, reply.code) == (403, "forbidden")
    refreshed = await program_.post("/api/v1/auth/refresh", {"refreshToken": program_.token})
    assert refreshed.status == 401


async def test_a_key_is_shown_once_and_stored_as_a_digest(school: School, rows: Any):
    """The list has everything but the key, and neither has the database; a scanner can tell it by its form."""
    owner = await school.person()
    made = await make(owner, "course.read")
    (listed,) = (await owner.get(KEYS)).data

    assert "key" not in listed
    assert {name: made[name] for name in listed} == listed
    assert len(made["key"]) == 3 + 24 + 43 + 6
    assert made["key"].removeprefix("ck_").isalnum()
    assert made["key"] not in str(await rows.find({}).to_list())


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["course.create"]},
        {"scopes": ["no.such"]},
        {"scopes": ["course.read"], "expiresAt": "2020-01-01T00:00:00Z"},
        {"scopes": ["course.read"], "expiresAt": "2999-01-01T00:00:00Z"},
        {"scopes": ["course.read"], "cidr": "192.0.2.1/24"},
        {"scopes": ["course.read"], "userId": "0" * 24},
    ],
    ids=str,
)
async def test_what_a_key_may_not_be(school: School, wrong: dict[str, Any]):
    """No more than its owner may, no longer than a year, and nothing unknown."""
    owner = await school.person()
    reply = await owner.post(KEYS, {"name": "Key", **wrong})
    assert (reply.status, reply.code) == (400, "invalid_input")
    assert (await owner.get(KEYS)).data == []


async def test_there_are_at_most_twenty(school: School):
    """More would only be forgotten."""
    owner = await school.person()
    for _ in range(20):
        await make(owner, "course.read")
    reply = await owner.post(KEYS, {"name": "One more", "scopes": ["course.read"]})
    assert (reply.status, reply.code) == (409, "too_many_api_keys")


async def test_what_is_nearly_a_key_opens_nothing(school: School):
    """A changed letter, another's id, a key in a cookie: one refusal, the one of every bad token."""
    owner = await school.person()
    key = (await make(owner, "user.read_self"))["key"]
    other = (await make(owner, "user.read_self"))["key"]
    ours = Person(owner.http, owner.url, {"user": {"id": owner.id}, "accessToken": key, "refreshToken": ""})

    assert (await ours.get("/api/v1/users/me")).status == 200
    changed = key[:40] + ("1" if key[40] == "0" else "0") + key[41:]
    for wrong in (key[:-1], key + "0", changed, other[:27] + key[27:], "ck_", "ck_" + "0" * 73):
        ours.token = wrong
        reply = await ours.get("/api/v1/users/me")
        assert (reply.status, reply.code) == (401, "not_authenticated"), wrong
    cookie = {"Authorization": "", "Cookie": f"at-0={key}", "Sec-Fetch-Site": "same-origin"}
    assert (await ours.get("/api/v1/users/me", **cookie)).status == 401


async def test_a_key_counts_only_in_its_network(school: School):
    """From elsewhere it is like no key."""
    owner = await school.person()
    elsewhere, _ = await program(owner, "user.read_self", cidr="192.0.2.0/24")
    here, _ = await program(owner, "user.read_self", cidr="127.0.0.0/8")

    assert (await here.get("/api/v1/users/me")).status == 200
    assert (await elsewhere.get("/api/v1/users/me")).status == 401
    with pytest.raises(RefusedError):
        async with elsewhere.live():
            pass


async def test_a_key_follows_live_with_its_scope(school: School):
    """On sockets and streams of events, with course.follow and not without."""
    owner = await school.person("instructor")
    course = await school.course(owner)
    follower, _ = await program(owner, "course.follow")
    reader, _ = await program(owner, "course.read")
    async with follower.live() as live, feed(follower, "/notifications") as stream:
        await live.watch(course)
        await stream.event("sync.ok")
        await announce(owner, course, "Heard")
        await live.event("announcement.posted", title="Heard")
        await stream.event("announcement.posted", title="Heard")
    with pytest.raises(RefusedError):
        async with reader.live():
            pass
    assert (await reader.get("/api/v1/events")).status == 403


async def refused_with(caller: Person, status: int) -> None:
    """A revocation reaches every instance within a second, whatever Redis does."""
    async with asyncio.timeout(1.5):
        while (await caller.get("/api/v1/users/me")).status != status:
            await asyncio.sleep(0.02)


async def test_a_revoked_key_is_dead_within_a_second_everywhere(school: School):
    """Calls, sockets and streams of events, also where the key was known already; the owner's own session stays."""
    owner = await school.person()
    program_, key_id = await program(owner, "course.follow", "user.read_self")
    other = program_.at(school.other_url)
    async with other.live() as live, feed(other, "/notifications") as stream, owner.live() as own:
        await stream.event("sync.ok")
        assert (await other.get("/api/v1/users/me")).status == 200
        assert (await owner.delete(f"{KEYS}/{key_id}")).status == 200
        told = await live.event("session.permissions", within_s=2)
        assert told["ended"] == "key_revoked"
        await stream.read(lambda _: False, within_s=3)
        assert not own.ended.is_set()
    await refused_with(other, 401)
    await refused_with(program_, 401)
    assert (await owner.delete(f"{KEYS}/{key_id}")).status == 200
    assert (await owner.get(KEYS)).data == []


async def test_a_suspended_owner_has_no_keys(school: School):
    """Whatever opens with the key closes with the account."""
    owner = await school.person()
    program_, _ = await program(owner, "user.read_self")
    assert (await program_.get("/api/v1/users/me")).status == 200
    await school.admin.post(f"/api/v1/users/{owner.id}/suspend", {"reason": "Left."})
    for url in (school.url, school.other_url):
        await refused_with(program_.at(url), 403)


async def test_another_s_key_is_not_there(school: School):
    """Nobody can revoke what they may not know of, administrators neither."""
    owner, stranger = await school.person(), await school.person()
    key_id = (await make(owner, "course.read"))["id"]
    for person in (stranger, school.admin):
        assert (await person.delete(f"{KEYS}/{key_id}")).status == 404
    assert len((await owner.get(KEYS)).data) == 1


async def test_use_is_noted_once_in_a_while(school: School, rows: Any):
    """The first use is written down; the next ones within five minutes write nothing."""
    owner = await school.person()
    program_, _ = await program(owner, "user.read_self")
    assert (await owner.get(KEYS)).data[0]["lastUsedAt"] is None
    await program_.get("/api/v1/users/me")
    first = (await owner.get(KEYS)).data[0]["lastUsedAt"]
    await program_.at(school.other_url).get("/api/v1/users/me")

    assert datetime.now(UTC) - datetime.fromisoformat(first) < timedelta(minutes=1)
    assert (await owner.get(KEYS)).data[0]["lastUsedAt"] == first


async def test_a_key_stays_within_its_scopes_when_its_owner_is_given_more(school: School):
    """On a connection that is open already: it is told what the key may do, and does no more."""
    owner, instructor = await school.person(), await school.person("instructor")
    course = await school.course(instructor)
    follower, _ = await program(owner, "course.follow")
    async with follower.live("grading") as live:
        assert (await school.admin.put(f"/api/v1/users/{owner.id}/role", {"role": "manager"})).status == 200
        told = await live.event("session.permissions")
        assert (told["role"], told["permissions"]) == ("manager", ["course.follow"])
        watched = await live.say("course.watch", courseId=course)
        assert list(watched["data"]["streams"]) == [f"grading/course:{course}"]


async def test_a_key_goes_on_when_the_rights_of_its_owner_change(school: School):
    """Also where it was known with the old ones, and at once."""
    owner = await school.person()
    program_, _ = await program(owner, "user.read_self")
    urls = (school.url, school.other_url)
    assert [(await program_.at(url).get("/api/v1/users/me")).status for url in urls] == [200, 200]
    for role in ("tutor", "student"):
        assert (await school.admin.put(f"/api/v1/users/{owner.id}/role", {"role": role})).status == 200
        replies = [await program_.at(url).get("/api/v1/users/me") for url in urls]
        assert [(reply.status, reply.data["role"]) for reply in replies] == [(200, role)] * 2


async def test_a_key_changes_neither_the_password_nor_the_address(school: School):
    """Not even with the present password: a program cannot be asked who it is."""
    owner = await school.person()
    program_, _ = await program(owner, "user.read_self", "user.update_self")
    for change in ({"email": "taken.over@school.example"}, {"newPassword": "another quiet battery"}):
        reply = await program_.put("/api/v1/profile/update", {**change, "currentPassword": PASSWORD})
        assert (reply.status, reply.code) == (403, "forbidden")
    assert (await program_.put("/api/v1/profile/update", {"firstName": "Grace"})).data["firstName"] == "Grace"
