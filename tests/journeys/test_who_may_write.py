"""Who may write to whom, and that a refusal does not tell why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.messages import API, classmates, edit, read, thread_of, unread, write
from tests.harness.people import Person, Reply
from tests.harness.rights import assign, promoted, renewed, staff_of
from tests.harness.school import School


@pytest.fixture(scope="module")
async def people(school: School) -> dict[str, Person]:
    """Two courses with their people, and somebody of every other kind."""
    made = {name: await school.person() for name in ("student", "classmate", "stranger", "mentee", "suspended")}
    for role in ("instructor", "mentor", "tutor"):
        made[role] = await school.person(role)
    made["other instructor"] = await school.person("instructor")
    course = await school.course(made["instructor"], *(made[name] for name in ("student", "classmate", "suspended")))
    await school.course(made["other instructor"], made["stranger"])
    made["facilitator"] = await staff_of(school, course)
    await assign(school.admin, made["mentor"], role="mentor", user=made["mentee"].id)
    made["mentor"] = await renewed(made["mentor"])
    made["manager"], made["admin"] = await promoted(school, "manager"), school.admin
    assert (await school.admin.post(f"{API}/users/{made['suspended'].id}/suspend")).status == 200
    return made


async def try_to_write(sender: Person, *to: str, **more: Any) -> Reply:
    return await sender.post(f"{API}/messages", {"to": list(to), "content": "Hello.", **more})


@pytest.mark.parametrize(
    ("sender", "may"),
    [
        ("student", {"classmate", "instructor", "facilitator"}),
        ("stranger", {"other instructor"}),
        ("instructor", {"student", "classmate", "facilitator"}),
        ("facilitator", {"student", "classmate", "instructor"}),
        ("mentor", {"mentee"}),
        ("mentee", {"mentor"}),
        ("tutor", set()),
        ("manager", {"student", "stranger", "instructor", "mentor", "tutor", "mentee", "facilitator", "admin"}),
        ("admin", {"student", "stranger", "instructor", "mentor", "tutor", "mentee", "facilitator", "manager"}),
    ],
)
async def test_who_may_begin_to_write_to_whom(people: dict[str, Person], sender: str, may: set[str]):
    """By shared courses, mentors and their mentees, managers and administrators; the list of people agrees."""
    others = {name: one for name, one in people.items() if name not in {"classmate", "other instructor"} | may}
    refused = {(await try_to_write(people[sender], one.id, title="T")).code for one in others.values()}
    assert refused == {"may_not_write"}
    for name in may:
        assert (await try_to_write(people[sender], people[name].id, title="T")).status == 201, name
    found = {one["id"] for one in (await people[sender].get(f"{API}/messages/people?q=Pat&limit=100")).data}
    if sender not in {"manager", "admin"}:
        assert found == {people[name].id for name in may}


async def test_one_who_may_not_be_written_to_spoils_the_whole_message(people: dict[str, Person]):
    """Nobody of a list hears anything; the same refusal for a stranger, for oneself and for who does not exist."""
    student, classmate = people["student"], people["classmate"]
    before = (await classmate.get(f"{API}/threads")).body["pagination"]["totalCount"]
    texts = set()
    for wrong in (people["stranger"].id, student.id, "0" * 24, people["suspended"].id):
        reply = await try_to_write(student, classmate.id, wrong)
        texts.add((reply.status, reply.code, reply.body["message"]))
    assert len(texts) == 1
    assert (await classmate.get(f"{API}/threads")).body["pagination"]["totalCount"] == before


async def test_who_was_written_to_may_answer(school: School, people: dict[str, Person]):
    """Although they could not have begun."""
    student = await school.person()
    sent = await write(people["manager"], "Please call.", to=[student.id])
    assert (await try_to_write(student, people["manager"].id, title="T")).code == "may_not_write"
    answer = await write(student, "I will.", to=[people["manager"].id])
    assert answer["threadId"] == sent["threadId"]


async def test_leaving_the_course_ends_what_rested_on_it(school: School):
    """Who began may not go on, a question is closed, and what was written is still read."""
    instructor, ada, bob = await school.person("instructor"), await school.person(), await school.person()
    course = await school.course(instructor, ada, bob)
    thread = (await write(ada, "Hi", to=[bob.id]))["threadId"]
    question = (await write(ada, "Why?", courseId=course))["threadId"]
    await ada.delete(f"{API}/courses/{course}/enroll")
    for one in (thread, question):
        reply = await ada.post(f"{API}/messages", {"threadId": one, "content": "x"})
        assert (reply.status, reply.code in {"may_not_write", "forbidden"}) == (403, True)
    assert await read(ada, thread) == ["Hi"]
    assert (await try_to_write(ada, bob.id)).code == "may_not_write"


async def test_a_denial_is_kept(school: School):
    """Who is denied to send reads on and writes to nobody."""
    ada, bob = await classmates(school)
    thread = (await write(ada, "1", to=[bob.id]))["threadId"]
    await assign(school.admin, ada, denies="message.send")
    ada = await renewed(ada)
    assert (await try_to_write(ada, bob.id)).code == "forbidden"
    assert await read(ada, thread) == ["1"]


async def test_a_block_hides_and_refuses_without_saying_so(school: School):
    """What the blocked one gets is what strangers get; live nothing comes; lifted, everything is there again."""
    ada, eve = await classmates(school)
    sent = await write(eve, "Hey", to=[ada.id])
    async with ada.live("collab") as hers:
        assert (await ada.post(f"{API}/messages/blocks", {"userId": eve.id})).status == 200
        assert [one["id"] for one in (await ada.get(f"{API}/messages/blocks")).data] == [eve.id]
        for where in ({"to": [eve.id]}, {"to": [ada.id]}, {"threadId": sent["threadId"]}):
            reply = await eve.post(f"{API}/messages", {"content": "x", **where})
            assert (reply.status, reply.code) == (403, "may_not_write")
        async with eve.live("collab") as other:
            await other.say("typing", threadId=sent["threadId"])
        assert (await edit(eve, sent["messageId"], "Hey!!")).status == 200
        assert (await thread_of(ada, sent["threadId"])).status == 404
        assert ((await ada.get(f"{API}/threads")).data, await unread(ada)) == ([], 0)
        await ada.call("DELETE", f"{API}/messages/blocks", {"userId": eve.id})
        await write(eve, "Sorry", to=[ada.id])
        await hers.event("message.received", content="Sorry")
        assert (hers.named("typing"), hers.named("message.updated")) == ([], [])
    assert await read(ada, sent["threadId"]) == ["Hey!!", "Sorry"]


async def test_a_former_member_has_no_name(school: School):
    """What they wrote stays; their name is gone from thread and log, and nobody writes to them."""
    ada, bob = await classmates(school)
    begin = (await bob.get(f"{API}/threads")).body["asOf"]
    sent = await write(ada, "Remember me", to=[bob.id])
    assert (await school.admin.delete(f"{API}/users/{ada.id}")).status == 200
    (message,) = (await bob.get(f"{API}/threads/{sent['threadId']}/messages")).data
    assert (message["content"], message["sender"]["firstName"]) == ("Remember me", "Former")
    async with bob.live("collab", resume=begin) as his:
        await his.event("sync.ok")
        assert [one.payload.get("_redacted") for one in his.told if one.name == "message.received"] == [True]
    assert (await try_to_write(bob, ada.id)).code == "may_not_write"


async def test_staff_cannot_escape_questions_by_a_block(school: School):
    """Nor is somebody blocked with whom one has nothing to do, nor oneself; twice is once."""
    instructor, student, stranger = await school.person("instructor"), await school.person(), await school.person()
    course = await school.course(instructor, student)
    for _ in range(2):
        assert (await instructor.post(f"{API}/messages/blocks", {"userId": student.id})).status == 200
    question = await write(student, "Still there?", courseId=course)
    assert await read(instructor, question["threadId"]) == ["Still there?"]
    for nobody in (stranger.id, student.id, "0" * 24):
        assert (await student.post(f"{API}/messages/blocks", {"userId": nobody})).status == 404


async def test_new_threads_with_strangers_are_few(school: School):
    """A student begins ten in an hour, goes on in all of them, and asks staff as often as needed."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    for number in range(10):
        await write(student, "Hi", to=[instructor.id], title=f"Group {number}")
    reply = await try_to_write(student, instructor.id)
    assert (reply.status, reply.code, int(reply.headers["Retry-After"]) > 3000) == (429, "rate_limited", True)
    await write(student, "Why?", courseId=course)


async def test_ten_messages_at_once_and_twenty_a_minute(strict_school: School):
    """With the limits of production whoever writes on is refused soon, and other calls go on."""
    ada, bob = await classmates(strict_school)
    thread = (await write(ada, "1", to=[bob.id]))["threadId"]
    for _ in range(40):  # a process that does not hear from Redis in time counts for itself meanwhile
        reply = await ada.post(f"{API}/messages", {"threadId": thread, "content": "x"})
        assert reply.headers["RateLimit-Policy"] == '"message";q=10;w=30'
        if reply.status == 429:
            break
    assert reply.code == "rate_limited"
    assert (await ada.get(f"{API}/threads")).status == 200
