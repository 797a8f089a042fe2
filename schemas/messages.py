"""Messages between people, on the wire."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from schemas.accounts import PersonOut
from schemas.page import PageQuery
from schemas.realtime import Resume
from schemas.types import Id, In, Line, LongText, Out, OutId

MAX_PEOPLE: Final = 500
"""In one thread, with whoever begins it; for those who are not staff 50."""

CROWD: Final = 50
"""Above so many people a thread has a stream of its own, which they follow while they look at it."""

Seq = Annotated[int, Field(ge=0, le=2**53 - 1)]


class ThreadKind(StrEnum):
    """Two people, several, or a question to the staff of a course, whoever they are at the time."""

    DIRECT = "direct"
    GROUP = "group"
    COURSE_QUESTION = "course_question"


def _visible(value: str) -> str:
    """Refuse what consists of invisible characters only."""
    if all(unicodedata.category(character)[0] in "CZM" for character in value):
        raise PydanticCustomError("empty", "The text must not be empty.")
    return value


Content = Annotated[LongText, StringConstraints(max_length=4000), AfterValidator(_visible)]
ClientId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")]
Searched = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class MessageIn(In):
    """A message to a thread, to people, or to the staff of a course.

    To one person it goes to the thread of the two; a title, or several people, make a group. Whoever repeats a
    `clientId` gets the message that it stands for.
    """

    thread_id: Id | None = None
    to: Annotated[list[Id], Field(min_length=1, max_length=MAX_PEOPLE - 1)] | None = None
    course_id: Id | None = None
    title: Line | None = None
    content: Content
    client_id: ClientId | None = None

    @model_validator(mode="after")
    def _one_address(self) -> MessageIn:
        if sum(one is not None for one in (self.thread_id, self.to, self.course_id)) != 1:
            raise PydanticCustomError("one_address", "Give one of threadId, to and courseId.")
        if self.title is not None and self.thread_id is not None:
            raise PydanticCustomError("title", "Only a new thread takes a title.")
        return self


class MessageChangeIn(In):
    """How the message shall read."""

    content: Content


class ReadIn(In):
    """The number up to which everything is read."""

    seq: Seq


class ThreadChangeIn(In):
    """One's own settings of the thread, and the title of a group; what is left out stays."""

    title: Line | None = None
    muted: bool | None = None
    archived: bool | None = None


class MembersIn(In):
    """Who shall come into the group."""

    user_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_PEOPLE - 1)]


class BlockIn(In):
    """Who is meant."""

    user_id: Id


class ThreadsQuery(PageQuery):
    """`archived` asks for those that were put away instead of the others."""

    archived: bool = False


class MessagesQuery(In):
    """Those behind `after`, those before `before`, or without either the newest; always in their order."""

    after: Seq | None = None
    before: Seq | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50

    @model_validator(mode="after")
    def _one_side(self) -> MessagesQuery:
        if self.after is not None and self.before is not None:
            raise PydanticCustomError("one_side", "Give either after or before.")
        return self


class MessageSearchQuery(PageQuery):
    """`q` finds part of a word, whatever its case and accents; `threadId` looks in one thread only."""

    q: Searched | None = None
    thread_id: Id | None = None


class PeopleQuery(PageQuery):
    """`q` finds part of a name."""

    q: Searched | None = None


class ThreadWatchIn(In):
    """Follow a thread of more than 50 people, from where `resume` says or from now."""

    thread_id: Id
    resume: Resume = Field(default_factory=dict)


class MessageOut(Out):
    """A message. Of one that was deleted only its place is left: the content is empty."""

    message_id: OutId
    thread_id: OutId
    seq: int
    content: str
    sender_id: OutId
    sender: PersonOut | None
    sent_at: AwareDatetime
    edited_at: AwareDatetime | None
    deleted_at: AwareDatetime | None
    client_id: str | None
    version: int


class ThreadOut(Out):
    """A thread as the caller has it. `participants` are the first 50 of `participantCount`.

    `stream` is that of a thread with more than 50 people, to be followed with `thread.watch`.
    """

    thread_id: OutId
    kind: ThreadKind
    title: str | None
    course_id: OutId | None
    participants: list[PersonOut]
    participant_count: int
    last_message: MessageOut | None
    seq: int
    unread: int
    last_read_seq: int
    muted: bool
    archived: bool
    stream: str | None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class UnreadOut(Out):
    """How many messages of others wait."""

    unread: int
