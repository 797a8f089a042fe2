"""What is told of an announcement: events to whom it is for, notifications, and jobs for what is still to come."""

from __future__ import annotations

from typing import Final

from models.announcements import Announcement
from schemas.events.announcements import (
    AnnouncementExpired,
    AnnouncementPosted,
    AnnouncementUpdated,
    AnnouncementWithdrawn,
    SchoolAnnouncementExpired,
    SchoolAnnouncementPosted,
    SchoolAnnouncementUpdated,
    SchoolAnnouncementWithdrawn,
)
from schemas.jobs import AnnouncementArgs
from schemas.notifications import NotificationKind
from schemas.types import AnnouncementStatus
from services.notifications.asking import News, notify_course, notify_everyone, take_back
from services.unit import Unit

SCHOOL: Final = "Coursewire"
"""What the whole school is called where a course's title would stand."""


def subject_of(post: Announcement) -> str:
    return f"announcement:{post.id}"


def tell_posted(unit: Unit, post: Announcement, place: str) -> None:
    """It can be read from now on, in `place`, the title of its course."""
    event = AnnouncementPosted if post.course_id else SchoolAnnouncementPosted
    unit.emit(event(**_address(post), **_text(post)), object_version=post.version)
    if post.notify:
        notify(unit, post, place, NotificationKind.ANNOUNCEMENT_POSTED)


def tell_updated(unit: Unit, post: Announcement) -> None:
    event = AnnouncementUpdated if post.course_id else SchoolAnnouncementUpdated
    unit.emit(event(**_address(post), **_text(post)), object_version=post.version)


def tell_expired(unit: Unit, post: Announcement) -> None:
    event = AnnouncementExpired if post.course_id else SchoolAnnouncementExpired
    unit.emit(event(**_address(post)), object_version=post.version)


def tell_withdrawn(unit: Unit, post: Announcement) -> None:
    """Nothing of it stays where somebody could read it: not in the log, and not among notifications."""
    event = AnnouncementWithdrawn if post.course_id else SchoolAnnouncementWithdrawn
    unit.redact(subject_of(post))
    unit.emit(event(**_address(post)), object_version=post.version)
    take_back(unit, subject_of(post))


def notify(unit: Unit, post: Announcement, place: str, kind: NotificationKind) -> None:
    """Have everyone whom it is for notified, once for each version of it."""
    news = News(
        kind=kind,
        subject=subject_of(post),
        facts={"course": place, "title": post.title},
        link=f"#/courses/{post.course_id}" if post.course_id else "#/school",
        course_id=post.course_id,
        once=f"{subject_of(post)}:v{post.version}" if kind is NotificationKind.ANNOUNCEMENT_UPDATED else None,
    )
    if post.course_id:
        notify_course(unit, news)
    else:
        notify_everyone(unit, news)


def set_alarms(unit: Unit, post: Announcement) -> None:
    """Have it posted, or taken down, when it is time. Call this after every change: alarms are for one version."""
    named, key = str(post.id), f"{subject_of(post)}:{post.version}"
    if post.status is AnnouncementStatus.SCHEDULED:
        at = post.scheduled_at
        unit.enqueue(
            "announcements.post", AnnouncementArgs(announcement_id=named, version=post.version), at=at, key=key
        )
    if post.status is AnnouncementStatus.POSTED and post.expires_at is not None:
        at = post.expires_at
        unit.enqueue(
            "announcements.expire", AnnouncementArgs(announcement_id=named, version=post.version), at=at, key=key
        )


def _address(post: Announcement) -> dict[str, str | None]:
    place = {"course_id": str(post.course_id)} if post.course_id else {"course_id": None, "audience": "school"}
    return {"announcement_id": str(post.id), **place}


def _text(post: Announcement) -> dict[str, object]:
    told = ("title", "content", "posted_at", "expires_at")
    return {"author_id": str(post.author_id), **{name: getattr(post, name) for name in told}}
