"""What somebody was told: the list, and how much of it is unread."""

from __future__ import annotations

from collections.abc import Mapping

from beanie import PydanticObjectId

from models.accounts import User
from models.notifications import Notification
from schemas.notifications import NotificationOut, NotificationsQuery, NotificationSummaryOut
from schemas.page import Page, page_of
from schemas.types import Locale
from services.notifications.wording import language_of, worded
from services.permissions import Permission
from services.scopes import UserScope


async def list_notifications(
    scope: UserScope, query: NotificationsQuery, asked_language: str | None
) -> Page[NotificationOut]:
    """The caller's own, newest first."""
    scope.require(Permission.NOTIFICATION_READ)
    where = _where(scope, query)
    total = await Notification.find(where).count()
    found = await Notification.find(where).sort("-_id").skip(query.skip).limit(query.limit).to_list()
    language = language_of(scope.user, asked_language)
    return page_of([_render(one, scope.user, language) for one in found], query, total)


async def summarise(scope: UserScope) -> NotificationSummaryOut:
    """How many are unread, by category."""
    scope.require(Permission.NOTIFICATION_READ)
    stages: list[Mapping[str, object]] = [
        {"$match": {"user_id": scope.user.id, "is_read": False}},
        {"$group": {"_id": "$category", "unread": {"$sum": 1}}},
    ]
    rows = await Notification.get_pymongo_collection().aggregate(stages)
    counted = {row["_id"]: int(row["unread"]) async for row in rows}
    return NotificationSummaryOut(unread=sum(counted.values()), by_category=counted)


def _where(scope: UserScope, query: NotificationsQuery) -> dict[str, object]:
    where: dict[str, object] = {"user_id": scope.user.id}
    if query.unread is not None:
        where["is_read"] = not query.unread
    if query.category is not None:
        where["category"] = query.category
    if query.course_id is not None:
        where["course_id"] = PydanticObjectId(query.course_id)
    return where


def _render(one: Notification, user: User, language: Locale) -> NotificationOut:
    title, text = worded(one, language, user.timezone)
    return NotificationOut.model_validate({**one.model_dump(), "notification_id": one.id, "title": title, "text": text})
