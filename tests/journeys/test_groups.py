"""Several people in one thread: who comes later, who leaves, and what is too large for everyone's own stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.harness.messages import API, classmates, delete, edit, read, thread_of, write
from tests.harness.people import Person
from tests.harness.school import School


async def add(person: Person, thread: str, *others: Person) -> Any:
    return await person.post(f"{API}/threads/{thread}/members", {"userIds": [one.id for one in others]})


@dataclass(frozen=True, slots=True)
class Crowd:
    """A group of more than 50, of which each test takes two students for itself."""

    instructor: Person
    students: Iterator[Person]
    ids: list[str]
    thread: str

    @property
    def stream(self) -> str:
        return f"collab/thread:{self.thread}"

    def two(self) -> tuple[Person, Person]:
        return next(self.students), next(self.students)

    async def positions(self, person: Person) -> Any:
        """Where the streams of the thread stand for this person."""
        return (await person.get(f"{API}/threads/{self.thread}/messages")).body["asOf"]


@pytest.fixture(scope="module")
async def crowd(school: School) -> Crowd:
    instructor = await school.person("instructor")
    students = [(await school.person()).at((school.url, school.other_url)[n % 2]) for n in range(8)]
    course = await school.course(instructor, *students)
    rows = [{"email": f"{instructor.id}-{n}@school.example", "name": f"C {n}"} for n in range(43)]
    assert (await instructor.post(f"{API}/courses/{course}/roster", {"rows": rows})).data["enrolled"] == 43
    roster = (await instructor.get(f"{API}/courses/{course}/roster?limit=100")).data
    ids = [row["student"]["id"] for row in roster]
    sent = await write(instructor, "All of you", to=ids, title="Everyone")
    return Crowd(instructor, iter(students), ids, sent["threadId"])


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


async def test_a_crowd_follows_the_stream_of_its_thread(crowd: Crowd):
    """Above 50, what is written comes on one stream to those who watch; leaving ends that at once."""
    student, other = crowd.two()
    assert (await thread_of(student, crowd.thread)).data["stream"] == crowd.stream
    assert set(await crowd.positions(student)) == {crowd.stream, f"collab/user:{student.id}"}
    async with student.live("collab") as his, other.live("collab") as hers:
        for live in (his, hers):
            assert list((await live.say("thread.watch", threadId=crowd.thread))["data"]["streams"]) == [crowd.stream]
        sent = await write(crowd.instructor, "Listen", threadId=crowd.thread)
        for live in (his, hers):
            assert (await live.event("message.received", messageId=sent["messageId"]))["_stream"] == crowd.stream
        assert (await other.post(f"{API}/threads/{crowd.thread}/leave")).status == 200
        assert (await hers.event("session.permissions"))["left"] == [crowd.stream]
        await write(crowd.instructor, "Without you", threadId=crowd.thread)
        await his.event("message.received", content="Without you")
        assert (await hers.say("thread.watch", threadId=crowd.thread))["error"]["code"] == "not_found"
        assert [one["content"] for one in hers.named("message.received")] == ["Listen"]


async def test_nobody_resumes_a_crowd_from_before_they_joined(crowd: Crowd):
    """Neither by watching, nor by sync, nor at CONNECT; from where they joined it goes on."""
    student, other = crowd.two()
    begin = (await crowd.positions(student))[crowd.stream]
    await write(crowd.instructor, "Not for later", threadId=crowd.thread)
    await other.post(f"{API}/threads/{crowd.thread}/leave")
    assert (await add(crowd.instructor, crowd.thread, other)).status == 200
    joined = (await crowd.positions(other))[crowd.stream]
    await write(crowd.instructor, "For all", threadId=crowd.thread)
    async with other.live("collab", resume={crowd.stream: begin}) as live:
        assert (await live.event("sync.reset", stream=crowd.stream))["reason"] == "too_old"
        assert (await live.say("sync", stream=crowd.stream, epoch=begin[0], seq=begin[1]))["ok"]
        await live.say("thread.watch", threadId=crowd.thread, resume={crowd.stream: joined})
        await live.event("message.received", content="For all")
        assert [one["content"] for one in live.named("message.received")] == ["For all"]
    async with student.live("collab", resume={crowd.stream: begin}) as live:
        await live.event("message.received", content="Not for later")


async def test_a_crowd_does_not_tell_newcomers_of_older_messages(crowd: Crowd):
    """A change of one comes to those who see it, on their own streams; that it is deleted says nothing."""
    student, other = crowd.two()
    old = await write(crowd.instructor, "Old", threadId=crowd.thread)
    await other.post(f"{API}/threads/{crowd.thread}/leave")
    await add(crowd.instructor, crowd.thread, other)
    async with student.live("collab") as his, other.live("collab") as hers:
        await hers.say("thread.watch", threadId=crowd.thread)
        await edit(crowd.instructor, old["messageId"], "Changed")
        assert (await his.event("message.updated"))["_stream"] == f"collab/user:{student.id}"
        await delete(crowd.instructor, old["messageId"])
        await hers.event("message.deleted", messageId=old["messageId"])
        assert hers.named("message.updated") == []
    assert await read(other, crowd.thread) == []


async def test_how_many_may_be_in_a_thread(crowd: Crowd):
    """50 for everyone and more for staff; a direct thread takes nobody in and is not left."""
    student, other = crowd.two()
    others = [one for one in crowd.ids if one != student.id]
    many = await student.post(f"{API}/messages", {"to": others[:50], "content": "x"})
    assert (many.status, many.code) == (409, "group_too_large")
    direct = (await write(student, "x", to=[other.id]))["threadId"]
    assert (await add(student, direct, crowd.instructor)).code == "not_a_group"
    assert (await student.post(f"{API}/threads/{direct}/leave")).code == "not_a_group"
    renamed = await student.call("PATCH", f"{API}/threads/{crowd.thread}", {"title": "All"})
    assert renamed.data["title"] == (await thread_of(crowd.instructor, crowd.thread)).data["title"] == "All"
