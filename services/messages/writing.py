"""Sending: to a thread, to people, or to the staff of a course.

The number of a message is drawn inside the transaction, where the database lets through one writer of a thread after
the other: however many write at once, nobody is refused for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from beanie import PydanticObjectId
from pymongo.asynchronous.client_session import AsyncClientSession

from models.messages import Message, Thread, ThreadMember
from schemas.messages import CROWD, MAX_PEOPLE, MessageIn, MessageOut, ThreadKind
from schemas.types import folded
from services.access import enter_course, enter_thread
from services.errors import NotAuthenticated, NotFound, RateLimited
from services.messages.errors import ClientIdReused, GroupTooLarge, NoStaff
from services.messages.membership import members_of, new_member, pair_of, staff_of
from services.messages.rendering import message_out, messages_out
from services.messages.scopes import ThreadScope
from services.messages.telling import Place, notify, tell_received, tell_thread
from services.messages.who_may_write import is_staff, require_open, require_reach
from services.people import people
from services.permissions import Permission
from services.scopes import Scope
from services.unit import Unit

NEW_THREADS: Final = 10
NEW_THREADS_IN: Final = timedelta(hours=1)
"""So many threads with other people somebody may begin who is no staff."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message. `shown` is to be asked for when the unit is in its transaction, where that is so."""

    shown: Callable[[], MessageOut]
    is_new: bool
    is_numbered_later: bool = False


async def send(scope: Scope, draft: MessageIn) -> Sent:
    """Write to people. The same `clientId` again yields the same message."""
    scope.require(Permission.MESSAGE_SEND)
    fingerprint = _fingerprint(scope, draft)
    if (earlier := await _earlier(scope, draft)) is not None:
        if earlier.fingerprint not in {None, fingerprint}:
            raise ClientIdReused
        (known,) = await messages_out([earlier])
        return Sent(lambda: known, is_new=False)
    message = Message(
        created_at=scope.at,
        updated_at=scope.at,
        thread_id=PydanticObjectId(),
        seq=1,
        sender_id=scope.actor.object_id,
        content=draft.content,
        search_text=folded(draft.content),
        client_id=draft.client_id,
        fingerprint=fingerprint if draft.client_id else None,
    )
    if draft.thread_id is not None:
        return await _write_on(await enter_thread(scope, draft.thread_id), message)
    if draft.course_id is not None:
        return await _ask(scope, draft, message)
    return await _write_to(scope, draft, list(dict.fromkeys(PydanticObjectId(one) for one in draft.to or ())), message)


def _fingerprint(scope: Scope, draft: MessageIn) -> str:
    said = draft.model_dump_json(exclude={"client_id"}, exclude_none=True)
    return scope.keys.idempotency.of("message", str(scope.actor.user_id), said)


async def _earlier(scope: Scope, draft: MessageIn) -> Message | None:
    if draft.client_id is None:
        return None
    return await Message.find_one({"sender_id": scope.actor.object_id, "client_id": draft.client_id})


async def _ask(scope: Scope, draft: MessageIn, message: Message) -> Sent:
    """Begin a question to whoever is staff of the course."""
    inside = await enter_course(scope, str(draft.course_id))
    inside.require(Permission.MESSAGE_SEND)
    if not set(await staff_of(inside.course.id, scope.at)) - {message.sender_id}:
        raise NoStaff
    thread = _new_thread(scope, ThreadKind.COURSE_QUESTION, draft.title or inside.course.title)
    thread.course_id = inside.course.id
    return await _begin(scope, thread, [message.sender_id], message)


async def _write_to(scope: Scope, draft: MessageIn, to: Sequence[PydanticObjectId], message: Message) -> Sent:
    """Write to one person in the thread of the two, or begin a group."""
    if len(to) == 1 and draft.title is None:
        pair = pair_of(message.sender_id, to[0])
        if (known := await Thread.find_one({"pair": pair})) is not None:
            return await _write_on(await _enter_own(scope, known), message)
        await _require_new(scope, to)
        thread = _new_thread(scope, ThreadKind.DIRECT, None)
        thread.pair = pair
        return await _begin(scope, thread, [message.sender_id, *to], message)
    await require_size(scope, len(to) + 1)
    await _require_new(scope, to)
    return await _begin(scope, _new_thread(scope, ThreadKind.GROUP, draft.title), [message.sender_id, *to], message)


async def _enter_own(scope: Scope, thread: Thread) -> ThreadScope:
    """One's own thread of two; that it is hidden by one's own block is no reason to say that it does not exist."""
    member = await ThreadMember.find_one({"thread_id": thread.id, "user_id": scope.actor.object_id})
    if member is None:
        raise NotFound
    return ThreadScope(**scope.carried, thread=thread, member=member)


async def _require_new(scope: Scope, to: Sequence[PydanticObjectId]) -> None:
    """Who may write to these people, and has not begun with too many strangers in the last hour."""
    await require_reach(scope, to)
    if await is_staff(scope):
        return
    since = {"$gt": scope.at - NEW_THREADS_IN}
    begun = {"started_by": scope.actor.object_id, "created_at": since, "kind": {"$ne": ThreadKind.COURSE_QUESTION}}
    rows = await Thread.find(begun).sort("created_at").to_list()
    if len(rows) >= NEW_THREADS:
        free_at = rows[-NEW_THREADS].created_at + NEW_THREADS_IN
        raise RateLimited(retry_after_s=max((free_at - scope.at).total_seconds(), 1.0))


async def require_size(scope: Scope, people_in_it: int) -> None:
    at_most = MAX_PEOPLE if await is_staff(scope) else CROWD
    if people_in_it > at_most:
        raise GroupTooLarge(limit=at_most)


def _new_thread(scope: Scope, kind: ThreadKind, title: str | None) -> Thread:
    me = scope.actor.object_id
    return Thread(created_at=scope.at, updated_at=scope.at, kind=kind, title=title, started_by=me, seq=1)


async def _begin(scope: Scope, thread: Thread, ids: Sequence[PydanticObjectId], message: Message) -> Sent:
    """A new thread with its first message; of two threads of one pair the second is not stored, and runs again."""
    message.thread_id = thread.id
    stored = {one: new_member(thread, one, scope.at) for one in ids}
    members = {**stored, **{one: stored.get(one, row) for one, row in (await members_of(thread, scope.at)).items()}}
    thread.is_crowd = len(members) > CROWD
    for document in (thread, *stored.values(), message):
        scope.unit.insert(document)
    place, name, shown = Place(thread, members), *await _sender(message)
    tell_thread(scope.unit, place)
    tell_received(scope.unit, place, message, name)
    await notify(scope.unit, place, message, name)
    return Sent(shown, is_new=True)


async def _write_on(scope: ThreadScope, message: Message) -> Sent:
    """The next message of a thread: its number, and who is told, are read where it is stored."""
    await _require_open(scope)
    thread = scope.thread
    message.thread_id = thread.id
    name, shown = await _sender(message)

    async def number(session: AsyncClientSession) -> Unit:
        more = replace(scope, unit=Unit(at=scope.at, author=scope.unit.author))
        present = await Thread.find_one({"_id": thread.id}, session=session)
        if present is None:
            raise NotFound
        counted = {"$inc": {"seq": 1}, "$max": {"updated_at": scope.at}}
        more.unit.update(Thread, {"_id": thread.id, "seq": present.seq}, counted)
        message.seq = present.seq + 1
        place = Place(present, await members_of(present, scope.at, session))
        if message.sender_id not in place.members:
            raise NotFound
        more.unit.insert(message)
        tell_received(more.unit, place, message, name)
        await notify(more.unit, place, message, name, session)
        return more.unit

    scope.unit.inside(number)
    return Sent(shown, is_new=True, is_numbered_later=True)


async def _require_open(scope: ThreadScope) -> None:
    """A group is open to all in it; in a thread of two whoever was written to may answer; asking needs the course."""
    thread, me = scope.thread, scope.actor.object_id
    if thread.pair is not None:
        (other,) = {PydanticObjectId(one) for one in thread.pair.split(":")} - {me}
        wrote = await Message.find_one({"thread_id": thread.id, "sender_id": other}) is not None
        await require_open(scope, other, answers=wrote)
    elif thread.kind is ThreadKind.COURSE_QUESTION and not scope.member.by_rule:
        (await enter_course(scope, str(thread.course_id))).require(Permission.MESSAGE_SEND)


async def _sender(message: Message) -> tuple[str, Callable[[], MessageOut]]:
    known = await people([message.sender_id])
    sender = known.get(message.sender_id)
    if sender is None:
        raise NotAuthenticated
    return f"{sender.first_name} {sender.last_name}".strip(), lambda: message_out(message, known)
