"""The HTTP interpreter: what every route has in common."""

from __future__ import annotations

import asyncio
import json
from io import BytesIO

import pytest

from tests.harness.people import Reply, call
from tests.harness.school import NEW_COURSE, School, announce

ERROR_KEYS = {
    "success",
    "data",
    "error",
    "message",
    "status",
    "code",
    "category",
    "details",
    "fields",
    "retryable",
    "requestId",
}


async def raw(school: School, method: str, path: str, **options: object) -> Reply:
    async with school.http.request(method, school.url + path, **options) as response:
        text = await response.text()
        return Reply(response.status, json.loads(text) if text else None, response.headers)


async def test_successes_and_errors_have_one_shape(school: School):
    """Under /api/v1 and /api alike; a list has its pagination beside it."""
    for base in ("/api/v1", "/api"):
        listed = await raw(school, "GET", f"{base}/courses?limit=1")
        assert set(listed.body) == {"success", "data", "message", "requestId", "pagination"}
        wrong = await raw(school, "GET", f"{base}/courses/unknown")
        assert set(wrong.body) == ERROR_KEYS
        assert (wrong.status, wrong.body["error"], wrong.body["data"]) == (404, wrong.body["message"], None)


async def test_unknown_addresses_and_methods_are_told_in_json(school: School):
    """404 and 405 come in the envelope; 405 names what is allowed; a request id goes in and out."""
    missing = await raw(school, "GET", "/api/v1/nothing", headers={"X-Request-ID": "abc-1"})
    assert (missing.status, missing.body["code"], missing.headers["X-Request-ID"]) == (404, "not_found", "abc-1")
    assert missing.body["requestId"] == "abc-1"
    forged = await raw(school, "GET", "/api/v1/nothing", headers={"X-Request-ID": 'a"b c'})
    assert forged.headers["X-Request-ID"] not in {"", 'a"b c'}
    refused = await raw(school, "PATCH", "/api/v1/courses")
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert (await raw(school, "TRACE", "/api/v1/courses")).status == 405
    assert (await raw(school, "HEAD", "/api/v1/courses")).status == 200


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_json"),
        (b"[]", "application/json", 400, "invalid_input"),
        (b'{"title": "a", "title": "b"}', "application/json", 400, "malformed_json"),
        (b'{"title": "a\\u0000"}', "application/json", 400, "malformed_json"),
        (b'{"maxStudents": NaN}', "application/json", 400, "malformed_json"),
        (b'{"courseId": "a", "course_id": "b"}', "application/json", 400, "ambiguous_field"),
        (b"[" * 100_000, "application/json", 400, "malformed_json"),
        (b"title=a", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"title": "a"}', "text/plain", 415, "unsupported_media_type"),
        (b'"' + b"a" * (1024 * 1024) + b'"', "application/json", 413, "body_too_large"),
    ],
)
async def test_bad_bodies_have_a_clear_code(school: School, body: bytes, content_type: str, status: int, code: str):
    """Never a 500, never a guess."""
    instructor = await school.person("instructor")
    headers = {"Authorization": f"Bearer {instructor.token}", "Content-Type": content_type}
    reply = await raw(school, "POST", "/api/v1/courses", data=BytesIO(body), headers=headers)
    assert (reply.status, reply.body["code"]) == (status, code)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "   "},
        {"title": "a\u202eb"},
        {"title": "x" * 201},
        {"title": 5},
        {"category": "xyz"},
        {"maxStudents": True},
        {"maxStudents": "5"},
        {"maxStudents": 0},
        {"maxStudents": 1.5},
        {"thumbnailUrl": "javascript:alert(1)"},
        {"instructorId": {"$gt": ""}},
        {"isActive": True},
        {"seatsTaken": 0},
    ],
)
async def test_wrong_fields_are_named(school: School, change: dict):
    """Strict types, closed lists, no field that the model does not know; nothing is stored."""
    instructor = await school.person("instructor")
    reply = await instructor.post("/api/v1/courses", {**NEW_COURSE, **change})
    assert (reply.status, reply.code, reply.body["fields"][0]["path"]) == (400, "invalid_input", next(iter(change)))
    mine = await instructor.get(f"/api/v1/courses?instructorId={instructor.id}")
    assert mine.body["pagination"]["totalCount"] == 0


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=-1", "page=abc", "page=1e9", "page=%00", "page=1&page=2", "limit=0", "limit=101", "limit=+5"),
        *("category=xyz", "colour=red", "instructorId=12", "search[$ne]=1", "search=", "sort=password"),
    ],
)
async def test_wrong_queries_are_refused(school: School, query: str):
    """Unknown, repeated and malformed parameters are 400."""
    assert (await raw(school, "GET", f"/api/v1/courses?{query}")).status == 400


async def test_errors_speak_the_readers_language(school: School):
    """English and French, by Accept-Language."""
    french = await raw(school, "GET", "/api/v1/users/me", headers={"Accept-Language": "fr-CA, en;q=0.5"})
    english = await raw(school, "GET", "/api/v1/users/me", headers={"Accept-Language": "de"})
    assert french.body["message"].startswith("Connectez-vous")
    assert english.body["message"].startswith("Sign in")
    assert french.headers["Content-Language"] == "fr"


async def test_an_etag_saves_the_body_and_guards_the_change(school: School):
    """304 for the same, 412 for a version that is not the present one; without If-Match the change goes on."""
    instructor = await school.person("instructor")
    path = f"/api/v1/courses/{await school.course(instructor)}"
    tag = (await instructor.get(path)).headers["ETag"]
    unchanged = await instructor.get(path, If_None_Match=tag)
    assert (unchanged.status, unchanged.body) == (304, None)

    changed = await instructor.put(path, {"title": "New"}, If_Match=f"W/{tag}")
    assert (changed.status, changed.headers["ETag"]) == (200, (await instructor.get(path)).headers["ETag"])
    stale = await instructor.put(path, {"title": "Newer"}, If_Match=tag)
    assert (stale.status, stale.code) == (412, "version_mismatch")
    assert (await instructor.put(path, {"title": "Newest"})).status == 200


async def test_a_hundred_changes_of_one_version_leave_one_winner(school: School):
    """No lost update: one 200, all others 412."""
    instructor = await school.person("instructor")
    path = f"/api/v1/courses/{await school.course(instructor)}"
    tag = (await instructor.get(path)).headers["ETag"]
    replies = await asyncio.gather(*(instructor.put(path, {"title": f"Title {n}"}, If_Match=tag) for n in range(100)))
    assert sorted(reply.status for reply in replies) == [200] + [412] * 99


async def test_fifty_copies_of_one_post_have_one_effect(school: School):
    """The same key on two instances at once: one announcement, one event, one answer for all."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    draft = {"courseId": course, "title": "Once", "content": "Only once."}
    async with student.live() as live:
        await live.watch(course)
        senders = [instructor if n % 2 else instructor.at(school.other_url) for n in range(50)]
        copies = [sender.post("/api/v1/announcements", draft, Idempotency_Key="once") for sender in senders]
        replies = await asyncio.gather(*copies)
        await announce(instructor, course, "Afterwards")
        await live.event("announcement.posted", title="Afterwards")

        assert {reply.status for reply in replies} == {201}
        assert len({reply.data["announcementId"] for reply in replies}) == 1
        assert [one["title"] for one in live.named("announcement.posted")] == ["Once", "Afterwards"]


async def test_a_key_belongs_to_one_request_of_one_user(school: School):
    """Another body is 422; another user's same key is a request of its own; a failure is not kept."""
    instructor, other = await school.person("instructor"), await school.person("instructor")
    first = await instructor.post("/api/v1/courses", NEW_COURSE, Idempotency_Key="k")
    same = await instructor.post("/api/v1/courses", dict(reversed(NEW_COURSE.items())), Idempotency_Key="k")
    assert (same.data, same.headers["Idempotency-Replayed"]) == (first.data, "true")
    changed = await instructor.post("/api/v1/courses", {**NEW_COURSE, "title": "B"}, Idempotency_Key="k")
    assert (changed.status, changed.code) == (422, "idempotency_mismatch")
    foreign = await other.post("/api/v1/courses", NEW_COURSE, Idempotency_Key="k")
    assert foreign.data["courseId"] != first.data["courseId"]
    assert (await instructor.post("/api/v1/courses", NEW_COURSE, Idempotency_Key="é")).status == 400
    assert (await instructor.post("/api/v1/courses", {}, Idempotency_Key="later")).status == 400
    assert (await instructor.post("/api/v1/courses", NEW_COURSE, Idempotency_Key="later")).status == 201


async def test_probes_and_figures(school: School):
    """/health has the shape that its readers expect; /metrics labels routes by template."""
    health = await raw(school, "GET", "/health")
    assert set(health.body) == {"status", "timestamp", "uptime", "version", "environment", "services"}
    assert (health.status, health.body["status"]) == (200, "OK")
    assert health.body["services"] == {"database": "OK", "redis": "OK"}
    assert (await raw(school, "GET", "/livez")).status == 200
    assert (await raw(school, "GET", "/readyz")).body["ready"] is True
    for n in range(20):
        await raw(school, "GET", f"/api/v1/random/{n}")
    text = (await call(school.http, "GET", f"{school.url}/metrics", None, {})).body.decode()
    assert 'http_request_duration_seconds_count{method="GET",route="/readyz",status_code="200"}' in text
    assert text.count('_count{method="GET",route="unknown",status_code="404"}') == 1
    assert "random" not in text
    assert "active_users_total" in text


async def test_the_key_that_verifies_our_tokens_is_public(school: School):
    """JWKS in its own shape, outside the envelope."""
    jwks = await raw(school, "GET", "/.well-known/jwks.json")
    assert [set(key) for key in jwks.body["keys"]] == [{"kty", "crv", "use", "alg", "kid", "x"}]
