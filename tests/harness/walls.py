"""Two courses with somebody of every role in each, and what each of them hears in every namespace."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import socketio

from schemas.streams import Namespace
from tests.harness.people import Live, Person
from tests.harness.rights import promoted, staff_of
from tests.harness.school import School
from tests.harness.teller import MARK_ID, MARK_NUMBER, OF_COURSES

MEMBERS = ("student", "promoter", "mentor", "tutor")
STAFF = ("facilitator", "instructor")
OVERSEERS = ("manager", "admin")
EVERYWHERE = tuple(Namespace)


@dataclass(slots=True)
class Side:
    """One course and its people by role: the instructor owns it, the facilitator was assigned, the others joined."""

    name: str
    course: str
    people: dict[str, Person]

    @property
    def canary(self) -> str:
        return f"canary of {self.name}"

    @property
    def told(self) -> dict[str, Any]:
        return {"canary": self.canary, "ids": {"course_id": self.course, "user_id": self.people["student"].id}}

    @property
    def rooms(self) -> list[str]:
        """Every stream of the course that there is."""
        staff = [f"grading/course:{self.course}:staff", f"progress/course:{self.course}:staff"]
        return [f"{one}/course:{self.course}" for one in ("announcements", "grading", "collab")] + staff

    def readers(self, stream: str) -> set[str]:
        """Who of this side may hear a stream of its course, or of one of its people, by the rules of the school."""
        room = stream.partition("/")[2]
        if room.startswith("user:"):
            return {role for role, person in self.people.items() if room == f"user:{person.id}"}
        if self.course not in room:
            return set()
        return {*STAFF} if room.endswith(":staff") else {*STAFF, *MEMBERS}

    def due(self, role: str | None) -> Counter[tuple[str, str]]:
        """Name and stream of each event of EVENTS that somebody hears of what is told here; None oversees all."""
        marks = dict.fromkeys(("announcement_id", "enrollment_id", "thread_id"), MARK_ID)
        address = {**self.told["ids"], **marks, "user_ids": (self.told["ids"]["user_id"],), "thread_ids": ()}
        streams = ((spec.name, stream) for spec in OF_COURSES for stream in spec.audience.streams(address))
        if role is None:
            return Counter(
                (name, stream)
                for name, stream in streams
                if not stream.partition("/")[2].startswith(("user:", "thread:"))
            )
        return Counter((name, stream) for name, stream in streams if role in self.readers(stream))


@dataclass(slots=True)
class Everywhere:
    """Somebody's one connection to all namespaces."""

    lives: Mapping[str, Live] = field(default_factory=dict)

    def heard(self) -> Counter[tuple[str, str]]:
        """Name and stream of every marked event that arrived, however often it did."""
        payloads = ((one.name, one.payload) for live in self.lives.values() for one in live.told)
        return Counter((name, payload["_stream"]) for name, payload in payloads if is_marked(payload))

    async def follow(self, course: str) -> None:
        """Follow whatever is granted of a course; what is not is no error here."""
        for live in self.lives.values():
            await live.say("course.watch", courseId=course)

    async def settled(self) -> None:
        """Everything that was sent before has arrived: each namespace has answered."""
        for live in self.lives.values():
            await live.say("course.unwatch", courseId="0" * 24)


def is_marked(payload: Any) -> bool:
    text = json.dumps(payload)
    return "_stream" in (payload or {}) and any(
        mark in text for mark in (MARK_ID, f'"count": {MARK_NUMBER}', "canary of ")
    )


@asynccontextmanager
async def everywhere(person: Person, **auth: Any) -> AsyncIterator[Everywhere]:
    """Connect to all namespaces at once."""
    client = socketio.AsyncClient(reconnection=False)
    lives = {namespace.value: Live(client, namespace) for namespace in EVERYWHERE}
    names = [live.namespace for live in lives.values()]
    await client.connect(
        person.url, auth={"token": person.token, **auth}, namespaces=names, transports=["websocket"], wait_timeout=5
    )
    try:
        yield Everywhere(lives)
    finally:
        await client.disconnect()


async def side(school: School, name: str) -> Side:
    """A course with its people, half of them at the other instance."""
    people = {role: await school.person(role) for role in (*MEMBERS, "instructor")}
    course = await school.course(people["instructor"], *(people[role] for role in MEMBERS))
    people["facilitator"] = await staff_of(school, course)
    moved = {role: one.at(school.other_url) for role, one in people.items() if role in {"student", "facilitator"}}
    return Side(name, course, {**people, **moved})


async def overseers(school: School) -> dict[str, Person]:
    """A manager and an administrator, in no course."""
    return {role: await promoted(school, role) for role in OVERSEERS}


@asynccontextmanager
async def all_connected(people: Mapping[str, Person]) -> AsyncIterator[dict[str, Everywhere]]:
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(everywhere(person)) for name, person in people.items()}
