"""Messages between people."""

from __future__ import annotations

from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.base import Record
from schemas.messages import ThreadKind


class Thread(Record):
    """Where people write to each other. `seq` is the number of its last message, `updated_at` when that came.

    `pair` names the two people of a direct thread, so that they have one. Once more than 50 people were in it a thread
    `is_crowd`, and stays so. `version` counts changes of the thread itself and no messages.
    """

    kind: ThreadKind
    title: str | None = None
    course_id: PydanticObjectId | None = None
    started_by: PydanticObjectId
    pair: str | None = None
    seq: int = 0
    is_crowd: bool = False

    class Settings:
        name = "threads"
        indexes: ClassVar = [
            IndexModel(  # two people have one
                [("pair", ASCENDING)], name="pair_once", unique=True, partialFilterExpression={"pair": {"$gt": ""}}
            ),
            IndexModel([("course_id", ASCENDING), ("kind", ASCENDING)], name="of_course"),  # questions, for its staff
            IndexModel([("started_by", ASCENDING), ("created_at", DESCENDING)], name="started"),  # how many in an hour
        ]


class ThreadMember(Record):
    """Somebody in a thread, and how far they have read.

    They see what came after `joined_seq`, and follow the thread's own stream from `follows_from` on. Staff are in a
    question `by_rule`: their row only keeps how far they have read, and counts while they are staff.
    """

    thread_id: PydanticObjectId
    user_id: PydanticObjectId
    joined_seq: int = 0
    follows_from: int = 0
    last_read_seq: int = 0
    muted: bool = False
    archived: bool = False
    by_rule: bool = False
    left_at: AwareDatetime | None = None

    class Settings:
        name = "thread_members"
        indexes: ClassVar = [
            IndexModel([("thread_id", ASCENDING), ("user_id", ASCENDING)], name="once", unique=True),
            IndexModel([("user_id", ASCENDING), ("left_at", ASCENDING)], name="of_user"),  # one's own threads
        ]


class Message(Record):
    """One message. Of a deleted one the content is gone and the row stays: its number is not given again.

    `fingerprint` tells whether a repeat of `client_id` says the same; `search_text` is the folded content.
    """

    thread_id: PydanticObjectId
    seq: int
    sender_id: PydanticObjectId
    content: str
    search_text: str
    client_id: str | None = None
    fingerprint: str | None = None
    edited_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None

    class Settings:
        name = "messages"
        indexes: ClassVar = [
            IndexModel([("thread_id", ASCENDING), ("seq", ASCENDING)], name="in_order", unique=True),
            IndexModel(  # whether somebody wrote here at all
                [("sender_id", ASCENDING), ("thread_id", ASCENDING), ("seq", DESCENDING)], name="of_sender"
            ),
            IndexModel(  # a repeat is the same message
                [("sender_id", ASCENDING), ("client_id", ASCENDING)],
                name="repeat",
                unique=True,
                partialFilterExpression={"client_id": {"$gt": ""}},
            ),
        ]


class Block(Record):
    """One person wants no direct messages of another."""

    blocker_id: PydanticObjectId
    blocked_id: PydanticObjectId

    class Settings:
        name = "blocks"
        indexes: ClassVar = [
            IndexModel([("blocker_id", ASCENDING), ("blocked_id", ASCENDING)], name="once", unique=True),
            IndexModel([("blocked_id", ASCENDING)], name="of_blocked"),  # whose messages are refused
        ]
