"""Threads and messages as their people see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from beanie import PydanticObjectId

from models.messages import Message, Thread, ThreadMember
from schemas.accounts import PersonOut
from schemas.messages import CROWD, MessageOut, ThreadKind, ThreadOut
from schemas.streams import Namespace, Room, Stream
from services.messages.membership import members_of, staff_of
from services.people import people
from services.unit import Match

People = Mapping[PydanticObjectId, PersonOut]


def stream_of(thread: Thread) -> str:
    return Stream(Namespace.COLLAB, Room.THREAD, str(thread.id)).name


def message_out(message: Message, known: People) -> MessageOut:
    return MessageOut.model_validate(
        {
            **message.model_dump(),
            "message_id": message.id,
            "sent_at": message.created_at,
            "sender": known.get(message.sender_id),
        }
    )


async def messages_out(messages: Sequence[Message]) -> list[MessageOut]:
    known = await people(message.sender_id for message in messages)
    return [message_out(message, known) for message in messages]


def floor_of(member: ThreadMember) -> int:
    """The number behind which something new can be for them."""
    return max(member.last_read_seq, member.joined_seq)


async def unread_of(members: Collection[ThreadMember]) -> dict[PydanticObjectId, int]:
    """How many messages of others each thread holds for this person, by thread; none where it is absent."""
    behind = [{"thread_id": one.thread_id, "seq": {"$gt": floor_of(one)}} for one in members]
    if not behind:
        return {}
    (user_id,) = {one.user_id for one in members}
    waiting = {"$or": behind, "sender_id": {"$ne": user_id}, "deleted_at": None}
    counted: list[Match] = [{"$match": waiting}, {"$group": {"_id": "$thread_id", "unread": {"$sum": 1}}}]
    rows = await Message.get_pymongo_collection().aggregate(counted)
    return {row["_id"]: row["unread"] async for row in rows}


async def threads_out(
    threads: Sequence[Thread], standings: Mapping[PydanticObjectId, ThreadMember], at: datetime
) -> list[ThreadOut]:
    """Render threads of one person, in few queries for all of them."""
    inside = await _people_in(threads, at)
    last = await _last_of(threads, standings)
    unread = await unread_of([standings[thread.id] for thread in threads])
    shown = {one for ids in inside.values() for one in ids[:CROWD]} | {one.sender_id for one in last.values()}
    known = await people(shown)
    return [
        ThreadOut.model_validate(
            {
                **thread.model_dump(),
                **standings[thread.id].model_dump(include={"last_read_seq", "muted", "archived"}),
                "thread_id": thread.id,
                "participants": [known[one] for one in inside[thread.id][:CROWD] if one in known],
                "participant_count": len(inside[thread.id]),
                "last_message": message_out(last[thread.id], known) if thread.id in last else None,
                "unread": unread.get(thread.id, 0),
                "stream": stream_of(thread) if thread.is_crowd else None,
            }
        )
        for thread in threads
    ]


async def thread_out(thread: Thread, member: ThreadMember, at: datetime) -> ThreadOut:
    (shown,) = await threads_out([thread], {thread.id: member}, at)
    return shown


async def _people_in(threads: Sequence[Thread], at: datetime) -> dict[PydanticObjectId, list[PydanticObjectId]]:
    """Who is in each thread; the staff of each course is asked for once."""
    if len(threads) == 1:
        return {thread.id: list(await members_of(thread, at)) for thread in threads}
    inside: dict[PydanticObjectId, list[PydanticObjectId]] = {thread.id: [] for thread in threads}
    where = {"thread_id": {"$in": list(inside)}, "left_at": None, "by_rule": False}
    rows = ThreadMember.get_pymongo_collection().find(where, {"thread_id": 1, "user_id": 1}).sort("_id", 1)
    async for row in rows:
        inside[row["thread_id"]].append(row["user_id"])
    asked = [thread for thread in threads if thread.kind is ThreadKind.COURSE_QUESTION]
    staff = {course_id: await staff_of(course_id, at) for course_id in {thread.course_id for thread in asked}}
    for thread in asked:
        inside[thread.id] = list(dict.fromkeys((*inside[thread.id], *staff[thread.course_id])))
    return inside


async def _last_of(
    threads: Iterable[Thread], standings: Mapping[PydanticObjectId, ThreadMember]
) -> dict[PydanticObjectId, Message]:
    """The last message of each thread, where the person sees it."""
    seen = [thread for thread in threads if thread.seq > standings[thread.id].joined_seq]
    if not seen:
        return {}
    where = {"$or": [{"thread_id": thread.id, "seq": thread.seq} for thread in seen]}
    return {message.thread_id: message async for message in Message.find(where)}
