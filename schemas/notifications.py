"""The words of notifications: what one is about, and by which ways it reaches people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from schemas.page import PageQuery
from schemas.types import Id, In, Out, OutId, TimeZone

READ_AT_ONCE = 500
MUTED_AT_MOST = 500


class NotificationKind(StrEnum):
    """What happened, as it is told to one person; `services/notifications/kinds.py` has a row for each."""

    ANNOUNCEMENT_POSTED = "announcement_posted"
    ANNOUNCEMENT_UPDATED = "announcement_updated"
    DEADLINE_COMING = "deadline_coming"
    DEADLINE_NEAR = "deadline_near"
    DEADLINE_MISSED = "deadline_missed"
    MESSAGE_RECEIVED = "message_received"
    JOB_FINISHED = "job_finished"
    TEST = "test"
    SCHOOL_INCONSISTENT = "school_inconsistent"
    WEBHOOK_DISABLED = "webhook_disabled"


class Category(StrEnum):
    """What people choose by: everything of one category comes to them in the same ways."""

    ANNOUNCEMENTS = "announcements"
    DEADLINES = "deadlines"
    GRADES = "grades"
    MESSAGES = "messages"
    PAYMENTS = "payments"
    SECURITY = "security"
    SYSTEM = "system"


class Channel(StrEnum):
    """A way to a person. What is told in the app is always kept there."""

    IN_APP = "in_app"
    EMAIL = "email"
    PUSH = "push"
    SMS = "sms"


class Cadence(StrEnum):
    """How soon: at once, bundled with what else there is, or not at all."""

    IMMEDIATE = "immediate"
    DIGEST = "digest"
    NEVER = "never"


class Crowd(StrEnum):
    """Whom a notification is for, found when it is told: named people, those in a course, its staff, or everyone."""

    PEOPLE = "people"
    COURSE = "course"
    COURSE_STAFF = "course_staff"
    EVERYONE = "everyone"


class Reason(StrEnum):
    """Why somebody was told: what they were to it when it was told."""

    IN_COURSE = "in_course"
    STAFF = "staff"
    EVERYONE = "everyone"
    WRITTEN_TO = "written_to"
    OWN_DEADLINE = "own_deadline"
    ASKED = "asked"
    NAMED = "named"


class NotificationsQuery(PageQuery):
    """Which of one's notifications, newest first."""

    unread: bool | None = None
    category: Category | None = None
    course_id: Id | None = None


class NotificationOut(Out):
    """One thing that the caller was told; `title` and `text` in their language, `link` is the page that shows it."""

    notification_id: OutId
    kind: NotificationKind
    category: Category
    title: str
    text: str
    subject: str
    facts: Mapping[str, str]
    link: str
    course_id: OutId | None
    actor_id: str | None
    created_at: AwareDatetime
    read_at: AwareDatetime | None


class NotificationSummaryOut(Out):
    """How many are unread, in all and by category; a category without any is absent."""

    unread: int
    by_category: Mapping[str, int]


class NotificationsReadIn(In):
    """Either `ids`, or `before`: that one and all that are older. Ids of others count as none."""

    ids: Annotated[list[Id], Field(max_length=READ_AT_ONCE)] | None = None
    before: Id | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.ids is None) == (self.before is None):
            message = "Give either ids or before."
            raise ValueError(message)
        return self


class NotificationsReadOut(Out):
    """How many are still unread, and how many were until now."""

    unread: int
    changed: int


class ReasonOut(Out):
    """One reason; `code` is for programs."""

    code: Reason
    text: str


class ChannelOut(Out):
    """What became of it on one way to the caller, who has chosen `cadence` for its category."""

    channel: Channel
    cadence: Cadence
    state: str
    at: AwareDatetime | None
    text: str


class WhyOut(Out):
    """Why the caller was told this, and by which ways."""

    reasons: Sequence[ReasonOut]
    channels: Sequence[ChannelOut]


TimeOfDay = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"),
    Field(json_schema_extra={"examples": ["22:00"]}),
]


class QuietHoursOut(Out):
    """Times of day in the user's own zone; from the evening to the morning they pass midnight."""

    from_: Annotated[TimeOfDay, Field(alias="from")]
    until: TimeOfDay


class QuietHoursIn(In):
    """Two times of day (`22:00`) in the user's own zone."""

    from_: Annotated[TimeOfDay, Field(alias="from")]
    until: TimeOfDay

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.from_ == self.until:
            message = "Quiet hours end at another time than they begin."
            raise ValueError(message)
        return self


class LockedOut(Out):
    """What nobody can choose otherwise."""

    category: Category
    channel: Channel


class NotificationPreferencesOut(Out):
    """How everything comes to the caller, by category and way, with what they have not chosen filled in.

    With `enabled` off nothing leaves the app but what is locked. `deadlinesAnyway` lets urgent things through quiet
    hours.
    """

    cadences: Mapping[str, Mapping[str, Cadence]]
    locked: Sequence[LockedOut]
    muted_courses: Sequence[OutId]
    quiet_hours: QuietHoursOut | None
    deadlines_anyway: bool
    timezone: str
    enabled: bool


class NotificationPreferencesIn(In):
    """What to choose otherwise; what is left out stays, and null takes quiet hours away.

    `mutedCourses` are all that shall be mute. In the app there is no digest.
    """

    cadences: dict[Category, dict[Channel, Cadence]] | None = None
    muted_courses: Annotated[list[Id], Field(max_length=MUTED_AT_MOST)] | None = None
    quiet_hours: QuietHoursIn | None = None
    deadlines_anyway: bool | None = None
    timezone: TimeZone | None = None
    enabled: bool | None = None
