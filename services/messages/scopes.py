"""Calls about threads, and about messages in them."""

from __future__ import annotations

from dataclasses import dataclass

from models.base import Record
from models.messages import Message, Thread, ThreadMember
from schemas.streams import Room, Stream
from services.scopes import Scope


@dataclass(slots=True, kw_only=True)
class ThreadScope(Scope):
    """A call about one thread, by somebody who is in it: `member` says how."""

    thread: Thread
    member: ThreadMember

    @property
    def subject(self) -> Record | None:
        return self.thread

    def may_read(self, stream: Stream) -> bool:
        """Their own stream, and that of a thread which has one."""
        if stream.room is Room.THREAD:
            return self.thread.is_crowd and stream.object_id == str(self.thread.id)
        return Scope.may_read(self, stream)


@dataclass(slots=True, kw_only=True)
class MessageScope(ThreadScope):
    """A call about one message that the caller may read."""

    message: Message

    @property
    def subject(self) -> Record | None:
        return self.message
