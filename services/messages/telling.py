"""What the people of a thread are told: live, and as a notification where somebody had nothing unread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from beanie import PydanticObjectId
from pymongo.asynchronous.client_session import AsyncClientSession

from models.messages import Message, Thread, ThreadMember
from models.unit import Job
from schemas.events.messages import MessageDeleted, MessageReceived, MessageUpdated, ThreadUpdated
from schemas.messages import ThreadKind
from schemas.notifications import NotificationKind
from services.messages.rendering import floor_of, stream_of
from services.notifications.asking import News, notify_people
from services.unit import Unit

PREVIEW: Final = 80
TITLED: Final = "titled"
"""A group that people have given a name, among the places where somebody can write."""

Members = Mapping[PydanticObjectId, ThreadMember]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is told: a thread, and who is in it."""

    thread: Thread
    members: Members

    def addressed(self, message: Message | None = None) -> dict[str, tuple[str, ...]]:
        """The users, or the thread, to tell. A message that some of a crowd do not see is told to the others alone."""
        seeing = [one for one, member in self.members.items() if message is None or message.seq > member.joined_seq]
        if self.thread.is_crowd and len(seeing) == len(self.members):
            return {"user_ids": (), "thread_ids": (str(self.thread.id),)}
        return {"user_ids": tuple(str(one) for one in seeing), "thread_ids": ()}

    @property
    def everybody(self) -> dict[str, tuple[str, ...]]:
        """Everyone's own stream, and the thread's if it has one."""
        threads = (str(self.thread.id),) if self.thread.is_crowd else ()
        return {"user_ids": tuple(str(one) for one in self.members), "thread_ids": threads}


def tell_thread(unit: Unit, place: Place) -> None:
    """Tell everyone in a thread how it stands: it is new to them, or another title or other people are in it."""
    thread = place.thread
    unit.emit(
        ThreadUpdated(
            **place.everybody,
            thread_id=str(thread.id),
            kind=thread.kind,
            title=thread.title,
            course_id=str(thread.course_id) if thread.course_id else None,
            participant_count=len(place.members),
            stream=stream_of(thread) if thread.is_crowd else None,
        ),
        object_version=thread.version,
    )


def tell_received(unit: Unit, place: Place, message: Message, sender_name: str) -> None:
    unit.emit(
        MessageReceived(
            **place.addressed(message),
            message_id=str(message.id),
            thread_id=str(message.thread_id),
            seq=message.seq,
            from_=str(message.sender_id),
            sender_name=sender_name,
            content=message.content,
            sent_at=message.created_at,
            client_id=message.client_id,
        ),
        object_version=message.version,
    )


def tell_updated(unit: Unit, place: Place, message: Message) -> None:
    unit.emit(
        MessageUpdated(
            **place.addressed(message),
            message_id=str(message.id),
            thread_id=str(message.thread_id),
            seq=message.seq,
            from_=str(message.sender_id),
            content=message.content,
            sent_at=message.created_at,
            edited_at=unit.at,
        ),
        object_version=message.version,
    )


def tell_deleted(unit: Unit, place: Place, message: Message) -> None:
    """Tell everyone, because it says nothing: a thread's stream, too, is emptied where this is heard."""
    unit.emit(
        MessageDeleted(
            **(place.addressed() if place.thread.is_crowd else place.everybody),
            message_id=str(message.id),
            thread_id=str(message.thread_id),
            seq=message.seq,
            from_=str(message.sender_id),
            sent_at=message.created_at,
            deleted_at=unit.at,
        ),
        object_version=message.version,
    )


def link_of(thread_id: PydanticObjectId) -> str:
    """The page of a thread, as its notifications name it."""
    return f"/messages/{thread_id}"


async def notify(
    unit: Unit, place: Place, message: Message, sender_name: str, session: AsyncClientSession | None = None
) -> None:
    """Notify those for whom this is the first message that they have not read: once for each time they fall behind."""
    waiting = await _behind(place, message, session)
    told = [
        one for one, member in place.members.items() if one not in {message.sender_id, *waiting} and not member.muted
    ]
    if told:
        thread = place.thread
        facts = {
            "sender": sender_name,
            "place": TITLED if thread.kind is ThreadKind.GROUP and thread.title else thread.kind.value,
            "thread": thread.title or "",
            "preview": preview(message),
        }
        news = News(
            NotificationKind.MESSAGE_RECEIVED,
            f"message:{message.id}",
            facts,
            link_of(thread.id),
            course_id=thread.course_id if thread.kind is ThreadKind.COURSE_QUESTION else None,
        )
        notify_people(unit, news, told)


async def _behind(place: Place, message: Message, session: AsyncClientSession | None) -> set[PydanticObjectId]:
    """Those who had unread messages already: of all but the last sender that one message decides."""
    earlier = {"thread_id": message.thread_id, "seq": {"$lt": message.seq}, "deleted_at": None}
    last = await Message.find(earlier, session=session).sort("-seq").first_or_none()
    if last is None:
        return set()
    behind = {one for one, m in place.members.items() if one != last.sender_id and last.seq > floor_of(m)}
    writer = place.members.get(last.sender_id)
    if writer is not None and writer.user_id != message.sender_id:
        theirs = {**earlier, "seq": {"$gt": floor_of(writer), "$lt": message.seq}, "sender_id": {"$ne": writer.user_id}}
        if await Message.find_one(theirs, session=session) is not None:
            behind.add(writer.user_id)
    return behind


def preview(message: Message) -> str:
    """The beginning, in one line."""
    text = " ".join(message.content.split())
    return text if len(text) <= PREVIEW else f"{text[: PREVIEW - 1]}…"


def take_back(unit: Unit, *messages: PydanticObjectId) -> None:
    """Empty what was told of messages, and stop the notifications of them that are on their way."""
    kind, subjects = NotificationKind.MESSAGE_RECEIVED, [f"message:{message_id}" for message_id in messages]
    for subject in subjects:
        unit.redact(subject)
    unit.remove(Job, {"key": {"$in": [f"notify:{kind}:{subject}" for subject in subjects]}})
