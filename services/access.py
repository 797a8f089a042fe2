"""The one door to what belongs to others.

`enter()` answers 404 for what the caller may not know of and 403 for what they know of but may not do, and
yields a scope. A service takes the scope first and asks `scope.require()` again: the route's permission is
the sign on the door, the service is the law.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from beanie import PydanticObjectId

from models.access import InviteCode, RoleAssignment
from models.accounts import RefreshFamily, User
from models.announcements import Announcement
from models.api_keys import ApiKey
from models.courses import Course
from models.enrollments import Enrollment
from models.identities import Identity
from models.messages import Message, Thread
from models.notifications import Notification, NotificationChoices
from models.push import PushSubscription
from models.unit import Job
from models.webhooks import Webhook
from schemas.streams import SCHOOL_STREAM, Room, Stream, parse_stream
from schemas.types import SEATED, AnnouncementStatus, CourseStatus, ScopeType, UserRole, UserStatus
from services.accounts.roles import NOTHING, Local, grants_of, held_here
from services.errors import Forbidden, NotFound
from services.messages.membership import is_hidden, member_of
from services.messages.scopes import MessageScope, ThreadScope
from services.notifications.scopes import ChoicesScope, NotificationScope, PushSubscriptionScope, WebhookScope
from services.permissions import Permission, Reach
from services.scopes import (
    ROOM_PERMISSION,
    Actor,
    AnnouncementScope,
    ApiKeyScope,
    AssignmentScope,
    CourseScope,
    IdentityScope,
    InviteCodeScope,
    JobScope,
    PersonScope,
    Relation,
    SchoolScope,
    Scope,
    SessionScope,
    StreamScope,
    UserScope,
)


async def enter_course(scope: Scope, course_id: str) -> CourseScope:
    """Find the course, or `NotFound` for those who may not know of it."""
    course = await Course.get(PydanticObjectId(course_id))
    if course is None or course.deleted_at is not None:
        raise NotFound
    enrollment = await _enrollment(scope.actor, course)
    found = CourseScope(
        **scope.carried,
        course=course,
        standing=_standing(scope.actor, course, enrollment),
        enrollment=enrollment,
        here=await _here(scope, ScopeType.COURSE, course.id),
    )
    visible = course.status is not CourseStatus.DRAFT or found.relation >= Relation.MEMBER
    if not visible and not found.allows(Permission.COURSE_READ_DRAFT):
        raise NotFound
    return found


def enter_school(scope: Scope) -> SchoolScope:
    """The whole school, which everybody knows of."""
    return SchoolScope(**scope.carried)


async def enter_announcement(scope: Scope, announcement_id: str) -> AnnouncementScope:
    """Find the announcement; whoever may not read it does not learn that it exists.

    What is not posted, or not any more, is there for those who could post it.
    """
    announcement = await Announcement.get(PydanticObjectId(announcement_id))
    if announcement is None:
        raise NotFound
    course_id = announcement.course_id
    place = enter_school(scope) if course_id is None else await enter_course(scope, str(course_id))
    is_posted = announcement.status is AnnouncementStatus.POSTED
    if not place.allows(Permission.ANNOUNCEMENT_READ if is_posted else Permission.ANNOUNCEMENT_POST):
        raise NotFound
    return AnnouncementScope(**scope.carried, place=place, announcement=announcement)


async def enter_user(scope: Scope, user_id: str) -> UserScope:
    """Find the account; nobody but oneself, one's mentor and those who manage accounts learns that it exists."""
    user = await User.get(PydanticObjectId(user_id))
    if user is None or user.status is UserStatus.ANONYMISED:
        raise NotFound
    here, everywhere = await _here(scope, ScopeType.USER, user.id), frozenset[UserRole]()
    if Reach.BELOW in scope.actor.reaches(Permission.USER_READ):
        everywhere = (await grants_of(user, scope.at)).roles | {user.role}
    found = UserScope(**scope.carried, user=user, here=here, everywhere=everywhere)
    if not (here.roles or found.allows(Permission.USER_READ_SELF) or found.allows(Permission.USER_READ)):
        raise NotFound
    return found


async def enter_assignment(scope: Scope, assignment_id: str) -> AssignmentScope:
    """Find the assignment; whoever may not read the account's does not learn that it exists."""
    assignment = await RoleAssignment.get(PydanticObjectId(assignment_id))
    if assignment is None:
        raise NotFound
    inside = await enter_user(scope, str(assignment.user_id))
    if not inside.allows(Permission.USER_READ):
        raise NotFound
    return AssignmentScope(
        **scope.carried,
        user=inside.user,
        here=inside.here,
        everywhere=inside.everywhere,
        assignment=assignment,
    )


async def enter_invite_code(scope: Scope, invite_code_id: str) -> InviteCodeScope:
    """Find the invite code."""
    found = await InviteCode.get(PydanticObjectId(invite_code_id))
    if found is None:
        raise NotFound
    return InviteCodeScope(**scope.carried, invite_code=found)


async def enter_session(scope: Scope, session_id: str) -> SessionScope:
    """Find the session while it lives; nobody but its owner and those who may end any learns that it exists."""
    family = await RefreshFamily.get(PydanticObjectId(session_id))
    if family is None or family.revoked_at is not None:
        raise NotFound
    inside = await enter_user(scope, str(family.user_id))
    if not inside.allows(Permission.SESSION_END):
        raise NotFound
    return SessionScope(
        **scope.carried,
        user=inside.user,
        here=inside.here,
        everywhere=inside.everywhere,
        family=family,
    )


async def enter_person(scope: Scope, person_id: str) -> PersonScope:
    """Find the person; whoever shares no course with them does not learn that they exist."""
    user = await User.get(PydanticObjectId(person_id))
    if user is None:
        raise NotFound
    relation = await _acquaintance(scope.actor, user)
    found = PersonScope(**scope.carried, user=user, relation=relation)
    if not found.allows(Permission.USER_READ_PROFILE):
        raise NotFound
    return found


async def enter_identity(scope: Scope, identity_id: str) -> IdentityScope:
    """Find one's own account elsewhere."""
    identity = await Identity.get(PydanticObjectId(identity_id))
    if identity is None or identity.unlinked_at is not None or str(identity.user_id) != scope.actor.user_id:
        raise NotFound
    return IdentityScope(**scope.carried, identity=identity)


async def enter_api_key(scope: Scope, api_key_id: str) -> ApiKeyScope:
    """Find the key; nobody learns of another's, whatever they may do otherwise."""
    key = await ApiKey.get(PydanticObjectId(api_key_id))
    if key is None or str(key.user_id) != scope.actor.user_id:
        raise NotFound
    return ApiKeyScope(**scope.carried, key=key)


async def enter_job(scope: Scope, job_id: str) -> JobScope:
    """Find the job."""
    job = await Job.get(PydanticObjectId(job_id))
    if job is None:
        raise NotFound
    return JobScope(**scope.carried, job=job)


async def enter_notification(scope: Scope, notification_id: str) -> NotificationScope:
    """Find the notification; nobody learns of another's."""
    found = await Notification.get(PydanticObjectId(notification_id))
    if found is None or str(found.user_id) != scope.actor.user_id:
        raise NotFound
    return NotificationScope(**scope.carried, notification=found)


async def enter_choices(scope: Scope, user_id: str) -> ChoicesScope:
    """Find how the account's owner wants to be told."""
    inside = await enter_user(scope, user_id)
    found = await NotificationChoices.get(inside.user.id)
    if found is None:
        found = NotificationChoices(id=inside.user.id, version=0, created_at=scope.at, updated_at=scope.at)
    return ChoicesScope(**scope.carried, user=inside.user, choices=found)


async def enter_thread(scope: Scope, thread_id: str) -> ThreadScope:
    """Find the thread; nobody but those who are in it learns that it exists, whatever they may do otherwise."""
    thread = await Thread.get(PydanticObjectId(thread_id))
    if thread is None or scope.actor.user_id is None:
        raise NotFound
    member = await member_of(thread, scope.actor.object_id, scope.at)
    if member is None or await is_hidden(thread, scope.actor.object_id):
        raise NotFound
    return ThreadScope(**scope.carried, thread=thread, member=member)


async def enter_message(scope: Scope, message_id: str) -> MessageScope:
    """Find the message; for those who came to its thread later it does not exist."""
    message = await Message.get(PydanticObjectId(message_id))
    if message is None:
        raise NotFound
    inside = await enter_thread(scope, str(message.thread_id))
    if message.seq <= inside.member.joined_seq:
        raise NotFound
    return MessageScope(
        **scope.carried,
        thread=inside.thread,
        member=inside.member,
        message=message,
    )


async def enter_push_subscription(scope: Scope, push_subscription_id: str) -> PushSubscriptionScope:
    """Find one's own browser."""
    found = await PushSubscription.get(PydanticObjectId(push_subscription_id))
    if found is None or str(found.user_id) != scope.actor.user_id:
        raise NotFound
    return PushSubscriptionScope(**scope.carried, subscription=found)


async def enter_webhook(scope: Scope, webhook_id: str) -> WebhookScope:
    """Find the webhook."""
    found = await Webhook.get(PydanticObjectId(webhook_id))
    if found is None or found.deleted_at is not None:
        raise NotFound
    return WebhookScope(**scope.carried, webhook=found)


async def enter_stream(scope: Scope, name: str) -> StreamScope:
    """Find the stream by its name; one of a course or an account that does not exist is no stream."""
    stream = parse_stream(name)
    if stream is None:
        raise NotFound
    if stream.room is Room.USER:
        await enter_user(scope, stream.object_id)
    elif stream.room is Room.THREAD:
        if await Thread.get(PydanticObjectId(stream.object_id)) is None:
            raise NotFound
    elif stream != SCHOOL_STREAM:
        await enter_course(scope, stream.object_id)
    is_readable = await may_follow(scope, stream)
    return StreamScope(**scope.carried, stream=stream, is_readable=is_readable)


DOORS: Final[Mapping[str, Callable[[Scope, str], Awaitable[Scope]]]] = {
    "course_id": enter_course,
    "announcement_id": enter_announcement,
    "user_id": enter_user,
    "assignment_id": enter_assignment,
    "invite_code_id": enter_invite_code,
    "session_id": enter_session,
    "person_id": enter_person,
    "identity_id": enter_identity,
    "api_key_id": enter_api_key,
    "job_id": enter_job,
    "notification_id": enter_notification,
    "choices_of": enter_choices,
    "thread_id": enter_thread,
    "message_id": enter_message,
    "push_subscription_id": enter_push_subscription,
    "webhook_id": enter_webhook,
    "stream": enter_stream,
}
"""The name of an id to the door behind it."""


async def enter(scope: Scope, id_name: str, object_id: str | None, permission: Permission) -> Scope:
    """Open the door that `id_name` names, and check that the caller may do this behind it.

    Without an id the call is about the whole school.
    """
    inside = enter_school(scope) if object_id is None else await DOORS[id_name](scope, object_id)
    if not inside.allows(permission):
        raise Forbidden
    return inside


async def may_follow(scope: Scope, stream: Stream) -> bool:
    """Whether the caller may read this stream live: never more than REST would show."""
    if stream.room is Room.USER:
        return stream.object_id == scope.actor.user_id
    if stream.room is Room.THREAD:
        return await first_followed(scope, stream) is not None
    if stream == SCHOOL_STREAM:
        return scope.actor.user_id is not None and enter_school(scope).may_read(stream)
    if stream.room not in ROOM_PERMISSION:
        return False
    try:
        inside = await enter_course(scope, stream.object_id)
    except NotFound:
        return False
    return inside.may_read(stream)


async def first_followed(scope: Scope, stream: Stream) -> int | None:
    """From which position of a thread's stream the caller may follow it; None for those who may not."""
    try:
        inside = await enter_thread(scope, stream.object_id)
    except NotFound:
        return None
    may = inside.may_read(stream) and inside.allows(Permission.MESSAGE_READ)
    return inside.member.follows_from if may else None


async def _enrollment(actor: Actor, course: Course) -> Enrollment | None:
    if actor.user_id is None:
        return None
    return await Enrollment.find_one({"course_id": course.id, "user_id": actor.object_id})


def _standing(actor: Actor, course: Course, enrollment: Enrollment | None) -> Relation:
    if actor.user_id == str(course.instructor_id):
        return Relation.OWNER
    if enrollment is not None and enrollment.state.is_seated:
        return Relation.MEMBER
    return Relation.NONE


async def _here(scope: Scope, scope_type: ScopeType, scope_id: PydanticObjectId) -> Local:
    """What the caller was given in this one place; costs nothing for those who were given nothing anywhere."""
    if not scope.actor.grants.is_scoped:
        return NOTHING
    return await held_here(scope.actor.object_id, scope_type, scope_id, scope.at)


async def _acquaintance(actor: Actor, user: User) -> Relation:
    """Staff to whoever sits in a course that they teach; a member to whoever is in a course with them."""
    if actor.user_id is None:
        return Relation.NONE
    mine, theirs = await _seats(actor.object_id), await _seats(user.id)
    taught = {"instructor_id": {"$in": [actor.object_id, user.id]}}
    where = {"deleted_at": None, "$or": [taught, {"_id": {"$in": list(mine & theirs)}}]}
    relation = Relation.NONE
    async for row in Course.get_pymongo_collection().find(where, {"instructor_id": 1}):
        if row["instructor_id"] == actor.object_id and row["_id"] in theirs:
            return Relation.STAFF
        if row["_id"] in mine and (row["_id"] in theirs or row["instructor_id"] == user.id):
            relation = Relation.MEMBER
    return relation


async def _seats(user_id: PydanticObjectId) -> set[PydanticObjectId]:
    where = {"user_id": user_id, "state": {"$in": sorted(SEATED)}}
    return {row["course_id"] async for row in Enrollment.get_pymongo_collection().find(where, {"course_id": 1})}
