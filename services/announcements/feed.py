"""Reading announcements: a course's feed or the school's, and one of it."""

from __future__ import annotations

from collections.abc import Sequence

from models.announcements import Announcement
from schemas.announcements import AnnouncementAudience, AnnouncementOut, AnnouncementsQuery
from schemas.page import Page, page_of
from schemas.types import AnnouncementStatus
from services.announcements.receipts import read_by, seen_by
from services.people import people
from services.permissions import Permission
from services.scopes import AnnouncementScope, CourseScope, SchoolScope, Scope

POSTED = frozenset({AnnouncementStatus.POSTED})


async def list_announcements(scope: CourseScope | SchoolScope, query: AnnouncementsQuery) -> Page[AnnouncementOut]:
    """The feed, newest first; what is not posted is listed for those who could post it."""
    scope.require(Permission.ANNOUNCEMENT_READ)
    if query.asked != POSTED:
        scope.require(Permission.ANNOUNCEMENT_POST)
    course_id = scope.course.id if isinstance(scope, CourseScope) else None
    where = {"course_id": course_id, "status": {"$in": sorted(query.asked)}}
    total = await Announcement.find(where).count()
    posts = await Announcement.find(where).sort("-posted_at", "-_id").skip(query.skip).limit(query.limit).to_list()
    return page_of(await _render(scope, posts), query, total)


async def read_announcement(scope: AnnouncementScope) -> AnnouncementOut:
    """One announcement."""
    scope.require(Permission.ANNOUNCEMENT_READ)
    return await render_one(scope, scope.announcement)


async def render_one(scope: Scope, post: Announcement) -> AnnouncementOut:
    return (await _render(scope, [post]))[0]


async def _render(scope: Scope, posts: Sequence[Announcement]) -> list[AnnouncementOut]:
    """For a whole list in a few queries."""
    authors = await people(post.author_id for post in posts)
    read = await read_by(scope.actor.object_id, posts)
    seen = await seen_by(posts) if scope.allows(Permission.ANNOUNCEMENT_POST) else {}
    return [
        AnnouncementOut.model_validate(
            {
                **post.model_dump(),
                "announcement_id": post.id,
                "audience": AnnouncementAudience.COURSE if post.course_id else AnnouncementAudience.SCHOOL,
                "author": authors.get(post.author_id),
                "read": post.id in read,
                "seen_by": seen.get(post.id),
            }
        )
        for post in posts
    ]
