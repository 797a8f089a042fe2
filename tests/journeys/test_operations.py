"""Operating the live side: seen over all processes, and put an end to on all of them."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import jwt
import pytest
from pymongo import AsyncMongoClient

from models.unit import AuditRecord
from tests.harness.people import PASSWORD, Person, sign_in
from tests.harness.school import School, announce

BASE = "/api/v1/admin/realtime"


@pytest.fixture
async def classroom(school: School) -> tuple[Person, Person, str]:
    instructor, student = await school.person("instructor"), await school.person()
    return instructor, student, await school.course(instructor, student)


def stream_at(name: str, what: str) -> str:
    return f"{BASE}/streams/{quote(name, safe='')}/{what}"


def session_of(token: str) -> str:
    return jwt.decode(token, options={"verify_signature": False})["sid"]


async def audited(school: School, subject: str) -> list[tuple[str, dict]]:
    """What the operator did to a subject, as the audit log has it: action and details."""
    async with AsyncMongoClient(school.place.mongodb_url) as client:
        where = {"subject": subject, "actor_id": school.admin.id}
        rows = client[school.place.database][AuditRecord.Settings.name].find(where).sort({"at": 1, "action": 1})
        return [(row["action"], row["details"]) async for row in rows]


async def test_the_overview_adds_up_all_processes(school: School, classroom):
    """Both instances and the worker are there, and a stream counts its followers on both."""
    _, student, course = classroom
    stream = f"announcements/course:{course}"
    async with student.live() as here, student.at(school.other_url).live() as there:
        await here.watch(course)
        await there.watch(course)
        async with asyncio.timeout(10):
            while (seen := (await school.admin.get(BASE)).data)["totals"]["sockets"] < 2:
                await asyncio.sleep(0.1)
        kinds = [one["kind"] for one in seen["processes"]]
        assert (kinds.count("web") >= 2, kinds.count("worker") >= 1) == (True, True)
        assert seen["totals"]["processes"] == len(kinds)
        assert seen["asked"] == seen["answered"] >= 3
        counted = (await school.admin.get(stream_at(stream, "presence"))).data
        assert (counted["stream"], counted["followers"], counted["presence"]) == (stream, 2, None)
        assert {"stream": stream, "followers": 2} in seen["busiest"]


async def test_a_room_is_named(school: School, classroom):
    """Who follows a course's room is told by name, as the course itself is told."""
    _, student, course = classroom
    async with student.live("collab") as live:
        await live.watch(course)
        async with asyncio.timeout(10):
            path = stream_at(f"collab/course:{course}", "presence")
            while (seen := (await school.admin.get(path)).data)["presence"]["count"] != 1:
                await asyncio.sleep(0.05)
    assert (seen["followers"], [one["id"] for one in seen["presence"]["people"]]) == (1, [student.id])


async def test_history_shows_what_is_stored(school: School, classroom):
    """By pages from a number; what was withdrawn is empty, and says so."""
    instructor, _, course = classroom
    posted = [await announce(instructor, course, title) for title in ("One", "Two", "Three")]
    await instructor.delete(f"/api/v1/announcements/{posted[0]['announcementId']}")
    path = stream_at(f"announcements/course:{course}", "history")
    newest = (await school.admin.get(path)).data
    page = (await school.admin.get(f"{path}?from=2&limit=1")).data
    assert [one["seq"] for one in newest["events"]] == [1, 2, 3, 4]
    assert [(one["redacted"], one["payload"] is None) for one in newest["events"][:2]] == [(True, True), (False, False)]
    assert (newest["head"], newest["events"][3]["name"]) == (4, "announcement.withdrawn")
    assert [(one["seq"], one["payload"]["title"]) for one in page["events"]] == [(2, "Two")]
    assert (await school.admin.get(f"{path}?from=9")).data["events"] == []


async def test_what_is_somebodys_own_is_shown_without_payload(school: School, classroom):
    """An operator sees that something was told to a person, and not what."""
    _, student, _ = classroom
    seen = (await school.admin.get(stream_at(f"notifications/user:{student.id}", "history"))).data
    assert [(one["name"], one["payload"], one["redacted"]) for one in seen["events"]] == [
        ("membership.changed", None, False)
    ]


@pytest.mark.parametrize("name", ["announcements/course", "x", "collab/course:" + "0" * 24, "grading/user:" + "0" * 24])
async def test_what_is_no_stream_is_not_found(school: School, name: str):
    """Neither a name that is none, nor one of a course or an account that does not exist."""
    for what in ("history", "presence"):
        assert (await school.admin.get(stream_at(name, what))).code == "not_found"


async def test_another_system_announces_once(school: School, classroom):
    """As an announcement like any other, with its number and a note of where it came from; a retry repeats nothing."""
    _, student, course = classroom
    said = {"courseId": course, "source": "Timetable", "title": "Room change", "content": "Now in room 14."}
    async with student.live() as live:
        await live.watch(course)
        replies = [await school.admin.post(f"{BASE}/publish", said, Idempotency_Key="room-14") for _ in range(2)]
        told = await live.event("announcement.posted")
    assert (told["title"], told["_seq"]) == ("Room change", 1)
    assert [reply.status for reply in replies] == [201, 201]
    assert len((await student.get(f"/api/v1/announcements?courseId={course}")).data) == 1
    rows = await audited(school, f"announcement:{told['announcementId']}")
    assert rows == [("announcement.posted", {}), ("realtime.published", {"source": "Timetable"})]


async def test_disconnecting_a_user_reaches_every_instance_and_they_come_back(school: School, classroom):
    """Every device of theirs, nobody else's; no right has ended."""
    instructor, student, course = classroom
    async with student.live() as one, student.at(school.other_url).live() as two, instructor.live() as other:
        reply = await school.admin.post(f"{BASE}/disconnect", {"userId": student.id})
        async with asyncio.timeout(3):
            await asyncio.gather(one.ended.wait(), two.ended.wait())
        assert (reply.status, other.ended.is_set(), one.named("session.permissions")) == (200, False, [])
    async with student.live() as again:
        await again.watch(course)
        await announce(instructor, course)
        await again.event("announcement.posted")
    assert await audited(school, f"user:{student.id}") == [("realtime.disconnected", {})]


async def test_a_session_and_a_connection_are_closed_alone(school: School):
    """By the session's id only its own devices; by a connection's id only that one."""
    student = await school.person()
    email = (await student.get("/api/v1/users/me")).data["email"]
    other = await sign_in(school.http, school.other_url, email, PASSWORD)
    async with student.live() as one, other.live() as two:
        refused = await one.say("no.such.command")
        connection = refused["error"]["requestId"].partition("-")[0]
        await school.admin.post(f"{BASE}/disconnect", {"connectionId": connection})
        async with asyncio.timeout(3):
            await one.ended.wait()
        assert not two.ended.is_set()
    async with student.live() as one, other.live() as two:
        await school.admin.post(f"{BASE}/disconnect", {"sessionId": session_of(other.token)})
        async with asyncio.timeout(3):
            await two.ended.wait()
        assert not one.ended.is_set()


@pytest.mark.parametrize("body", [{}, {"userId": "0" * 24, "sessionId": "0" * 24}, {"connectionId": "x"}], ids=str)
async def test_exactly_one_target_is_named(school: School, body: dict):
    """None, two, or one that cannot be: refused, and nothing is closed or written down."""
    async with school.admin.live() as live:
        assert (await school.admin.post(f"{BASE}/disconnect", body)).code == "invalid_input"
        assert not live.ended.is_set()


async def test_unsubscribing_lasts_until_the_client_watches_again(school: School, classroom):
    """The stream ends on every instance and the client is told; REST still answers."""
    instructor, student, course = classroom
    stream = f"announcements/course:{course}"
    async with student.at(school.other_url).live() as live:
        await live.watch(course)
        reply = await school.admin.post(f"{BASE}/unsubscribe", {"userId": student.id, "stream": stream})
        assert (reply.status, await live.event("session.permissions", within_s=3)) == (200, {"left": [stream]})
        await announce(instructor, course, "Unheard")
        assert len((await student.get(f"/api/v1/announcements?courseId={course}")).data) == 1
        await live.watch(course)
        await announce(instructor, course, "Heard")
        await live.event("announcement.posted", title="Heard")
        assert [one["title"] for one in live.named("announcement.posted")] == ["Heard"]
    assert await audited(school, f"user:{student.id}") == [("realtime.unsubscribed", {"stream": stream})]


async def test_what_cannot_be_left_is_not_found(school: School, classroom):
    """A stream that is none, or a user that does not exist."""
    _, student, course = classroom
    wrong = [(student.id, "announcements/everybody"), ("0" * 24, f"announcements/course:{course}")]
    for user_id, stream in wrong:
        reply = await school.admin.post(f"{BASE}/unsubscribe", {"userId": user_id, "stream": stream})
        assert reply.code == "not_found"
    assert await audited(school, f"user:{student.id}") == []
