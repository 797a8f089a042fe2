"""Who calls, and what a call is about: the first argument of every service.

`services/access.py` makes these and lets nobody else in; `require()` is the law behind each of its doors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Final, TypedDict

from beanie import PydanticObjectId

from models.access import InviteCode, RoleAssignment
from models.accounts import RefreshFamily, User
from models.announcements import Announcement
from models.api_keys import ApiKey
from models.base import Record
from models.courses import Course
from models.enrollments import Enrollment
from models.identities import Identity
from models.unit import Job
from schemas.streams import SCHOOL_STREAM, Room, Stream
from schemas.types import UserRole
from services.accounts.roles import NOTHING, Local
from services.crypto import Keyring
from services.errors import Forbidden, StepUpRequired
from services.permissions import BELOW_MANAGER, NO_GRANTS, SCHOOL_WIDE, Grants, Permission, Reach, reaches_of
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

    def reaches(self, permission: Permission) -> frozenset[Reach]:
        """All the reaches of the permission; the caller may act where one of them leads."""
        return self.grants.reaches(self.role, permission)

    def could(self, permission: Permission) -> bool:
        """Whether some object may exist for which the caller holds the permission."""
        return self.grants.could(self.role, permission)

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
    OWNER = 3


class Carried(TypedDict):
    """What a call carries through each door; every scope is made of it and of what stands behind the door."""

    actor: Actor
    unit: Unit
    keys: Keyring


@dataclass(slots=True)
class Scope:
    """One call: who, when, and the unit that it fills. `required` is what its services asked for."""

    actor: Actor
    unit: Unit
    keys: Keyring
    required: set[Permission] = field(default_factory=set)

    @property
    def carried(self) -> Carried:
        return {"actor": self.actor, "unit": self.unit, "keys": self.keys}

    @property
    def at(self) -> datetime:
        return self.unit.at

    @property
    def subject(self) -> Record | None:
        """The object that the call is about, whose version If-Match names."""
        return None

    def may_read(self, stream: Stream) -> bool:
        """Whether the caller may read this stream, where the call is about it: here, their own."""
        return stream.room is Room.USER and stream.object_id == self.actor.user_id

    def allows(self, permission: Permission) -> bool:
        return self.actor.reach(permission) is not None

    def require_recent_proof(self) -> None:
        """Refuse with `StepUpRequired` unless the caller has proved within ten minutes who they are."""
        if self.actor.proved_at < self.at.timestamp() - STEP_UP_S:
            raise StepUpRequired

    def require(self, permission: Permission) -> None:
        """Refuse with `Forbidden` unless the caller holds the permission here."""
        self.required.add(permission)
        if not self.allows(permission):
            raise Forbidden


ROOM_PERMISSION: Final[Mapping[Room, Permission]] = {
    Room.COURSE: Permission.COURSE_FOLLOW,
    Room.COURSE_STAFF: Permission.ENROLLMENT_READ,
}


LEADS_TO: Final[Mapping[Reach, Relation | None]] = {
    Reach.MEMBER: Relation.MEMBER,
    Reach.STAFF: Relation.STAFF,
    Reach.OWNER: Relation.OWNER,
    Reach.BELOW: None,
}
"""Which relation to a course a reach asks for: None is found with no course, and what is missing with every one."""


def _leads(reaches: frozenset[Reach], relation: Relation) -> bool:
    needed = (LEADS_TO.get(reach, Relation.NONE) for reach in reaches)
    return any(one is not None and relation >= one for one in needed)


def holds(actor: Actor, standing: Relation, here: Local, permission: Permission) -> bool:
    """Whether the caller may do this in a course to which they stand so, and in which they were given this."""
    if permission in here.denied or actor.grants.refuses(permission):
        return False
    if _leads(actor.reaches(permission), standing):
        return True
    return any(_leads(reaches_of(role, permission), Relation.STAFF) for role in here.roles)


@dataclass(slots=True, kw_only=True)
class CourseScope(Scope):
    """A call about one course.

    `standing` is what the caller is to it without being assigned: that is how far the roles reach which count
    everywhere. `here` are the roles that count in this course alone, and they make its holder staff.
    """

    course: Course
    standing: Relation
    enrollment: Enrollment | None
    here: Local = NOTHING

    @property
    def relation(self) -> Relation:
        return max(self.standing, Relation.STAFF) if self.here.roles else self.standing

    @property
    def subject(self) -> Record | None:
        return self.course

    def may_read(self, stream: Stream) -> bool:
        """Whether the caller may read this stream of the course, or of their own."""
        if stream.room is Room.USER:
            return Scope.may_read(self, stream)
        return stream.object_id == str(self.course.id) and self.allows(ROOM_PERMISSION[stream.room])

    def allows(self, permission: Permission) -> bool:
        return holds(self.actor, self.standing, self.here, permission)


@dataclass(slots=True, kw_only=True)
class SchoolScope(Scope):
    """A call about what concerns the whole school."""

    def may_read(self, stream: Stream) -> bool:
        """Whether the caller may read this stream: the school's, or their own."""
        return (stream == SCHOOL_STREAM and self.allows(Permission.ANNOUNCEMENT_READ)) or Scope.may_read(self, stream)

    def allows(self, permission: Permission) -> bool:
        if permission in SCHOOL_WIDE:
            return self.actor.reach(SCHOOL_WIDE[permission]) is not None
        return self.actor.reach(permission) is Reach.ALL


@dataclass(slots=True, kw_only=True)
class AnnouncementScope(Scope):
    """A call about one announcement; `place` is the course that it is for, or the whole school."""

    place: CourseScope | SchoolScope
    announcement: Announcement

    @property
    def subject(self) -> Record | None:
        return self.announcement

    def allows(self, permission: Permission) -> bool:
        return self.place.allows(permission)


@dataclass(slots=True, kw_only=True)
class UserScope(Scope):
    """A call about one account.

    `here` are the roles that the caller holds for this person alone, such as being the mentor; `everywhere` those
    that the account holds, known where it matters: to callers whose reach ends below managers.
    """

    user: User
    here: Local = NOTHING
    everywhere: frozenset[UserRole] = frozenset()

    @property
    def subject(self) -> Record | None:
        return self.user

    @property
    def is_own(self) -> bool:
        return str(self.user.id) == self.actor.user_id

    def allows(self, permission: Permission) -> bool:
        if permission in self.here.denied or self.actor.grants.refuses(permission):
            return False
        reaches = self.actor.reaches(permission)
        assigned = any(Reach.ASSIGNED in reaches_of(role, permission) for role in self.here.roles)
        below = Reach.BELOW in reaches and self._is_below
        return assigned or below or Reach.ALL in reaches or (Reach.SELF in reaches and self.is_own)

    @property
    def _is_below(self) -> bool:
        return not self.is_own and bool(self.everywhere) and self.everywhere <= BELOW_MANAGER


@dataclass(slots=True, kw_only=True)
class AssignmentScope(UserScope):
    """A call about one role or denial of an account."""

    assignment: RoleAssignment

    @property
    def subject(self) -> Record | None:
        return self.assignment


@dataclass(slots=True, kw_only=True)
class SessionScope(UserScope):
    """A call about one session of an account."""

    family: RefreshFamily


@dataclass(slots=True, kw_only=True)
class InviteCodeScope(Scope):
    """A call about one invite code."""

    invite_code: InviteCode

    @property
    def subject(self) -> Record | None:
        return self.invite_code


@dataclass(slots=True, kw_only=True)
class PersonScope(UserScope):
    """A call about one person, as those who share a course know them; `relation` is the caller's in such a course."""

    relation: Relation

    @property
    def sees_all(self) -> bool:
        """Whether the caller sees more than what classmates see."""
        own = str(self.user.id) == self.actor.user_id
        return own or self.relation is Relation.STAFF or self.actor.reach(Permission.USER_READ_PROFILE) is Reach.ALL

    def allows(self, permission: Permission) -> bool:
        match self.actor.reach(permission):
            case Reach.MEMBER:
                return str(self.user.id) == self.actor.user_id or self.relation >= Relation.MEMBER
            case Reach.STAFF:
                return str(self.user.id) == self.actor.user_id or self.relation >= Relation.STAFF
            case _:
                return UserScope.allows(self, permission)


@dataclass(slots=True, kw_only=True)
class IdentityScope(Scope):
    """A call about one of the caller's own accounts elsewhere."""

    identity: Identity

    @property
    def subject(self) -> Record | None:
        return self.identity


@dataclass(slots=True, kw_only=True)
class ApiKeyScope(Scope):
    """A call about one API key of the caller's own."""

    key: ApiKey

    @property
    def subject(self) -> Record | None:
        return self.key


@dataclass(slots=True, kw_only=True)
class JobScope(Scope):
    """A call about one job."""

    job: Job


@dataclass(slots=True, kw_only=True)
class StreamScope(Scope):
    """A call about one stream. `is_readable` says whether the caller may see what it says, and not only that it is."""

    stream: Stream
    is_readable: bool
