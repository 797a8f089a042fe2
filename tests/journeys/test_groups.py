"""Several people in one thread: who comes later, who leaves, and what is too large for everyone's own stream."""

from __future__ import annotations

from typing import Any

from tests.harness.messages import API, classmates, delete, edit, read, thread_of, write
from tests.harness.people import Person
from tests.harness.school import School


async def add(person: Person, thread: str, *others: Person) -> Any:
    return await person.post(f"{API}/threads/{thread}/members", {"userIds": [one.id for one in others]})


async def crowd(school: School) -> tuple[Person, Person, Person, str]:
    """An instructor's group of 52, two students of it, and its id."""
    instructor = await school.person("instructor")
    lines = [{"email": f"{instructor.id}-{n}@school.example", "name": f"C {n}"} for n in range(49)]
    students = [await school.person() for _ in range(2)]
    course = await school.course(instructor, *students)
    assert (await instructor.post(f"{API}/courses/{course}/roster", {"rows": lines})).status in {200, 201}
    rows = (await instructor.get(f"{API}/courses/{course}/roster?limit=100")).data
    sent = await write(instructor, "All of you", to=[row["student"]["id"] for row in rows], title="Everyone")
    return instructor, students[0], students[1].at(school.other_url), sent["threadId"]


async def test_who_comes_later_reads_from_then_on(school: School):
    """Nothing older, not by page, search, id, count or last message, nor what becomes of it; but all that follows."""
    ada, bob, late = await classmates(school, 3)
    first = await write(ada, "before giraffes", to=[bob.id], title="Group")
    thread = first["threadId"]
    async with late.live("collab") as live:
        assert (await add(bob, thread, late)).status == 200
        assert (await live.event("thread.updated", threadId=thread))["participantCount"] == 3
        shown = (await thread_of(late, thread)).data
        assert (shown["lastMessage"], shown["unread"], shown["title"]) == (None, 0, "Group")
        await edit(ada, first["messageId"], "before giraffes, changed")
        second = await write(ada, "after giraffes", threadId=thread)
        await live.event("message.received", seq=2)
        assert live.named("message.updated") == []
    assert await read(late, thread) == await read(late, thread, "?after=0") == ["after giraffes"]
    found = (await late.get(f"{API}/messages/search?q=giraffes")).data
    assert [one["messageId"] for one in found] == [second["messageId"]]
    assert (await edit(late, first["messageId"], "x")).status == (await delete(late, first["messageId"])).status == 404
    assert await read(bob, thread) == ["before giraffes, changed", "after giraffes"]


async def test_who_leaves_hears_and_reads_no_more(school: School):
    """And comes back without what was said meanwhile."""
    ada, bob, eve = await classmates(school, 3)
    thread = (await write(ada, "1", to=[bob.id, eve.id]))["threadId"]
    async with eve.live("collab") as hers, ada.live("collab") as others:
        assert (await eve.post(f"{API}/threads/{thread}/leave")).status == 200
        told = await others.event("thread.updated", left=eve.id)
        assert told["participantCount"] == 2
        await write(bob, "without her", threadId=thread)
        await others.event("message.received", seq=2)
        assert (await thread_of(eve, thread)).status == 404
        assert (await eve.post(f"{API}/messages", {"threadId": thread, "content": "x"})).status == 404
        await add(ada, thread, eve)
        await write(bob, "with her", threadId=thread)
        await hers.event("message.received", seq=3)
        assert [one["seq"] for one in hers.named("message.received")] == [3]
    assert await read(eve, thread) == ["with her"]


async def test_a_crowd_follows_the_stream_of_its_thread(school: School):
    """Above 50, what is written comes on one stream to those who watch; leaving ends that at once."""
    instructor, student, other, thread = await crowd(school)
    stream = f"collab/thread:{thread}"
    assert (await thread_of(student, thread)).data["stream"] == stream
    snapshot = (await student.get(f"{API}/threads/{thread}/messages")).body
    assert set(snapshot["asOf"]) == {stream, f"collab/user:{student.id}"}
    async with student.live("collab") as his, other.live("collab") as hers:
        for live in (his, hers):
            assert list((await live.say("thread.watch", threadId=thread))["data"]["streams"]) == [stream]
        sent = await write(instructor, "Listen", threadId=thread)
        for live in (his, hers):
            assert (await live.event("message.received", messageId=sent["messageId"]))["_stream"] == stream
        assert (await other.post(f"{API}/threads/{thread}/leave")).status == 200
        assert (await hers.event("session.permissions"))["left"] == [stream]
        await write(instructor, "Without you", threadId=thread)
        await his.event("message.received", content="Without you")
        assert (await hers.say("thread.watch", threadId=thread))["error"]["code"] == "not_found"
        assert [one["content"] for one in hers.named("message.received")] == ["Listen"]


async def test_nobody_resumes_a_crowd_from_before_they_joined(school: School):
    """Neither by watching, nor by sync, nor at CONNECT; from where they joined it goes on."""
    instructor, student, other, thread = await crowd(school)
    stream = f"collab/thread:{thread}"
    begin = (await student.get(f"{API}/threads/{thread}/messages")).body["asOf"][stream]
    await write(instructor, "Not for later", threadId=thread)
    await other.post(f"{API}/threads/{thread}/leave")
    assert (await add(instructor, thread, other)).status == 200
    joined = (await other.get(f"{API}/threads/{thread}/messages")).body["asOf"][stream]
    await write(instructor, "For all", threadId=thread)
    async with other.live("collab", resume={stream: begin}) as live:
        assert (await live.event("sync.reset", stream=stream))["reason"] == "too_old"
        assert (await live.say("sync", stream=stream, epoch=begin[0], seq=begin[1]))["ok"]
        await live.say("thread.watch", threadId=thread, resume={stream: joined})
        await live.event("message.received", content="For all")
        assert [one["content"] for one in live.named("message.received")] == ["For all"]
    async with student.live("collab", resume={stream: begin}) as live:
        await live.event("message.received", content="Not for later")


async def test_how_many_may_be_in_a_thread(school: School):
    """50 for everyone and more for staff; a direct thread takes nobody in and is not left."""
    instructor, student, other, thread = await crowd(school)
    members = [one["student"]["id"] for one in await everyone(instructor, school)]
    many = await student.post(f"{API}/messages", {"to": members[:50], "content": "x"})
    assert (many.status, many.code) == (409, "group_too_large")
    direct = (await write(student, "x", to=[other.id]))["threadId"]
    assert (await add(student, direct, instructor)).code == "not_a_group"
    assert (await student.post(f"{API}/threads/{direct}/leave")).code == "not_a_group"
    renamed = await student.call("PATCH", f"{API}/threads/{thread}", {"title": "All"})
    assert renamed.data["title"] == (await thread_of(instructor, thread)).data["title"] == "All"


async def everyone(instructor: Person, school: School) -> list[Any]:
    course = (await instructor.get(f"{API}/courses?instructorId={instructor.id}")).data[0]["courseId"]
    return (await instructor.get(f"{API}/courses/{course}/roster?limit=100")).data
