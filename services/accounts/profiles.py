"""One's own account, and what others see of it."""

from __future__ import annotations

from typing import Final

from models.accounts import User
from models.courses import Course
from models.enrollments import Enrollment
from models.mailed_tokens import MailPurpose
from schemas.profiles import (
    PreferencesIn,
    ProfileCourseOut,
    ProfileEnrollmentOut,
    ProfileIn,
    ProfileOut,
    StatisticsOut,
    UsernameOut,
)
from schemas.types import CourseStatus, EnrollmentState, folded
from services.accounts import role_profiles
from services.accounts.confirmation import confirm_password, new_address, new_password
from services.accounts.desk import Desk
from services.accounts.enrolled import enrolled
from services.accounts.mailed_tokens import ask_to_verify, revoke
from services.accounts.registration import email_of
from services.accounts.sessions import end_all
from services.accounts.usernames import problem_of, skeleton
from services.enrollments import sort_name
from services.errors import Forbidden, NotAuthenticated, UsernameTaken
from services.people import people
from services.permissions import Permission, Reach
from services.scopes import PersonScope, Scope, UserScope

NULLABLE: Final = frozenset({"avatar_url", "preferred_study_time", "weekly_learning_goal", "locale"})
CONFIRMED: Final = frozenset({"email", "new_password", "current_password", "user_id"})
PUBLIC: Final = frozenset({"id", "first_name", "last_name", "username", "role", "avatar_url"})


async def read_me(scope: Scope) -> User:
    """The caller's account; a token that outlived its account opens nothing."""
    scope.require(Permission.USER_READ_SELF)
    user = await User.get(scope.actor.object_id)
    if user is None:
        raise NotAuthenticated
    return user


async def read_profile(scope: PersonScope) -> ProfileOut:
    """A person as the caller may see them."""
    scope.require(Permission.USER_READ_PROFILE)
    if not scope.sees_all:
        return ProfileOut.model_validate(scope.user.model_dump(include=set(PUBLIC)))
    return await _render(scope, scope.user)


async def update_profile(scope: UserScope, desk: Desk, change: ProfileIn, address: str) -> ProfileOut:
    """Change what is given and differs, all of it or nothing."""
    scope.require(Permission.USER_UPDATE_SELF)
    _refuse_another(scope, change)
    user, changed = scope.user, _given(scope.user, change)
    if (username := changed.get("username")) is not None:
        if await problem_of(str(username), user.id):
            raise UsernameTaken
        changed |= {"username_folded": folded(str(username)), "username_skeleton": skeleton(str(username))}
    changed |= await _confirmed(scope, desk, change, address)
    if changed:
        await _rename(scope, changed)
        _change(scope, changed)
    if "email_ct" in changed:
        ask_to_verify(scope, user)
    return await _render(scope, user)


async def update_preferences(scope: UserScope, change: PreferencesIn) -> ProfileOut:
    """Change how the school talks to somebody."""
    scope.require(Permission.USER_UPDATE_SELF)
    _refuse_another(scope, change)
    if changed := _given(scope.user, change):
        _change(scope, changed)
    return await _render(scope, scope.user)


async def check_username(scope: Scope, username: str) -> UsernameOut:
    """Whether the caller could take the name; by the time they do, somebody else may have."""
    scope.require(Permission.USER_UPDATE_SELF)
    problem = await problem_of(username, scope.actor.object_id)
    return UsernameOut(username=username, available=problem is None, reason=problem)


def _refuse_another(scope: UserScope, change: PreferencesIn) -> None:
    if change.user_id is not None and change.user_id != scope.actor.user_id:
        raise Forbidden


def _given(user: User, change: PreferencesIn) -> dict[str, object]:
    """The plain fields that are given, may have this value, and differ."""
    return {
        name: value
        for name, value in change.model_dump(exclude_unset=True, exclude=set(CONFIRMED)).items()
        if (value is not None or name in NULLABLE) and getattr(user, name) != value
    }


async def _confirmed(scope: UserScope, desk: Desk, change: ProfileIn, address: str) -> dict[str, object]:
    """The fields for which the current password must be known; every other session ends."""
    user, fields = scope.user, dict[str, object]()
    is_new = change.email is not None and change.email != email_of(user, scope.keys)
    if not is_new and change.new_password is None:
        return fields
    if scope.actor.is_api_key:
        raise Forbidden
    if await enrolled(user.id):
        scope.require_recent_proof()
    await confirm_password(scope, desk, user, change.current_password, address)
    if change.email is not None and is_new:
        fields |= await new_address(scope, user, change.email)
    if change.new_password is not None:
        fields["password_hash"] = await new_password(scope, desk, user, change.new_password)
    await revoke(scope, user, MailPurpose.RESET)
    await end_all(scope, user, "credentials_changed", except_session=scope.actor.session_id)
    return fields


async def _rename(scope: UserScope, changed: dict[str, object]) -> None:
    """Rosters are sorted by name."""
    if not changed.keys() & {"first_name", "last_name"}:
        return
    first, last = (str(changed.get(name, getattr(scope.user, name))) for name in ("first_name", "last_name"))
    async for enrollment in Enrollment.find({"user_id": scope.user.id}):
        scope.unit.change(enrollment, sort_name=sort_name(first, last))


def _change(scope: UserScope, changed: dict[str, object]) -> None:
    scope.unit.change(scope.user, **changed)
    scope.unit.audit("user.updated", f"user:{scope.user.id}", fields=", ".join(sorted(changed)))
    scope.unit.touch(f"user:{scope.user.id}")


async def _render(scope: UserScope, user: User) -> ProfileOut:
    enrollments = await _enrollments(scope, user)
    states = [enrollment.state for enrollment, _ in enrollments]
    in_charge = scope.is_own or scope.actor.reach(Permission.USER_READ) is Reach.ALL
    return ProfileOut.model_validate(
        {
            **user.model_dump(),
            "email": email_of(user, scope.keys),
            "email_verified": user.email_verified_at is not None,
            "current_streak": 0,
            "enrollments": [shown for _, shown in enrollments],
            "role_profile": await role_profiles.shown(user) if in_charge else None,
            "statistics": StatisticsOut(
                total_courses=len(states),
                completed_courses=states.count(EnrollmentState.COMPLETED),
                total_lessons_completed=0,
                total_assignments_submitted=0,
                total_study_time=0,
                total_achievements=0,
            ),
        }
    )


async def _enrollments(scope: UserScope, user: User) -> list[tuple[Enrollment, ProfileEnrollmentOut]]:
    """The courses that the person is in, as far as the caller may know of them, in the order of joining."""
    where = {"user_id": user.id, "state": {"$ne": EnrollmentState.DROPPED}}
    enrollments = await Enrollment.find(where).sort("enrolled_at", "_id").to_list()
    found = await Course.find({"_id": {"$in": [row.course_id for row in enrollments]}, "deleted_at": None}).to_list()
    courses = {course.id: course for course in found if _may_know(scope, user, course)}
    known = await people(course.instructor_id for course in courses.values())
    return [
        (
            row,
            _entry(
                row, ProfileCourseOut.model_validate({**_facts(course), "instructor": known.get(course.instructor_id)})
            ),
        )
        for row in enrollments
        if (course := courses.get(row.course_id)) is not None
    ]


def _may_know(scope: UserScope, user: User, course: Course) -> bool:
    """A draft is known to who is in it, who teaches it, and who may read every draft."""
    if course.status is not CourseStatus.DRAFT or scope.actor.user_id in {str(user.id), str(course.instructor_id)}:
        return True
    return scope.actor.reach(Permission.COURSE_READ_DRAFT) is Reach.ALL


def _facts(course: Course) -> dict[str, object]:
    return {**course.model_dump(), "course_id": course.id}


def _entry(row: Enrollment, course: ProfileCourseOut) -> ProfileEnrollmentOut:
    return ProfileEnrollmentOut.model_validate({**row.model_dump(), "enrollment_id": row.id, "course": course})
