"""The audit log: every change leaves its record, sealed into a chain that shows whatever is done to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import DuplicateKeyError

from models.delivery import StreamHead
from schemas.types import now
from server.app import Core
from server.keys import load_keys
from server.settings import Settings
from services.audit_chain import Link, last_link, verify
from services.committer import StaleUnitError
from services.crypto import KeyedHash
from services.unit import Author, Unit
from tests.harness.process import run
from tests.harness.school import School, announce
from workers.sealing import Sealer

AUDIT = "/api/v1/admin/audit"
KEY = bytes(range(32))


@pytest.fixture
async def log(school: School) -> AsyncIterator[Any]:
    """The collection, as a reader of the database sees it."""
    async with AsyncMongoClient(school.place.mongodb_url, tz_aware=True) as client:
        yield client[school.place.database]["audit_log"]


async def records(school: School, **where: str) -> Any:
    query = "&".join(f"{name}={value}" for name, value in where.items())
    reply = await school.admin.get(f"{AUDIT}?{query}&limit=100")
    assert reply.status == 200, reply.body
    return reply.data


async def test_s32_a_record_says_who_did_what_to_what_and_from_where(school: School):
    """With the session, the network, the call's id and how it ended; people have names."""
    target = await school.person()
    await school.admin.post(f"/api/v1/users/{target.id}/suspend", {"reason": "Shared."}, X_Request_ID="audit-1")
    (record,) = await records(school, subject=f"user:{target.id}", action="user.suspended")

    assert record["actorId"] == record["actor"]["id"] == school.admin.id
    assert (record["actor"]["firstName"], record["subjectUser"]["firstName"]) == ("Alix", "Pat")
    assert (record["requestId"], record["result"], record["ip"]) == ("audit-1", "done", "127.0.0.0/24")
    assert record["details"]["reason"] == "Shared."
    assert record["sessionId"]


async def test_s32_what_is_refused_is_recorded_with_its_refusal(school: School):
    """A wrong password leaves a record that says so, without the address."""
    wrong = {"email": "nobody.at.all@school.example", "password": "wrong password"}
    headers = {"X-Request-ID": "refused-1"}
    async with school.http.post(f"{school.url}/api/v1/auth/signin", json=wrong, headers=headers) as reply:
        assert reply.status == 401
    (record,) = [one for one in await records(school, action="password.refused") if one["requestId"] == "refused-1"]

    assert (record["result"], record["actorId"], record["actor"]) == ("invalid_credentials", None, None)
    assert "nobody" not in str(record)


async def test_s32_the_log_is_filtered_and_counted(school: School):
    """By actor, action, a family of actions, object and time; newest first."""
    owner = await school.person("instructor")
    begin = now()
    course = await school.course(owner)
    for title in ("One", "Two", "Three"):
        await announce(owner, course, title)
    window = f"from={begin.isoformat().replace('+00:00', 'Z')}"
    reply = await school.admin.get(f"{AUDIT}?actor={owner.id}&action=announcement.posted&{window}&limit=2")

    assert (len(reply.data), reply.body["pagination"]["totalCount"]) == (2, 3)
    assert [one["at"] for one in reply.data] == sorted((one["at"] for one in reply.data), reverse=True)
    family = await records(school, actor=owner.id, action="announcement.")
    assert {one["action"] for one in family} == {"announcement.posted"}
    assert [one["action"] for one in await records(school, subject=f"course:{course}")] == ["course.created"]
    assert await records(school, actor=owner.id, to=begin.isoformat().replace("+00:00", "Z"), action="course.") == []
    for wrong in ("actor=x", "action=$ne", "from=yesterday", "actor[$ne]=1"):
        assert (await school.admin.get(f"{AUDIT}?{wrong}")).status == 400


async def test_s32_who_reads_the_log_is_in_it(school: School):
    """Reading is recorded with its filters."""
    subject = f"user:{school.admin.id}"
    await school.admin.get(f"{AUDIT}?subject={subject}", X_Request_ID="reader-1")
    found = [one for one in await records(school, action="audit.read") if one["requestId"] == "reader-1"]
    assert [(one["subject"], one["details"]) for one in found] == [("/admin/audit", {"asked": ["subject"]})]


async def test_s32_records_are_sealed_within_seconds(school: School):
    """A worker chains them; the command finds the chain whole."""
    owner = await school.person("instructor")
    course = await school.course(owner)
    async with asyncio.timeout(8):
        while not all(one["seq"] for one in await records(school, subject=f"course:{course}")):
            await asyncio.sleep(0.1)
    assert "are sealed and whole" in await run(school.place, "audit", "verify")


@asynccontextmanager
async def chained(core: Core, count: int = 6) -> AsyncIterator[Any]:
    """A log of its own with records that are sealed."""
    client = core.database.client
    database = client.get_database(f"{core.database.database.name}_a{id(asyncio.current_task()) % 10**6}")
    await database["audit_log"].create_index(
        "seq", unique=True, partialFilterExpression={"seq": {"$gt": 0}}, name="chain"
    )
    rows = [{"action": "test.done", "n": number, "at": now(), "seq": None} for number in range(count)]
    await database["audit_log"].insert_many(rows)
    await Sealer(database, KEY).seal()
    yield database
    await client.drop_database(database.name)


async def problem(database: Any, told: Link | None = None) -> str | None:
    found = await verify(database["audit_log"], database["audit_heads"], KeyedHash(KEY), told)
    return found.problem


async def altered(log: Any) -> None:
    await log.update_one({"seq": 3}, {"$set": {"action": "test.undone"}})


async def added_to(log: Any) -> None:
    await log.update_one({"seq": 3}, {"$set": {"result": "done"}})


async def dropped(log: Any) -> None:
    await log.delete_one({"seq": 3})


async def swapped(log: Any) -> None:
    third, fourth = [await log.find_one({"seq": seq}) for seq in (3, 4)]
    await log.delete_many({"seq": {"$in": [3, 4]}})
    await log.insert_many([{**third, "seq": 4}, {**fourth, "seq": 3}])


async def sealed_anew(log: Any) -> None:
    """By somebody who knows how, and not the key."""
    link, other = Link(), KeyedHash(bytes(32))
    async for row in log.find({}).sort("seq", 1):
        link = link.next(row, other)
        await log.update_one({"_id": row["_id"]}, {"$set": {"seal": link.seal}})


async def cut_at_the_beginning(log: Any) -> None:
    await log.delete_many({"seq": {"$lt": 3}})


async def cut_at_the_end(log: Any) -> None:
    await log.delete_many({"seq": {"$gt": 4}})


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (altered, "record 3 "),
        (added_to, "record 3 "),
        (dropped, "record 3 is missing"),
        (swapped, "record 3 "),
        (sealed_anew, "record 1 "),
        (cut_at_the_beginning, "record 1 is missing"),
        (cut_at_the_end, "record 6 is missing"),
    ],
)
async def test_s32_whatever_is_done_to_the_log_is_found(
    core: Core, tamper: Callable[[Any], Awaitable[None]], named: str
):
    """And the first bad record is named."""
    async with chained(core) as database:
        assert await problem(database) is None
        await tamper(database["audit_log"])
        assert (await problem(database) or "").startswith(named)


async def test_s32_a_head_out_of_the_logs_outlives_the_database(core: Core):
    """Who cuts the end off and turns the day's head back is found by a head that was written elsewhere."""
    async with chained(core) as database:
        told = await last_link(database["audit_log"])
        await cut_at_the_end(database["audit_log"])
        shorter = await last_link(database["audit_log"])
        await database["audit_heads"].update_many({}, {"$set": {"seq": shorter.seq, "seal": shorter.seal}})
        assert await problem(database) is None
        assert "record 6 is missing" in (await problem(database, told) or "")


async def test_s32_two_sealers_make_one_chain(core: Core):
    """Also when both believe that they hold the lease."""
    async with chained(core, 300) as database:
        await database["audit_log"].update_many({}, {"$unset": {"seq": "", "seal": ""}})
        both = [Sealer(database, KEY).seal() for _ in range(4)]
        await asyncio.gather(*both, return_exceptions=True)
        await Sealer(database, KEY).seal()
        found = await verify(database["audit_log"], database["audit_heads"], KeyedHash(KEY))
        assert (found.problem, found.head.seq, found.unsealed) == (None, 300, 0)


async def test_s32_a_place_in_the_chain_is_taken_once(log: Any):
    """The index that keeps late sealers from forking the chain is there."""
    taken = await log.find_one({"seq": {"$gt": 0}})
    assert taken
    with pytest.raises(DuplicateKeyError):
        await log.insert_one({"seq": taken["seq"]})


async def test_s32_the_record_commits_with_the_change_or_not_at_all(core: Core):
    """A unit that is stale leaves neither."""
    unit = Unit(now(), Author(request_id="torn-audit"))
    unit.update(StreamHead, {"_id": "nothing"}, {"$set": {"seq": 1}})
    unit.audit("test.torn", "test:1")
    with pytest.raises(StaleUnitError):
        await core.committer.commit(unit)
    assert await core.database.database["audit_log"].find_one({"request_id": "torn-audit"}) is None


async def test_the_key_of_the_school_seals(school: School, log: Any):
    """The chain of a running school verifies with its own key and with no other."""
    await school.person()
    async with asyncio.timeout(8):
        while await log.find_one({"seq": {"$gt": 0}}) is None:
            await asyncio.sleep(0.1)
    heads = log.database["audit_heads"]
    own = load_keys(Settings(_env_file=None, data_dir=school.place.data_dir)).audit
    assert own is not None
    assert (await verify(log, heads, KeyedHash(own))).problem is None
    assert "record 1 " in ((await verify(log, heads, KeyedHash(KEY))).problem or "")
