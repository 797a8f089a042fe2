"""The words of notifications: what one is about, and by which ways it reaches people."""

from __future__ import annotations

from enum import StrEnum


class NotificationKind(StrEnum):
    """What happened, as it is told to one person; `services/notifications/kinds.py` has a row for each."""

    ANNOUNCEMENT_POSTED = "announcement_posted"
    ANNOUNCEMENT_UPDATED = "announcement_updated"
    DEADLINE_NEAR = "deadline_near"
    DEADLINE_MISSED = "deadline_missed"
    MESSAGE_RECEIVED = "message_received"
    JOB_FINISHED = "job_finished"
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
