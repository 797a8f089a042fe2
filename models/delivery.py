"""What the committer writes beside a change: events, and how far their streams stand."""

from __future__ import annotations

from typing import ClassVar

from beanie import Document, PydanticObjectId
from pydantic import AwareDatetime, BaseModel, JsonValue
from pymongo import ASCENDING, IndexModel

RETENTION_S = 30 * 24 * 3600


class EventKey(BaseModel):
    """Field order matters: a range over `seq` in one stream is a range over `_id`."""

    stream: str
    seq: int


class StoredEvent(Document):
    """One numbered event of one stream: the outbox and the replay log in one.

    `at` is the database's clock; `payload` is what the client gets, without the `_` keys.
    """

    id: EventKey
    fact_id: PydanticObjectId
    name: str
    spec_version: int
    object_version: int | None
    subject: str
    actor_id: str | None
    mutation: str | None
    payload: dict[str, JsonValue]
    at: AwareDatetime

    class Settings:
        name = "events"
        indexes: ClassVar = [
            IndexModel([("at", ASCENDING)], name="at", expireAfterSeconds=RETENTION_S),  # sweep, retention
            IndexModel([("subject", ASCENDING)], name="subject"),  # taking a thing back
        ]


class StreamHead(Document):
    """The number of a stream's last event; the counter that makes the numbers hole-free."""

    id: str
    seq: int
    at: AwareDatetime

    class Settings:
        name = "streams"


class SchoolMeta(Document):
    """Facts about this database: its epoch and the version of its schema, under the id `school`.

    `office_changes` counts how often an administrator was taken out of office: who takes one out rests on it.
    """

    id: str
    epoch: str
    schema_version: int
    office_changes: int = 0

    class Settings:
        name = "meta"


class Revocation(Document):
    """A right that ended: `sid:…`, `user:…` or `member:course:user`, read by every instance each second.

    For a user, tokens with a lower `permission_version` are void; with the reason `rights_changed` the sessions go on,
    and live connections are told what they may now. Rows that begin with `disconnect:` (`…user:`,
    `…session:`, `…connection:`) or `unfollow:` (`…user:stream`) take no right: they end what is open at that moment.
    """

    id: str
    reason: str
    permission_version: int | None = None
    at: AwareDatetime

    class Settings:
        name = "revocations"
        indexes: ClassVar = [
            IndexModel([("at", ASCENDING)], name="at", expireAfterSeconds=600 + 3600),  # token life + 1 h
        ]
