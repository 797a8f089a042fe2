"""Announcements over REST."""

from __future__ import annotations

from http import HTTPStatus

from handlers.call import Call, Route
from schemas.accounts import DoneOut
from schemas.announcements import AnnouncementChangeIn, AnnouncementIn, AnnouncementOut, AnnouncementsQuery
from schemas.page import Page
from schemas.streams import Audience
from services import announcements
from services.permissions import Permission as P
from services.scopes import AnnouncementScope, CourseScope


async def post_announcement(call: Call[CourseScope, AnnouncementIn]) -> AnnouncementOut:
    """Post an announcement to everyone in the course."""
    return await announcements.post_announcement(call.scope, call.input)


async def list_announcements(call: Call[CourseScope, AnnouncementsQuery]) -> Page[AnnouncementOut]:
    """List a course's announcements, newest first."""
    return await announcements.list_announcements(call.scope, call.input)


async def read_announcement(call: Call[AnnouncementScope, None]) -> AnnouncementOut:
    """Read one announcement."""
    return await announcements.read_announcement(call.scope)


async def update_announcement(call: Call[AnnouncementScope, AnnouncementChangeIn]) -> AnnouncementOut:
    """Change an announcement; members see it change."""
    return await announcements.update_announcement(call.scope, call.input)


async def withdraw_announcement(call: Call[AnnouncementScope, None]) -> DoneOut:
    """Take an announcement back; it leaves the feed and the log."""
    await announcements.withdraw_announcement(call.scope)
    return DoneOut()


NEW_ANNOUNCEMENT = {
    "courseId": "{course_id}",
    "title": "Room change",
    "content": "Tomorrow we meet in room 12.",
}
ONE = "/announcements/{announcement_id}"

ROUTES = (
    Route(
        "POST",
        "/announcements",
        post_announcement,
        AnnouncementOut,
        P.ANNOUNCEMENT_POST,
        body=AnnouncementIn,
        about="body.course_id",
        status=HTTPStatus.CREATED,
        example=NEW_ANNOUNCEMENT,
    ),
    Route(
        "GET",
        "/announcements",
        list_announcements,
        AnnouncementOut,
        P.ANNOUNCEMENT_READ,
        query=AnnouncementsQuery,
        about="query.course_id",
        as_of=(Audience.COURSE,),
        listed=True,
    ),
    Route("GET", ONE, read_announcement, AnnouncementOut, P.ANNOUNCEMENT_READ, about="path.announcement_id"),
    Route(
        "PUT",
        ONE,
        update_announcement,
        AnnouncementOut,
        P.ANNOUNCEMENT_POST,
        body=AnnouncementChangeIn,
        about="path.announcement_id",
        example={"content": "Tomorrow we meet in room 14."},
    ),
    Route("DELETE", ONE, withdraw_announcement, DoneOut, P.ANNOUNCEMENT_POST, about="path.announcement_id"),
)
