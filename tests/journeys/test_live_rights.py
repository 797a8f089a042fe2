"""Who may follow what, and what happens to live connections when a right ends."""

from __future__ import annotations

import pytest
import socketio

from schemas.streams import Namespace
from tests.harness.people import Person
from tests.harness.school import School, announce


async def refusal(person: Person, namespace: str = "announcements", **auth: object) -> dict:
    """What a refused CONNECT is told."""
    client = socketio.AsyncClient(reconnection=False)
    told: list = []
    client.on("connect_error", told.append, namespace=f"/{namespace}")
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(
            person.url, auth=auth, namespaces=[f"/{namespace}"], transports=["websocket"], wait_timeout=5
        )
    await client.disconnect()
    return told[0]


@pytest.mark.parametrize("namespace", list(Namespace))
async def test_every_namespace_takes_an_authenticated_client(school: School, namespace: Namespace):
    """All six accept a CONNECT and join the user's own stream."""
    student = await school.person()
    async with student.live(namespace) as live:
        assert (await live.event("sync.ok"))["stream"] == f"{namespace}/user:{student.id}"


async def test_nobody_connects_without_a_valid_token(school: School):
    """No token, a broken one, and `/` are refused with a text that helps."""
    student = await school.person()
    assert (await refusal(student))["data"]["code"] == "not_authenticated"
    assert (await refusal(student, token="nonsense"))["data"]["code"] == "not_authenticated"
    assert (await refusal(student, token={"$ne": 1}))["data"]["code"] == "not_authenticated"
    assert "/announcements" in (await refusal(student, "", token=student.token))["message"]


async def test_long_polling_is_told_what_to_do(school: School):
    """A polling handshake gets 400 and the line to write instead."""
    student = await school.person()
    for method in ("GET", "POST"):
        reply = await student.call(method, "/socket.io/?EIO=4&transport=polling")
        assert reply.status == 400
        assert 'io(url, {transports: ["websocket"]})' in reply.body["message"]


async def test_one_connection_speaks_for_one_session(school: School):
    """A second namespace with another user's token is refused; the first goes on."""
    student, other = await school.person(), await school.person()
    socket_url = f"{school.url}/socket.io/?EIO=4&transport=websocket"
    async with school.http.ws_connect(socket_url) as ws:
        await ws.receive_str()
        await ws.send_str(f'40/announcements,{{"token":"{student.token}"}}')
        assert (await ws.receive_str()).startswith("40/announcements,")
        await ws.send_str(f'40/grading,{{"token":"{other.token}"}}')
        while not (answer := await ws.receive_str()).startswith("44/grading,"):
            assert answer.startswith("42/announcements,")
        assert "another_user" in answer
        await ws.send_str('42/announcements,1["course.unwatch",{"courseId":"%s"}]' % ("0" * 24))
        assert (await ws.receive_str()).startswith('43/announcements,1[{"ok":true')


async def test_commands_refuse_what_they_do_not_understand(school: School):
    """Every refusal has a code; nothing ends the connection."""
    student = await school.person()
    async with student.live() as live:
        codes = {
            "no such command": (await live.say("room.join", room="x"))["error"]["code"],
            "unknown course": (await live.say("course.watch", courseId="0" * 24))["error"]["code"],
            "malformed id": (await live.say("course.watch", courseId={"$ne": 1}))["error"]["code"],
            "unknown field": (await live.say("course.watch", courseId="0" * 24, room="x"))["error"]["code"],
            "neither": (await live.say("course.watch"))["error"]["code"],
            "foreign stream": (await live.say("sync", stream="announcements/everybody", epoch="e", seq=0))["error"][
                "code"
            ],
        }
    assert codes == {
        "no such command": "unknown_command",
        "unknown course": "not_found",
        "malformed id": "invalid_input",
        "unknown field": "invalid_input",
        "neither": "invalid_input",
        "foreign stream": "not_found",
    }


async def test_a_course_has_streams_only_where_the_caller_may_read(school: School):
    """Members follow grading, staff also the staff streams; a namespace without streams is no error."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    expected = {
        ("grading", student): {f"grading/course:{course}"},
        ("grading", instructor): {f"grading/course:{course}", f"grading/course:{course}:staff"},
        ("progress", student): set(),
        ("progress", instructor): {f"progress/course:{course}:staff"},
        ("collab", student): {f"collab/course:{course}"},
        ("faculty", student): set(),
    }
    for (namespace, person), streams in expected.items():
        async with person.live(namespace) as live:
            assert set(await live.watch(course)) == streams


async def test_leaving_a_course_ends_its_stream_on_every_instance(school: School):
    """After unenrolling on one instance nothing more arrives on the other; coming back works at once."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    async with student.at(school.other_url).live() as live:
        await live.watch(course)
        assert (await student.delete(f"/api/v1/courses/{course}/enroll")).data["state"] == "dropped"
        left = await live.event("session.permissions", within_s=1.5)
        await announce(instructor, course, "For members")
        refused = await live.say("course.watch", courseId=course)

        assert left == {"left": [f"announcements/course:{course}"]}
        assert refused["error"]["code"] == "forbidden"
        assert live.named("announcement.posted") == []
        await student.post(f"/api/v1/courses/{course}/enroll")
        await live.watch(course)
        await announce(instructor, course, "Welcome back")
        assert (await live.event("announcement.posted"))["title"] == "Welcome back"


async def test_a_deleted_course_lets_its_followers_go(school: School):
    """Everyone leaves its streams, and it cannot be watched again."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    async with student.at(school.other_url).live() as live:
        await live.watch(course)
        await instructor.delete(f"/api/v1/courses/{course}")
        assert await live.event("session.permissions") == {"left": [f"announcements/course:{course}"]}
        assert (await live.say("course.watch", courseId=course))["error"]["code"] == "not_found"


async def test_signing_out_closes_the_sockets_of_that_session_only(school: School):
    """The session ends on every instance within a second; another session of the same user stays."""
    student = await school.person()
    async with student.at(school.other_url).live() as live:
        await live.event("sync.ok")
        assert (await student.post("/api/v1/auth/logout", {})).status == 200
        assert (await live.event("session.permissions", within_s=1.5)) == {"ended": "signed_out"}
        await live.ended.wait()
    assert (await student.at(school.other_url).get("/api/v1/users/me")).code == "session_ended"


async def test_membership_is_told_to_the_student_and_to_staff(school: School):
    """Joining shows on the student's own devices and to the course's staff."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor)
    async with student.live("notifications") as own, instructor.live("progress") as staff:
        await staff.watch(course)
        await own.event("sync.ok")
        await student.post(f"/api/v1/courses/{course}/enroll")

        mine, theirs = await own.event("membership.changed"), await staff.event("membership.changed")
        assert (mine["userId"], mine["state"]) == (student.id, "active")
        assert mine["_id"] == theirs["_id"]
        assert mine["_stream"] != theirs["_stream"]


async def test_a_connection_is_renewed_by_a_fresh_token_of_its_session(school: School):
    """`auth.refresh` takes a token of the same session, and no other."""
    student, other = await school.person(), await school.person()
    renewed = await student.post("/api/v1/auth/refresh", {"refreshToken": student.refresh_token})
    async with student.live() as live:
        assert (await live.say("auth.refresh", token=renewed.data["accessToken"]))["ok"]
        assert (await live.say("auth.refresh", token=other.token))["error"]["code"] == "another_user"
