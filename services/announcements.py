"""Announcements: what course staff tell everyone in the course."""

from __future__ import annotations

from models.announcements import Announcement
from schemas.accounts import PersonOut
from schemas.announcements import AnnouncementChangeIn, AnnouncementIn, AnnouncementOut, AnnouncementsQuery
from schemas.events.announcements import AnnouncementPosted, AnnouncementUpdated, AnnouncementWithdrawn
from schemas.page import Page, page_of
from schemas.types import AnnouncementStatus
from services.errors import NotFound
from services.people import people
from services.permissions import Permission
from services.scopes import AnnouncementScope, CourseScope


async def post_announcement(scope: CourseScope, draft: AnnouncementIn) -> AnnouncementOut:
    """Store an announcement and tell the whole course, or do neither."""
    scope.require(Permission.ANNOUNCEMENT_POST)
    post = Announcement(
        created_at=scope.at,
        updated_at=scope.at,
        course_id=scope.course.id,
        author_id=scope.actor.object_id,
        title=draft.title,
        content=draft.content,
        posted_at=scope.at,
    )
    scope.unit.insert(post)
    scope.unit.emit(AnnouncementPosted(**_told(post)), object_version=post.version)
    scope.unit.audit("announcement.posted", f"announcement:{post.id}")
    return await _render_one(post)


async def list_announcements(scope: CourseScope, query: AnnouncementsQuery) -> Page[AnnouncementOut]:
    """The course's feed, newest first."""
    scope.require(Permission.ANNOUNCEMENT_READ)
    where = {"course_id": scope.course.id, "status": AnnouncementStatus.POSTED}
    total = await Announcement.find(where).count()
    posts = await Announcement.find(where).sort("-posted_at", "-_id").skip(query.skip).limit(query.limit).to_list()
    known = await people(post.author_id for post in posts)
    return page_of([_render(post, known.get(post.author_id)) for post in posts], query, total)


async def read_announcement(scope: AnnouncementScope) -> AnnouncementOut:
    """One announcement; a withdrawn one is not there any more."""
    scope.require(Permission.ANNOUNCEMENT_READ)
    return await _render_one(_posted(scope))


async def update_announcement(scope: AnnouncementScope, change: AnnouncementChangeIn) -> AnnouncementOut:
    """Change the texts that are given and differ, and tell the course how it reads now."""
    scope.require(Permission.ANNOUNCEMENT_POST)
    post = _posted(scope)
    given = change.model_dump(exclude_unset=True)
    changed = {name: value for name, value in given.items() if value is not None and getattr(post, name) != value}
    if changed:
        scope.unit.change(post, **changed)
        scope.unit.emit(AnnouncementUpdated(**_told(post)), object_version=post.version)
        scope.unit.audit("announcement.updated", f"announcement:{post.id}", fields=", ".join(sorted(changed)))
    return await _render_one(post)


async def withdraw_announcement(scope: AnnouncementScope) -> None:
    """Take an announcement back: out of the feed, and out of the log of events."""
    scope.require(Permission.ANNOUNCEMENT_POST)
    post = _posted(scope)
    scope.unit.change(post, status=AnnouncementStatus.WITHDRAWN)
    scope.unit.redact(f"announcement:{post.id}")
    scope.unit.emit(
        AnnouncementWithdrawn(announcement_id=str(post.id), course_id=str(post.course_id)),
        object_version=post.version,
    )
    scope.unit.audit("announcement.withdrawn", f"announcement:{post.id}")


def _posted(scope: AnnouncementScope) -> Announcement:
    if scope.announcement.status is AnnouncementStatus.WITHDRAWN:
        raise NotFound
    return scope.announcement


def _told(post: Announcement) -> dict[str, str]:
    return {
        "announcement_id": str(post.id),
        "course_id": str(post.course_id),
        "title": post.title,
        "content": post.content,
        "author_id": str(post.author_id),
    }


async def _render_one(post: Announcement) -> AnnouncementOut:
    known = await people([post.author_id])
    return _render(post, known.get(post.author_id))


def _render(post: Announcement, author: PersonOut | None) -> AnnouncementOut:
    return AnnouncementOut.model_validate({**post.model_dump(), "announcement_id": post.id, "author": author})
