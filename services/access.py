"""The one door to what belongs to others.

`enter()` answers 404 for what the caller may not know of and 403 for what they know of but may not do, and
yields a scope. A service takes the scope first and asks `scope.require()` again: the route's permission is
the sign on the door, the service is the law.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.announcements import Announcement
from models.api_keys import ApiKey
from models.base import Record
from models.courses import Course
from models.enrollments import Enrollment
from schemas.streams import Room, Stream, parse_stream
from schemas.types import CourseStatus, UserRole
from services.crypto import Keyring
from services.errors import Forbidden, NotFound
from services.permissions import NO_GRANTS, Grants, Permission, Reach
from services.unit import Unit


@dataclass(frozen=True, slots=True)
class Actor:
    """Who calls. `user_id` is None for a guest; `session_id` is that of an API key where one is used.

    `proved_at` is when the caller last proved who they are with everything that they have enrolled, in seconds
    since 1970.
    """

    user_id: str | None = None
    role: UserRole = UserRole.GUEST
    session_id: str | None = None
    permission_version: int = 0
    grants: Grants = NO_GRANTS
    proved_at: float = 0.0

    def reach(self, permission: Permission) -> Reach | None:
        """How far the permission goes for this caller; None where it is lacking."""
        return self.grants.reach(self.role, permission)

    @property
    def is_api_key(self) -> bool:
        """Whether a program calls, with no more than the scopes of its key."""
        return self.grants.only is not None

    @property
    def may_follow_live(self) -> bool:
        """Whether the caller may open a socket or a stream of events at all."""
        return not self.is_api_key or self.reach(Permission.COURSE_FOLLOW) is not None

    @property
    def object_id(self) -> PydanticObjectId:
        """The caller's id as the database keeps it; a guest has none and is `Forbidden`."""
        if self.user_id is None:
            raise Forbidden
        return PydanticObjectId(self.user_id)


GUEST: Final = Actor()

STEP_UP_S: Final = 600
"""How old a proof of identity may be where a route asks for step-up."""


class Relation(IntEnum):
    """What a caller is to a course; each includes those before it."""

    NONE = 0
    MEMBER = 1
    STAFF = 2


@dataclass(slots=True)
class Scope:
    """One call: who, when, and the unit that it fills. `required` is what its services asked for."""

    actor: Actor
    unit: Unit
    keys: Keyring
    required: set[Permission] = field(default_factory=set)

    @property
    def at(self) -> datetime:
        return self.unit.at

    @property
    def subject(self) -> Record | None:
        """The object that the call is about, whose version If-Match names."""
        return None

    def allows(self, permission: Permission) -> bool:
        return self.actor.reach(permission) is not None

    def require(self, permission: Permission) -> None:
        """Refuse with `Forbidden` unless the caller holds the permission here."""
        self.required.add(permission)
        if not self.allows(permission):
            raise Forbidden


ROOM_PERMISSION: Final[Mapping[Room, Permission]] = {
    Room.COURSE: Permission.COURSE_FOLLOW,
    Room.COURSE_STAFF: Permission.ENROLLMENT_READ,
}


@dataclass(slots=True, kw_only=True)
class CourseScope(Scope):
    """A call about one course."""

    course: Course
    relation: Relation
    enrollment: Enrollment | None

    @property
    def subject(self) -> Record | None:
        return self.course

    def may_read(self, stream: Stream) -> bool:
        """Whether the caller may read this stream of the course, or of their own."""
        if stream.room is Room.USER:
            return stream.object_id == self.actor.user_id
        return stream.object_id == str(self.course.id) and self.allows(ROOM_PERMISSION[stream.room])

    def allows(self, permission: Permission) -> bool:
        match self.actor.reach(permission):
            case None:
                return False
            case Reach.MEMBER:
                return self.relation >= Relation.MEMBER
            case Reach.STAFF:
                return self.relation >= Relation.STAFF
            case _:
                return True


@dataclass(slots=True, kw_only=True)
class AnnouncementScope(CourseScope):
    """A call about one announcement of a course."""

    announcement: Announcement

    @property
    def subject(self) -> Record | None:
        return self.announcement


@dataclass(slots=True, kw_only=True)
class UserScope(Scope):
    """A call about one account."""

    user: User

    @property
    def subject(self) -> Record | None:
        return self.user

    def allows(self, permission: Permission) -> bool:
        reach = self.actor.reach(permission)
        own = str(self.user.id) == self.actor.user_id
        return reach is Reach.ALL or (reach is Reach.SELF and own)


@dataclass(slots=True, kw_only=True)
class ApiKeyScope(Scope):
    """A call about one API key of the caller's own."""

    key: ApiKey

    @property
    def subject(self) -> Record | None:
        return self.key


@dataclass(slots=True, kw_only=True)
class StreamScope(Scope):
    """A call about one stream. `is_readable` says whether the caller may see what it says, and not only that it is."""

    stream: Stream
    is_readable: bool


async def enter_course(scope: Scope, course_id: str) -> CourseScope:
    """Find the course, or `NotFound` for those who may not know of it."""
    course = await Course.get(PydanticObjectId(course_id))
    if course is None or course.deleted_at is not None:
        raise NotFound
    enrollment = await _enrollment(scope.actor, course)
    relation = _relation(scope.actor, course, enrollment)
    found = CourseScope(
        actor=scope.actor,
        unit=scope.unit,
        keys=scope.keys,
        course=course,
        relation=relation,
        enrollment=enrollment,
    )
    visible = course.status is not CourseStatus.DRAFT or relation >= Relation.MEMBER
    if not visible and not found.allows(Permission.COURSE_READ_DRAFT):
        raise NotFound
    return found


async def enter_announcement(scope: Scope, announcement_id: str) -> AnnouncementScope:
    """Find the announcement; whoever may not read the course's feed does not learn that it exists."""
    announcement = await Announcement.get(PydanticObjectId(announcement_id))
    if announcement is None:
        raise NotFound
    inside = await enter_course(scope, str(announcement.course_id))
    if not inside.allows(Permission.ANNOUNCEMENT_READ):
        raise NotFound
    return AnnouncementScope(
        actor=scope.actor,
        unit=scope.unit,
        keys=scope.keys,
        course=inside.course,
        relation=inside.relation,
        enrollment=inside.enrollment,
        announcement=announcement,
    )


async def enter_user(scope: Scope, user_id: str) -> UserScope:
    """Find the account; nobody but oneself and those who manage accounts learns that it exists."""
    user = await User.get(PydanticObjectId(user_id))
    if user is None:
        raise NotFound
    found = UserScope(actor=scope.actor, unit=scope.unit, keys=scope.keys, user=user)
    if not (found.allows(Permission.USER_READ_SELF) or found.allows(Permission.USER_SUSPEND)):
        raise NotFound
    return found


async def enter_api_key(scope: Scope, api_key_id: str) -> ApiKeyScope:
    """Find the key; nobody learns of another's, whatever they may do otherwise."""
    key = await ApiKey.get(PydanticObjectId(api_key_id))
    if key is None or str(key.user_id) != scope.actor.user_id:
        raise NotFound
    return ApiKeyScope(actor=scope.actor, unit=scope.unit, keys=scope.keys, key=key)


async def enter_stream(scope: Scope, name: str) -> StreamScope:
    """Find the stream by its name; one of a course or an account that does not exist is no stream."""
    stream = parse_stream(name)
    if stream is None:
        raise NotFound
    if stream.room is Room.USER:
        await enter_user(scope, stream.object_id)
    else:
        await enter_course(scope, stream.object_id)
    is_readable = await may_follow(scope, stream)
    return StreamScope(actor=scope.actor, unit=scope.unit, keys=scope.keys, stream=stream, is_readable=is_readable)


DOORS: Final[Mapping[str, Callable[[Scope, str], Awaitable[Scope]]]] = {
    "course_id": enter_course,
    "announcement_id": enter_announcement,
    "user_id": enter_user,
    "api_key_id": enter_api_key,
    "stream": enter_stream,
}
"""The name of an id to the door behind it."""


async def enter(scope: Scope, id_name: str, object_id: str, permission: Permission) -> Scope:
    """Open the door that `id_name` names, and check that the caller may do this behind it."""
    inside = await DOORS[id_name](scope, object_id)
    if not inside.allows(permission):
        raise Forbidden
    return inside


async def may_follow(scope: Scope, stream: Stream) -> bool:
    """Whether the caller may read this stream live: never more than REST would show."""
    if stream.room is Room.USER:
        return stream.object_id == scope.actor.user_id
    try:
        inside = await enter_course(scope, stream.object_id)
    except NotFound:
        return False
    return inside.may_read(stream)


async def _enrollment(actor: Actor, course: Course) -> Enrollment | None:
    if actor.user_id is None:
        return None
    return await Enrollment.find_one({"course_id": course.id, "user_id": actor.object_id})


def _relation(actor: Actor, course: Course, enrollment: Enrollment | None) -> Relation:
    if actor.user_id == str(course.instructor_id):
        return Relation.STAFF
    if enrollment is not None and enrollment.state.is_seated:
        return Relation.MEMBER
    return Relation.NONE
