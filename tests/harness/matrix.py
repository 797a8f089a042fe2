"""Somebody of every role, and objects that stand in every way to each of them: what the matrix is tried with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from handlers.call import Route
from schemas.types import UserRole
from tests.harness.jobs import dead_job
from tests.harness.notified import notified
from tests.harness.people import PASSWORD, Person, Reply, call, sign_in
from tests.harness.rights import assign, promoted, renewed
from tests.harness.school import School, announce

ROLES: Final = tuple(role.value for role in UserRole)
MISSING: Final = "0" * 24
OF_COURSES: Final = ("own", "same", "other", "draft", "missing")
OF_USERS: Final = ("own", "same", "staff", "above", "missing")
OF_THINGS: Final = ("any", "missing")
OF_KEYS: Final = ("own", "other", "missing")
OF_MESSAGES: Final = ("own", "other", "missing")

VARIANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "course_id": OF_COURSES,
    "announcement_id": OF_COURSES,
    "stream": OF_COURSES,
    "user_id": OF_USERS,
    "assignment_id": OF_USERS,
    "session_id": OF_USERS,
    "invite_code_id": OF_THINGS,
    "person_id": OF_USERS,
    "identity_id": ("missing",),
    "api_key_id": OF_KEYS,
    "notification_id": OF_KEYS,
    "thread_id": OF_MESSAGES,
    "message_id": OF_MESSAGES,
    "push_subscription_id": ("missing",),
    "webhook_id": OF_THINGS,
    "job_id": OF_THINGS,
}
"""The name of an id to the ways in which what it names can stand to a caller.

A course: taught by the caller, or the caller is in it where nobody of that role teaches (own); the caller is in it
(same); the caller is not (other); nor in this draft (draft). An account, or something of one: the caller's (own), that
of somebody in the same course, whom the mentor mentors (same), of staff (staff), of a manager (above).
"""

_number = count(1)


@dataclass(slots=True)
class World:
    """`ids` holds an object for each id and variant, the same for every role but where it is one's own."""

    school: School
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    own: dict[tuple[str, str], str] = field(default_factory=dict)
    head: Person | None = None

    def id_of(self, name: str, variant: str, role: str) -> str:
        if variant == "missing":
            return f"announcements/course:{MISSING}" if name == "stream" else MISSING
        if variant == "own" and (name, role) in self.own:
            return self.own[name, role]
        return self.ids[name, variant]

    def found(self, variant: str, role: str) -> dict[str, str]:
        """Every id that can stand so to this role; those of other kinds name something that is not theirs."""
        return {
            name: self.id_of(name, variant if variant in variants else variants[-2:][0], role)
            for name, variants in VARIANTS.items()
        }

    async def fresh(self, about: str, variant: str, role: str) -> dict[str, str]:
        """The same with an object that nobody else needs, for calls that use up what they are about."""
        found = self.found(variant, role)
        if about == "webhook_id":
            found["webhook_id"] = await webhook(self.school)
        elif VARIANTS[about] is OF_COURSES:
            found |= await self._course(variant, role)
        elif about == "session_id" and variant == "own":
            found["session_id"] = await other_session(self.people[role])
        elif about == "message_id" and variant == "own":
            found |= await message(self.people[role], (await self.account("same"))["user_id"])
        elif about == "job_id" and variant == "any":
            found["job_id"] = await dead_job(self.school.place)
        elif VARIANTS[about] is OF_USERS and variant != "own":
            found |= await self.account(variant)
        return found

    async def _course(self, variant: str, role: str) -> dict[str, str]:
        person, instructor = self.people[role], self.people["instructor"]
        found = await course(self.school, instructor if variant == "own" else self.head, is_draft=variant == "draft")
        if variant == "own" and role == "facilitator":
            await assign(self.school.admin, person, role=role, course=found["course_id"])
            self.people[role] = await renewed(person)
        elif variant in {"own", "same"} and not (variant == "own" and role == "instructor"):
            assert (await person.post(f"/api/v1/courses/{found['course_id']}/enroll")).status == 201
        return found

    async def account(self, variant: str) -> dict[str, str]:
        role = {"same": "student", "staff": "tutor", "above": "manager"}[variant]
        person = await (promoted(self.school, role) if role == "manager" else self.school.person(role))
        if variant == "same":
            course_id = self.ids["course_id", "same"]
            assert (await person.post(f"/api/v1/courses/{course_id}/enroll")).status == 201
        return {
            "user_id": person.id,
            "person_id": person.id,
            "assignment_id": await harmless(self.school, person),
            "session_id": person.session_id,
        }


async def course(school: School, owner: Person, *, is_draft: bool = False) -> dict[str, str]:
    course_id = await school.course(owner)
    announcement = await announce(owner, course_id)
    if is_draft:
        await owner.put(f"/api/v1/courses/{course_id}", {"status": "draft"})
    stream = f"announcements/course:{course_id}"
    return {"course_id": course_id, "announcement_id": announcement["announcementId"], "stream": stream}


async def invite_code(school: School) -> str:
    return (await school.admin.post("/api/v1/admin/invite-codes", {"role": "tutor"})).data["inviteCodeId"]


async def webhook(school: School) -> str:
    """Made and gone again with the school: there may be twenty."""
    draft = {"url": "https://system.example/hook", "events": ["announcement.posted"]}
    return (await school.admin.post("/api/v1/admin/webhooks", draft)).data["webhookId"]


async def api_key(person: Person) -> str:
    made = await person.post("/api/v1/auth/api-keys", {"name": "K", "scopes": ["course.read"]})
    return made.data["id"]


async def message(sender: Person, to: str) -> dict[str, str]:
    sent = (await sender.post("/api/v1/messages", {"to": [to], "content": "Hello."})).data
    return {"thread_id": sent["threadId"], "message_id": sent["messageId"]}


async def other_session(person: Person) -> str:
    email = (await person.get("/api/v1/users/me")).data["email"]
    return (await sign_in(person.http, person.url, email, PASSWORD)).session_id


async def harmless(school: School, person: Person) -> str:
    """An assignment that changes nothing of what the person meets in these tests."""
    return (await assign(school.admin, person, denies="coupon.manage", user=person.id)).data["assignmentId"]


async def build(school: School) -> World:
    """Everybody, and what calls that use nothing up can share."""
    world = World(school, head=await school.person("instructor"))
    for role in ROLES[1:]:
        world.people[role] = await (promoted(school, role) if role in {"manager", "admin"} else school.person(role))
    for variant in OF_COURSES[:-1]:
        owner = world.people["instructor"] if variant == "own" else world.head
        made = await course(school, owner, is_draft=variant == "draft")
        world.ids |= {(name, variant): found for name, found in made.items()}
    for variant in OF_USERS[1:-1]:
        world.ids |= {(name, variant): found for name, found in (await world.account(variant)).items()}
    world.ids["invite_code_id", "any"] = await invite_code(school)
    world.ids["webhook_id", "any"] = await webhook(school)
    world.ids["job_id", "any"] = await dead_job(school.place)
    await stand(world)
    return world


async def stand(world: World) -> None:
    """Put everybody where they belong: members, the facilitator, the mentor; and give each something of their own."""
    people, admin = world.people, world.school.admin
    own, same = world.ids["course_id", "own"], world.ids["course_id", "same"]
    for role, person in people.items():
        taught = {own} if role in {"instructor", "facilitator"} else set()
        for course_id in {own, same} - taught:
            assert (await person.post(f"/api/v1/courses/{course_id}/enroll")).status == 201
    await assign(admin, people["facilitator"], role="facilitator", course=own)
    await assign(admin, people["mentor"], role="mentor", user=world.ids["user_id", "same"])
    for role, person in people.items():
        world.own |= {("user_id", role): person.id, ("assignment_id", role): await harmless(world.school, person)}
        people[role] = await renewed(person)
        world.own |= {("session_id", role): people[role].session_id, ("person_id", role): person.id}
        world.own["api_key_id", role] = await api_key(people[role])
        world.own["notification_id", role] = await notified(world.school, person)
        with_same = await message(people[role], world.ids["user_id", "same"])
        world.own |= {(name, role): found for name, found in with_same.items()}
    world.own |= {
        (name, "guest"): MISSING for name, variants in VARIANTS.items() if variants in (OF_USERS, OF_KEYS, OF_MESSAGES)
    }
    world.ids["api_key_id", "other"] = await api_key(admin)
    world.ids["notification_id", "other"] = await notified(world.school, admin)
    between_others = await message(world.head, world.ids["user_id", "same"])
    world.ids |= {(name, "other"): found for name, found in between_others.items()}


def filled(value: Any, found: Mapping[str, str]) -> Any:
    """An example, or a part of one, with ids in place of their names."""
    if isinstance(value, list):
        return [filled(one, found) for one in value]
    return value.format_map(found) if isinstance(value, str) else value


async def tried(world: World, role: str, route: Route, found: Mapping[str, str]) -> Reply:
    """One call of the row by somebody of the role, about these objects."""
    path = route.paths[0].format_map({**found, "stream": found["stream"].replace("/", "%2F")})
    if route.about_source == "query":
        path += f"?{route.about_name}={found[route.about_name]}"
    body: Any = None
    if route.body is not None:
        unique = {"email": f"m{next(_number)}@school.example", "username": f"m{next(_number)}xx"}
        example = (route.example or {}).items()
        body = {key: filled(value, found) for key, value in example}
        body |= {key: value for key, value in unique.items() if key in body}
    person = world.people.get(role)
    headers = {"Authorization": f"Bearer {person.token}"} if person else {}
    return await call(world.school.http, route.method, world.school.url + path, body, headers)


SAID: Final[Mapping[str, Callable[[Mapping[str, str]], Mapping[str, Any]]]] = {
    "course.watch": lambda found: {"courseId": found["course_id"]},
    "course.unwatch": lambda found: {"courseId": found["course_id"]},
    "sync": lambda found: {"stream": f"collab/course:{found['course_id']}", "epoch": "x", "seq": 0},
    "thread.watch": lambda found: {"threadId": found["thread_id"]},
    "presence.list": lambda found: {"courseId": found["course_id"]},
    "typing": lambda found: {"courseId": found["course_id"], "where": "announcement"},
    "auth.refresh": lambda found: {"token": found["token"]},
}
"""What is said with each command about a course, or a thread."""
