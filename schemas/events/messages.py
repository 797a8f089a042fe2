"""Facts about threads and their messages, each told to the people in the thread.

Where they are more than 50, what is written is told on the thread's own stream instead of theirs.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field
from pydantic.json_schema import SkipJsonSchema

from schemas.events.base import Delivery, Event, EventSpec
from schemas.messages import ThreadKind
from schemas.streams import Audience

Recipients = SkipJsonSchema[Annotated[tuple[str, ...], Field(exclude=True)]]
"""Ids that address the event and are not told with it."""


class ToParticipants(Event):
    """Told on the own streams of these users, and on the streams of these threads."""

    user_ids: Recipients
    thread_ids: Recipients


class MessageReceived(ToParticipants):
    """Somebody wrote; those who wrote hear it too, on all their devices."""

    message_id: str
    thread_id: str
    seq: int
    from_: Annotated[str, Field(alias="from")]
    sender_name: str
    content: str
    sent_at: AwareDatetime
    client_id: str | None


class MessageUpdated(ToParticipants):
    """A message now reads like this."""

    message_id: str
    thread_id: str
    seq: int
    from_: Annotated[str, Field(alias="from")]
    content: str
    sent_at: AwareDatetime
    edited_at: AwareDatetime


class MessageDeleted(ToParticipants):
    """A message was taken back; its earlier events are empty now, so this one says what is left of it."""

    message_id: str
    thread_id: str
    seq: int
    from_: Annotated[str, Field(alias="from")]
    sent_at: AwareDatetime
    deleted_at: AwareDatetime


class ThreadUpdated(ToParticipants):
    """A thread began, or something of it changed: only what did is there.

    `muted` and `archived` are told to those alone who have chosen so. `stream` is there once the thread has one.
    """

    thread_id: str
    kind: ThreadKind | None = None
    title: str | None = None
    course_id: str | None = None
    participant_count: int | None = None
    stream: str | None = None
    left: str | None = None
    muted: bool | None = None
    archived: bool | None = None


class ThreadRead(Event):
    """The user has read so far, on one of their devices; `unread` are left in the thread."""

    user_id: str
    thread_id: str
    seq: int
    unread: int


class ThreadTyping(ToParticipants):
    """Someone is writing in a thread; it holds for `in_ms` milliseconds and ends by itself."""

    thread_id: str
    user_id: str
    name: str
    in_ms: int


MESSAGE, THREAD = "message:{message_id}", "thread:{thread_id}"

EVENTS = (
    EventSpec(MessageReceived, "message.received", 1, Audience.PARTICIPANTS, MESSAGE),
    EventSpec(MessageUpdated, "message.updated", 1, Audience.PARTICIPANTS, MESSAGE),
    EventSpec(MessageDeleted, "message.deleted", 1, Audience.PARTICIPANTS, MESSAGE, takes_back=True),
    EventSpec(ThreadUpdated, "thread.updated", 1, Audience.PARTICIPANTS, THREAD),
    EventSpec(ThreadRead, "thread.read", 1, Audience.OWN_MESSAGES, THREAD),
    EventSpec(ThreadTyping, "typing", 1, Audience.PARTICIPANTS, THREAD, Delivery.EPHEMERAL),
)
