"""Profiles on the wire: one's own, and what others see of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue

from schemas.accounts import Password, PersonOut, Username
from schemas.role_profiles import RoleProfileOut
from schemas.types import (
    CourseCategory,
    DifficultyLevel,
    Email,
    HttpsUrl,
    Id,
    In,
    Locale,
    Name,
    Out,
    OutId,
    StudyTime,
    TimeZone,
    UserRole,
)

WEEK_MIN = 7 * 24 * 60


class PreferencesIn(In):
    """What to change; what is left out stays. A `userId` must be one's own.

    Null takes `preferredStudyTime` and `locale` away, and leaves the others as they are.
    """

    user_id: Id | None = None
    notification_preference: bool | None = None
    preferred_study_time: StudyTime | None = None
    timezone: TimeZone | None = None
    locale: Locale | None = None


class ProfileIn(PreferencesIn):
    """Beside the preferences: the account itself. A new address or password needs the `currentPassword`.

    `weeklyLearningGoal` counts minutes; null takes it and `avatarUrl` away.
    """

    first_name: Name | None = None
    last_name: Name | None = None
    username: Username | None = None
    avatar_url: HttpsUrl | None = None
    weekly_learning_goal: Annotated[int, Field(ge=0, le=WEEK_MIN)] | None = None
    email: Email | None = None
    current_password: Annotated[str, Field(max_length=256)] | None = None
    new_password: Password | None = None


class UsernameIn(In):
    """A name that somebody would like; whatever is written in it gets an answer."""

    username: Annotated[str, Field(max_length=200)]


class UsernameProblem(StrEnum):
    """Why a username cannot be had: not of the right form, kept for the school, or taken, also by a look-alike."""

    INVALID = "invalid"
    RESERVED = "reserved"
    TAKEN = "taken"


class UsernameOut(Out):
    """Whether the name is free just now; choosing it decides."""

    username: str
    available: bool
    reason: UsernameProblem | None


class ProfileCourseOut(Out):
    """A course, as a profile names it."""

    course_id: OutId
    title: str
    category: CourseCategory
    difficulty_level: DifficultyLevel
    thumbnail_url: str | None
    instructor: PersonOut | None


class ProgressOut(Out):
    """How far somebody is in a course."""

    total_lessons: int = 0
    completed_lessons: int = 0
    total_assignments: int = 0
    completed_assignments: int = 0
    completion_percentage: float = 0.0
    last_activity: AwareDatetime | None = None


class ProfileEnrollmentOut(Out):
    """A course that somebody is in. Lessons and assignments are counted as soon as there are any."""

    enrollment_id: OutId
    course_id: OutId
    enrolled_at: AwareDatetime
    course: ProfileCourseOut
    progress: ProgressOut = ProgressOut()
    lesson_completions: Sequence[JsonValue] = ()


class StatisticsOut(Out):
    """Figures of a student; null where the viewer may not see them, or there is nothing to take a mean of."""

    total_courses: int | None = None
    completed_courses: int | None = None
    total_lessons_completed: int | None = None
    total_assignments_submitted: int | None = None
    average_grade: float | None = None
    total_study_time: int | None = None
    total_achievements: int | None = None
    average_rating: float | None = None


class ProfileOut(Out):
    """A person. Who only shares a course with them sees name, username, role and picture; the rest is null or empty.

    `roleProfile` is for the person and for administrators.
    """

    id: OutId
    first_name: str
    last_name: str
    username: str
    role: UserRole
    avatar_url: str | None
    email: str | None = None
    email_verified: bool | None = None
    notification_preference: bool | None = None
    preferred_study_time: StudyTime | None = None
    timezone: str | None = None
    locale: Locale | None = None
    weekly_learning_goal: int | None = None
    last_learned: AwareDatetime | None = None
    current_streak: int | None = None
    enrollments: Sequence[ProfileEnrollmentOut] = ()
    achievements: Sequence[JsonValue] = ()
    ratings: Sequence[JsonValue] = ()
    statistics: StatisticsOut = StatisticsOut()
    role_profile: RoleProfileOut | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
