"""Announcements over REST."""

from __future__ import annotations

from http import HTTPStatus

from handlers.call import Call, Route
from schemas.accounts import DoneOut
from schemas.announcements import (
    AnnouncementChangeIn,
    AnnouncementIn,
    AnnouncementOut,
    AnnouncementsQuery,
    ReadOut,
)
from schemas.page import Page
from schemas.streams import Audience
from services.announcements import feed, posting, receipts
from services.errors import InvalidTransition
from services.permissions import Permission as P
from services.scopes import AnnouncementScope, CourseScope, SchoolScope


async def post_announcement(call: Call[CourseScope | SchoolScope, AnnouncementIn]) -> AnnouncementOut:
    """Post an announcement to everyone in a course or at the school, now or later, or keep it as a draft."""
    return await posting.post_announcement(call.scope, call.input)


async def list_announcements(call: Call[CourseScope | SchoolScope, AnnouncementsQuery]) -> Page[AnnouncementOut]:
    """List the announcements of a course or of the school, newest first."""
    return await feed.list_announcements(call.scope, call.input)


async def read_announcement(call: Call[AnnouncementScope, None]) -> AnnouncementOut:
    """Read one announcement."""
    return await feed.read_announcement(call.scope)


async def update_announcement(call: Call[AnnouncementScope, AnnouncementChangeIn]) -> AnnouncementOut:
    """Change an announcement, or what becomes of it; members see a posted one change."""
    return await posting.update_announcement(call.scope, call.input)


async def withdraw_announcement(call: Call[AnnouncementScope, None]) -> DoneOut:
    """Take an announcement back; it leaves the feed and the log."""
    await posting.withdraw_announcement(call.scope)
    return DoneOut()


async def mark_announcement_read(call: Call[AnnouncementScope, None]) -> ReadOut:
    """Say that one has read an announcement."""
    return await receipts.mark_read(call.scope)


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
        or_school=True,
        raises=(InvalidTransition,),
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
        or_school=True,
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
        or_school=True,
        raises=(InvalidTransition,),
        example={"content": "Tomorrow we meet in room 14."},
    ),
    Route(
        "DELETE",
        ONE,
        withdraw_announcement,
        DoneOut,
        P.ANNOUNCEMENT_POST,
        about="path.announcement_id",
        or_school=True,
        raises=(InvalidTransition,),
    ),
    Route(
        "POST",
        f"{ONE}/read",
        mark_announcement_read,
        ReadOut,
        P.ANNOUNCEMENT_READ,
        about="path.announcement_id",
        stored=False,
        raises=(InvalidTransition,),
    ),
)
