"""Changing and deleting what was written."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from beanie import PydanticObjectId

from models.messages import Block
from schemas.messages import MessageChangeIn, MessageOut, ThreadKind
from schemas.types import folded
from services.errors import Forbidden
from services.messages.errors import MessageGone, TooLateToEdit
from services.messages.membership import members_of
from services.messages.rendering import messages_out
from services.messages.scopes import MessageScope
from services.messages.telling import Place, take_back, tell_deleted, tell_updated
from services.notifications import asking as notifications
from services.permissions import Permission

EDITABLE_FOR: Final = timedelta(minutes=15)


async def edit(scope: MessageScope, change: MessageChangeIn) -> MessageOut:
    """Let one's own message read otherwise, for 15 minutes; how it read before is not kept."""
    scope.require(Permission.MESSAGE_SEND)
    message = scope.message
    if message.sender_id != scope.actor.object_id:
        raise Forbidden
    if message.deleted_at is not None:
        raise MessageGone
    if message.content != change.content:
        if scope.at - message.created_at > EDITABLE_FOR:
            raise TooLateToEdit
        scope.unit.change(message, content=change.content, search_text=folded(change.content), edited_at=scope.at)
        place = await _place(scope)
        hidden = await _blockers(scope, place) if scope.thread.pair else set()
        seeing = {one: member for one, member in place.members.items() if one not in hidden}
        tell_updated(scope.unit, Place(scope.thread, seeing), message)
    (shown,) = await messages_out([message])
    return shown


async def delete(scope: MessageScope) -> None:
    """Take a message back: its author, and in questions the staff. A second time changes nothing."""
    scope.require(Permission.MESSAGE_SEND)
    message, thread = scope.message, scope.thread
    by_staff = thread.kind is ThreadKind.COURSE_QUESTION and scope.member.by_rule
    if message.sender_id != scope.actor.object_id and not by_staff:
        raise Forbidden
    if message.deleted_at is not None:
        return
    scope.unit.change(message, content="", search_text="", fingerprint=None, deleted_at=scope.at)
    place = await _place(scope)
    take_back(scope.unit, message.id)
    notifications.take_back(scope.unit, f"message:{message.id}")
    tell_deleted(scope.unit, place, message)
    if by_staff:
        scope.unit.audit("message.deleted", f"message:{message.id}", thread=str(thread.id))


async def _place(scope: MessageScope) -> Place:
    return Place(scope.thread, await members_of(scope.thread, scope.at))


async def _blockers(scope: MessageScope, place: Place) -> set[PydanticObjectId]:
    """Those who have hidden this thread of two."""
    where = {"blocker_id": {"$in": list(place.members)}, "blocked_id": scope.message.sender_id}
    return {row.blocker_id async for row in Block.find(where)}
