"""Marking notifications as read.

The reply, and the event, say how many are left. What was counted for them is counted again inside the transaction:
where something was told or read meanwhile, the call begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from beanie import PydanticObjectId
from pymongo.asynchronous.client_session import AsyncClientSession

from models.notifications import Notification
from schemas.events.notifications import NotificationsRead
from schemas.notifications import NotificationsReadOut
from services.committer import StaleUnitError
from services.permissions import Permission
from services.scopes import UserScope
from services.unit import Unit


@dataclass(frozen=True, slots=True)
class Marking:
    """Which of the unread become read, how many those are, and how many are left."""

    unread: Mapping[str, object]
    which: Mapping[str, object]
    changed: int
    left: int


async def read_these(scope: UserScope, ids: Sequence[str]) -> NotificationsReadOut:
    """Mark these as read, as far as they are the caller's and unread."""
    scope.require(Permission.NOTIFICATION_UPDATE)
    asked = {"_id": {"$in": [PydanticObjectId(one) for one in ids]}}
    rows = Notification.get_pymongo_collection().find({**_unread(scope), **asked}, {"_id": 1}).sort("_id", -1)
    found = [row["_id"] async for row in rows]
    marking = await _mark(scope, {"_id": {"$in": found}}, len(found))
    if marking.changed:
        told = [str(one) for one in found]
        scope.unit.emit(NotificationsRead(user_id=str(scope.user.id), ids=told, unread=marking.left))
    return _counted(marking)


async def read_before(scope: UserScope, newest: str) -> NotificationsReadOut:
    """Mark this one and all older ones as read; one that is not the caller's names none."""
    scope.require(Permission.NOTIFICATION_UPDATE)
    own = await Notification.find_one({"_id": PydanticObjectId(newest), "user_id": scope.user.id})
    return await _read_until(scope, own)


async def read_all(scope: UserScope) -> NotificationsReadOut:
    """Mark all as read that there are just now."""
    scope.require(Permission.NOTIFICATION_UPDATE)
    return await _read_until(scope, await Notification.find(_unread(scope)).sort("-_id").first_or_none())


async def _read_until(scope: UserScope, newest: Notification | None) -> NotificationsReadOut:
    if newest is None:
        return _counted(await _mark(scope, {}, 0))
    which = {"_id": {"$lte": newest.id}}
    marking = await _mark(scope, which, await Notification.find({**_unread(scope), **which}).count())
    if marking.changed:
        scope.unit.emit(NotificationsRead(user_id=str(scope.user.id), before=str(newest.id), unread=marking.left))
    return _counted(marking)


async def _mark(scope: UserScope, which: Mapping[str, object], changed: int) -> Marking:
    unread = _unread(scope)
    marking = Marking(unread, {**unread, **which}, changed, await Notification.find(unread).count() - changed)
    if changed:
        scope.unit.inside(partial(_write, scope.unit, marking))
    return marking


async def _write(unit: Unit, marking: Marking, session: AsyncClientSession) -> None:
    notifications = Notification.get_pymongo_collection()
    written = await notifications.update_many(
        marking.which, {"$set": {"is_read": True, "read_at": unit.at}}, session=session
    )
    left = await notifications.count_documents(marking.unread, session=session)
    if (written.modified_count, left) != (marking.changed, marking.left):
        raise StaleUnitError


def _unread(scope: UserScope) -> Mapping[str, object]:
    return {"user_id": scope.user.id, "is_read": False}


def _counted(marking: Marking) -> NotificationsReadOut:
    return NotificationsReadOut(unread=marking.left, changed=marking.changed)
