"""Writing announcements: now, later, again, and taking them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.announcements import Announcement
from schemas.announcements import AnnouncementChangeIn, AnnouncementIn, AnnouncementOut, Planned
from schemas.notifications import NotificationKind
from schemas.types import AnnouncementStatus
from services.announcements.feed import render_one
from services.announcements.telling import (
    SCHOOL,
    notify,
    set_alarms,
    subject_of,
    tell_posted,
    tell_updated,
    tell_withdrawn,
)
from services.announcements.times import plan
from services.errors import InvalidTransition
from services.permissions import Permission
from services.scopes import AnnouncementScope, CourseScope, SchoolScope

S = AnnouncementStatus

NEXT: Final[Mapping[AnnouncementStatus | None, frozenset[AnnouncementStatus]]] = {
    None: frozenset({S.DRAFT, S.SCHEDULED, S.POSTED}),
    S.DRAFT: frozenset({S.DRAFT, S.SCHEDULED, S.POSTED, S.WITHDRAWN}),
    S.SCHEDULED: frozenset({S.DRAFT, S.SCHEDULED, S.POSTED, S.WITHDRAWN}),
    S.POSTED: frozenset({S.POSTED, S.WITHDRAWN}),
    S.EXPIRED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
"""What an announcement can become, or stay, when somebody asks; it expires by itself."""

TEXTS: Final = ("title", "content")
WRITTEN: Final = frozenset({S.DRAFT, S.SCHEDULED, S.POSTED})


async def post_announcement(scope: CourseScope | SchoolScope, draft: AnnouncementIn) -> AnnouncementOut:
    """Store an announcement and tell everyone whom it is for, or do neither; a draft or a later one tells nobody."""
    scope.require(Permission.ANNOUNCEMENT_POST)
    asked = await plan(scope, draft, _wanted(None, draft))
    post = Announcement(
        created_at=scope.at,
        updated_at=scope.at,
        course_id=scope.course.id if isinstance(scope, CourseScope) else None,
        author_id=scope.actor.object_id,
        title=draft.title,
        content=draft.content,
        notify=draft.notify is not False,
        posted_at=scope.at if asked.status is S.POSTED else None,
        **asked.fields,
    )
    scope.unit.insert(post)
    if post.status is S.POSTED:
        tell_posted(scope.unit, post, _place(scope))
    set_alarms(scope.unit, post)
    scope.unit.audit(f"announcement.{post.status}", subject_of(post))
    return await render_one(scope, post)


async def update_announcement(scope: AnnouncementScope, change: AnnouncementChangeIn) -> AnnouncementOut:
    """Change what is given and differs; members are told how a posted one reads now."""
    scope.require(Permission.ANNOUNCEMENT_POST)
    post, before = scope.announcement, scope.announcement.status
    given = {name: getattr(change, name) for name in (*TEXTS, "notify") if getattr(change, name) is not None}
    fields = given | (await plan(scope, change, _wanted(before, change), post)).fields
    if before is S.POSTED:
        fields.pop("notify", None)  # that is about this change, and is not kept
    changed = {name: value for name, value in fields.items() if getattr(post, name) != value}
    if changed:
        _change(scope, post, changed)
        is_reworded = before is S.POSTED and not changed.keys().isdisjoint(TEXTS)
        if change.notify and is_reworded:
            notify(scope.unit, post, _place(scope.place), NotificationKind.ANNOUNCEMENT_UPDATED)
    return await render_one(scope, post)


def _change(scope: AnnouncementScope, post: Announcement, changed: Mapping[str, object]) -> None:
    before, names = post.status, ", ".join(sorted(changed))
    stamps = {}
    if before is not changed.get("status", before) is S.POSTED:
        stamps["posted_at"] = scope.at
    elif before is S.POSTED and not changed.keys().isdisjoint(TEXTS):
        stamps["edited_at"] = scope.at
    scope.unit.change(post, **changed, **stamps)
    if before is S.POSTED:
        tell_updated(scope.unit, post)
    elif post.status is S.POSTED:
        tell_posted(scope.unit, post, _place(scope.place))
    set_alarms(scope.unit, post)
    action = "updated" if before is post.status else post.status
    scope.unit.audit(f"announcement.{action}", subject_of(post), fields=names)


async def withdraw_announcement(scope: AnnouncementScope) -> None:
    """Take an announcement back: out of the feed, and out of the log of events; nobody hears of one not yet posted."""
    scope.require(Permission.ANNOUNCEMENT_POST)
    post, before = scope.announcement, scope.announcement.status
    _check(before, S.WITHDRAWN)
    scope.unit.change(post, status=S.WITHDRAWN)
    if before is S.POSTED:
        tell_withdrawn(scope.unit, post)
    scope.unit.audit("announcement.withdrawn", subject_of(post))


def _wanted(before: AnnouncementStatus | None, asked: Planned) -> AnnouncementStatus:
    """The state that is asked for: by name, by a time, or as it is."""
    wanted = asked.status or (S.SCHEDULED if asked.scheduled_at is not None else before or S.POSTED)
    if wanted not in WRITTEN:
        raise InvalidTransition(before=before or "new", after=wanted)
    _check(before, wanted)
    return wanted


def _check(before: AnnouncementStatus | None, after: AnnouncementStatus) -> None:
    if after not in NEXT[before]:
        raise InvalidTransition(before=before or "new", after=after)


def _place(place: CourseScope | SchoolScope) -> str:
    return place.course.title if isinstance(place, CourseScope) else SCHOOL
