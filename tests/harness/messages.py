"""People who write to each other."""

from __future__ import annotations

from typing import Any

from tests.harness.people import Person, Reply
from tests.harness.school import School

API = "/api/v1"


async def classmates(school: School, count: int = 2) -> list[Person]:
    """Students of one course; each other one is at the second instance."""
    instructor = await school.person("instructor")
    students = [await school.person() for _ in range(count)]
    await school.course(instructor, *students)
    return [student.at((school.url, school.other_url)[number % 2]) for number, student in enumerate(students)]


async def write(sender: Person, content: str, **where: Any) -> Any:
    """Send, and return the message as it was answered."""
    reply = await sender.post(f"{API}/messages", {"content": content, **where})
    assert reply.status == 201, reply.body
    return reply.data


async def thread_of(person: Person, thread_id: str) -> Reply:
    return await person.get(f"{API}/threads/{thread_id}")


async def read(person: Person, thread_id: str, query: str = "") -> list[str]:
    """The contents of a thread's messages, as this person reads them."""
    reply = await person.get(f"{API}/threads/{thread_id}/messages{query}")
    return [message["content"] for message in reply.data]


async def unread(person: Person) -> int:
    return (await person.get(f"{API}/messages/unread")).data["unread"]


async def edit(person: Person, message_id: str, content: str) -> Reply:
    return await person.call("PATCH", f"{API}/messages/{message_id}", {"content": content})


async def delete(person: Person, message_id: str) -> Reply:
    return await person.delete(f"{API}/messages/{message_id}")
