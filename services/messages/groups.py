"""What people change about a thread: their own settings of it, its title, and who is in it."""

from __future__ import annotations

from dataclasses import replace

from beanie import PydanticObjectId
from pymongo.asynchronous.client_session import AsyncClientSession

from models.delivery import StreamHead
from models.messages import Thread, ThreadMember
from schemas.events.messages import ThreadUpdated
from schemas.messages import CROWD, MembersIn, ThreadChangeIn, ThreadKind, ThreadOut
from services.errors import NotFound
from services.messages.errors import NotAGroup
from services.messages.membership import keep, members_of, new_member
from services.messages.rendering import stream_of, thread_out
from services.messages.scopes import ThreadScope
from services.messages.telling import Place, tell_thread
from services.messages.who_may_write import require_reach
from services.messages.writing import require_size
from services.permissions import Permission
from services.unit import Unit


async def change_thread(scope: ThreadScope, change: ThreadChangeIn) -> ThreadOut:
    """Rename a group for all, and mute a thread or put it away for oneself."""
    scope.require(Permission.MESSAGE_READ)
    thread, member = scope.thread, scope.member
    if change.title is not None and change.title != thread.title:
        _require_group(thread)
        scope.unit.change(thread, title=change.title)
        tell_thread(scope.unit, Place(thread, await members_of(thread, scope.at)))
    asked = {"muted": change.muted, "archived": change.archived}
    own = {name: value for name, value in asked.items() if value is not None and value != getattr(member, name)}
    if own:
        keep(scope.unit, member, **own)
        told = ThreadUpdated(user_ids=(str(member.user_id),), thread_ids=(), thread_id=str(thread.id), **own)
        scope.unit.emit(told, object_version=thread.version)
    return await thread_out(thread, member, scope.at)


async def add_members(scope: ThreadScope, draft: MembersIn) -> None:
    """Take people into a group; they see what comes from now on. Who is in it already stays as they are."""
    scope.require(Permission.MESSAGE_SEND)
    thread = scope.thread
    _require_group(thread)
    inside = await members_of(thread, scope.at)
    wanted = [one for one in dict.fromkeys(map(PydanticObjectId, draft.user_ids)) if one not in inside]
    if not wanted:
        return
    await require_size(scope, len(inside) + len(wanted))
    await require_reach(scope, wanted)

    async def take_in(session: AsyncClientSession) -> Unit:
        more = replace(scope, unit=Unit(at=scope.at, author=scope.unit.author))
        await _take_in(more, thread.id, wanted, session)
        return more.unit

    scope.unit.update(Thread, {"_id": thread.id, "version": thread.version}, {"$inc": {"version": 1}})
    scope.unit.inside(take_in)


async def _take_in(
    scope: ThreadScope, thread_id: PydanticObjectId, wanted: list[PydanticObjectId], session: AsyncClientSession
) -> None:
    """They begin behind the last message, and behind the last event of the thread's stream.

    Everyone is told, on that stream too: so whoever writes to it at the same moment comes before or after.
    """
    thread = await Thread.find_one({"_id": thread_id}, session=session)
    if thread is None:
        raise NotFound
    thread.version += 1
    head = await StreamHead.find_one({"_id": stream_of(thread)}, session=session)
    old = ThreadMember.find({"thread_id": thread_id, "user_id": {"$in": wanted}}, session=session)
    rows = {row.user_id: row async for row in old}
    members = await members_of(thread, scope.at, session)
    begins = {
        "joined_seq": thread.seq,
        "last_read_seq": thread.seq,
        "follows_from": head.seq if head else 0,
        "left_at": None,
    }
    for user_id in wanted:
        if (row := rows.get(user_id)) is not None:
            scope.unit.change(row, **begins)
        else:
            row = new_member(thread, user_id, scope.at).model_copy(update=begins)
            scope.unit.insert(row)
        members[user_id] = row
    is_crowd = thread.is_crowd or len(members) > CROWD
    scope.unit.update(Thread, {"_id": thread_id}, {"$set": {"is_crowd": is_crowd}})
    thread.is_crowd = is_crowd
    tell_thread(scope.unit, Place(thread, members))


async def leave(scope: ThreadScope) -> None:
    """Leave a group: nothing of it arrives any more, and what was written there is not to be read any more."""
    scope.require(Permission.MESSAGE_READ)
    thread, member = scope.thread, scope.member
    _require_group(thread)
    scope.unit.change(member, left_at=scope.at)
    scope.unit.revoke(f"unfollow:{member.user_id}:{stream_of(thread)}", "left_thread")
    own = ThreadUpdated(
        user_ids=(str(member.user_id),), thread_ids=(), thread_id=str(thread.id), left=str(member.user_id)
    )
    scope.unit.emit(own, object_version=thread.version)
    members = await members_of(thread, scope.at)
    members.pop(member.user_id, None)
    if members:
        place = Place(thread, members)
        told = ThreadUpdated(
            **place.addressed(),
            thread_id=str(thread.id),
            participant_count=len(members),
            left=str(member.user_id),
        )
        scope.unit.emit(told, object_version=thread.version)


def _require_group(thread: Thread) -> None:
    if thread.kind is not ThreadKind.GROUP:
        raise NotAGroup
