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
    found = await unread_where(scope.user.id, asked)
    return _counted(await read_now(scope.unit, scope.user.id, [one.id for one in found]))


async def unread_where(owner: PydanticObjectId, where: Mapping[str, object]) -> Sequence[Notification]:
    """Those of somebody's unread that match, newest first."""
    return await Notification.find({**_unread(owner), **where}).sort("-_id").to_list()


async def read_now(unit: Unit, owner: PydanticObjectId, found: Sequence[PydanticObjectId]) -> Marking:
    """Mark these of somebody's unread as read, and tell their devices once; none are no news."""
    marking = await _mark(unit, owner, {"_id": {"$in": found}}, len(found))
    if marking.changed:
        told = [str(one) for one in found]
        unit.emit(NotificationsRead(user_id=str(owner), ids=told, unread=marking.left))
    return marking


async def read_before(scope: UserScope, newest: str) -> NotificationsReadOut:
    """Mark this one and all older ones as read; one that is not the caller's names none."""
    scope.require(Permission.NOTIFICATION_UPDATE)
    own = await Notification.find_one({"_id": PydanticObjectId(newest), "user_id": scope.user.id})
    return await _read_until(scope, own)


async def read_all(scope: UserScope) -> NotificationsReadOut:
    """Mark all as read that there are just now."""
    scope.require(Permission.NOTIFICATION_UPDATE)
    return await _read_until(scope, await Notification.find(_unread(scope.user.id)).sort("-_id").first_or_none())


async def _read_until(scope: UserScope, newest: Notification | None) -> NotificationsReadOut:
    if newest is None:
        return _counted(await _mark(scope.unit, scope.user.id, {}, 0))
    which = {"_id": {"$lte": newest.id}}
    changed = await Notification.find({**_unread(scope.user.id), **which}).count()
    marking = await _mark(scope.unit, scope.user.id, which, changed)
    if marking.changed:
        scope.unit.emit(NotificationsRead(user_id=str(scope.user.id), before=str(newest.id), unread=marking.left))
    return _counted(marking)


async def _mark(unit: Unit, owner: PydanticObjectId, which: Mapping[str, object], changed: int) -> Marking:
    unread = _unread(owner)
    marking = Marking(unread, {**unread, **which}, changed, await Notification.find(unread).count() - changed)
    if changed:
        unit.inside(partial(_write, unit, marking))
    return marking


async def _write(unit: Unit, marking: Marking, session: AsyncClientSession) -> None:
    notifications = Notification.get_pymongo_collection()
    written = await notifications.update_many(
        marking.which, {"$set": {"is_read": True, "read_at": unit.at}}, session=session
    )
    left = await notifications.count_documents(marking.unread, session=session)
    if (written.modified_count, left) != (marking.changed, marking.left):
        raise StaleUnitError


def _unread(owner: PydanticObjectId) -> Mapping[str, object]:
    return {"user_id": owner, "is_read": False}


def _counted(marking: Marking) -> NotificationsReadOut:
    return NotificationsReadOut(unread=marking.left, changed=marking.changed)
